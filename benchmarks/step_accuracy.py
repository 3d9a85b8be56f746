"""Accuracy of the training step on measured rows: ``python benchmarks/step_accuracy.py [ROWS.csv] [--plot FILE]``.

Every column but those that describe a row goes in under its own name, as a user would give it (one plan for all rows).
Prints, for each group of rows, median, 90th percentile, mean and bias of the relative error of the step time, then the
share of layouts taken to be impossible and the error of the memory where it was measured. Without ROWS.csv the rows of
catalogs/measured_steps.csv are taken. ``--plot`` draws predicted against measured times (``pip install '.[plot]'``).
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import numpy as np

from carbonsweep.evidence.steps import FILE, errors, groups, memory_errors, predict_steps, read_steps, refused

if TYPE_CHECKING:
    import pandas as pd


def line(name: str, values: np.ndarray) -> str:
    """One row of the table, in per cent."""
    size = 100 * np.abs(values)
    middle, high, mean, worst = np.median(size), np.quantile(size, 0.9), size.mean(), size.max()
    bias = 100 * np.median(values)
    return f"| {name} | {len(values)} | {middle:.1f} | {high:.1f} | {mean:.1f} | {bias:+.1f} | {worst:.0f} |"


def draw(rows: pd.DataFrame, predicted: pd.DataFrame, path: str) -> None:
    """Predicted against measured step time, a panel for dense models and one for mixtures of experts."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, 2, figsize=(10, 4.6), sharex=True, sharey=True, layout="constrained")
    experts = (rows["moe_layers"] > 0).to_numpy()
    for panel, mask, title in zip(panels, (~experts, experts), ("dense", "mixtures of experts"), strict=True):
        for generation, group in rows[mask].groupby("generation"):
            panel.plot(group["step_time"], predicted["step_time"][group.index], ".", ms=4, label=generation)
        ends = np.array([rows["step_time"].min(), rows["step_time"].max()])
        panel.loglog(ends, ends, "k-", lw=0.8)
        panel.fill_between(ends, ends / 1.2, ends * 1.2, color="0.5", alpha=0.15, lw=0)
        panel.set(title=f"{title}, {mask.sum()} steps", xlabel="measured step time (s)")
        panel.legend(fontsize=7, ncols=2, frameon=False)
    panels[0].set_ylabel("predicted step time (s)")
    figure.savefig(path, dpi=110)


HEAD = "| rows | number | median | p90 | mean | bias | worst |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="?", default=str(FILE), help="measured steps (CSV)")
    parser.add_argument("--plot", help="file of a drawing of predicted against measured times")
    asked = parser.parse_args()
    rows = read_steps(asked.rows)
    predicted = predict_steps(rows)
    if asked.plot:
        draw(rows, predicted, asked.plot)
    found = errors(rows, predicted)
    print("Step time, error in per cent\n")
    print(HEAD)
    for name, mask in groups(rows).items():
        print(line(name, found[mask]))
    reasons = predicted["infeasibility"][predicted["feasible"] != 1].value_counts().to_dict()
    print(f"\nrefused: {100 * refused(predicted):.1f} % of {len(rows)} rows; why: {reasons}")
    memory = memory_errors(rows, predicted)
    if len(memory):
        print("\nMemory of a device, error in per cent\n")
        print(HEAD)
        sources = rows["source_group"][rows["memory_gib_measured"] > 0].to_numpy()
        for source in sorted(set(sources)):
            print(line(source, memory[sources == source]))


if __name__ == "__main__":
    main()
