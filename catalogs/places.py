"""Regions by the names of places, codes of clouds and grids: a bare name means the place, never a fab or a fleet."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from carbonsweep.catalogs.lookup import FOLDS, Alias, Index, Match, plain
from carbonsweep.catalogs.rows import Row

KINDS = (
    "country",
    "area",
    "us_state",
    "ca_province",
    "cn_province",
    "balancing_area",
    "bidding_zone",
    "grid_zone",
    "cloud_region",
)
"""Kinds of region in the order in which a bare name means them."""
BY_ID_ONLY = ("fab_grid_act", "energy_source", "historical_run_site", "provider_fleet")
"""Kinds that no bare name means: a country is never the grid of its chip fabs."""
PLACES = KINDS[:5]
DIVIDED = ("USA", "CAN", "CHN", "SWE", "NOR")
"""Countries of which the catalog has parts: a city there is in one of them, which an alias must name."""
PROVIDERS = {
    "aws": "aws",
    "amazon": "aws",
    "gcp": "gcp",
    "google": "gcp",
    "google cloud": "gcp",
    "azure": "azure",
    "microsoft": "azure",
    "ovh": "ovhcloud",
    "ovhcloud": "ovhcloud",
    "scaleway": "scaleway",
    "coreweave": "coreweave",
}
_OF_USA = re.compile(r"(.+?),\s*(?:usa|us|u\.s\.a?\.|united states(?: of america)?)", re.IGNORECASE)
_OF_CANADA = re.compile(r"(.+?),\s*(?:can|canada)", re.IGNORECASE)
_STATE = re.compile(r"(?:(?:state|province) of )?(.+?)(?: state| province)?", re.IGNORECASE)
_ZONE_KEY = re.compile(r"([A-Z]{2})-[A-Z0-9]{1,4}(?:-[A-Z0-9]{2,5})?")
_CODE_AND_NAME = re.compile(r"([a-z0-9-]+)\s*\((.+)\)", re.IGNORECASE)


class Places(Index):
    """Regions."""

    def __init__(self, rows: Sequence[Row], aliases: Sequence[Alias]) -> None:
        super().__init__("regions", rows, aliases)
        self._codes: list[dict[str, list[Row]]] = [{} for _ in FOLDS]
        self._named: dict[str, list[Row]] = {}
        self._short: dict[str, list[Row]] = {}
        for row in rows:
            if row.values["is_default"] is not True or row.values["kind"] in BY_ID_ONLY:
                continue
            for code in dict.fromkeys(_codes(row)):
                for fold, group in zip(FOLDS, self._codes, strict=True):
                    group.setdefault(fold(code), []).append(row)
            for group, name in zip((self._named, self._short), self.names(row), strict=False):
                group.setdefault(_place(name), []).append(row)
        self._names = {}  # names follow the order of kinds below

    def names(self, row: Row) -> Iterator[str]:
        """The name, and the short one: `Tanzania` of `Tanzania (the United Republic of)`, `Tokyo` of a console's."""
        name = str(row.values["name"] or "")
        if name:
            yield name
        inner = re.fullmatch(r"(.+?)\s*[(\[](.+)[)\]]", name)
        if inner is not None:
            yield inner[2] if row.values["kind"] == "cloud_region" else inner[1]

    def match(self, text: str) -> Match | None:
        return (
            self.known(text)
            or self._of_provider(text)
            or self._by_code(text, FOLDS[:2])
            or self._by_name(text, PLACES)
            or self._state(text)
            or self._display_name(text)
            or self._city(text)
            or self._by_code(text, FOLDS[2:])
            or self._zone_letter(text)
            or self._zone_key(text)
            or self._within(text)
        )

    def _by_code(self, text: str, folds: Sequence[Callable[[str], str]]) -> Match | None:
        """Codes: ISO 3166, cloud regions, states, balancing areas, zones of Electricity Maps."""
        for fold, group in zip(FOLDS, self._codes, strict=True):
            if fold in folds and (rows := group.get(fold(text))):
                return Match(self.one(text, _first_kind(rows)), "code")
        return None

    def _by_name(self, text: str, kinds: Sequence[str]) -> Match | None:
        rows = self._called(text, lambda row: _kind(row) in kinds)
        return Match(self.one(text, rows), "name") if rows else None

    def _display_name(self, text: str) -> Match | None:
        """What a provider's console prints: `Europe (Frankfurt)`; and names of kinds that are not in the list."""
        rows = self._called(text, lambda row: _kind(row) != "cloud_region" or "(" in str(row.values["name"]))
        return Match(self.one(text, rows), "name") if rows else None

    def _city(self, text: str) -> Match | None:
        """A city that names data centres means its own grid, which is the country's where the country has one."""
        rows = self._called(text, lambda row: True)
        countries = {row.values["country_iso3"] for row in rows}
        if len(countries) != 1:
            return Match(self.one(text, rows), "name") if rows else None
        (iso3,) = countries
        country = self.by_id.get(f"country/{iso3}")
        if country is None or iso3 in DIVIDED:
            return Match(self.one(text, rows), "data centre of that name") if len(rows) > 1 else None
        return Match(country, "city: the grid of its country")

    def _called(self, text: str, wanted: Callable[[Row], bool]) -> list[Row]:
        key = _place(text)
        found = ([row for row in group.get(key, []) if wanted(row)] for group in (self._named, self._short))
        return next((rows for rows in found if rows), [])

    def _state(self, text: str) -> Match | None:
        """A state or province by its letters or with its country: `CT`, `GA, USA`, `Georgia, US`, `New York State`."""
        for pattern, prefix, kind in ((_OF_USA, "US", "us_state"), (_OF_CANADA, "CA", "ca_province")):
            inner = pattern.fullmatch(text)
            if inner is not None and (found := self._of_kind(inner[1].strip(), prefix, kind)):
                return found
        if re.fullmatch("[A-Za-z]{2}", text):
            for prefix, kind in (("US", "us_state"), ("CA", "ca_province")):
                if found := self._of_kind(text, prefix, kind):
                    return replace(found, how="code: no country has it")
        bare = _STATE.fullmatch(text)
        if bare is not None and bare[1] != text:
            rows = self._called(bare[1], lambda row: _kind(row).endswith(("_state", "_province")))
            return Match(self.one(text, rows), "name") if rows else None
        return None

    def _of_kind(self, text: str, prefix: str, kind: str) -> Match | None:
        rows = [row for row in self._codes[1].get(f"{prefix}-{text}".lower(), []) if _kind(row) == kind]
        rows = rows or self._called(text, lambda row: _kind(row) == kind)
        if not rows:
            alias = self.known(text)
            rows = [alias.row] if alias is not None and _kind(alias.row) == kind else []
        return Match(self.one(text, rows), "state or province of that country") if rows else None

    def _of_provider(self, text: str) -> Match | None:
        """`aws:us-east-1`, `Azure West Europe`, `us-east-1 (N. Virginia)`."""
        for name, provider in PROVIDERS.items():
            inner = re.fullmatch(rf"{name}[\s:/_-]+(.+)", text, re.IGNORECASE)
            if inner is None:
                continue
            for fold, group in zip(FOLDS, self._codes, strict=True):
                rows = [row for row in group.get(fold(inner[1]), []) if row.values["provider"] == provider]
                if rows:
                    return Match(self.one(text, rows), f"code of {provider}")
            if cut := _without_zone(inner[1]):
                return self._of_provider(f"{name}:{cut}")
        both = _CODE_AND_NAME.fullmatch(text)
        found = None if both is None else self._by_code(both[1], FOLDS[:2])
        return found if found is not None and _kind(found.row) == "cloud_region" else None

    def _within(self, text: str) -> Match | None:
        """`Paris, France`, `Portland, ME`: a place and what it lies in, which decides between places of one name."""
        inner, _, outer = (part.strip() for part in text.rpartition(","))
        if not inner or not outer:
            return None
        found = self.match(inner)
        around = [
            match
            for match in (
                self.match(outer),
                self._of_kind(outer, "US", "us_state"),
                self._of_kind(outer, "CA", "ca_province"),
            )
            if match is not None and _kind(match.row) in PLACES and _kind(match.row) != "area"
        ]
        if found is not None:
            around = [match for match in around if _country(match.row) == _country(found.row)]
        if len({match.row.id for match in around}) != 1:
            return None
        (outside,) = around[:1]
        if _kind(outside.row) != "country":
            return replace(outside, how=f"{inner}: the grid of {outside.row.values['name']}")
        if found is not None:
            return found
        if _country(outside.row) in DIVIDED:
            return None
        return replace(outside, how=f"{inner}: the grid of {outside.row.values['name']}")

    def _zone_letter(self, text: str) -> Match | None:
        """`us-central1-b`, `us-east-1a`: the region of that zone."""
        cut = _without_zone(text)
        found = self._by_code(cut, FOLDS[:2]) if cut else None
        return None if found is None else replace(found, how="region of that zone")

    def _zone_key(self, text: str) -> Match | None:
        """A grid zone without a row of its own: its country stands for it, and says so."""
        key = _ZONE_KEY.fullmatch(text)
        if key is None or key[1] == "US":
            return None
        country = self.known(key[1])
        if country is None or _kind(country.row) != "country":
            return None
        return Match(country.row, f"no row of zone {text}: its country stands for it")


def _place(name: str) -> str:
    """How names of places are compared: without the article too."""
    return plain(re.sub(r"\bthe\b", "", name, flags=re.IGNORECASE))


def _without_zone(text: str) -> str:
    zone = re.fullmatch(r"([a-z]+-[a-z]+\d+)-[a-f]|([a-z-]+-\d)[a-f]", text, re.IGNORECASE)
    return "" if zone is None else zone[1] or zone[2]


def _kind(row: Row) -> str:
    return str(row.values["kind"])


def _country(row: Row) -> str:
    return str(row.values["country_iso3"])


def _codes(row: Row) -> Iterator[str]:
    """What stands for a region: its code, its zone of Electricity Maps where that is its own, else the id's end."""
    if row.values["code"] is not None:
        yield str(row.values["code"])
    else:
        yield row.id.rpartition("/")[2]
    if row.values["grid_zone"] is not None and row.values["kind"] not in ("cloud_region", "country", "area", None):
        yield str(row.values["grid_zone"])


def _first_kind(rows: Sequence[Row]) -> list[Row]:
    ranks = [KINDS.index(_kind(row)) if _kind(row) in KINDS else len(KINDS) for row in rows]
    return [row for row, rank in zip(rows, ranks, strict=True) if rank == min(ranks)]
