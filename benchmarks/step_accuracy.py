"""Accuracy of the training step on measured rows: ``python benchmarks/step_accuracy.py [ROWS.csv]``.

Every column but those that describe a row goes in under its own name, as a user would give it (one plan for all rows).
Prints, for each group of rows, median, 90th percentile, mean and bias of the relative error of the step time, then the
share of layouts taken to be impossible and the error of the memory where it was measured. Without ROWS.csv the rows of
catalogs/measured_steps.csv are taken.
"""

from __future__ import annotations

import argparse

import numpy as np

from carbonsweep.evidence.steps import FILE, errors, groups, memory_errors, predict_steps, read_steps, refused


def line(name: str, values: np.ndarray) -> str:
    """One row of the table, in per cent."""
    size = 100 * np.abs(values)
    middle, high, mean, worst = np.median(size), np.quantile(size, 0.9), size.mean(), size.max()
    bias = 100 * np.median(values)
    return f"| {name} | {len(values)} | {middle:.1f} | {high:.1f} | {mean:.1f} | {bias:+.1f} | {worst:.0f} |"


HEAD = "| rows | number | median | p90 | mean | bias | worst |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="?", default=str(FILE), help="measured steps (CSV)")
    rows = read_steps(parser.parse_args().rows)
    predicted = predict_steps(rows)
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
