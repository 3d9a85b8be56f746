"""The functions behind ``import carbonsweep as cs``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carbonsweep import catalogs as _catalogs
from carbonsweep.errors import PlanError
from carbonsweep.estimation import Derivation, derive, evaluate_configuration
from carbonsweep.execution import run
from carbonsweep.kernels import REGISTRY, Equation
from carbonsweep.plan import Plan

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["catalog", "equations", "estimate", "explain", "run", "to_pandas"]

Paths = Mapping[str, str | Path | Iterable[str | Path]]


def _paths(catalogs: Paths | None) -> dict[str, tuple[Path, ...]]:
    return {
        name: (Path(given),) if isinstance(given, str | Path) else tuple(Path(path) for path in given)
        for name, given in (catalogs or {}).items()
    }


def estimate(
    *,
    quantities: Iterable[str] | None = None,
    equations: Mapping[str, str] | None = None,
    catalogs: Paths | None = None,
    **values: Any,
) -> dict[str, float]:
    """Evaluate one configuration.

    Parameters
    ----------
    quantities
        Names to compute; by default every quantity that the values suffice for.
    equations
        Variants by quantity, e.g. ``{"training_flops": "per_layer"}``; ``{"*": "bug_compatible"}`` picks a
        variant wherever it exists.
    catalogs
        User catalogs by name, each a path or several.
    **values
        Inputs and quantities by name: numbers in their units, names of choices, ids of catalog rows.

    Returns
    -------
    dict
        The quantities by name, in their units (see `equations`); NaN where a quantity has no value.

    Raises
    ------
    PlanError
        If a name or value is wrong, or an input that a quantity needs is missing.

    Examples
    --------
    >>> estimate(parameters=175e9, tokens=300e9, quantities=["training_flops"])
    {'training_flops': 3.15e+23}
    """
    return evaluate_configuration(values, quantities, equations, _paths(catalogs)).quantities


def explain(
    *,
    quantity: str,
    equations: Mapping[str, str] | None = None,
    catalogs: Paths | None = None,
    **values: Any,
) -> Derivation:
    """The derivation tree of one quantity: every value, unit, equation and source; print it to read it.

    Parameters and errors are those of `estimate`, with the one `quantity` to explain.
    """
    return derive(evaluate_configuration(values, [quantity], equations, _paths(catalogs)), quantity)


def to_pandas(plan: Plan) -> pd.DataFrame:
    """Evaluate a plan into a pandas DataFrame: one row per point, catalog ids as categories.

    Raises
    ------
    PlanError
        If the plan cannot be evaluated, or would not fit in memory.
    """
    from carbonsweep.engine import Sweep
    from carbonsweep.table import to_pandas as collect

    return collect(Sweep(plan))


def equations() -> tuple[Equation, ...]:
    """Every equation, in the order of the reference page."""
    return tuple(equation for variants in REGISTRY.quantities.values() for equation in variants)


def catalog(name: str, paths: str | Path | Iterable[str | Path] = ()) -> pd.DataFrame:
    """A catalog as a DataFrame indexed by id, with the rows of user files added or overriding.

    Raises
    ------
    PlanError
        If there is no such catalog, or a row of it is faulty.
    """
    try:
        frame: pd.DataFrame = _catalogs.load(name, paths).to_pandas()
    except _catalogs.CatalogError as error:
        raise PlanError(str(error)) from None
    return frame
