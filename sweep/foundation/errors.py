"""The exceptions a user can meet; each message names the culprit and the remedy in one line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable


class CarbonsweepError(Exception):
    """Base of every error that bad input can cause; the command line prints it and exits with code 2."""


class PlanError(CarbonsweepError, ValueError):
    """A plan, an estimate or an expression that cannot be evaluated as given."""


class StoreError(CarbonsweepError):
    """An output folder that cannot be written, or a run that cannot be read."""


def suggestion(unknown: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` for the nearest known names, or an empty string."""
    lowered = {name.lower(): name for name in known}
    near = difflib.get_close_matches(unknown.lower(), lowered, n=3, cutoff=0.6)
    if not near:
        return ""
    return "; did you mean " + " or ".join(repr(lowered[name]) for name in near) + "?"


def size_text(size: float) -> str:
    """A number of bytes for people, in decimal units."""
    for unit in ("B", "kB", "MB", "GB", "TB", "PB", "EB"):
        if size < 1000 or unit == "EB":
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.3g} {unit}"
        size /= 1000
    raise AssertionError


def size_number(text: str) -> float:
    """The bytes that a size such as ``256 MB`` or ``1.5GB`` means, in decimal units.

    Raises
    ------
    ValueError
        If it is no such size, or less than a byte.
    """
    match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([kMGT]?B)\s*", text)
    size = float(match[1]) * 1000.0 ** ("B", "kB", "MB", "GB", "TB").index(match[2]) if match else 0.0
    if size < 1:
        raise ValueError(f"{text!r} is not a size such as '256 MB'")
    return size
