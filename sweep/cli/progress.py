"""How far a command has got, on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from carbonsweep.engine.workers import Progress
from carbonsweep.foundation.stages import listening
from carbonsweep.foundation.terminal import duration

PLAIN_EVERY = 5.0
"""Seconds between progress lines when standard error is not a terminal."""


@contextmanager
def progress(quiet: bool = False) -> Iterator[Progress | None]:
    """A progress bar on a terminal, a line every few seconds elsewhere; both on standard error, or nothing.

    Rates count evaluating alone, not what is compiled or tabulated before.
    """
    if quiet:
        yield None
        return
    shown = _Bar() if sys.stderr.isatty() else _Lines()
    with shown, listening(shown.stage):
        yield shown.advance


class _Clock:
    """Seconds spent evaluating, over several stages; elsewhere than in this process nothing says what is being done."""

    def __init__(self) -> None:
        self._spent = 0.0
        self._since: float | None = time.monotonic()
        self._told = False

    def stage(self, what: str) -> None:
        """Run while something is evaluated, stand still otherwise; what was before the first word does not count."""
        if self._since is not None and self._told:
            self._spent += time.monotonic() - self._since
        self._told = True
        self._since = time.monotonic() if what == "evaluating" else None

    def rate(self, done: int) -> float:
        """Points a second."""
        running = 0.0 if self._since is None else time.monotonic() - self._since
        return max(done / max(self._spent + running, 1e-9), 1e-9)


class _Lines:
    """A line every few seconds."""

    def __init__(self) -> None:
        self._clock, self._last = _Clock(), time.monotonic()

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: object) -> None:
        pass

    def stage(self, what: str, share: float) -> None:
        self._clock.stage(what)
        if share:
            self._say(f"{what}, {100 * share:.0f} %")

    def advance(self, done: int, total: int) -> None:
        rate = self._clock.rate(done)
        left = duration((total - done) / rate)
        self._say(f"{done:,} of {total:,} points, {rate / 1e6:.1f} million/s, {left} left")

    def _say(self, text: str) -> None:
        now = time.monotonic()
        if now - self._last >= PLAIN_EVERY:
            self._last = now
            print(text, file=sys.stderr)


class _Bar:
    """A bar that disappears in the end."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            BarColumn(),
            TextColumn("{task.percentage:3.0f} %"),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
        )
        self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("sweep", total=None, rate="compiling")
        self._clock = _Clock()

    def __enter__(self) -> None:
        self._bar.start()

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def stage(self, what: str, share: float) -> None:
        self._clock.stage(what)
        self._bar.update(self._task, rate=what, completed=share, total=1.0 if share else None)

    def advance(self, done: int, total: int) -> None:
        rate = self._clock.rate(done)
        self._bar.update(self._task, completed=done, total=total, rate=f"{rate / 1e6:.1f} M points/s")
