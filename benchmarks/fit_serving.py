"""Fit the serving model: ``python benchmarks/fit_serving.py ROWS.csv [--write] [--quick]``.

ROWS.csv has the columns of benchmarks/data/serving.csv. Prints every constant with its prior, its interval (one
standard deviation of its logarithm) and how much the rows say of it; below 0.3 it is called not identified. Then the
errors on the rows, and those of each source predicted by constants fitted on the others. ``--write`` puts them into
kernels/serving/constants.csv, catalogs/engines.csv and benchmarks/data/serving_leave_one_out.csv; ``--quick`` leaves
the other sources out.
"""

from __future__ import annotations

import argparse
import csv
import math
from pathlib import Path

import numpy as np

from carbonsweep.evidence.serving import MEASURES, MeasuredServing, read_rows
from carbonsweep.evidence.serving_fit import (
    FAMILIES,
    Fit,
    fit,
    fit_power,
    fitted_on,
    leave_one_source_out,
    parameters_for,
    predicted_with,
)

ROOT = Path(__file__).parents[1]
LEFT_OUT = ROOT / "benchmarks" / "data" / "serving_leave_one_out.csv"
COLUMNS = {
    "engine_layer_time": ("layer_time_us", 1e6),
    "engine_sequence_time": ("sequence_time_us", 1e6),
    "unfused_layer_time": ("unfused_layer_time_us", 1e6),
    "rocm_time_factor": ("rocm_time_factor", 1.0),
}


def show(found: Fit) -> None:
    """One line a constant."""
    print("| constant | value | interval | prior | its sd | learned | |")
    print("| --- | ---: | --- | ---: | ---: | ---: | --- |")
    for one in found.parameters:
        value, sd = found.values[one.label], found.sd[one.label]
        bound = "at its bound" if value <= 1.001 * one.prior.low or value >= one.prior.high / 1.001 else ""
        learned = found.learned(one)
        note = bound or ("not identified" if learned < 0.3 else "")
        interval = f"{value / math.exp(sd):.3g} to {value * math.exp(sd):.3g}"
        before = f"{one.prior.middle:.3g} | {one.prior.sd:g}"
        print(f"| {one.label} | {value:.4g} | {interval} | {before} | {learned:.2f} | {note} |")
    print()


def errors(rows: list[MeasuredServing], predicted: np.ndarray, measure: int) -> np.ndarray:
    """Predicted over measured, less one; NaN where the row lacks the measure, infinite where the model has no value."""
    measured = np.array([row.measured[MEASURES[measure]] for row in rows])
    deviation = predicted[:, measure] / measured - 1.0
    return np.where(np.isnan(measured), np.nan, np.where(np.isnan(deviation), np.inf, deviation))


def summary(deviation: np.ndarray) -> tuple[int, float, float, float]:
    """Rows, median and 90th percentile of absolute deviations, and the median of deviations, in per cent."""
    known = deviation[~np.isnan(deviation)]
    if not len(known):
        return 0, math.nan, math.nan, math.nan
    size = np.abs(known)
    return len(known), *(100 * float(x) for x in (np.median(size), np.quantile(size, 0.9), np.median(known)))


def main() -> None:
    """Fit, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    rows = read_rows(given.rows)
    speed = fitted_on(rows, "throughput")
    print(f"{len(speed)} rows of throughput, {len(rows) - len(speed)} left out or without it\n")
    rates = fit(speed, parameters_for(speed, power=False), "throughput")
    show(rates)
    power = fit_power(rows, rates)
    show(power)
    inside = predicted_with(rows, rates, power)
    outside = np.full_like(inside, np.nan)
    if not given.quick:
        for _, places, predicted in leave_one_source_out(rows, rates, power):
            outside[places] = predicted
    table = []
    print("| measure | source | rows | median | p90 | bias | left out: median | p90 | bias |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    nvidia = np.array([row.nvidia for row in rows])
    groups = np.array([row.group for row in rows])
    for place, measure in enumerate(MEASURES):
        own = errors(rows, inside, place)
        other = own * np.nan if given.quick else errors(rows, outside, place)
        for name, which in [("all NVIDIA", nvidia), *((g, groups == g) for g in sorted(set(groups)))]:
            count, *fitted = summary(own[which])
            _, *left = summary(other[which])
            if count:
                cells = " | ".join(f"{x:.1f}" for x in (*fitted, *left))
                print(f"| {measure} | {name} | {count} | {cells} |")
                table.append([measure, name, count, *(f"{x:.1f}" for x in (*fitted, *left))])
    if given.write:
        write(rates, power, table)


def write(rates: Fit, power: Fit, table: list[list[object]]) -> None:
    """Put the fitted numbers where the model reads them."""
    path = ROOT / "kernels" / "serving" / "constants.csv"
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    for line in lines:
        found = power if line["name"] in power.values else rates
        one = next(p for p in found.parameters if p.label == line["name"])
        line["value"] = f"{found.values[one.label]:.4g}"
        line["sd"] = f"{found.sd[one.label]:.2g}"
        line["learned"] = f"{found.learned(one):.2f}"
    _rewrite(path, lines)
    path = ROOT / "catalogs" / "engines.csv"
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    for line in lines:
        family = FAMILIES.get(line["id"], line["id"])
        for name, (column, scale) in COLUMNS.items():
            if f"{family} {name}" in rates.values:
                line[column] = f"{rates.values[f'{family} {name}'] * scale:.3g}"
        if line["id"] == "vllm-2024-server":  # measured on NVIDIA's devices alone
            line["rocm_time_factor"] = f"{rates.values['vllm-2024 rocm_time_factor']:.3g}"
    _rewrite(path, lines)
    names = ["measure", "source", "rows", "median", "p90", "bias", "left_out_median", "left_out_p90", "left_out_bias"]
    with LEFT_OUT.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([names, *table])


def _rewrite(path: Path, lines: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)


if __name__ == "__main__":
    main()
