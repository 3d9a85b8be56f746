"""Accuracy against whole trainings: ``python benchmarks/accuracy.py [RUNS.csv]``.

Every run is predicted from model, tokens, accelerator, year and number of devices; layout, batch and goodput are the
defaults. Prints every row, the errors of three methods (the step model, LLMCarbon's regression, 6 N D at 40 % MFU) and
how many runs lie in the interval that is stated, for the published runs of the catalog and for RUNS.csv (default:
catalogs/whole_runs.csv); then what `carbonsweep validate` compares of memory, energy and carbon.
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


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="?", default=str(WHOLE_RUNS), help="whole trainings (CSV)")
    runs = parser.parse_args().runs
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
