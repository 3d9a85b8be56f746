"""Finding a row by what people call it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from carbonsweep.catalogs.files import shown
from carbonsweep.catalogs.rows import Row
from carbonsweep.foundation.errors import CatalogError, suggestion

PLACES = ("country", "area", "us_state", "cn_province")
"""Kinds of region that a bare name means before any data centre, fab or bidding zone of that name."""


class Index:
    """The rows of one catalog under all their names.

    Parameters
    ----------
    catalog
        Name of the catalog.
    rows
        Its rows.
    aliases
        Ids by alias.
    """

    def __init__(self, catalog: str, rows: Sequence[Row], aliases: Mapping[str, str]) -> None:
        self.catalog = catalog
        self.by_id = {row.id: row for row in rows}
        self.aliases = aliases
        self.by_alias = {plain(alias): id for alias, id in aliases.items()}
        named = rows if catalog != "regions" else [row for row in rows if row.values["is_default"]]
        self.by_plain_id = _grouped((plain(row.id), row) for row in rows)
        self.by_code: dict[str, list[Row]] = {}
        if catalog == "regions":
            self.by_code = _grouped((_code(row), row) for row in named if row.values["kind"] != "provider_fleet")
        self.by_name = _grouped((plain(str(row.values["name"])), row) for row in named if row.values.get("name"))

    def find(self, text: str, at: str = "") -> Row:
        """The one row of that name.

        Tried in this order: the id; the id whatever its case and punctuation; an alias; for regions the code
        (``us-central1``, ``USA``) of a default row; the name whatever its case and punctuation.

        Parameters
        ----------
        text
            The name.
        at
            Where it stands, for errors: a plan and its key, with ``: `` at the end.

        Raises
        ------
        CatalogError
            If there is none (with the nearest names), or several (with their ids).
        """
        if text in self.by_id:
            return self.by_id[text]
        key = plain(text)
        alias = self.by_id.get(self.by_alias.get(key, ""))
        for found in (
            self.by_plain_id.get(key, []),
            [] if alias is None else [alias],
            _places_first(self.by_code.get(text.strip().lower(), [])),
            _places_first(self.by_name.get(key, [])),
        ):
            if len(found) == 1:
                return found[0]
            if found:
                ids = ", ".join(row.id for row in found[:8]) + (", ..." if len(found) > 8 else "")
                raise CatalogError(f"{at}{shown(text)} could be several {self.catalog}: {ids}; give one of these ids")
        names = [str(row.values["name"]) for row in self.by_id.values() if row.values.get("name")]
        hint = suggestion(text, [*names, *self.aliases, *self.by_id]) or f"; see `carbonsweep catalog {self.catalog}`"
        raise CatalogError(f"{at}no row {shown(text)} in catalog {self.catalog}{hint}")


def plain(text: str) -> str:
    """How names are compared: lower case, no accents, letters and digits only; the point in 1.3 counts."""
    folded = unicodedata.normalize("NFKD", text).lower()
    return re.sub(r"(?<!\d)\.|\.(?!\d)|[^a-z0-9.]", "", folded)


def _code(row: Row) -> str:
    """The code of a region; rows without one go by the end of their id."""
    code = row.values["code"]
    return (row.id.rpartition("/")[2] if code is None else str(code)).lower()


def _places_first(rows: list[Row]) -> list[Row]:
    """Countries, areas and states if there are any, else all."""
    return [row for row in rows if row.values.get("kind") in PLACES] or rows


def _grouped(pairs: Iterable[tuple[str, Row]]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for key, row in pairs:
        groups.setdefault(key, []).append(row)
    return groups
