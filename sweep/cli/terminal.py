"""What commands do with a result: print it, write it, or say what went wrong."""

from __future__ import annotations

import json
import math
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType

    from carbonsweep.foundation.results import Result

WIDE = 400
"""Columns of text when standard output is not a terminal: tables are not cut to a width there."""


def present(result: Result, as_json: bool) -> None:
    """Print a result as tables, or as JSON for programs."""
    if as_json:
        print_json(result.to_dict())
    else:
        show(result.__rich__())


def show(what: RenderableType) -> None:
    """Print to standard output, without trailing blanks when it is not a terminal."""
    from rich.console import Console

    screen = Console(highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else WIDE)
    if sys.stdout.isatty():
        screen.print(what)
        return
    with screen.capture() as capture:
        screen.print(what)
    print("\n".join(line.rstrip() for line in capture.get().rstrip().split("\n")))


def print_json(data: Any) -> None:
    """Print plain data as JSON."""
    print(json.dumps(_finite(data), indent=1, allow_nan=False))


def _finite(data: Any) -> Any:
    """NaN and infinity, which JSON lacks, as null."""
    if isinstance(data, float):
        return data if math.isfinite(data) else None
    if isinstance(data, dict):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(value) for value in data]
    return data


def check_destination(out: Path | None) -> None:
    """Refuse a file that could not be written, before any work is done."""
    if out is not None:
        from carbonsweep.tabular.export import check_destination as check

        check(out)


def write(frame: pd.DataFrame, out: Path | None) -> None:
    """Write a frame to the file that the user named, if any."""
    if out is not None:
        from carbonsweep.tabular.export import write_frame

        write_frame(frame, out)


def complain(message: str, error: BaseException) -> None:
    """One line on standard error, with what was added to the error on its way: what is left of a run."""
    print("; ".join([message, *getattr(error, "__notes__", [])]), file=sys.stderr)


class Stopped(KeyboardInterrupt):
    """The process was asked to end by a signal other than that of Ctrl-C."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def end_by_signals() -> None:
    """Let the signals of `kill` and of a closed terminal end a command as Ctrl-C does, unless they are ignored."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _stop)


def _stop(number: int, _: object) -> None:
    raise Stopped(number)


def stopped_code(error: KeyboardInterrupt) -> int:
    """The exit code of a command that a signal has ended."""
    return 128 + (error.number if isinstance(error, Stopped) else int(signal.SIGINT))
