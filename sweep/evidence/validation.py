"""Published results beside the same results from the equations, computed when asked."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from carbonsweep.catalogs import HERE, load
from carbonsweep.configuration.estimate import evaluate_configuration
from carbonsweep.evidence.accuracy import Prediction, published_predictions, whole_predictions
from carbonsweep.evidence.comparison import Comparison, Comparisons, Sections, together
from carbonsweep.evidence.embodied import SECTION as EMBODIED
from carbonsweep.evidence.embodied import embodied_by_parts
from carbonsweep.evidence.methods import hours_by_method, spent_by_method
from carbonsweep.evidence.steps import predict_steps, read_steps
from carbonsweep.foundation.errors import PlanError, suggestion

if TYPE_CHECKING:
    import pandas as pd

AUTHORS = "MLCarbon, the authors' code, executed"
LONGEST_SECTION = 30
"""Rows of one source of measured steps that are shown."""
MEMORY = "Memory of a device"
LEFT_OUT = "Published runs left out, by rule"
BUG_COMPATIBLE = {"*": "bug_compatible"}
LLMCARBON = {"*": "llmcarbon"}


def validate(section: str = "") -> Comparisons:
    """Every comparison, section by section.

    Parameters
    ----------
    section
        A part of the name of a section, upper or lower case: only the sections that have it in their names.

    Raises
    ------
    PlanError
        If no section has it.
    """
    sections = list(_sections())
    wanted = [rows for name, rows in sections if section.casefold() in name.casefold()]
    if not wanted:
        names = dict.fromkeys(name for name, _ in sections)
        near = suggestion(section, names) or f"; there are: {', '.join(names)}"
        raise PlanError(f"validate: no section has {section!r} in its name{near}")
    return Comparisons([row for rows in wanted for row in rows()])


def _sections() -> Sections:
    """Every section by its name; nothing is computed before it is asked for."""
    data = json.loads((HERE / "llmcarbon.json").read_text(encoding="utf-8"))
    four, five, runs = "LLMCarbon Table 4", "LLMCarbon Table 5", "Published runs"
    names = (four, f"{four}: steps", f"{four}: inference", f"{four}: reported")
    yield from together(lambda: _table_4(data["table4"]), *names)
    yield from together(lambda: _table_5(data["table5"]), five, f"{five}: total")
    yield "LLMCarbon predict_num_throughput", lambda: _parallelism(data["predict_num_throughput"])
    yield "LLMCarbon second generation", lambda: _second_generation(data["second_generation"])
    yield "LLMCarbon inference", lambda: _inference(data["inference"])
    yield "LLMCarbon storage", lambda: _storage(data["storage"])
    yield from together(_published_runs, f"{runs}: energy", f"{runs}: carbon")
    yield EMBODIED, embodied_by_parts
    yield "Activation memory of a layer", _activation_memory
    yield from _steps()
    predictions = functools.cache(published_predictions)
    whole = "Whole trainings by method"
    yield f"{runs} by method", lambda: hours_by_method(predictions(), f"{runs} by method")
    yield whole, lambda: hours_by_method(whole_predictions(), whole)
    yield from spent_by_method()
    yield LEFT_OUT, lambda: _left_out(predictions())
    yield from _systems()
    yield from _headlines()


def _compute(values: Mapping[str, Any], *wanted: str, variants: Mapping[str, str] | None = None) -> list[float]:
    return list(evaluate_configuration(values, wanted, variants).quantities.values())


def _table_4(rows: list[dict[str, Any]]) -> Iterator[Comparison]:
    """The five validated trainings, inputs as in the authors' database; efficiency is an input there."""
    wanted = ("training_flops", "training_days", "facility_energy", "operational_carbon")
    inference = ("inference_days", "inference_facility_energy", "inference_operational_carbon")
    training_rows, detail, serving, reported = [], [], [], []
    for row in rows:
        name, ran, code = row["name"], row["reported"], row["authors_code"]
        flops, days, energy, carbon = _compute(row["inputs"], *wanted)
        training_rows.append(Comparison("LLMCarbon Table 4", name, code["tCO2eq"], carbon / 1e3, "tCO2e", AUTHORS))
        for item, published, computed, unit in (
            ("training FLOPs", code["total_FLOPs"], flops, "FLOP"),
            ("training days", code["days"], days, "day"),
            ("facility energy", code["energy_MWh"], energy / 1e3, "MWh"),
        ):
            detail.append(Comparison("LLMCarbon Table 4: steps", f"{name} {item}", published, computed, unit, AUTHORS))
        days, energy, carbon_of_use = _compute(row["inputs"], *inference)
        for item, published, computed, unit in (
            ("inference days", code["infer_days"], days, "day"),
            ("inference energy", code["infer_MWh"], energy / 1e3, "MWh"),
            ("inference carbon", code["infer_tCO2eq"], carbon_of_use / 1e3, "tCO2e"),
        ):
            serving.append(
                Comparison("LLMCarbon Table 4: inference", f"{name} {item}", published, computed, unit, AUTHORS)
            )
        source = "as reported for the run (Patterson et al. 2021; XLM: Wu et al. 2022)"
        reported.append(Comparison("LLMCarbon Table 4: reported", name, ran["tCO2e"], carbon / 1e3, "tCO2e", source))
    yield from (*training_rows, *detail, *serving, *reported)


def _table_5(table: dict[str, Any]) -> Iterator[Comparison]:
    """Embodied carbon of XLM by component: 512 V100 in 64 servers for 20.4 days of five years."""
    parts = {"V100": "accelerator", "CPU": "cpu", "SSD": "ssd", "DRAM": "dram", "others": "other"}
    values = {"accelerator": "v100-sxm2-32gb", "devices": 512, "training_days": table["days"]}
    values["lifetime_years"] = table["lifetime_days"] / 365
    rows = {row["hardware"]: row for row in table["rows"]}
    for hardware, part in parts.items():
        (computed,) = _compute(values, f"{part}_embodied_carbon", variants=LLMCARBON)
        yield Comparison("LLMCarbon Table 5", hardware, rows[hardware]["tCO2eq"], computed / 1e3, "tCO2e", AUTHORS)
    (total,) = _compute(values, "embodied_carbon", variants=LLMCARBON)
    yield Comparison("LLMCarbon Table 5: total", "XLM", table["total"], total / 1e3, "tCO2e", AUTHORS)
    yield Comparison(
        "LLMCarbon Table 5: total",
        "XLM, reference of the authors",
        table["reference_tCO2e"],
        total / 1e3,
        "tCO2e",
        "MLCarbon, said to come from Wu et al. 2022; its derivation is unknown",
    )


_PREDICTED = {
    "t": ("tensor_parallel", 1.0, "1"),
    "p": ("pipeline_parallel", 1.0, "1"),
    "n": ("optimal_devices", 1.0, "device"),
    "d": ("data_parallel", 1.0, "1"),
    "batch": ("optimal_batch", 1.0, "sequence"),
    "tflops": ("optimal_throughput", 1e12, "TFLOP/s"),
    "eff": ("optimal_efficiency", 1.0, "1"),
}


def _parallelism(rows: list[dict[str, Any]]) -> Iterator[Comparison]:
    """The authors' predict_num_throughput with all its quirks."""
    for row in rows:
        values = {
            "active_parameters": row["params_b"] * 1e9,
            "devices_per_node": row["node"],
            "device_memory": row["mem_gb"],
        }
        label = f"{row['params_b']:g} B, {row['node']} a node, {row['mem_gb']} GB"
        yield from _predictions("LLMCarbon predict_num_throughput", label, row, values, BUG_COMPATIBLE, AUTHORS)


def _second_generation(data: dict[str, Any]) -> Iterator[Comparison]:
    """The default rule against the rows of the authors' newer notebook (80 GB A100, 8 a node)."""
    for row in data["rows"]:
        values = {
            "active_parameters": row["params_b"] * 1e9,
            "devices_per_node": data["devices_per_node"],
            "device_memory": data["device_memory"],
            "peak_flops": 312e12,
        }
        label = f"{row['params_b']:g} B"
        yield from _predictions("LLMCarbon second generation", label, row, values, {}, data["source"])


def _predictions(
    section: str,
    label: str,
    row: Mapping[str, Any],
    values: Mapping[str, Any],
    variants: Mapping[str, str],
    source: str,
) -> Iterator[Comparison]:
    keys = [key for key in _PREDICTED if key in row]
    computed = _compute(values, *(_PREDICTED[key][0] for key in keys), variants=variants)
    for key, value in zip(keys, computed, strict=True):
        name, scale, unit = _PREDICTED[key]
        yield Comparison(section, f"{label}: {name}", row[key], value / scale, unit, source)


def _inference(data: dict[str, Any]) -> Iterator[Comparison]:
    (latency,) = _compute(data["inputs"], "request_latency")
    yield Comparison("LLMCarbon inference", "GPT-3 latency", data["measured_s"], latency, "s", data["source"])


def _storage(data: dict[str, Any]) -> Iterator[Comparison]:
    for part, published in data["reported_MWh"].items():
        (energy,) = _compute(data["inputs"], f"{part}_hardware_energy")
        yield Comparison("LLMCarbon storage", f"Noor {part}", published, energy / 1e3, "MWh", data["source"])


def _published_runs() -> Iterator[Comparison]:
    """Energy and carbon from what each run states."""
    energies, carbons = [], []
    for row in load("published_runs").rows:
        cell = row.values
        source = row.source
        spent: dict[str, Any] = {"device_hours": cell["hours_eff"], "device_power": cell["device_power_w"]}
        facility = cell["energy_includes_pue"] is True
        if facility:
            spent["pue"] = cell["pue"]
        if cell["energy_mwh"] is not None and None not in spent.values():
            (energy,) = _compute(spent, "facility_energy" if facility else "hardware_energy")
            energies.append(
                Comparison("Published runs: energy", row.id, _number(cell["energy_mwh"]), energy / 1e3, "MWh", source)
            )
        emitted = {"hardware_energy": _scaled(cell["energy_mwh"], 1e3), "pue": 1.0 if facility else cell["pue"]}
        emitted["carbon_intensity"] = _scaled(cell["ci_kg_per_kwh"], 1e3)
        if cell["tco2e"] is not None and None not in emitted.values():
            (carbon,) = _compute(emitted, "operational_carbon")
            carbons.append(
                Comparison("Published runs: carbon", row.id, _number(cell["tco2e"]), carbon / 1e3, "tCO2e", source)
            )
    yield from (*energies, *carbons)


def _steps() -> Sections:
    """Measured steps with their layouts, a section a source; of a long one rows that are evenly taken."""
    rows = read_steps()
    predicted = functools.cache(lambda: predict_steps(rows))

    def times(section: str, shown: pd.DataFrame) -> Iterator[Comparison]:
        computed = predicted()["step_time"]
        for row in shown.itertuples():
            label = f"{row.id} {row.model}"
            yield Comparison(section, label, row.step_time, computed[row.Index], "s", row.source)

    def memory() -> Iterator[Comparison]:
        computed = predicted()["memory_per_device"]
        for row in _evenly(rows[rows["memory_gib_measured"] > 0]).itertuples():
            published = row.memory_gib_measured * 2**30 / 1e9
            yield Comparison(MEMORY, f"{row.id} {row.model}", published, computed[row.Index], "GB", row.source)

    for name, group in rows.groupby("source_group", sort=False):
        shown = _evenly(group)
        counted = f", {len(shown)} of {len(group)} rows" if len(shown) < len(group) else ""
        section = f"Step time: {name}{counted}"
        yield section, functools.partial(times, section, shown)
    yield MEMORY, memory


def _evenly(rows: pd.DataFrame) -> pd.DataFrame:
    """So many of the rows as a section shows."""
    return rows.iloc[:: -(-len(rows) // LONGEST_SECTION)]


def _left_out(predictions: Iterable[Prediction]) -> Iterator[Comparison]:
    """Published runs that count in no comparison of methods."""
    for p in predictions:
        if p.reason:
            yield Comparison(LEFT_OUT, f"{p.id}: {p.reason}", p.published, math.nan, p.unit, p.source)


def _activation_memory() -> Iterator[Comparison]:
    """Activations of one layer of the 22B model of Korthikanti et al. 2022 (s 2048, b 4, h 6144, a 64, t 8)."""
    shape = {"layers": 48, "hidden_size": 6144, "attention_heads": 64, "vocabulary_size": 51200}
    shape |= {
        "sequence_length": 2048,
        "microbatch": 4,
        "tensor_parallel": 8,
        "context_parallel": 1,
        "fused_attention": 0,
        "dropout": 1,
    }
    s, b, h, a, t = 2048.0, 4.0, 6144.0, 64.0, 8.0
    published = {
        ("none", 0): s * b * h * (10 + 24 / t + 5 * a * s / (h * t)),
        ("none", 1): s * b * h / t * (34 + 5 * a * s / h),
        ("scores", 0): s * b * h * (10 + 24 / t),
        ("scores", 1): s * b * h * 34 / t,
        ("full", 0): s * b * h * 2,
        ("full", 1): s * b * h * 2 / t,
    }
    for (recomputation, sequence_parallel), formula in published.items():
        values = {**shape, "recomputation": recomputation, "sequence_parallel": sequence_parallel}
        (computed,) = _compute(values, "kept_activation_memory")
        label = f"22B, recomputation {recomputation}" + (", sequence parallel" if sequence_parallel else "")
        source = "Korthikanti et al. 2022 (arXiv 2205.05198), Table 2 (formula)"
        yield Comparison("Activation memory of a layer", label, formula, computed, "B", source)


def _systems() -> Sections:
    """What the papers of related systems print, each from the inputs that stand beside it."""

    def rows(of: dict[str, Any]) -> Iterator[Comparison]:
        for row in of["rows"]:
            yield Comparison(of["section"], row["item"], row["published"], _scaled_value(row), of["unit"], of["source"])

    for of in json.loads((HERE / "systems.json").read_text(encoding="utf-8")):
        yield of["section"], functools.partial(rows, of)


def _scaled_value(row: Mapping[str, Any]) -> float:
    """What the equations give for a row of a file, in the unit of that."""
    (computed,) = _compute(row["values"], row["quantity"], variants=row.get("variants"))
    return float(computed / row.get("scale", 1.0))


BARS = "Bars and bounds of other papers: targets, not recomputed"


def _headlines() -> Sections:
    """Headline figures of papers, each from its published inputs; what is only a bar to meet has no computed value.

    Sums that a paper prints itself, and inputs implied by their outputs, are no evidence and are not here.
    """
    bars: list[Comparison] = []
    by_paper: dict[str, list[dict[str, Any]]] = {}
    for row in json.loads((HERE / "headlines.json").read_text(encoding="utf-8")):
        if "quantity" in row:
            by_paper.setdefault(row["paper"], []).append(row)
        else:
            label = f"{row['paper']}: {row['item']} ({row['note']})"
            bars.append(Comparison(BARS, label, row["published"], math.nan, row["unit"], row["how_known"]))

    def of(paper: str) -> Iterator[Comparison]:
        for row in by_paper[paper]:
            yield Comparison(paper, row["item"], row["published"], _scaled_value(row), row["unit"], row["how_known"])

    for paper in by_paper:
        yield paper, functools.partial(of, paper)
    yield BARS, lambda: bars


def _number(cell: Any) -> float:
    return float(cell)


def _scaled(cell: Any, scale: float) -> float | None:
    return None if cell is None else float(cell) * scale
