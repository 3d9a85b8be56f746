"""Loading a catalog: built-in rows, with the rows of user files added or overriding."""

from __future__ import annotations

import functools
import hashlib
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from carbonsweep.catalogs import laws
from carbonsweep.catalogs.files import Cell, parse_rows, read_bytes, shown
from carbonsweep.catalogs.hf_config import model_row_from_config
from carbonsweep.catalogs.intensities import intensity_inputs
from carbonsweep.catalogs.links import (
    component_inputs,
    dram_factor,
    embodied_inputs,
    network_inputs,
    node_inputs,
    power_inputs,
    sparse_inputs,
    stack_inputs,
)
from carbonsweep.catalogs.lookup import Alias, Index, Match
from carbonsweep.catalogs.models import complete, model_inputs
from carbonsweep.catalogs.names import index_of
from carbonsweep.catalogs.profiles import ARRAYS, profile_row
from carbonsweep.catalogs.rows import Row, column_inputs
from carbonsweep.catalogs.schema import ALIASES, LINKS, NAMED_BY, SCHEMAS, Column
from carbonsweep.foundation.errors import CatalogError, suggestion

if TYPE_CHECKING:
    import pandas as pd

HERE = Path(__file__).parent


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
    named_by
        The catalog of further names for its rows, if there is one: cloud instances for accelerators.
    """

    def __init__(
        self,
        name: str,
        rows: tuple[Row, ...],
        columns: Mapping[str, Column],
        content_hash: str,
        named_by: Catalog | None = None,
    ) -> None:
        self.name = name
        self.named_by = named_by
        self.rows = rows
        self.columns = dict(columns)
        self.content_hash = content_hash

    @property
    def ids(self) -> list[str]:
        return [row.id for row in self.rows]

    def find(self, text: str, at: str = "") -> Match:
        """What a name means here: the row, the number of devices it carries, and how it was understood.

        Parameters
        ----------
        text
            The name.
        at
            Where it stands, for errors: a plan and its key, with ``: `` at the end.

        Raises
        ------
        CatalogError
            If it means nothing (with the names near it), or could mean several rows (with their ids).
        """
        return self._index.find(text, at)

    def get(self, text: str, at: str = "") -> Row:
        """The row of that id, alias, code or name.

        Parameters
        ----------
        text, at
            As for `find`.

        Raises
        ------
        CatalogError
            As `find`; also if the name carries a number of devices (`8xH100`), which a row cannot hold.
        """
        found = self.find(text, at)
        if found.devices is not None:
            raise CatalogError(
                f"{at}{shown(text)} names {found.devices} devices ({found.how}); give {found.row.id!r} and devices = "
                f"{found.devices}"
            )
        return found.row

    @functools.cached_property
    def _index(self) -> Index:
        names = None if self.named_by is None else self.named_by._index
        return index_of(self.name, self.rows, _aliases().get(self.name, ()), names)

    def to_pandas(self) -> pd.DataFrame:
        """The rows as a DataFrame indexed by id, with typed columns (nullable where whole or flag)."""
        import pandas as pd

        kinds = {"number": "float64", "integer": "Int64", "flag": "boolean", "text": "string"}
        columns = {
            name: pd.array([row.values[name] for row in self.rows], dtype=kinds[column.kind])
            for name, column in self.columns.items()
        }
        return pd.DataFrame(columns).set_index("id")


Paths = str | Path | Iterable[str | Path] | None


def load(name: str, path: Paths = None, linked: Mapping[str, Paths] | None = None, at: str = "") -> Catalog:
    """Load a catalog; loaded again only when a file has changed.

    Parameters
    ----------
    name
        One of the catalogs in `FILES`.
    path
        A user CSV file, or several, with columns of the same names (any may be left out but the required ones).
        Their rows are added, or replace the whole row of the same id; a later file comes before an earlier one.
    linked
        User files, by catalog, of those from which its rows take values, see `LINKS`.
    at
        What names the files, for errors: a plan, with ``: `` at the end.

    Raises
    ------
    CatalogError
        If there is no such catalog, or a file is faulty.
    """
    if name not in SCHEMAS:
        hint = suggestion(name, SCHEMAS) or "; there are " + ", ".join(SCHEMAS)
        raise CatalogError(f"{at}no catalog {shown(name)}{hint}")
    others = tuple((other, _stamped((linked or {}).get(other), at)) for other in LINKS.get(name, ()))
    return _load(name, _stamped(path, at), others)


def catalog(name: str, paths: Paths = None) -> pd.DataFrame:
    """A catalog as a DataFrame indexed by id, with the rows of user files added or overriding.

    Raises
    ------
    PlanError
        If there is no such catalog, or a row of it is faulty.
    """
    return load(name, paths).to_pandas()


_Stamped = tuple[tuple[Path, str, int, int], ...]


def _stamped(path: Paths, at: str) -> _Stamped:
    given = () if path is None else (path,) if isinstance(path, str | Path) else path
    return tuple((Path(one), *_stamp(Path(one), at)) for one in given)


def _stamp(path: Path, at: str) -> tuple[str, int, int]:
    """What tells whether a file is the one that was read before."""
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CatalogError(f"{at}{path}: cannot read the catalog: {reason}; give a CSV file") from None
    return str(path.absolute()), status.st_mtime_ns, status.st_size


@functools.lru_cache(maxsize=64)
def _load(name: str, files: _Stamped, linked: tuple[tuple[str, _Stamped], ...]) -> Catalog:
    digest = hashlib.sha256()
    rows: dict[str, Row] = {}
    others: dict[str, dict[str, Row]] = {}
    named_by = None
    for one, stamped in linked:
        other = _load(one, stamped, ())
        named_by = other if one == NAMED_BY.get(name) else named_by
        others[one] = {row.id: row for row in other.rows}
        digest.update(other.content_hash.encode())
    for path in [HERE / f"{name}.csv", *(path for path, *_ in files)]:
        data = read_bytes(path)
        digest.update(hashlib.sha256(data).digest())
        if name == "models" and path.suffix.lower() == ".json":
            row = model_row_from_config(path)
            rows[row.id] = row
        elif name == "profiles" and path.parent != HERE:
            row = profile_row(path, data)
            rows[row.id] = row
        else:
            rows.update(_rows(name, data, path, others))
    if name == "profiles":
        digest.update(hashlib.sha256(ARRAYS.read_bytes()).digest())
    columns = laws.COLUMNS if name == "scaling_laws" else SCHEMAS[name]
    return Catalog(name, tuple(rows.values()), columns, digest.hexdigest(), named_by)


def _rows(name: str, data: bytes, path: Path, others: Mapping[str, Mapping[str, Row]]) -> dict[str, Row]:
    """The rows of one file by id; accelerators and models take from rows of other catalogs, given by name and id."""
    columns = SCHEMAS[name]
    parsed = parse_rows(data, path, columns)
    built_in = path.parent == HERE
    file = path.name if built_in else str(path)
    if not built_in:
        for _, values in parsed:
            _complete(values, path)
    if name == "scaling_laws":
        return {row.id: row for row in laws.pivot(parsed, file, str(path))}
    rows: dict[str, Row] = {}
    for line, values in parsed:
        where = f"{path}: line {line}"
        key = str(values["id"])
        if key in rows:
            raise CatalogError(
                f"{where}: column 'id': {shown(key)} is there already (line {rows[key].line}); remove one"
            )
        assumed = complete(values, where) if name == "models" else ()
        inputs = column_inputs(values, columns)
        if name == "models":
            inputs |= model_inputs(values)
            names = [column.input for column in SCHEMAS["sparse_speedups"].values() if column.input]
            inputs |= sparse_inputs(key, others["sparse_speedups"], names)
        elif name == "accelerators":
            inputs |= embodied_inputs(values, others["embodied"], where) | stack_inputs(values)
            inputs |= component_inputs(values, others["embodied"])
            inputs |= node_inputs(values, inputs, others["nodes"], where)
            inputs |= power_inputs(values, others["power"], where)
        elif name == "regions":
            inputs |= intensity_inputs(values, inputs)
        elif name == "nodes":
            inputs |= {"node_devices": inputs["devices_per_node"], "server_dram_factor": dram_factor(values)}
        elif name == "instances":
            inputs |= network_inputs(values)
        elif name == "profiles":
            inputs = {"profile_curve": math.nan}  # its place in the table of a plan, known when that is bound
        rows[key] = Row(name, key, values, inputs, file, line, assumed)
    return rows


def _complete(values: dict[str, Cell], path: Path) -> None:
    """Say of a user's row what the user left unsaid: its source, and that it is the one to use for its place."""
    if values["source"] is None:
        values["source"] = f"user file {path.name}"
    if values.get("is_default", True) is None:
        values["is_default"] = True


@functools.cache
def _aliases() -> dict[str, list[Alias]]:
    """Aliases of each catalog."""
    path = HERE / "aliases.csv"
    aliases: dict[str, list[Alias]] = {}
    for _, values in parse_rows(read_bytes(path), path, ALIASES):
        devices = values["devices"]
        alias = Alias(
            str(values["alias"]),
            str(values["id"]),
            None if devices is None else int(devices),
            str(values["note"] or ""),
        )
        aliases.setdefault(str(values["catalog"]), []).append(alias)
    return aliases
