"""Accuracy of the analytic model against published runs: ``python benchmarks/accuracy.py [--fit]``.

Constants are fitted on calibration rows only: four on the ten rows of Megatron-LM Table 1, and the typical goodput on
the published runs marked calibrate. ``--fit`` fits them anew and prints the lines for kernels/constants.csv; without it
the stored constants are used and checked against a new fit. Prints every row, mean, median and worst errors, errors
by leave-one-out, and beside them LLMCarbon's regression and 6 N D at 40 % MFU.
"""

from __future__ import annotations

import argparse

import numpy as np

from carbonsweep.evidence.accuracy import errors, fitted_goodput, published_predictions
from carbonsweep.evidence.calibration import FITTED, deviations, fit, leave_one_out, throughput_rows
from carbonsweep.evidence.validation import validate
from carbonsweep.kernels.constants import CONSTANTS

METHODS = {"analytic": "analytic model", "llmcarbon": "LLMCarbon's regression", "naive": "6 N D at 40 % MFU"}


def throughput(constants: dict[str, float]) -> None:
    """Megatron-LM Table 1, row by row, then by leave-one-out."""
    rows = throughput_rows()
    now, left_out = deviations(rows, constants), leave_one_out(rows)
    print("\nMegatron-LM Table 1, TFLOP/s per A100\n")
    print("| model | published | predicted | deviation | left out |\n| --- | ---: | ---: | ---: | ---: |")
    for row, deviation, other in zip(rows, now, left_out, strict=True):
        predicted = row.tflops * (1 + deviation)
        print(f"| {row.model} | {row.tflops:.0f} | {predicted:.1f} | {deviation:+.1%} | {other:+.1%} |")
    for name, values in (("fitted", now), ("leave-one-out", left_out)):
        print(f"\n{name}: mean {np.abs(values).mean():.2%}, worst {np.abs(values).max():.2%}")


def published() -> float:
    """Published runs from model, tokens, accelerator and devices alone; gives the goodput that fits them."""
    predictions = published_predictions()
    print("\nPublished runs: error in time of each method\n")
    print("| run | measure | published | " + " | ".join(METHODS.values()) + " |")
    print("| --- | --- | ---: |" + " ---: |" * len(METHODS))
    for p in predictions:
        if not p.reason:
            cells = " | ".join(f"{p.error(method):+.0%}" for method in METHODS)
            print(f"| {p.id} | {p.measure} | {p.published:.6g} | {cells} |")
    print()
    for method, text in METHODS.items():
        values = errors(predictions, method)
        print(f"{text}: median {np.median(values):.1%}, mean {values.mean():.1%}, worst {values.max():.1%}")
    goodput = CONSTANTS["typical_goodput"].value
    fitted = fitted_goodput(predictions, goodput)
    counted = [p for p in predictions if not p.reason]
    held_out = []
    for p in counted:
        others = fitted_goodput([other for other in counted if other is not p], goodput)
        factor = goodput / others if p.measure == "device-hours" else 1.0
        held_out.append(abs((1 + p.error("analytic")) * factor - 1))
    print(f"leave-one-out (goodput): median {np.median(held_out):.1%}, mean {np.mean(held_out):.1%}")
    print("\nNot counted, by rule:")
    for p in predictions:
        if p.reason:
            print(f"- {p.id}: {p.reason}")
    return fitted


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
    parser.add_argument("--fit", action="store_true", help="fit the constants anew and print them")
    given = parser.parse_args()
    stored = {name: CONSTANTS[name].value for name in FITTED}
    fitted = fit(throughput_rows())
    throughput(fitted if given.fit else stored)
    goodput = published()
    print("\n| constant | stored | fitted | low | high |\n| --- | ---: | ---: | ---: | ---: |")
    for name, value in {**fitted, "typical_goodput": goodput}.items():
        c = CONSTANTS[name]
        print(f"| {name} | {c.value:.4g} | {value:.4g} | {c.low:g} | {c.high:g} |")
    memory_and_carbon()


if __name__ == "__main__":
    main()
