"""What is still to be given for a quantity: the fewest inputs, and the rows of catalogs that have them."""

from __future__ import annotations

import functools
from collections.abc import Container, Iterable, Mapping

from carbonsweep.catalogs.links import COLUMN_OF
from carbonsweep.catalogs.schema import RECORDS, SCHEMAS
from carbonsweep.grid.available import choice_needs, variants_of
from carbonsweep.kernels import REGISTRY, Registry

Sets = dict[str, frozenset[str]]


def fewest_inputs(
    given: Container[str], found: Container[str], pinned: Mapping[str, str], registry: Registry = REGISTRY
) -> Sets:
    """The fewest inputs that are missing for each quantity that is not available.

    Parameters
    ----------
    given
        Names that are given.
    found
        Names that are available: given, by default, or computed from those.
    pinned
        Variants that were asked for.
    registry
        The equations to choose from.

    Returns
    -------
    dict
        A set of inputs by quantity; a quantity that no input could make available (it depends on itself) is left out.
    """
    sets: Sets = {name: frozenset((name,)) for name in (*registry.inputs, *_BY_ROWS) if name not in found}
    # What a choice gives stands for all that the choice asks for, which is known at the end.
    marks = {f"*{name}": choice for name, choice in registry.choices.items()}
    options = {name: variants_of(name, pinned, given, registry) for name in registry.quantities if name not in found}
    changed = True
    while changed:
        changed = False
        for name, variants in options.items():
            for one in variants:
                if one.choice:
                    new = frozenset((f"*{one.choice}",))
                elif all(needed in found or needed in sets for needed in one.inputs):
                    new = frozenset().union(*(sets.get(needed, frozenset()) for needed in one.inputs))
                else:
                    continue
                if name not in sets or _size(new) < _size(sets[name]):
                    sets[name] = new
                    changed = True
    asked = {mark: _asked(mark, sets, found, choice_needs(choice)) for mark, choice in marks.items()}
    for _ in marks:
        asked = {mark: _without_marks(one, asked) for mark, one in asked.items()}
    return {name: _without_marks(one, asked) for name, one in sets.items() if name in options}


@functools.lru_cache(maxsize=1 << 14)
def _size(names: frozenset[str]) -> int:
    """How much there is to give: a row of a catalog counts once, whatever it brings along."""
    rows, left = _rows(names)
    return len(rows) + len(left)


def _asked(mark: str, sets: Sets, found: Container[str], needs: Iterable[str]) -> frozenset[str]:
    return frozenset().union(*(sets.get(name, frozenset()) for name in needs if name not in found)) - {mark}


def _without_marks(names: frozenset[str], asked: Mapping[str, frozenset[str]]) -> frozenset[str]:
    plain = frozenset(name for name in names if name not in asked)
    return plain.union(*(asked[name] for name in names if name in asked))


_BY_ROWS = {"carbon_intensity": "region", "device_hour_price": "accelerator", "device_price": "accelerator"}
"""Quantities that are computed from columns of a catalog's rows only, and are given instead of these."""
_SUPPLIES = {
    record: frozenset(column.input for column in SCHEMAS[catalog].values() if column.input)
    | {name for name, rows in _BY_ROWS.items() if rows == record}
    for record, catalog in RECORDS.items()
}
"""The inputs that rows of each catalog may bring along."""
_FIRST = ("model", "accelerator", "region")
"""The rows that everybody names; others are proposed where these do not help."""


def _rows(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """The catalogs whose rows bring most of some inputs along, and the inputs that none of these has."""
    left = dict.fromkeys(names)
    rows = []
    for record in (*_FIRST, *(one for one in RECORDS if one not in _FIRST)):
        more = [name for name in left if name in _SUPPLIES[record]]
        if len(more) > (0 if record in _FIRST else 1):
            rows.append(record)
            for name in more:
                del left[name]
    return rows, list(left)


def remedy(names: Iterable[str]) -> str:
    """How to give some inputs: ``region=... (or pue=, carbon_intensity=) and tokens=``."""
    names = list(names)
    rows, left = _rows(names)
    parts = []
    for record in rows:
        by_hand = [name for name in names if name in _SUPPLIES[record]]
        shown = ", ".join(f"{name}=" for name in by_hand[:3]) + (", ..." if len(by_hand) > 3 else "")
        parts.append(f"{record}=... (or {shown})")
    if left:
        parts.append(", ".join(f"{name}=" for name in left))
    return " and ".join(parts)


def column_of(record: str, name: str) -> str:
    """The column of a catalog that supplies a name, with the name; the name alone where none does."""
    columns = SCHEMAS.get(RECORDS.get(record, ""), {})
    column = next((one for one, about in columns.items() if about.input == name), COLUMN_OF.get(name, ""))
    return f"{name} ({column})" if column and column != name else name
