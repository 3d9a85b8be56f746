"""Carbon of the electricity of a run of 30 days by the day on which it starts, by average and by marginal intensities.

Each line is relative to the mean of its own year: what choosing the time brings. The grids differ by factors beside it.

Usage: python examples/when_to_train_year.py [FILE.png|FILE.svg]      (needs altair and vl-convert-python)
"""

from __future__ import annotations

import sys

import altair as alt

import carbonsweep as cs

GRIDS = {
    "zone/US-CAL-CISO": "California", "zone/US-TEX-ERCO": "Texas", "zone/US-NW-BPAT": "Northwest (Bonneville)",
    "zone/US-NY-NYIS": "New York", "zone/US-MIDA-PJM": "Mid-Atlantic (PJM)", "zone/US-MIDW-MISO": "Midwest (MISO)",
    "zone/US-SE-SOCO": "Southeast", "zone/US-SW-AZPS": "Arizona",
}  # fmt: skip
KINDS = {"location_lifecycle": "average", "short_run_marginal": "marginal"}


def main() -> None:
    file = sys.argv[1] if len(sys.argv) > 1 else "when_to_train_year.png"
    frame = cs.to_pandas(
        cs.Plan(
            axes={"accounting": list(KINDS), "region": list(GRIDS), "start_hour": {"integers": [0, 8759, 24]}},
            constants={"training_days": 30, "facility_energy": 1e6},
            output={"quantities": ["operational_carbon"]},
        )
    )
    group = frame.groupby(["accounting", "region"], observed=True)["operational_carbon"]
    frame["change"] = frame["operational_carbon"] / group.transform("mean") - 1
    frame["start"] = frame["start_hour"] / 24 + 1
    frame["grid"] = frame["region"].astype(str).map(GRIDS)
    frame["intensity"] = frame["accounting"].astype(str).map(KINDS)
    for (grid, kind), rows in frame.groupby(["grid", "intensity"]):
        best = rows.loc[rows["change"].idxmin()]
        print(f"{grid:24} {kind:9} best start day {best['start']:3.0f}: {100 * best['change']:+.1f} %")
    lines = (
        alt.Chart()
        .mark_line(strokeWidth=1.5)
        .encode(
            x=alt.X("start:Q", title="start (day of the year)").scale(domain=[1, 365], nice=False),
            y=alt.Y("change:Q", title="carbon against the yearly mean").axis(format="+.0%"),
            color=alt.Color("intensity:N", title="carbon intensity").legend(orient="top"),
            strokeDash=alt.StrokeDash("intensity:N", title="carbon intensity"),
        )
    )
    zero = alt.Chart().mark_rule(color="#999999", strokeWidth=0.5).encode(y=alt.datum(0))
    chart = (
        alt.layer(zero, lines, data=frame)
        .properties(width=190, height=130)
        .facet(alt.Facet("grid:N", title=None, sort=list(GRIDS.values())), columns=4)
        .properties(title="When to run for 30 days: average and marginal intensities disagree")
    )
    chart.save(file, **({"scale_factor": 1.25} if file.endswith(".png") else {}))
    print(f"drawn to {file}")


if __name__ == "__main__":
    main()
