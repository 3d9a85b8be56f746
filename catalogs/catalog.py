"""Loading a catalog: built-in rows, rows of user files added or overriding, look-up by id, alias and name."""

from __future__ import annotations

import csv
import functools
import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from carbonsweep.catalogs.files import CatalogError, Cell, parse_rows, read_bytes, suggest
from carbonsweep.catalogs.laws import pivot
from carbonsweep.catalogs.rows import Row, column_inputs, embodied_inputs, position_inputs
from carbonsweep.catalogs.schema import SCHEMAS, Column

if TYPE_CHECKING:
    import pandas as pd

HERE = Path(__file__).parent

_LAW_COLUMNS = {
    "id": Column("text", "Unique id of the law."),
    **{name: SCHEMAS["scaling_laws"][name] for name in ("paper", "year", "form", "n_definition", "d_definition")},
    "applies_to": SCHEMAS["scaling_laws"]["applies_to"],
    "constants": Column("text", "Symbols and values."),
    **{name: SCHEMAS["scaling_laws"][name] for name in ("source", "licence", "confidence", "note")},
}


class Catalog:
    """The rows of one catalog.

    Attributes
    ----------
    name
        Its name.
    rows
        In file order; a user's row stands in the place of the row that it overrides.
    columns
        Column specifications by name.
    content_hash
        SHA-256 of the files it was read from, as hexadecimal text.
    """

    def __init__(self, name: str, rows: tuple[Row, ...], columns: Mapping[str, Column], content_hash: str) -> None:
        self.name = name
        self.rows = rows
        self.columns = dict(columns)
        self.content_hash = content_hash
        self._by_id = {row.id: row for row in rows}

    @property
    def ids(self) -> list[str]:
        return list(self._by_id)

    def get(self, text: str) -> Row:
        """The row of that id, alias or name.

        Looked for in this order: the id; an alias; for regions the code that ends an id (``us-central1``,
        ``USA``); the id or name whatever the case and punctuation.

        Raises
        ------
        CatalogError
            If there is none (with the nearest names), or several (with their ids).
        """
        if text in self._by_id:
            return self._by_id[text]
        plain = _plain(text)
        alias = _aliases().get((self.name, plain))
        if alias in self._by_id:
            return self._by_id[alias]
        found = self._by_code.get(text.lower()) or self._by_name.get(plain, [])
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(row.id for row in found[:6])
            raise CatalogError(f"{text!r} could be several {self.name}: {ids}; give one of these ids")
        known = [*self._by_id, *(str(row.values["name"]) for row in self.rows if row.values.get("name"))]
        hint = suggest(text, known) or f"; `carbonsweep catalog {self.name}` lists them"
        raise CatalogError(f"no row {text!r} in catalog {self.name}{hint}")

    @functools.cached_property
    def _by_name(self) -> dict[str, list[Row]]:
        index: dict[str, list[Row]] = {}
        for row in self.rows:
            if self.name == "regions" and row.values.get("is_default") is False:
                continue
            for key in {_plain(row.id), _plain(str(row.values.get("name") or row.id))}:
                index.setdefault(key, []).append(row)
        return index

    @functools.cached_property
    def _by_code(self) -> dict[str, list[Row]]:
        index: dict[str, list[Row]] = {}
        for row in self.rows:
            if self.name == "regions" and row.values.get("is_default") is not False:
                index.setdefault(row.id.rpartition("/")[2].lower(), []).append(row)
        return index

    def to_pandas(self) -> pd.DataFrame:
        """The rows as a DataFrame indexed by id, with typed columns (nullable where whole or flag)."""
        import pandas as pd

        kinds = {"number": "float64", "integer": "Int64", "flag": "boolean", "text": "str"}
        columns = {
            name: pd.array([row.values[name] for row in self.rows], dtype=kinds[column.kind])
            for name, column in self.columns.items()
        }
        return pd.DataFrame(columns).set_index("id")


def load(name: str, paths: Iterable[str | Path] = ()) -> Catalog:
    """Load a catalog.

    Parameters
    ----------
    name
        One of the catalogs in `FILES`.
    paths
        User CSV files with the same columns (any may be left out but the required ones). Their rows are
        added, or replace the whole row of the same id; later files come first.

    Raises
    ------
    CatalogError
        If there is no such catalog, or a file is faulty.
    """
    if name not in SCHEMAS:
        raise CatalogError(f"no catalog {name!r}{suggest(name, SCHEMAS) or '; there are: ' + ', '.join(SCHEMAS)}")
    files = tuple((Path(path), _stamp(Path(path))) for path in paths)
    return _load(name, files)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError as error:
        raise CatalogError(f"{path}: cannot read the catalog: {error.strerror}") from None
    return status.st_mtime_ns, status.st_size


@functools.lru_cache(maxsize=64)
def _load(name: str, files: tuple[tuple[Path, tuple[int, int]], ...]) -> Catalog:
    digest = hashlib.sha256()
    rows: dict[str, Row] = {}
    for path in [HERE / f"{name}.csv", *(path for path, _ in files)]:
        data = read_bytes(path)
        digest.update(hashlib.sha256(data).digest())
        rows.update(_rows(name, data, path))
    if name == "accelerators":
        digest.update(load("embodied").content_hash.encode())
    columns = _LAW_COLUMNS if name == "scaling_laws" else SCHEMAS[name]
    return Catalog(name, tuple(rows.values()), columns, digest.hexdigest())


def _rows(name: str, data: bytes, path: Path) -> dict[str, Row]:
    columns = SCHEMAS[name]
    parsed = parse_rows(data, path, columns)
    file = path.name if path.parent == HERE else str(path)
    if name == "scaling_laws":
        return {row.id: row for row in pivot(parsed, file)}
    rows: dict[str, Row] = {}
    for line, values in parsed:
        key = str(values["id"])
        if key in rows:
            raise CatalogError(
                f"{path}: line {line}: column 'id': {key!r} is there already (line {rows[key].line}); remove one"
            )
        rows[key] = Row(name, key, values, _inputs(name, values, columns), file, line)
    return rows


def _inputs(name: str, values: dict[str, Cell], columns: dict[str, Column]) -> dict[str, float]:
    inputs = column_inputs(values, columns)
    if name == "models":
        inputs.update(position_inputs(values))
    elif name == "accelerators":
        inputs.update(embodied_inputs(values, _factor))
    return inputs


def _factor(key: str) -> float | None:
    """The value of a row of the `embodied` catalog, if there is one."""
    try:
        value = load("embodied")._by_id[key].values["value"]
    except KeyError:
        return None
    return float(value) if isinstance(value, int | float) else None


def _plain(text: str) -> str:
    """Lower case, letters and digits only: how names are compared."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


@functools.cache
def _aliases() -> dict[tuple[str, str], str]:
    with (HERE / "aliases.csv").open(encoding="utf-8", newline="") as file:
        return {(row["catalog"], _plain(row["alias"])): row["id"] for row in csv.DictReader(file)}
