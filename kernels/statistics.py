"""Statistics over joint samples, as quantities: `p95(total_carbon)` is the column `total_carbon_p95`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

FEASIBLE_SHARE = "feasible_share"
"""The column that says in which share of the samples a design has all its values."""

_NUMBER = r"[0-9.]+(?:e[+-]?[0-9]+)?"
_PARTS = re.compile(
    r"(?:p(?P<percent>[0-9]+(?:\.[0-9]+)?)|(?P<mean>mean)|cvar(?P<tail>[0-9]+(?:\.[0-9]+)?)"
    rf"|p\((?P<sign><=|>=) *(?P<limit>{_NUMBER})\))\Z"
)
_CALL = re.compile(r"\b(?P<what>p[0-9]+(?:\.[0-9]+)?|mean|cvar[0-9]+(?:\.[0-9]+)?)\( *(?P<name>[a-z][a-z0-9_]*) *\)")
_SHARE = re.compile(rf"\bp\( *(?P<name>[a-z][a-z0-9_]*) *(?P<sign><=|>=) *(?P<limit>{_NUMBER}) *\)")
_COLUMN = re.compile(
    r"(?P<name>[a-z][a-z0-9_]*?)_(?:p(?P<percent>[0-9]+(?:_[0-9]+)?)|(?P<mean>mean)|cvar(?P<tail>[0-9]+(?:_[0-9]+)?)"
    r"|p_(?P<sign>le|ge)_(?P<limit>[0-9]+(?:_[0-9]+)?(?:e_?[0-9]+)?))\Z"
)


@dataclass(frozen=True)
class Statistic:
    """What is said of a quantity over the joint samples of the uncertain inputs.

    Attributes
    ----------
    quantity
        The quantity.
    kind
        ``quantile``, ``mean``, ``cvar`` (mean of the samples above a quantile), ``at_most`` or ``at_least`` (share of
        the samples that meet a limit).
    level
        Percent of the quantile, or the limit.
    """

    quantity: str
    kind: str
    level: float = 0.0

    @property
    def column(self) -> str:
        """The name of its column."""
        return f"{self.quantity}_{self._suffix}"

    @property
    def _suffix(self) -> str:
        if self.kind == "mean":
            return "mean"
        if self.kind in ("at_most", "at_least"):
            return f"p_{'le' if self.kind == 'at_most' else 'ge'}_{_plain(self.level)}"
        return f"{'p' if self.kind == 'quantile' else 'cvar'}{_plain(self.level)}"

    @property
    def is_share(self) -> bool:
        """Whether it is a share of the samples."""
        return self.kind in ("at_most", "at_least")

    @property
    def text(self) -> str:
        """How a plan writes it."""
        if self.is_share:
            return f"p({self.quantity} {'<=' if self.kind == 'at_most' else '>='} {self.level:g})"
        if self.kind == "mean":
            return f"mean({self.quantity})"
        return f"{'p' if self.kind == 'quantile' else 'cvar'}{self.level:g}({self.quantity})"

    @property
    def description(self) -> str:
        """What it is, in words."""
        if self.is_share:
            sign = "at most" if self.kind == "at_most" else "at least"
            return f"Share of the joint samples in which {self.quantity} is {sign} {self.level:g}."
        if self.kind == "mean":
            return f"Mean of {self.quantity} over the joint samples."
        if self.kind == "cvar":
            return f"Mean of {self.quantity} over the samples above its {self.level:g} % quantile."
        return f"{self.level:g} % quantile of {self.quantity} over the joint samples."


def statistic_of(column: str) -> Statistic | None:
    """The statistic that a column holds, if its name is that of one."""
    match = _COLUMN.match(column)
    if match is None:
        return None
    found = _statistic(match, match["name"], lambda text: text.replace("e_", "e-").replace("_", "."))
    return found if found is not None and found.column == column else None


def parse_statistic(text: str, quantity: str) -> Statistic | None:
    """`p95`, `mean`, `cvar90` or `p(<= 500e3)` of a quantity; None where the text is none of these."""
    match = _PARTS.match(text.strip())
    return None if match is None else _statistic(match, quantity, str)


def with_columns(text: str) -> str:
    """An expression with its statistics by the names of their columns; others are left as they are."""

    def called(match: re.Match[str]) -> str:
        found = parse_statistic(match["what"], match["name"])
        return match[0] if found is None else found.column

    def share(match: re.Match[str]) -> str:
        found = parse_statistic(f"p({match['sign']} {match['limit']})", match["name"])
        return match[0] if found is None else found.column

    return _SHARE.sub(share, _CALL.sub(called, text))


def _statistic(match: re.Match[str], quantity: str, number: Callable[[str], str]) -> Statistic | None:
    """The statistic whose parts were found, numbers read from the text that `number` makes of them."""
    if match["mean"]:
        return Statistic(quantity, "mean")
    for group, kind in (("percent", "quantile"), ("tail", "cvar")):
        if match[group]:
            level = float(number(match[group]))
            # Ranks are counted in millionths of the samples: a finer level would be another one.
            return Statistic(quantity, kind, level) if 0.0 < level < 100.0 and level == round(level, 4) else None
    try:
        limit = float(number(match["limit"]))
    except ValueError:
        return None
    if not math.isfinite(limit):
        return None
    return Statistic(quantity, "at_most" if match["sign"] in ("<=", "le") else "at_least", limit)


def _plain(level: float) -> str:
    """A number as part of a name: 500000, 2_5, 1e_9."""
    text = f"{level:.0f}" if level == math.floor(level) and level < 1e15 else repr(level)
    return text.replace("e-", "e_").replace("e+", "e").replace(".", "_")
