"""Energy, carbon and time of published trainings by four methods, side by side.

mlco2 is handed the published device-hours: it has no other way to them. The others know model, tokens, accelerator,
devices and year alone; carbonsweep is also shown with the published hours. All take the run's own PUE and intensity.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from carbonsweep.catalogs import Row, load
from carbonsweep.configuration.estimate import evaluate_configuration
from carbonsweep.evidence.accuracy import LLMCARBON, NAIVE_EFFICIENCY, Prediction, described_run, why_not
from carbonsweep.evidence.comparison import Comparison, Sections
from carbonsweep.foundation.errors import PlanError

MLCO2 = "mlco2, hours given"
REGRESSION = "LLMCarbon"
NAIVE = "6 N D at 40 %"
CHAIN = "carbonsweep"
CHAIN_OF_HOURS = "carbonsweep, hours given"


def hours_by_method(predictions: Iterable[Prediction], section: str) -> Iterator[Comparison]:
    """Device-hours, or MFU where hours are not published, of the runs that count."""
    for one in predictions:
        if one.reason:
            continue
        for method, value in ((CHAIN, one.analytic), (REGRESSION, one.llmcarbon), (NAIVE, one.naive)):
            label = f"{one.id} {one.measure}"
            yield Comparison(section, label, one.published, value, one.unit, one.source, method)


def spent_by_method() -> Sections:
    """Energy and carbon of every run of the catalog that publishes one of them and what it needs."""
    runs: dict[str, list[tuple[Row, str, str, str]]] = {}
    for row in load("published_runs").rows:
        cell = row.values
        if cell["phase"] != "pretrain":
            continue
        facility = cell["energy_includes_pue"] is True
        if cell["energy_mwh"] and not (facility and cell["pue"] is None):
            quantity = "facility_energy" if facility else "hardware_energy"
            runs.setdefault(_section("Energy", cell), []).append((row, "energy_mwh", quantity, "MWh"))
        if cell["tco2e"] and cell["ci_kg_per_kwh"] and cell["pue"]:
            runs.setdefault(_section("Carbon", cell), []).append((row, "tco2e", "operational_carbon", "tCO2e"))

    def compared(section: str) -> Iterator[Comparison]:
        for row, column, quantity, unit in runs[section]:
            published = float(row.values[column] or math.nan)
            for method, values in _by_method(row.values, [quantity], why_not(row)).items():
                computed = values.get(quantity, math.nan) / 1e3
                yield Comparison(section, row.id, published, computed, unit, row.source, method)

    for section in sorted(runs, reverse=True):
        yield section, functools.partial(compared, section)


def _section(what: str, cell: Mapping[str, Any]) -> str:
    return f"{what} by method: {_published_power(cell)}"


def _published_power(cell: Mapping[str, Any]) -> str:
    """What the published energy counts: sums of different kinds stand in tables of their own."""
    basis = str(cell["power_basis"] or "")
    if basis == "TDP":
        return "published with accelerators alone, at design power"
    return "published with whole servers, measured" if "system" in basis else "published basis not stated"


def _by_method(cell: Mapping[str, Any], wanted: list[str], reason: str) -> dict[str, Mapping[str, float]]:
    """What each method makes of one run; nothing where it lacks what the method needs."""
    site: dict[str, Any] = {} if cell["pue"] is None else {"pue": cell["pue"]}
    if cell["ci_kg_per_kwh"] is not None:
        site["carbon_intensity"] = float(cell["ci_kg_per_kwh"]) * 1e3
    spent = {"accelerator": cell["accelerator_id"], "device_hours": cell["hours_eff"], **site}
    run = None if cell["model_id"] is None or reason.startswith("distillation") else {**described_run(cell), **site}
    naive = None if run is None else {**run, "hardware_efficiency": NAIVE_EFFICIENCY}
    with_hours = None if cell["hours_eff"] is None else spent
    methods: dict[str, tuple[dict[str, Any] | None, dict[str, str] | None]] = {
        MLCO2: (with_hours, {"*": "mlco2"}),
        REGRESSION: (run, LLMCARBON),
        NAIVE: (naive, None),
        CHAIN: (run, None),
        CHAIN_OF_HOURS: (with_hours, None),
    }
    return {method: _evaluate(values, wanted, equations) for method, (values, equations) in methods.items()}


def _evaluate(
    values: dict[str, Any] | None, wanted: list[str], equations: dict[str, str] | None
) -> Mapping[str, float]:
    if values is None or any(isinstance(value, float) and math.isnan(value) for value in values.values()):
        return {}
    try:
        return evaluate_configuration(values, wanted, equations).quantities
    except PlanError:
        return {}
