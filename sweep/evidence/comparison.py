"""A published number beside ours, and many of them in sections."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from carbonsweep.foundation.results import Result

if TYPE_CHECKING:
    from rich.console import RenderableType


EXACT = 1e-9
"""The relative deviation up to which two numbers are the same but for rounding in arithmetic."""


@dataclass(frozen=True)
class Comparison:
    """One published number and its recomputation.

    Attributes
    ----------
    section, item
        Where it stands and which it is.
    published, computed
        The two numbers, in `unit`.
    unit, source
        Their unit, and where the published one comes from.
    method
        Which of several methods computed it, in sections that set them side by side.
    """

    section: str
    item: str
    published: float
    computed: float
    unit: str
    source: str
    method: str = ""

    @property
    def deviation(self) -> float:
        """computed / published - 1; NaN where the published number is zero."""
        return self.computed / self.published - 1 if self.published else math.nan

    def to_dict(self) -> dict[str, Any]:
        """The comparison as plain data, the deviation included."""
        data = asdict(self)
        return {**{k: data[k] for k in ("section", "item", "published", "computed")}, "deviation": self.deviation} | {
            k: data[k] for k in ("unit", "source", "method")
        }


Sections = Iterator[tuple[str, Callable[[], Iterable[Comparison]]]]
"""Names of sections, and what computes the rows of each when it is called."""


def together(rows: Callable[[], Iterable[Comparison]], *sections: str) -> Sections:
    """Sections that are computed at once, when the first of them is asked for."""
    found = cache(lambda: list(rows()))
    for name in sections:
        yield name, partial(lambda of: [row for row in found() if row.section == of], name)


class Comparisons(list[Comparison], Result):
    """Comparisons in sections."""

    def to_dict(self) -> list[dict[str, Any]]:
        return [row.to_dict() for row in self]

    def __rich__(self) -> RenderableType:
        """One table a section, with mean, median and worst deviation; methods are columns."""
        from rich.console import Group
        from rich.text import Text

        from carbonsweep.foundation.terminal import new_table, number, stack

        sections: dict[str, list[Comparison]] = {}
        for row in self:
            sections.setdefault(row.section, []).append(row)
        parts: list[RenderableType] = []
        numbers = ("published", "computed", "deviation")
        for section, group in sections.items():
            if group[0].method:
                parts.append(_side_by_side(section, group))
                continue
            table = new_table(section, "item", *numbers, "unit", right=numbers)
            for row in group:
                deviation = shown_deviation(row.deviation)
                table.add_row(row.item, number(row.published), number(row.computed), deviation, row.unit)
            sizes = [abs(row.deviation) for row in group if not math.isnan(row.deviation)]
            if not sizes:
                parts.append(table)
                continue
            mean, median, worst = (100 * f(sizes) for f in (statistics.fmean, statistics.median, max))
            text = f"{len(sizes)} rows: mean {mean:.3g} %, median {median:.3g} %, worst {worst:.3g} %"
            parts.append(Group(table, Text(text)))
        return stack(*parts, self.verdict())

    def verdict(self) -> str:
        """All sections in one line; those that set methods side by side say of each its own error."""
        rows = [row for row in self if not row.method and not math.isnan(row.deviation)]
        if not rows:
            return "no published value is recomputed here"
        sizes = [abs(row.deviation) for row in rows]
        worst = max(rows, key=lambda row: abs(row.deviation))
        within = {share: sum(size <= share for size in sizes) for share in (EXACT, 0.05, 0.2)}
        return (
            f"verdict: of {len(rows):,} published values {within[EXACT]:,} are reproduced exactly, "
            f"{within[0.05]:,} within 5 %, {within[0.2]:,} within 20 %; median {100 * statistics.median(sizes):.3g} %, "
            f"worst {100 * worst.deviation:+.3g} % ({worst.section}: {worst.item})"
        )


def shown_deviation(deviation: float) -> str:
    """A deviation as text; what is left of rounding in arithmetic is none."""
    if math.isnan(deviation):
        return "-"
    return "exact" if abs(deviation) <= EXACT else f"{100 * deviation:+.3g} %"


def _side_by_side(section: str, rows: list[Comparison]) -> RenderableType:
    """One table of deviations, a column a method, and a line of errors a method."""
    from rich.console import Group
    from rich.text import Text

    from carbonsweep.foundation.terminal import new_table, number

    methods = list(dict.fromkeys(row.method for row in rows))
    items: dict[str, dict[str, Comparison]] = {}
    for row in rows:
        items.setdefault(row.item, {})[row.method] = row
    table = new_table(section, "item", "published", "unit", *methods, right=("published", *methods))
    for item, found in items.items():
        first = next(iter(found.values()))
        cells = [found[method].deviation if method in found else math.nan for method in methods]
        shown = [shown_deviation(cell) for cell in cells]
        table.add_row(item, number(first.published), first.unit, *shown)
    lines = []
    for method in methods:
        sizes = [abs(row.deviation) for row in rows if row.method == method and not math.isnan(row.deviation)]
        if sizes:
            median, worst = 100 * statistics.median(sizes), 100 * max(sizes)
            lines.append(f"{method}: {len(sizes)} of {len(items)} rows, median {median:.3g} %, worst {worst:.3g} %")
    return Group(table, Text("\n".join(lines)))
