"""Runs of very many part files: ``python benchmarks/parts.py [PARTS] [--s3]`` (10^5 parts of 9 rows each).

Writes a run, verifies it, deletes every thousandth part, repairs it with `--resume`, and verifies it again; prints wall
time and peak memory of each command. `--s3` writes to an S3-compatible server on this machine (moto, a process of its
own, which keeps objects in memory and answers requests one at a time).
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fsspec
import machine

COMMAND = [sys.executable, "-c", "from carbonsweep.cli.main import main; main()"]
PLAN = """
[axes]
tokens = {{ geom = [1e11, 1e13, {parts}] }}
carbon_intensity = {{ linear = [5, 2000, 16384] }}
[constants]
accelerator = "H100"
parameters = 7e9
devices = 64
hardware_efficiency = 0.4
pue = 1.1
[constraints]
carbon_intensity = "<= 6"
[output]
chunk_points = 16384
quantities = ["training_days", "total_carbon"]
"""


PORT = 5811
SERVER = f"""
import time
from moto.server import ThreadedMotoServer
ThreadedMotoServer(ip_address="127.0.0.1", port={PORT}, verbose=False).start()
time.sleep(1e6)
"""
KEYS = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1"}


@contextmanager
def bucket() -> Iterator[str]:
    """An empty bucket; the environment names its server."""
    os.environ.update(KEYS, AWS_ENDPOINT_URL=f"http://127.0.0.1:{PORT}")
    server = subprocess.Popen([sys.executable, "-c", SERVER], stderr=subprocess.DEVNULL)
    try:
        time.sleep(5)
        fsspec.filesystem("s3").mkdir("sweeps")
        yield "s3://sweeps/run"
    finally:
        server.kill()


@contextmanager
def folder() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as where:
        yield f"{where}/run"


def timed(what: str, words: list[str]) -> None:
    """Run a command and print what it took."""
    began = time.perf_counter()
    done = subprocess.run([*COMMAND, *words], capture_output=True, text=True, check=False)
    took = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{what:24} exit {done.returncode} {took:8.1f} s   peak so far {peak:6.0f} MiB", flush=True)
    if done.returncode not in (0, 1):
        sys.exit(done.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="?", type=int, default=100_000)
    parser.add_argument("--s3", action="store_true")
    given = parser.parse_args()
    print(machine.description())
    with bucket() if given.s3 else folder() as out, tempfile.TemporaryDirectory() as own:
        plan = Path(own) / "plan.toml"
        plan.write_text(PLAN.format(parts=given.parts))
        run = ["run", str(plan), "--out", out, "--quiet"]
        timed("run", run)
        timed("verify", ["verify", out])
        files = fsspec.core.url_to_fs(out)[0]
        parts = sorted(path for path in files.glob(f"{out}/part-*.parquet"))
        print(f"{len(parts)} parts")
        for path in parts[::1000]:
            files.rm_file(path)
        timed("verify, parts missing", ["verify", out])
        timed("resume", [*run, "--resume"])
        timed("verify", ["verify", out])


if __name__ == "__main__":
    main()
