"""The functions behind ``import carbonsweep as cs``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carbonsweep import catalogs as _catalogs
from carbonsweep.configuration.estimate import Derivation, derive, evaluate_configuration
from carbonsweep.kernels import REGISTRY, Equation
from carbonsweep.plan.plan import Plan
from carbonsweep.store.run import run

if TYPE_CHECKING:
    import distributed
    import pandas as pd

    from carbonsweep.reductions.marginals import Marginals

__all__ = ["catalog", "equations", "estimate", "explain", "marginals", "pareto", "run", "search", "to_pandas"]

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
    from carbonsweep.engine.sweep import Sweep
    from carbonsweep.tabular.arrow import to_pandas as collect

    return collect(Sweep(plan))


def search(
    plan: Plan,
    *,
    minimize: str | None = None,
    maximize: str | None = None,
    top: int = 10,
    where: str | None = None,
    threads: int | None = None,
    scheduler: str = "threads",
    client: distributed.Client | None = None,
) -> pd.DataFrame:
    """The exact k best points of a plan's grid of any size; no others are stored.

    Parameters
    ----------
    plan
        The plan; its constraints hold. Without `minimize` or `maximize`, its own objective counts.
    minimize, maximize
        The quantity to optimise: one of the two.
    top
        How many points to find.
    where
        A further condition on any quantities, such as ``test_loss <= 2 and training_days < 60``.
    threads
        Threads to use (or processes, with ``scheduler="processes"``); None takes every processor this process may use.
    scheduler, client
        ``threads``, ``processes``, the address of a Dask scheduler or its scheduler file (``*.json``); or a
        `distributed.Client`.

    Returns
    -------
    pandas.DataFrame
        Axes and quantities of the points, best first, ties in the order of the plan's grid.

    Raises
    ------
    PlanError
        If the plan or objective is faulty, or no point meets the constraints.
    """
    from carbonsweep.reductions.best import search as find

    found = find(
        plan,
        minimize=minimize,
        maximize=maximize,
        top=top,
        where=where,
        threads=threads,
        scheduler=scheduler,
        client=client,
    )
    return found.frame


def pareto(
    plan: Plan,
    *,
    minimize: str | Sequence[str] = (),
    maximize: str | Sequence[str] = (),
    by: str | Sequence[str] = (),
    where: str | None = None,
    threads: int | None = None,
    scheduler: str = "threads",
    client: distributed.Client | None = None,
) -> pd.DataFrame:
    """The exact non-dominated points of a plan's grid for two to four objectives.

    Parameters
    ----------
    plan
        The plan; its constraints hold.
    minimize, maximize
        The objectives.
    by
        Axes: one front for each combination of their values.
    where, threads, scheduler, client
        As for `search`.

    Returns
    -------
    pandas.DataFrame
        Axes and quantities of the points, in the order of the plan's grid. Points with equal objectives are all kept.

    Raises
    ------
    PlanError
        If the plan or an objective is faulty, or no point meets the constraints.
    """
    from carbonsweep.reductions.pareto import pareto as find

    sets = [(one,) if isinstance(one, str) else tuple(one) for one in (minimize, maximize, by)]
    found = find(
        plan,
        minimize=sets[0],
        maximize=sets[1],
        by=sets[2],
        where=where,
        threads=threads,
        scheduler=scheduler,
        client=client,
    )
    return found.frame


def marginals(
    plan: Plan,
    *,
    quantity: str,
    by: str | Sequence[str | Sequence[str]] = (),
    where: str | None = None,
    quantiles: bool = True,
    sensitivity: bool = True,
    threads: int | None = None,
) -> Marginals:
    """What a quantity is along each axis (points, mean, extremes, quantiles), and which axes it depends on.

    Parameters
    ----------
    plan
        The plan; its constraints hold.
    quantity
        The quantity.
    by
        An axis, or several axes and pairs of axes; every axis by itself by default.
    quantiles, sensitivity
        Whether to look for them; without quantiles one pass over the grid is enough.
    where, threads
        As for `search`.

    Returns
    -------
    Marginals
        With the DataFrames `table` and `sensitivity`, and the error of the quantiles.

    Raises
    ------
    PlanError
        If the plan, quantity or axes are faulty, or no point meets the constraints.
    """
    from carbonsweep.reductions.marginals import marginals as collect

    groups = (by,) if isinstance(by, str) else by
    return collect(
        plan,
        quantity=quantity,
        by=groups,
        where=where,
        quantiles=quantiles,
        sensitivity=sensitivity,
        threads=threads,
    )


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
    return _catalogs.load(name, paths).to_pandas()
