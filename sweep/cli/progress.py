"""How far a command has got, on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from carbonsweep.engine.workers import Progress
from carbonsweep.foundation.terminal import duration

PLAIN_EVERY = 5.0
"""Seconds between progress lines when standard error is not a terminal."""


@contextmanager
def progress() -> Iterator[Progress]:
    """A progress bar on a terminal, a line every few seconds elsewhere; both on standard error."""
    if sys.stderr.isatty():
        with _bar() as advance:
            yield advance
        return
    began = last = time.monotonic()

    def line(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= PLAIN_EVERY:
            last = now
            rate = done / (now - began)
            left = duration((total - done) / rate)
            print(f"{done:,} of {total:,} points, {rate / 1e6:.1f} million/s, {left} left", file=sys.stderr)

    yield line


@contextmanager
def _bar() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("sweep", total=None, rate="compiling")
        began = time.monotonic()

        def advance(done: int, total: int) -> None:
            rate = done / max(time.monotonic() - began, 1e-9)
            bar.update(task, completed=done, total=total, rate=f"{rate / 1e6:.1f} M points/s")

        yield advance
