"""Fuzz every parser for some seconds each: `python -m tests.fuzz SECONDS [SEED] [NAME ...]`."""

from __future__ import annotations

import random
import sys
import tempfile
import time
import traceback
import warnings
from dataclasses import dataclass, field
from pathlib import Path

from carbonsweep.foundation.errors import CarbonsweepError
from tests.fuzz.mutations import mutated
from tests.fuzz.targets import TARGETS


@dataclass
class Found:
    """What came of the inputs of one parser.

    Attributes
    ----------
    tried, refused
        Inputs, and how many of them were refused.
    longest
        Seconds that one took at most.
    faults
        For every place of the code that failed otherwise, what it said and an input that led there.
    """

    tried: int = 0
    refused: int = 0
    longest: float = 0.0
    faults: dict[str, tuple[str, bytes]] = field(default_factory=dict)


def fuzz(name: str, seconds: float, seed: int, folder: Path) -> Found:
    """Try mutated inputs of one parser for a time."""
    target, chance, found = TARGETS[name], random.Random(seed), Found()
    target.seeds(chance, folder)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        data = mutated(target.seeds(chance, folder), chance)
        began = time.monotonic()
        try:
            target.read(data, folder, chance)
        except CarbonsweepError as error:
            found.refused += 1
            if "\n" in str(error):
                found.faults.setdefault("more than one line", (str(error), data))
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
            found.faults.setdefault(place, (str(error)[:200], data))
        found.tried += 1
        found.longest = max(found.longest, time.monotonic() - began)
    return found


def main() -> None:
    seconds, seed = float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    total, faulty = 0, False
    warnings.simplefilter("ignore")
    for name in sys.argv[3:] or TARGETS:
        with tempfile.TemporaryDirectory() as folder:
            found = fuzz(name, seconds, seed, Path(folder))
        total += found.tried
        faulty = faulty or bool(found.faults)
        print(f"{name}: {found.tried:,} tried, {found.refused:,} refused, longest {found.longest:.2f} s", flush=True)
        for place, (said, data) in found.faults.items():
            print(f"  {place}: {said!r}\n  {data[:400]!r}", flush=True)
    print(f"{total:,} inputs")
    sys.exit(1 if faulty else 0)


if __name__ == "__main__":
    main()
