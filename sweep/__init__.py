"""carbonsweep: vectorized batch sweeps of the carbon footprint of LLM training and serving.

The public face:

- ``Plan`` - what to sweep (``Plan.load("plan.toml")`` or keyword objects)
- ``run(plan, out)`` - evaluate it into a Parquet dataset
- ``verify(out)``, ``info(out)`` - whether a run directory is whole, and what it is
- ``to_pandas(plan)`` - evaluate it into a DataFrame
- ``search(plan, minimize=...)``, ``pareto(plan, minimize=[...])`` - its best points, none of the others stored
- ``marginals(plan, quantity=...)`` - what a quantity is along each axis, and which axes drive it
- ``scan(plan)``, ``to_dask(plan)`` - record batches or Dask partitions, evaluated as they are read
- ``estimate(**values)`` - one configuration; ``explain(...)`` - how a number comes about
- ``place(fleet, work)`` - servers of an owned fleet for the work; ``sunk_carbon(plan)`` - what ranking by SCI costs
- ``equations()`` and ``catalog(name)`` - what there is
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from carbonsweep.foundation.version import __version__ as __version__

_PLACES = {
    "Plan": "carbonsweep.plan.plan",
    "run": "carbonsweep.store.run",
    "verify": "carbonsweep.store.inspect_run",
    "info": "carbonsweep.store.inspect_run",
    "to_pandas": "carbonsweep.api",
    "search": "carbonsweep.api",
    "pareto": "carbonsweep.api",
    "marginals": "carbonsweep.api",
    "scan": "carbonsweep.tabular.stream",
    "to_dask": "carbonsweep.tabular.stream",
    "estimate": "carbonsweep.api",
    "explain": "carbonsweep.api",
    "place": "carbonsweep.fleet",
    "sunk_carbon": "carbonsweep.fleet",
    "equations": "carbonsweep.api",
    "catalog": "carbonsweep.api",
    "CarbonsweepError": "carbonsweep.foundation.errors",
    "PlanError": "carbonsweep.foundation.errors",
    "StoreError": "carbonsweep.foundation.errors",
}
__all__ = [
    "CarbonsweepError",
    "Plan",
    "PlanError",
    "StoreError",
    "catalog",
    "equations",
    "estimate",
    "explain",
    "info",
    "marginals",
    "pareto",
    "place",
    "run",
    "scan",
    "search",
    "sunk_carbon",
    "to_dask",
    "to_pandas",
    "verify",
]

if TYPE_CHECKING:
    from carbonsweep.api import catalog, equations, estimate, explain, marginals, pareto, run, search, to_pandas
    from carbonsweep.fleet import place, sunk_carbon
    from carbonsweep.foundation.errors import CarbonsweepError, PlanError, StoreError
    from carbonsweep.plan.plan import Plan
    from carbonsweep.store.inspect_run import info, verify
    from carbonsweep.tabular.stream import scan, to_dask


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that ``import carbonsweep`` stays quick."""
    if name not in _PLACES:
        raise AttributeError(f"module 'carbonsweep' has no attribute {name!r}")
    value = getattr(import_module(_PLACES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
