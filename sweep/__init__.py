"""carbonsweep: vectorized batch sweeps of the carbon footprint of LLM training and serving.

The public face:

- ``Plan`` - what to sweep (``Plan.load("plan.toml")`` or keyword objects); every function takes the file as well
- ``run(plan, out)`` - evaluate it into a Parquet dataset
- ``verify(out)``, ``info(out)`` - whether a run directory is whole, and what is in it
- ``to_pandas(plan)`` - evaluate it into a DataFrame
- ``search(plan, minimize=...)``, ``pareto(plan, minimize=[...])`` - its best points, without storing the others
- ``report(run, out)``, ``plot.front(run)`` and others of ``plot`` - a page and pictures of a run or a plan;
  ``explore(run)`` - a page of this machine on which all points are linked; ``compare(run, other)`` - what two runs
  differ in; ``export(run, out)`` - its rows for a spreadsheet
- ``marginals(plan, quantity=...)`` - how a quantity varies along each axis, and which axes drive it
- ``scan(plan)``, ``to_dask(plan)``, ``sql(plan, query)`` - record batches, Dask partitions or the answer to a query,
  evaluated as they are read
- ``estimate(**values)`` - one configuration; ``explain(...)`` - how a number is derived
- ``validate()`` - published results beside the same from the equations
- ``place(fleet, work)`` - which owned servers do the work; ``sunk_carbon(plan)`` - what ranking by SCI costs
- ``equations()`` and ``catalog(name)`` - the equations, and the rows of a catalog
- ``model_from_config(path)`` - the row of a model from its config.json
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from carbonsweep.foundation.version import __version__ as __version__

_HOMES = {
    "CarbonsweepError": "foundation.errors",
    "Plan": "plan.plan",
    "PlanError": "foundation.errors",
    "StoreError": "foundation.errors",
    "catalog": "catalogs.catalog",
    "compare": "pictures.compare",
    "equations": "kernels",
    "estimate": "configuration.estimate",
    "explain": "configuration.explain",
    "explore": "explorer.explore",
    "export": "pictures.export",
    "info": "store.inspect_run",
    "marginals": "reductions.marginals",
    "model_from_config": "catalogs",
    "pareto": "reductions.frames",
    "place": "fleet",
    "plot": "pictures",
    "report": "pictures.report",
    "run": "store.run",
    "scan": "tabular.stream",
    "search": "reductions.frames",
    "sql": "tabular.stream",
    "sunk_carbon": "fleet",
    "to_dask": "tabular.stream",
    "to_pandas": "tabular.stream",
    "validate": "evidence.validation",
    "verify": "store.inspect_run",
}
"""The public names and the modules that they come from."""
__all__ = list(_HOMES)

if TYPE_CHECKING:  # the same for type checkers and editors; tests/test_public_names.py compares the two
    from carbonsweep.catalogs import model_from_config as model_from_config
    from carbonsweep.catalogs.catalog import catalog as catalog
    from carbonsweep.configuration.estimate import estimate as estimate
    from carbonsweep.configuration.explain import explain as explain
    from carbonsweep.evidence.validation import validate as validate
    from carbonsweep.explorer.explore import explore as explore
    from carbonsweep.fleet import place as place
    from carbonsweep.fleet import sunk_carbon as sunk_carbon
    from carbonsweep.foundation.errors import CarbonsweepError as CarbonsweepError
    from carbonsweep.foundation.errors import PlanError as PlanError
    from carbonsweep.foundation.errors import StoreError as StoreError
    from carbonsweep.kernels import equations as equations
    from carbonsweep.pictures import plot as plot
    from carbonsweep.pictures.compare import compare as compare
    from carbonsweep.pictures.export import export as export
    from carbonsweep.pictures.report import report as report
    from carbonsweep.plan.plan import Plan as Plan
    from carbonsweep.reductions.frames import pareto as pareto
    from carbonsweep.reductions.frames import search as search
    from carbonsweep.reductions.marginals import marginals as marginals
    from carbonsweep.store.inspect_run import info as info
    from carbonsweep.store.inspect_run import verify as verify
    from carbonsweep.store.run import run as run
    from carbonsweep.tabular.stream import scan as scan
    from carbonsweep.tabular.stream import sql as sql
    from carbonsweep.tabular.stream import to_dask as to_dask
    from carbonsweep.tabular.stream import to_pandas as to_pandas


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that ``import carbonsweep`` stays quick."""
    if name not in _HOMES:
        raise AttributeError(f"module 'carbonsweep' has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
