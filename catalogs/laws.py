"""Scaling laws: the file has one row a constant, the catalog one row a law."""

from __future__ import annotations

from carbonsweep.catalogs.files import CatalogError, Cell
from carbonsweep.catalogs.rows import Row

_SHAPES: dict[str, tuple[str, str, str, str, str, float]] = {
    # form: irreducible, coefficients of N and D, exponents of N and D, sign of the exponents
    "L(N,D) = E + A/N^alpha + B/D^beta": ("E", "A", "B", "alpha", "beta", 1.0),
    "L(N,D) = c + a/N^alpha + b/D^beta": ("c", "a", "b", "alpha", "beta", 1.0),
    "L = m*N^mu + n*D^nu + c": ("c", "m", "n", "mu", "nu", -1.0),
}
"""Forms that are E + A/N^alpha + B/D^beta in other letters: these laws can be swept."""
EXACT = "-exact"
"""Ending of the id of a law with unrounded constants."""


def pivot(rows: list[tuple[int, dict[str, Cell]]], file: str) -> list[Row]:
    """Gather the constants of each law into one row.

    A law whose constants are also known unrounded gives a second row, its id ending in ``-exact``.

    Raises
    ------
    CatalogError
        If a constant is given twice, or one that the law's form needs is missing.
    """
    groups: dict[str, list[tuple[int, dict[str, Cell]]]] = {}
    for line, values in rows:
        groups.setdefault(str(values["law_id"]), []).append((line, values))
    laws = []
    for name, group in groups.items():
        laws.append(_law(name, group, "value", file))
        if any(values["value_exact"] is not None for _, values in group):
            laws.append(_law(name + EXACT, group, "value_exact", file))
    return laws


def _law(name: str, group: list[tuple[int, dict[str, Cell]]], column: str, file: str) -> Row:
    line, first = group[0]
    constants: dict[str, float] = {}
    for at, values in group:
        symbol = str(values["symbol"])
        if symbol in constants:
            raise CatalogError(f"{file}: line {at}: column 'symbol': {symbol!r} of law {name!r} is there twice")
        value = values[column] if values[column] is not None else values["value"]
        assert isinstance(value, int | float)
        constants[symbol] = float(value)
    described = ("paper", "year", "form", "n_definition", "d_definition", "applies_to")
    about: dict[str, Cell] = {"id": name, **{key: first[key] for key in described}}
    about["constants"] = ", ".join(f"{symbol} = {value:.10g}" for symbol, value in constants.items())
    about.update({key: first[key] for key in ("source", "licence", "confidence", "note")})
    return Row(
        "scaling_laws",
        name,
        about,
        _inputs(str(first["form"]), constants, f"{file}: line {line}"),
        file,
        line,
    )


def _inputs(form: str, constants: dict[str, float], where: str) -> dict[str, float]:
    if form not in _SHAPES:
        return {}
    *symbols, sign = _SHAPES[form]
    for symbol in symbols:
        if symbol not in constants:
            raise CatalogError(f"{where}: column 'symbol': the law needs a row for {symbol!r}; add it")
    irreducible, a, b, alpha, beta = (constants[str(symbol)] for symbol in symbols)
    return {
        "loss_irreducible": irreducible,
        "loss_parameter_coefficient": a,
        "loss_token_coefficient": b,
        "loss_parameter_exponent": sign * alpha,
        "loss_token_exponent": sign * beta,
    }
