"""What the commands print, as Rich tables and as plain data."""

from __future__ import annotations

import math
import statistics
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.text import Text
from rich.tree import Tree

from carbonsweep.catalogs import FILES, Catalog, load
from carbonsweep.cli.terminal import duration, fact_list, frame_table, new_table, note_list, number, stack
from carbonsweep.foundation.errors import PlanError
from carbonsweep.foundation.sizes import size_text
from carbonsweep.kernels import REGISTRY, Equation, Input
from carbonsweep.plan import expression

if TYPE_CHECKING:
    from carbonsweep.configuration.estimate import Derivation, Estimate
    from carbonsweep.engine.sweep import Sweep
    from carbonsweep.evidence.validation import Comparison
    from carbonsweep.reductions.box_tasks import Found
    from carbonsweep.reductions.marginals import Marginals
    from carbonsweep.store.filesystem import Folder

# --- check ---------------------------------------------------------------------------------------------------


def check_data(sweep: Sweep, out: Folder) -> dict[str, Any]:
    """What `check` says, as plain data."""
    from carbonsweep.store.run import estimated_bytes, estimated_seconds, free_bytes

    schedule = sweep.schedule
    return {
        "title": sweep.plan.title,
        "points": sweep.grid.points,
        "chunks": sweep.chunks,
        "axes": [
            {"name": a.name, "values": len(a), "first": _plain(a.values[0]), "last": _plain(a.values[-1])}
            for a in sweep.grid.axes
        ],
        "loop_order": [axis.name for axis in sweep.loops],
        "evaluated": [
            {"quantity": quantity, "variant": variant, "where": where, "times": times}
            for quantity, variant, where, times in _placement(sweep)
        ],
        "constraints": [constraint.name for constraint in sweep.grid.constraints],
        "constants": sweep.grid.constants,
        "defaults": sweep.grid.graph.defaults,
        "estimated_bytes": round(estimated_bytes(sweep)),
        "free_bytes": free_bytes(out),
        "estimated_seconds": estimated_seconds(sweep),
        "block_points": schedule.block_points,
        "notes": list(sweep.grid.notes),
    }


def _plain(value: Any) -> float | str:
    return value if isinstance(value, str) else float(value)


def _placement(sweep: Sweep) -> list[tuple[str, str, str, int]]:
    """Every equation with where it is evaluated and how often."""
    schedule = sweep.schedule
    names = [axis.name for axis in sweep.loops]
    rows = []
    for table in schedule.tables:
        where = "table " + " x ".join(names[axis] for axis in table.axes)
        times = math.prod(schedule.sizes[axis] for axis in table.axes)
        rows += [(e.quantity, e.variant, where, times) for e in table.equations if e.quantity in table.stored]
    for equation in schedule.equations:
        depth = schedule.depth[equation.quantity]
        where = "once" if depth < 0 else f"loop {depth + 1} ({names[depth]})"
        rows.append((equation.quantity, equation.variant, where, math.prod(schedule.sizes[: depth + 1])))
    return rows


def check_tables(sweep: Sweep, out: Folder) -> RenderableType:
    """What `check` prints."""
    from carbonsweep.store.run import estimated_bytes, estimated_seconds, free_bytes

    axes = new_table(
        sweep.plan.title or sweep.plan.source,
        "axis",
        "loop",
        "values",
        "first",
        "last",
        "unit",
        right=("values",),
    )
    place = {axis.name: str(position + 1) for position, axis in enumerate(sweep.loops)}
    for axis in sweep.grid.axes:
        first, last = (v if isinstance(v, str) else number(float(v)) for v in (axis.values[0], axis.values[-1]))
        unit = REGISTRY.unit(axis.name) if axis.name in REGISTRY.names() else "catalog row"
        axes.add_row(axis.name, place[axis.name], f"{len(axis):,}", first, last, unit)
    placed = new_table("Evaluated", "quantity", "variant", "where", "times", right=("times",))
    for quantity, variant, where, times in _placement(sweep):
        placed.add_row(quantity, variant, where, f"{times:,}")
    need, free = estimated_bytes(sweep), free_bytes(out)
    space = "" if free is None else f"; {out} has {size_text(free)} free{', too little' if need > 0.95 * free else ''}"
    facts = fact_list(
        points=f"{sweep.grid.points:,} in {sweep.chunks:,} chunks",
        loops=" > ".join(axis.name for axis in sweep.loops),
        constraints="; ".join(c.name for c in sweep.grid.constraints) or "none",
        constants=", ".join(f"{n} = {number(v)}" for n, v in sweep.grid.constants.items()) or "none",
        defaults=", ".join(f"{n} = {number(v)}" for n, v in sweep.grid.graph.defaults.items()) or "none",
        size=f"about {size_text(need)} if no point is excluded{space}",
        time=f"about {duration(estimated_seconds(sweep))} to write",
    )
    return stack(axes, facts, placed, *note_list(sweep.grid.notes))


# --- search and pareto ---------------------------------------------------------------------------------------


def found_data(found: Found) -> dict[str, Any]:
    """What `search` and `pareto` say, as plain data."""
    return {
        "complete": found.complete,
        "points": found.points,
        "evaluated": found.evaluated,
        "rows": found.frame.to_dict("records"),
    }


def found_tables(found: Found) -> RenderableType:
    """What `search` and `pareto` print."""
    table = frame_table("" if found.complete else "Incomplete", found.frame)
    share = found.evaluated / found.points
    facts = f"{len(found.frame):,} points of {found.points:,}; {found.evaluated:,} evaluated ({100 * share:.3g} %)"
    return stack(table, Text(facts))


def marginals_data(quantity: str, result: Marginals) -> dict[str, Any]:
    """What `marginals` says, as plain data."""
    return {
        "quantity": quantity,
        "unit": REGISTRY.unit(quantity),
        "points": result.points,
        "mean": result.mean,
        "variance": result.variance,
        "quantile_error": result.quantile_error,
        "quantile_error_is_relative": result.relative,
        "groups": result.table.to_dict("records"),
        "sensitivity": result.sensitivity.to_dict("records"),
    }


def marginals_tables(quantity: str, result: Marginals) -> RenderableType:
    """What `marginals` prints."""
    unit = REGISTRY.unit(quantity)
    error = f"{100 * result.quantile_error:.2g} %" if result.relative else f"{result.quantile_error:.3g} {unit}"
    facts = f"{result.points:,} points, mean {number(result.mean)} {unit}"
    if not math.isnan(result.quantile_error):
        facts += f"; quantiles within {error}"
    parts: list[RenderableType] = [frame_table(f"{quantity} ({unit})", result.table), Text(facts)]
    if len(result.sensitivity):
        parts.append(frame_table("Share of the variance by axis", result.sensitivity))
    else:
        parts.append(Text("no sensitivity: points are excluded or without a value, or all values are equal"))
    return stack(*parts)


# --- estimate and explain ------------------------------------------------------------------------------------


def estimate_tables(result: Estimate) -> RenderableType:
    """What `estimate` prints."""
    from carbonsweep.configuration.estimate import why_missing

    table = new_table("", "quantity", "value", "unit", "equation", right=("value",))
    variants = {e.quantity: e for e in result.graph.equations}
    notes = list(result.notes)
    for name, value in result.quantities.items():
        how = result.origins.get(name, "default")
        if name in variants:
            how = variants[name].variant
            if variants[name].provenance != "published":
                how += f" ({variants[name].provenance})"
        unit = REGISTRY.unit(name)
        table.add_row(name, number(value), "" if unit == "1" else unit, how)
        if math.isnan(value) and len(notes) < 10:
            notes.append(f"{name}: {why_missing(result, name)}")
    return stack(table, *note_list(tuple(notes)))


def derivation_tree(root: Derivation) -> RenderableType:
    """What `explain` prints."""

    def add(node: Derivation, to: Tree | None) -> Tree:
        text = Text(node.headline(), style="bold" if node.formula else "")
        if node.formula:
            text.append(f"\n{node.origin}; {node.source}", style="dim not bold")
        branch = Tree(text) if to is None else to.add(text)
        for part in node.parts:
            add(part, branch)
        return branch

    return add(root, None)


# --- equations -----------------------------------------------------------------------------------------------


def _equation_data(equation: Equation) -> dict[str, Any]:
    return {
        "quantity": equation.quantity,
        "variant": equation.variant,
        "unit": equation.unit,
        "valid": equation.valid.text,
        "inputs": list(equation.inputs),
        "formula": equation.formula,
        "source": equation.source,
        "provenance": equation.provenance,
        "description": equation.description,
        "notes": equation.notes,
    }


def _input_data(item: Input) -> dict[str, Any]:
    return {
        "input": item.name,
        "unit": item.unit,
        "valid": item.valid.text,
        "default": item.choices[int(item.default)] if item.choices and item.default is not None else item.default,
        "choices": list(item.choices),
        "source": item.source,
        "provenance": item.provenance if item.default is not None else "",
        "description": item.description,
    }


def equations_data(name: str | None) -> list[dict[str, Any]]:
    """All equations and inputs, or those of one name, as plain data."""
    groups = REGISTRY.quantities if name is None else {name: REGISTRY.quantities.get(name, ())}
    found = [_equation_data(equation) for group in groups.values() for equation in group]
    inputs = REGISTRY.inputs.values() if name is None else [REGISTRY.inputs[name]] if name in REGISTRY.inputs else []
    return found + [_input_data(item) for item in inputs]


def equations_tables(name: str | None) -> RenderableType:
    """What `equations` prints."""
    if name is not None:
        parts: list[RenderableType] = []
        for data in equations_data(name):
            if "variant" in data:
                head = f"{data['quantity']} ({data['unit']}), variant {data['variant']}"
                facts = fact_list(
                    formula=data["formula"],
                    source=f"{data['source']} ({data['provenance']})",
                    valid=data["valid"],
                )
                inputs = ", ".join(f"{n} ({REGISTRY.unit(n)})" for n in data["inputs"])
                text = "\n\n".join(filter(None, (data["description"], inputs and f"From {inputs}.", data["notes"])))
                parts.append(Group(Text(head, style="bold"), facts, Text(text)))
            else:
                head = f"{data['input']} ({data['unit']}), an input"
                default = "none: must be given" if data["default"] is None else f"{data['default']}"
                choices = {"choices": ", ".join(data["choices"])} if data["choices"] else {}
                facts = fact_list(
                    default=default,
                    source=f"{data['source']} {data['provenance']}",
                    valid=data["valid"],
                    **choices,
                )
                parts.append(Group(Text(head, style="bold"), facts, Text(data["description"])))
        return stack(*parts)
    quantities = new_table("Quantities", "name", "unit", "variants", "meaning")
    for quantity, group in REGISTRY.quantities.items():
        quantities.add_row(quantity, group[0].unit, ", ".join(e.variant for e in group), escape(group[0].description))
    inputs = new_table("Inputs", "name", "unit", "default", "meaning")
    for data in equations_data(None):
        if "input" in data:
            default = "" if data["default"] is None else str(data["default"])
            inputs.add_row(data["input"], data["unit"], default, escape(data["description"]))
    return stack(quantities, inputs)


# --- catalog -------------------------------------------------------------------------------------------------


def _rows(catalog: Catalog, where: str | None) -> list[Any]:
    if where is None:
        return list(catalog.rows)
    condition = expression.parse(where, "catalog: --where")
    expression.check_names(condition, list(catalog.columns), "catalog: --where")
    try:
        return [row for row in catalog.rows if condition.evaluate(row.values)]
    except TypeError:
        raise PlanError(f"catalog: --where: {where!r} mixes text with numbers") from None


def catalog_data(name: str | None, row: str | None, where: str | None, files: list[Path]) -> Any:
    """Catalogs, rows or one row as plain data."""
    if name is None:
        return [{"catalog": known, "rows": len(load(known).rows), "description": d} for known, d in FILES.items()]
    catalog = load(name, files, at="catalog: ")
    if row is None:
        return [dict(item.values) for item in _rows(catalog, where)]
    found = catalog.get(row, "catalog: ")
    return {**found.values, "inputs": found.inputs, "file": Path(found.file).name, "line": found.line}


def catalog_tables(name: str | None, row: str | None, where: str | None, files: list[Path]) -> RenderableType:
    """What `catalog` prints."""
    if name is None:
        table = new_table("Catalogs", "name", "rows", "what", right=("rows",))
        for known, description in FILES.items():
            table.add_row(known, f"{len(load(known).rows):,}", description)
        return table
    catalog = load(name, files, at="catalog: ")
    if row is not None:
        found = catalog.get(row, "catalog: ")
        table = new_table(found.id, "column", "value", "unit", "meaning")
        table.columns[1].max_width = 60
        for column, spec in catalog.columns.items():
            value = found.values.get(column)
            if value is not None:
                unit = "" if spec.unit in ("", "1") else spec.unit
                table.add_row(column, escape(_cell(value)), unit, escape(spec.description))
        inputs = new_table("Supplies", "input", "value", "unit", right=("value",))
        for field, value in found.inputs.items():
            if not math.isnan(value) and field in REGISTRY.names():
                inputs.add_row(field, number(value), REGISTRY.unit(field))
        return stack(table, inputs) if found.inputs else table
    rows = _rows(catalog, where)
    columns = _overview(catalog)
    table = new_table(f"{name}: {len(rows)} rows", *columns)
    for item in rows:
        table.add_row(*(escape(_cell(item.values.get(column))) for column in columns))
    return table


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return number(value) if isinstance(value, float) else str(value)


def _overview(catalog: Catalog) -> list[str]:
    """The few columns that tell rows apart."""
    shown = {
        "accelerators": [
            "id",
            "year",
            "process_nm",
            "mem_gb",
            "bf16_tflops",
            "fp16_tflops",
            "tdp_w",
            "confidence",
        ],
        "models": [
            "id",
            "year",
            "arch",
            "params_total_b",
            "params_active_b",
            "training_tokens_b",
            "confidence",
        ],
        "regions": ["id", "name", "year", "ci_g_per_kwh", "ci_basis", "pue", "confidence"],
        "embodied": ["id", "category", "item", "process_nm", "value", "unit", "confidence"],
        "scaling_laws": ["id", "paper", "form"],
        "published_runs": [
            "id",
            "model",
            "phase",
            "accelerator_id",
            "n_devices",
            "days",
            "device_hours",
            "tco2e",
        ],
        "human_baselines": ["id", "name", "page_kwh", "page_gco2e", "page_water_l", "page_usd", "confidence"],
        "servers": ["id", "fleet", "count", "age_years", "embodied_kg", "performance", "tdp_w", "confidence"],
        "sparse_speedups": ["id", "accelerator_id", "training", "inference", "training_memory", "confidence"],
        "training_stages": ["id", "samples", "vision_passes", "connector_passes", "llm_passes", "confidence"],
        "vision_encoders": ["id", "hidden_size", "layers", "ffn_size", "image_size", "patch_size", "confidence"],
    }
    return [column for column in shown[catalog.name] if column in catalog.columns]


# --- validate ------------------------------------------------------------------------------------------------


def validation_tables(rows: list[Comparison]) -> RenderableType:
    """What `validate` prints: one table a section, with mean, median and worst deviation."""
    sections: dict[str, list[Comparison]] = {}
    for row in rows:
        sections.setdefault(row.section, []).append(row)
    parts: list[RenderableType] = []
    for section, group in sections.items():
        table = new_table(
            section,
            "item",
            "published",
            "computed",
            "deviation",
            "unit",
            right=("published", "computed", "deviation"),
        )
        for row in group:
            deviation = "-" if math.isnan(row.deviation) else f"{100 * row.deviation:+.3g} %"
            table.add_row(row.item, number(row.published), number(row.computed), deviation, row.unit)
        sizes = [abs(row.deviation) for row in group if not math.isnan(row.deviation)]
        if sizes:
            mean, median, worst = (100 * f(sizes) for f in (statistics.fmean, statistics.median, max))
            text = f"{len(sizes)} rows: mean {mean:.3g} %, median {median:.3g} %, worst {worst:.3g} %"
            parts.append(Group(table, Text(text)))
        else:
            parts.append(table)
    return stack(*parts)
