"""The carbon of training a 405B model under uncertainty: each accelerator at its best site, and every site of the best.

Draws the 5 to 95 % interval and the median of the designs that `search` finds for examples/robust_405b.toml.

Usage: python examples/robust_405b_figure.py [FILE.png|FILE.svg]      (needs altair and vl-convert-python)
"""

from __future__ import annotations

import sys
from pathlib import Path

import altair as alt
import pandas as pd

import carbonsweep as cs

PLAN = Path(__file__).parent / "robust_405b.toml"


def designs() -> pd.DataFrame:
    """The best design of each accelerator, then the best ten sites of the best accelerator, in tCO2e."""
    best = cs.search(PLAN, by=["accelerator"], top=1).sort_values("total_carbon_p95")
    sites = cs.search(PLAN, by=["accelerator", "region"], top=1)
    sites = sites[sites.accelerator == best.iloc[0].accelerator].sort_values("total_carbon_p95").head(10)
    best = best.assign(group="each accelerator at its best site", name=best.accelerator + " in " + best.region)
    sites = sites.assign(group=f"best sites of {best.iloc[0].accelerator}", name=sites.region)
    frame = pd.concat([best, sites], ignore_index=True)
    for column in ("p5", "p50", "p95"):
        frame[column] = frame[f"total_carbon_{column}"] / 1000
    return frame


def main() -> None:
    file = sys.argv[1] if len(sys.argv) > 1 else "robust_405b.png"
    frame = designs()
    x = alt.X("p5:Q", title="training carbon, 5 to 95 % interval and median (tCO2e)").scale(zero=True)
    y = alt.Y("name:N", title=None, sort=None, axis=alt.Axis(labelLimit=260))
    base = alt.Chart(frame).encode(y=y)
    bars = base.mark_bar(height=9, color="#9ecae1").encode(x=x, x2="p95:Q")
    medians = base.mark_tick(thickness=2, size=14, color="#08519c").encode(x="p50:Q")
    chart = (
        (bars + medians)
        .properties(width=520)
        .facet(
            row=alt.Row(
                "group:N",
                title=None,
                sort=None,
                header=alt.Header(labelAngle=0, labelAnchor="start", labelOrient="top"),
            )
        )
        .resolve_scale(y="independent")
        .properties(title="A 405B model on 15.6 T tokens within 120 days: what is known of its carbon")
    )
    chart.save(file, **({"scale_factor": 2} if file.endswith(".png") else {}))
    print(f"drawn to {file}")


if __name__ == "__main__":
    main()
