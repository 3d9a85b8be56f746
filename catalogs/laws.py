"""Scaling laws: the file has one row a constant, the catalog one row a law."""

from __future__ import annotations

from carbonsweep.catalogs.files import Cell
from carbonsweep.catalogs.rows import Row
from carbonsweep.catalogs.schema import SCHEMAS, Column
from carbonsweep.foundation.errors import CatalogError

SHAPES: dict[str, tuple[tuple[str, str, str, str, str], float]] = {
    # form: irreducible loss, coefficients of N and D, exponents of N and D; sign of the exponents
    "L(N,D) = E + A/N^alpha + B/D^beta": (("E", "A", "B", "alpha", "beta"), 1.0),
    "L(N,D) = c + a/N^alpha + b/D^beta": (("c", "a", "b", "alpha", "beta"), 1.0),
    "L = m*N^mu + n*D^nu + c": (("c", "m", "n", "mu", "nu"), -1.0),
}
"""Forms that are E + A/N^alpha + B/D^beta in other letters: these laws can be swept."""

INPUTS = (
    "loss_irreducible",
    "loss_parameter_coefficient",
    "loss_token_coefficient",
    "loss_parameter_exponent",
    "loss_token_exponent",
)

PRINTED_TOO = ("hoffmann-2022-a3",)
"""Laws that are in use as printed (LLMCarbon's is) as well as unrounded: the catalog has both.

Every other law has its unrounded constants under its own id wherever they are known.
"""
EXACT = "-exact"
"""Ending of the id of the unrounded one."""

_DESCRIBED = ("paper", "year", "form", "n_definition", "d_definition", "applies_to")
_PROVENANCE = ("source", "licence", "confidence", "note")

COLUMNS: dict[str, Column] = {
    "id": Column("text", "Unique id of the law.", required=True, overview=True),
    **{name: SCHEMAS["scaling_laws"][name] for name in _DESCRIBED},
    "constants": Column("text", "Symbols and values."),
    "rounding": Column("text", "Whether the constants are as printed or unrounded.", choices=("printed", "unrounded")),
    **{name: SCHEMAS["scaling_laws"][name] for name in _PROVENANCE},
}
"""Columns of the catalog (those of the file are in the schema)."""

_Constants = list[tuple[int, dict[str, Cell]]]


def pivot(rows: _Constants, file: str, shown_file: str) -> list[Row]:
    """Gather the constants of each law into one row.

    Parameters
    ----------
    rows
        Line and cells of every constant.
    file, shown_file
        The file, as rows name it and as errors name it.

    Raises
    ------
    CatalogError
        If a constant is given twice, one that the law's form needs is missing, or the law cannot hold.
    """
    groups: dict[str, _Constants] = {}
    for line, values in rows:
        groups.setdefault(str(values["law_id"]), []).append((line, values))
    laws = []
    for name, group in groups.items():
        unrounded = any(values["value_exact"] is not None for _, values in group)
        if unrounded and name in PRINTED_TOO:
            laws.append(_law(name, group, False, file, shown_file))
            name += EXACT
        laws.append(_law(name, group, unrounded, file, shown_file))
    return laws


def _law(name: str, group: _Constants, unrounded: bool, file: str, shown_file: str) -> Row:
    line, first = group[0]
    constants: dict[str, float] = {}
    lines: dict[str, int] = {}
    for at, values in group:
        symbol = str(values["symbol"])
        where = f"{shown_file}: line {at}: column"
        if symbol in constants:
            raise CatalogError(f"{where} 'symbol': {symbol!r} of law {name!r} is there twice; remove one")
        if values["form"] != first["form"]:
            raise CatalogError(f"{where} 'form': law {name!r} has another form on line {line}; make them equal")
        exact = values["value_exact"] if unrounded else None
        constants[symbol] = float((values["value"] if exact is None else exact) or 0.0)
        lines[symbol] = at
    about: dict[str, Cell] = {"id": name, **{key: first[key] for key in _DESCRIBED}}
    about["constants"] = ", ".join(f"{symbol} = {value:.10g}" for symbol, value in constants.items())
    about["rounding"] = "unrounded" if unrounded else "printed"
    about.update({key: first[key] for key in _PROVENANCE})
    return Row("scaling_laws", name, about, _inputs(str(first["form"]), constants, lines, shown_file), file, line)


def _inputs(form: str, constants: dict[str, float], lines: dict[str, int], file: str) -> dict[str, float]:
    """What the law gives to the loss equation; empty if it has another shape."""
    if form not in SHAPES:
        return {}
    symbols, sign = SHAPES[form]
    first = min(lines.values())
    inputs: dict[str, float] = {}
    for symbol, name in zip(symbols, INPUTS, strict=True):
        if symbol not in constants:
            raise CatalogError(f"{file}: line {first}: column 'symbol': the law needs a row for {symbol!r}; add it")
        factor = sign if name.endswith("exponent") else 1.0
        inputs[name] = factor * constants[symbol]
        if inputs[name] < 0 or (inputs[name] == 0 and name != INPUTS[0]):
            side = "below" if factor < 0 else "above"
            raise CatalogError(
                f"{file}: line {lines[symbol]}: column 'value': {symbol} = {constants[symbol]:g} must be {side} zero "
                f"in {form}"
            )
    return inputs
