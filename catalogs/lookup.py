"""Finding a row by what people call it: ids first, then aliases, then names, and what it carries besides the row."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from carbonsweep.catalogs.files import shown
from carbonsweep.catalogs.rows import Row
from carbonsweep.foundation.errors import CatalogError

Item = TypeVar("Item")


@dataclass(frozen=True)
class Alias:
    """One line of `aliases.csv`: another name of a row, with the number of devices that the name means."""

    text: str
    id: str
    devices: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Match:
    """What a name means.

    Attributes
    ----------
    row
        The row.
    how
        How the name was understood, as a phrase for the reader ("id", "alias: SXM5 board", "instance of aws").
    devices
        Number of devices that the name carries (`8xH100`, `v3-8`, `p5.48xlarge`); None if it carries none.
    instance
        The cloud instance type that was named, a row of `instances`.
    """

    row: Row
    how: str
    devices: int | None = None
    instance: Row | None = None

    @property
    def label(self) -> str:
        """What a table calls it: the id of the row, with the number of devices where the name carries one."""
        if self.instance is not None and self.devices == self.instance.values["devices"]:
            return self.instance.id
        return self.row.id if self.devices is None else f"{self.devices} x {self.row.id}"

    @property
    def inputs(self) -> dict[str, float]:
        """What the row supplies; an instance puts its own node and network in the place of the usual ones."""
        if self.instance is None:
            return self.row.inputs
        own = {name: value for name, value in self.instance.inputs.items() if value == value}
        if self.row.inputs["scale_up_devices"] == self.row.inputs["devices_per_node"]:
            own["scale_up_devices"] = own["devices_per_node"]
        return {**self.row.inputs, **own}


class Index:
    """The rows of one catalog under their ids, aliases and names.

    Parameters
    ----------
    catalog
        Name of the catalog.
    rows
        Its rows.
    aliases
        Its aliases.
    """

    def __init__(self, catalog: str, rows: Sequence[Row], aliases: Sequence[Alias]) -> None:
        self.catalog = catalog
        self.rows = rows
        self.by_id = {row.id: row for row in rows}
        self.aliases = [alias for alias in aliases if alias.id in self.by_id]
        self._ids = [_grouped((fold(row.id), row) for row in rows) for fold in FOLDS]
        self._aliases = [_grouped((fold(alias.text), alias) for alias in self.aliases) for fold in FOLDS]
        self._names = _grouped((plain(name), row) for row in rows for name in self.names(row))

    def names(self, row: Row) -> Iterator[str]:
        """The names of a row in its own columns."""
        for column in ("name", "hf_id"):
            if row.values.get(column):
                yield str(row.values[column])

    def find(self, text: str, at: str = "") -> Match:
        """What the text means.

        Parameters
        ----------
        text
            The name.
        at
            Where it stands, for errors: a plan and its key, with ``: `` at the end.

        Raises
        ------
        CatalogError
            If it means nothing here (with the names near it), or could mean several rows (with their ids).
        """
        try:
            found = self.match(text.strip())
        except CatalogError as error:
            raise CatalogError(f"{at}{error}") from None
        if found is None:
            raise CatalogError(f"{at}{self.unknown(text)}")
        return found

    def match(self, text: str) -> Match | None:
        """As `find`, but None where the text means nothing."""
        return self.known(text)

    def known(self, text: str) -> Match | None:
        """The row that has the text as its id, alias or name.

        Ids come before aliases and aliases before names; each is compared as written, then whatever its case, then
        whatever its punctuation: `us-east1` and `us-east-1` differ only as written.
        """
        for fold, group in zip(FOLDS, self._ids, strict=True):
            if rows := group.get(fold(text)):
                return Match(self.one(text, rows), "id")
        for fold, meanings in zip(FOLDS, self._aliases, strict=True):
            if aliases := meanings.get(fold(text)):
                row = self.one(text, list({alias.id: self.by_id[alias.id] for alias in aliases}.values()))
                alias = aliases[0]
                return Match(row, f"alias: {alias.note}" if alias.note else "alias", alias.devices)
        if rows := self._names.get(plain(text)):
            return Match(self.one(text, rows), "name")
        return None

    def one(self, text: str, rows: Sequence[Row]) -> Row:
        """The one row of several that share a name, or an error that lists them."""
        if len(rows) == 1:
            return rows[0]
        ids = ", ".join(row.id for row in rows[:8]) + (", ..." if len(rows) > 8 else "")
        raise CatalogError(f"{shown(text)} could be several {self.catalog}: {ids}; give one of these ids")

    def unknown(self, text: str) -> str:
        """What is said of a name that means nothing."""
        return f"no row {shown(text)} in catalog {self.catalog}{self.guess(text)}"

    def guess(self, text: str) -> str:
        """``; did you mean 'x'?`` for the names near the text, or where to look.

        Near is nearer than alike: a short name is never guessed at, and numbers must agree, since another number is
        another machine, model or place.
        """
        key = plain(text[:200])
        known: dict[str, str] = {}
        for row in self.rows:
            for name in (row.id, row.id.rpartition("/")[2], *self.names(row)):
                known.setdefault(plain(name), row.id if plain(name) in plain(row.id) else name)
        known.update({plain(alias.text): alias.text for alias in self.aliases if plain(alias.text) not in known})
        long = [name for name in known if len(name) > 3]
        near = [] if len(key) < 4 else difflib.get_close_matches(key, long, n=8, cutoff=0.88 if len(key) < 6 else 0.8)
        near = [name for name in near if re.findall(r"\d+", name) == re.findall(r"\d+", key)]
        offered = list(dict.fromkeys(known[name] for name in near))[:3]
        if not offered:
            return f"; see `carbonsweep catalog {self.catalog}`"
        return "; did you mean " + " or ".join(repr(name) for name in offered) + "?"


def plain(text: str) -> str:
    """How names are compared in the end: lower case, no accents, letters and digits only; the point in 1.3 counts."""
    folded = unicodedata.normalize("NFKD", text).lower()
    return re.sub(r"(?<!\d)\.|\.(?!\d)|[^a-z0-9.]", "", folded)


def _as_written(text: str) -> str:
    return text


FOLDS: tuple[Callable[[str], str], ...] = (_as_written, str.lower, plain)
"""Ways to compare, the strictest first."""


def _grouped(pairs: Iterable[tuple[str, Item]]) -> dict[str, list[Item]]:
    groups: dict[str, list[Item]] = {}
    for key, item in pairs:
        if item not in groups.setdefault(key, []):
            groups[key].append(item)
    return groups
