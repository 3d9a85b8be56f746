"""The exceptions a user can meet; each message names the culprit and the remedy in one line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


class CarbonsweepError(Exception):
    """Base of every error that bad input can cause; the command line prints it and exits with code 2."""


class PlanError(CarbonsweepError, ValueError):
    """A plan, an estimate or an expression that cannot be evaluated as given."""


class CatalogError(PlanError):
    """A faulty catalog file, or a name that is in no catalog."""


class StoreError(CarbonsweepError):
    """An output folder that cannot be written, or a run that cannot be read."""


def one_line(error: BaseException) -> str:
    """What an error of another library says, in one line; its kind where it says nothing."""
    return " ".join(str(error).split()) or type(error).__name__


def suggestion(unknown: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` for the nearest known names, or an empty string.

    Of a short word only the beginning is trusted: `pu` may be `pue`, `gpu` is something else.
    """
    word = unknown[:200].lower()
    lowered = {name.lower(): name for name in known}
    if len(word) > 3:
        near = difflib.get_close_matches(word, lowered, n=3, cutoff=0.6)
    else:
        near = [name for name in lowered if word and name.startswith(word) and len(name) <= len(word) + 1][:3]
    if not near:
        return ""
    return "; did you mean " + " or ".join(repr(lowered[name]) for name in near) + "?"


def first_few(names: Sequence[str]) -> str:
    """The first three of some names, and how many more there are."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
