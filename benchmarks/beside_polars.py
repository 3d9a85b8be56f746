"""carbonsweep beside Polars on 2 10^7 rows with lz4 and with zstd: ``python benchmarks/beside_polars.py [--rounds 5]``.

The grid and columns of `engine.py`, two threads each, level 1 for zstd. Every run is a process of its own and the order
rotates. Prints medians, of wall time and of processor time, which other work on the machine disturbs less. Fails if the
contents differ.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from functools import partial
from pathlib import Path

import machine
from engine import Result, alternate, check_sums, child, median

GRID = "middle"
CODECS = ("lz4", "zstd")
WHO = ("carbonsweep", "polars")


def measured(who: str, codec: str, folder: Path) -> Result:
    os.environ["CODEC"] = codec
    return child("contestant.py", who, GRID, str(folder), cache=folder / "cache")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="carbonsweep-benchmark-") as name:
        folder = Path(name)
        child("contestant.py", "prepare", GRID, str(folder), cache=folder / "cache")
        each = {f"{who}, {codec}": partial(measured, who, codec, folder) for codec in CODECS for who in WHO}
        results = alternate(each, given.rounds)
    expected = results["polars, lz4"][0]
    for label, runs in results.items():
        for run in runs:
            check_sums(label, run, expected, "Polars")
    print(f"{machine.description()}\n\n{expected['rows']:,} rows; medians of {given.rounds} alternating runs\n")
    print("| to Parquet, 2 threads | rows/s | processor, ns/row | bytes/row | peak memory |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for label, runs in results.items():
        rows = runs[0]["rows"]
        print(
            f"| {label} | {rows / median(runs, 'seconds') / 1e6:.1f} million | {median(runs, 'busy') / rows * 1e9:.0f} "
            f"| {runs[0]['bytes'] / rows:.2f} | {median(runs, 'memory') / 1e6:,.0f} MB |"
        )


if __name__ == "__main__":
    main()
