"""What the first answer takes: ``python benchmarks/start.py [--rounds 5]``.

Whole processes of the command line, with an empty cache of compiled nests and with a full one. Prints medians of wall
time and of processor time in turn; `--help` and a command that evaluates one point without a nest stand beside.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import machine

EXAMPLES = Path(__file__).parent.parent / "examples"
COMMAND = [sys.executable, "-c", "from carbonsweep.cli.main import main; main()"]
ONE = ("model=llama-3-8b", "accelerator=H100", "devices=64", "tokens=1e12", "region=aws/us-east-1")
SMALL = """
[axes]
tokens = { geom = [1e11, 1e13, 11] }
devices = [64, 128, 256, 512]
carbon_intensity = [20, 100, 200, 400, 600]
lifetime_years = [3, 4, 5]
[constants]
accelerator = "H100"
parameters = 7e9
hardware_efficiency = 0.4
pue = 1.1
[output]
quantities = ["training_days", "total_carbon"]
minimize = "total_carbon"
"""


def commands(folder: Path) -> dict[str, list[str]]:
    """The words of each command, by what is printed of it."""
    plan = folder / "small.toml"
    plan.write_text(SMALL)
    run = ["run", "--out", str(folder / "run"), "--overwrite"]
    return {
        "`--help`": ["--help"],
        "`estimate`, one point": ["estimate", *ONE],
        "`run`, 660 points, efficiency given": [*run, str(plan)],
        "`run`, 2.4 million points of LLMCarbon's chain (the demo)": [*run, str(EXAMPLES / "llama_class.toml")],
        "`search`, a layout chosen at each point": ["search", str(EXAMPLES / "frontier_layouts.toml")],
        "`search`, layout, accelerator and devices chosen": ["search", str(EXAMPLES / "best_hardware.toml")],
    }


def taken(words: list[str], cache: Path) -> tuple[float, float]:
    """Wall and processor time of a command in a process of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Python keeps the bytecode of what is installed, whatever this machine's setting is for tests.
    own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    done = subprocess.run(
        [*COMMAND, *words],
        env={**own, "CARBONSWEEP_CACHE": str(cache)},
        capture_output=True,
        text=True,
        check=False,
    )
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: {done.stderr}")
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="carbonsweep-benchmark-") as name:
        folder = Path(name)
        tried = commands(folder)
        cold: dict[str, list[tuple[float, float]]] = {label: [] for label in tried}
        warm: dict[str, list[tuple[float, float]]] = {label: [] for label in tried}
        for turn in range(rounds):
            for label, words in tried.items():
                print(f"round {turn + 1} of {rounds}: {label}", file=sys.stderr)
                cache = Path(tempfile.mkdtemp(dir=folder))
                cold[label].append(taken(words, cache))
                warm[label].append(taken(words, cache))
    print(f"{machine.description()}\n\nMedians of {rounds} rounds, seconds: wall (processor).\n")
    print("| command | empty cache | full cache |\n| --- | ---: | ---: |")
    for label in tried:
        cells = []
        for of in (cold, warm):
            wall, busy = (statistics.median(column) for column in zip(*of[label], strict=True))
            cells.append(f"{wall:.2f} ({busy:.2f})")
        print(f"| {label} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
