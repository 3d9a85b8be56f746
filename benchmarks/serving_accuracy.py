"""How close the serving model comes to measured rows: ``python benchmarks/serving_accuracy.py [ROWS.csv]``.

Fits nothing: constants are those of the catalog of engines and of kernels/serving/constants.csv. Without ROWS.csv,
whose columns benchmarks/data/DATA.md describes, the shipped rows are taken. Prints median and 90th percentile of the
absolute deviations and the median deviation, in per cent, by source, accelerator, kind of model and batch; beside each
source what constants fitted on the other sources give (as fit_serving.py found it on all rows).
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
from fit_serving import LEFT_OUT, errors, summary

from carbonsweep.evidence.serving import MEASURES, MeasuredServing, predict, read_rows

SHIPPED = Path(__file__).parent / "data" / "serving.csv"
BATCHES = (1, 8, 32, 128, 512)


def batch_group(row: MeasuredServing) -> str:
    """The batch of a row, in groups of four times."""
    if np.isnan(row.batch):
        return "batch that fits"
    upper = next((bound for bound in BATCHES if row.batch <= bound), None)
    return f"batch over {BATCHES[-1]}" if upper is None else f"batch to {upper}"


BY: dict[str, Callable[[MeasuredServing], str]] = {
    "source": lambda row: row.group,
    "accelerator": lambda row: str(row.values["accelerator"]),
    "kind": lambda row: row.kind,
    "batch": batch_group,
}


def left_out() -> dict[tuple[str, str], str]:
    """Median and 90th percentile of each measure and source with constants of the others."""
    if not LEFT_OUT.exists():
        return {}
    with LEFT_OUT.open(encoding="utf-8", newline="") as file:
        return {
            (line["measure"], line["source"]): f"{line['left_out_median']} / {line['left_out_p90']}"
            for line in csv.DictReader(file)
        }


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=Path, nargs="?", default=SHIPPED)
    rows = read_rows(parser.parse_args().rows)
    predicted = predict(rows)[0]
    stored = left_out()
    for place, measure in enumerate(MEASURES):
        deviation = errors(rows, predicted, place)
        if np.isnan(deviation).all():
            print(f"\n{measure}: no rows\n")
            continue
        print(f"\n{measure}\n")
        print("| by | group | rows | median | p90 | bias | left out: median / p90 |")
        print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
        groups = [
            ("all", "all rows", np.ones(len(rows), bool)),
            ("all", "all NVIDIA", np.array([r.nvidia for r in rows])),
        ]
        for by, name_of in BY.items():
            names = np.array([name_of(row) for row in rows])
            groups += [(by, name, names == name) for name in sorted(set(names))]
        for by, name, which in groups:
            count, *found = summary(deviation[which])
            if count:
                cells = " | ".join(f"{value:.1f}" for value in found)
                print(f"| {by} | {name} | {count} | {cells} | {stored.get((measure, name), '')} |")


if __name__ == "__main__":
    main()
