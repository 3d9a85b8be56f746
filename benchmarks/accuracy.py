"""Accuracy against whole trainings: ``python benchmarks/accuracy.py [RUNS.csv] [--plot FILE]``.

Every run is predicted from model, tokens, accelerator, year and number of devices; layout, batch and goodput are the
defaults. Prints every row, the errors of three methods (the step model, LLMCarbon's regression, 6 N D at 40 % MFU) and
how many runs lie in the interval that is stated, for the published runs of the catalog and for RUNS.csv (default:
catalogs/whole_runs.csv); then what `carbonsweep validate` compares of memory, energy and carbon. ``--plot`` only draws
energy by method over the published one (``pip install '.[plot]'``).
"""

from __future__ import annotations

import argparse

import numpy as np

from carbonsweep.evidence.accuracy import (
    WHOLE_RUNS,
    Prediction,
    covered,
    errors,
    published_predictions,
    whole_predictions,
)
from carbonsweep.evidence.methods import CHAIN, CHAIN_OF_HOURS, MLCO2, NAIVE, REGRESSION, spent_by_method
from carbonsweep.evidence.validation import validate

METHODS = {"analytic": "step model", "llmcarbon": "LLMCarbon's regression", "naive": "6 N D at 40 % MFU"}


def table(title: str, predictions: list[Prediction]) -> None:
    """Rows, errors and what was left out."""
    print(f"\n{title}: error in time of each method\n")
    print("| run | measure | published | " + " | ".join(METHODS.values()) + " |")
    print("| --- | --- | ---: |" + " ---: |" * len(METHODS))
    for p in predictions:
        if not p.reason:
            cells = " | ".join(f"{p.error(method):+.0%}" for method in METHODS)
            print(f"| {p.id} | {p.measure} | {p.published:.6g} | {cells} |")
    print()
    for method, text in METHODS.items():
        values = errors(predictions, method)
        print(
            f"{text}: median {np.median(values):.1%}, p90 {np.quantile(values, 0.9):.1%}, mean {values.mean():.1%}, "
            f"worst {values.max():.1%} of {len(values)} runs"
        )
    print(f"in the interval of 10 to 90 %: {covered(predictions):.0%}")
    left_out = [f"- {p.id}: {p.reason}" for p in predictions if p.reason]
    print("\n".join(["", "Not counted, by rule:", *left_out]) if left_out else "")


def memory_and_carbon() -> None:
    """What validate compares of activation memory, energy and carbon."""
    for section in ("Activation memory", "Published runs: energy", "Published runs: carbon"):
        found = [c for c in validate() if c.section.startswith(section)]
        values = np.abs([c.deviation for c in found])
        print(f"\n{section}: {len(found)} rows, mean {np.nanmean(values):.2%}, worst {np.nanmax(values):.2%}")
        for c in found:
            print(f"- {c.item}: {c.published:.6g} published, {c.computed:.6g} computed, {c.deviation:+.1%}")


COLOURS = {
    MLCO2: ("#8a8a8a", "square"),
    REGRESSION: ("#d97706", "triangle-up"),
    NAIVE: ("#9333ea", "cross"),
    CHAIN: ("#0f766e", "circle"),
    CHAIN_OF_HOURS: ("#0f766e", "diamond"),
}
"""Colour and shape of each method; this chain has one colour, with and without the published hours."""
ENDS = (0.2, 5.0)
"""Ratios that the drawing shows."""


def draw(path: str) -> None:
    """Energy of every published training by each method over the published one."""
    import altair

    shown = [row for row in spent_by_method() if row.unit == "MWh" and np.isfinite(row.computed)]
    outside = [f"{row.item} by {row.method}" for row in shown if not ENDS[0] <= row.computed / row.published <= ENDS[1]]
    if outside:
        raise SystemExit(f"outside of the drawing: {', '.join(outside)}; widen ENDS")
    rows = [
        {
            "run": row.item,
            "basis": row.section.partition(": ")[2],
            "method": row.method,
            "ratio": row.computed / row.published,
        }
        for row in shown
    ]
    log = altair.Scale(type="log", domain=ENDS, nice=False)
    methods = list(COLOURS)
    legend = altair.Legend(title=None, orient="top", columns=3, labelLimit=300, symbolSize=90)
    layers = []
    bases = list(dict.fromkeys(row["basis"] for row in rows))
    for basis in bases:
        title = "predicted over published energy" if basis == bases[-1] else None
        axis = altair.Axis(values=[0.2, 0.5, 1, 2, 5], format="~g", title=title)
        ratio = altair.X("ratio:Q", scale=log, axis=axis)
        of = altair.Data(values=[row for row in rows if row["basis"] == basis])
        band = altair.Chart(altair.Data(values=[{"low": 0.8, "high": 1.25}]))
        marks = altair.Chart(of).encode(
            y=altair.Y("run:N", sort=None, title=None, axis=altair.Axis(labelLimit=260, minExtent=175))
        )
        points = marks.mark_point(filled=True, size=70, opacity=0.85).encode(
            x=ratio,
            color=altair.Color(
                "method:N", legend=legend, scale=altair.Scale(domain=methods, range=[c for c, _ in COLOURS.values()])
            ),
            shape=altair.Shape(
                "method:N", legend=legend, scale=altair.Scale(domain=methods, range=[s for _, s in COLOURS.values()])
            ),
        )
        lines = marks.mark_line(color="#bbbbbb", strokeWidth=1).encode(x=ratio, detail="run:N")
        shade = band.mark_rect(color="#000000", opacity=0.06).encode(x=altair.X("low:Q", scale=log), x2="high:Q")
        one = altair.Chart(altair.Data(values=[{"one": 1.0}])).mark_rule(color="#444444").encode(x="one:Q")
        title = altair.TitleParams(basis[0].upper() + basis[1:], anchor="start", fontSize=12, fontWeight="normal")
        layers.append(altair.layer(shade, one, lines, points).properties(width=460, title=title))
    chart = altair.vconcat(*layers, spacing=14).resolve_scale(color="shared", shape="shared")
    chart.configure_axis(
        labelFontSize=11, titleFontSize=12, titleFontWeight="normal", gridColor="#eeeeee"
    ).configure_legend(labelFontSize=11).configure_view(stroke=None).save(path, ppi=130)


def main() -> None:
    """Print all tables, or draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="?", default=str(WHOLE_RUNS), help="whole trainings (CSV)")
    parser.add_argument("--plot", help="file of a drawing of energy by method: nothing else is done")
    asked = parser.parse_args()
    if asked.plot:
        draw(asked.plot)
        return
    runs = asked.runs
    published, whole = published_predictions(), whole_predictions(runs)
    table("Published runs", published)
    table("Further whole trainings", whole)
    both = [*published, *whole]
    values = errors(both, "analytic")
    print(f"\nall {len(values)} runs: median {np.median(values):.1%}, worst {values.max():.1%}")
    print(f"in the interval {covered(both):.0%}")
    memory_and_carbon()


if __name__ == "__main__":
    main()
