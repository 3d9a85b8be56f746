"""What the commands print, as Rich tables and as plain data."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from carbonsweep import expression
from carbonsweep.catalogs import FILES, Catalog, CatalogError, load
from carbonsweep.errors import PlanError, size_text
from carbonsweep.kernels import REGISTRY, Equation, Input

if TYPE_CHECKING:
    import pandas as pd

    from carbonsweep.engine import Sweep
    from carbonsweep.estimation import Derivation, Estimate
    from carbonsweep.execution import Progress, RunResult
    from carbonsweep.plan import Plan
    from carbonsweep.reducer import Found
    from carbonsweep.sensitivity import Marginals
    from carbonsweep.validation import Comparison

WIDE = 400
"""Columns of text when standard output is not a terminal."""
PLAIN_EVERY = 5.0
"""Seconds between progress lines when standard error is not a terminal."""


def _console() -> Console:
    """Standard output; tables are not cut to a width when it is not a terminal."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)


def show(what: RenderableType) -> None:
    """Print to standard output, without trailing blanks when it is not a terminal."""
    console = _console()
    if sys.stdout.isatty():
        console.print(what)
        return
    with console.capture() as capture:
        console.print(what)
    print("\n".join(line.rstrip() for line in capture.get().rstrip().split("\n")))


def number(value: float) -> str:
    """A number in at most six digits, thousands grouped."""
    if math.isnan(value):
        return "-"
    if value == int(value) and abs(value) < 1e7:
        return f"{int(value):,}"
    return f"{value:.6g}" if not 1e3 <= abs(value) < 1e7 else f"{value:,.6g}"


def duration(seconds: float) -> str:
    """A time for people."""
    if seconds < 90:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.3g} h" if seconds < 172_800 else f"{seconds / 86_400:.3g} days"


def _table(title: str, *columns: str, right: tuple[str, ...] = ()) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return table


# --- check ---------------------------------------------------------------------------------------------------


def check_data(sweep: Sweep) -> dict[str, Any]:
    """What `check` says, as plain data."""
    from carbonsweep.execution import estimated_bytes, estimated_seconds

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


def check_tables(sweep: Sweep) -> RenderableType:
    """What `check` prints."""
    from carbonsweep.execution import estimated_bytes, estimated_seconds

    axes = _table(
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
    placed = _table("Evaluated", "quantity", "variant", "where", "times", right=("times",))
    for quantity, variant, where, times in _placement(sweep):
        placed.add_row(quantity, variant, where, f"{times:,}")
    facts = _facts(
        points=f"{sweep.grid.points:,} in {sweep.chunks:,} chunks",
        loops=" > ".join(axis.name for axis in sweep.loops),
        constraints="; ".join(c.name for c in sweep.grid.constraints) or "none",
        constants=", ".join(f"{n} = {number(v)}" for n, v in sweep.grid.constants.items()) or "none",
        defaults=", ".join(f"{n} = {number(v)}" for n, v in sweep.grid.graph.defaults.items()) or "none",
        size=f"about {size_text(estimated_bytes(sweep))} if no point is excluded",
        time=f"about {duration(estimated_seconds(sweep))} to write",
    )
    return _stack(axes, facts, placed, *_notes(sweep.grid.notes))


def _facts(**facts: str) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, text in facts.items():
        table.add_row(name, escape(text))
    return table


def _notes(notes: tuple[str, ...]) -> list[RenderableType]:
    return [Text("\n".join(f"note: {note}" for note in notes))] if notes else []


def _stack(*parts: RenderableType) -> RenderableType:
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in parts))


# --- run -----------------------------------------------------------------------------------------------------


@contextmanager
def progress() -> Iterator[Progress]:
    """A progress bar on a terminal, a line every few seconds elsewhere; both on standard error."""
    if sys.stderr.isatty():
        with _bar() as advance:
            yield advance
        return
    began = last = time.monotonic()

    def line(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= PLAIN_EVERY:
            last = now
            rate = done / (now - began)
            left = duration((total - done) / rate)
            print(f"{done:,} of {total:,} points, {rate / 1e6:.1f} million/s, {left} left", file=sys.stderr)

    yield line


@contextmanager
def _bar() -> Iterator[Progress]:
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("sweep", total=None, rate="compiling")
        began = time.monotonic()

        def advance(done: int, total: int) -> None:
            rate = done / max(time.monotonic() - began, 1e-9)
            bar.update(task, completed=done, total=total, rate=f"{rate / 1e6:.1f} M points/s")

        yield advance


def run_data(result: RunResult) -> dict[str, Any]:
    """What `run` says, as plain data."""
    return {
        "out": str(result.out),
        "points": result.points,
        "rows": result.rows,
        "bytes": result.bytes,
        "seconds": result.seconds,
        "excluded": result.summary.excluded,
        "columns": {
            name: {"minimum": c.minimum, "maximum": c.maximum, "missing": c.missing}
            for name, c in result.summary.columns.items()
        },
        "best": [values for *_, values in result.summary.best],
    }


def run_tables(plan: Plan, result: RunResult) -> RenderableType:
    """What `run` prints at its end."""
    facts = _facts(
        rows=f"{result.rows:,} of {result.points:,} points",
        size=f"{size_text(result.bytes)} in {result.out}",
        time=f"{duration(result.seconds)}, {result.points / result.seconds / 1e6:.2f} million points/s",
        **{f"excluded by {name}": f"{count:,}" for name, count in result.summary.excluded.items()},
    )
    ranges = _table(
        "Columns",
        "quantity",
        "unit",
        "smallest",
        "largest",
        "missing",
        right=("smallest", "largest", "missing"),
    )
    for name, column in result.summary.columns.items():
        ranges.add_row(name, REGISTRY.unit(name), number(column.minimum), number(column.maximum), f"{column.missing:,}")
    parts: list[RenderableType] = [facts, ranges]
    if result.summary.best:
        aim = f"Lowest {plan.output.minimize}" if plan.output.minimize else f"Highest {plan.output.maximize}"
        rows = [values for *_, values in result.summary.best]
        best = _best_table(aim, rows, list(rows[0]))
        console = _console()
        if console.measure(best).maximum > console.width:
            best = _best_table(f"{aim} (all columns are in the files)", rows, _telling(plan, rows[0]))
        parts.append(best)
    return _stack(*parts)


def _best_table(title: str, rows: list[dict[str, float | str]], names: list[str]) -> Table:
    table = _table(title, *names)
    for row in rows:
        table.add_row(*(v if isinstance(v := row[name], str) else number(v) for name in names))
    return table


def _telling(plan: Plan, row: dict[str, float | str]) -> list[str]:
    """The axes and the objective: the columns to show where there is no room for all."""
    return [name for name in row if name in plan.axes or name == plan.output.objective]


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
    return _stack(table, Text(facts))


def frame_table(title: str, frame: pd.DataFrame) -> Table:
    """A frame as a table: numbers in at most six digits, anything else as it is."""
    table = _table(title, *(str(name) for name in frame.columns))
    for row in frame.itertuples(index=False):
        table.add_row(*(number(float(v)) if isinstance(v, int | float) else escape(str(v)) for v in row))
    return table


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
    return _stack(*parts)


# --- estimate and explain ------------------------------------------------------------------------------------


def estimate_tables(result: Estimate) -> RenderableType:
    """What `estimate` prints."""
    from carbonsweep.estimation import why_missing

    table = _table("", "quantity", "value", "unit", "equation", right=("value",))
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
    return _stack(table, *_notes(tuple(notes)))


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
        "documentation": equation.documentation,
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
                facts = _facts(
                    formula=data["formula"],
                    source=f"{data['source']} ({data['provenance']})",
                    valid=data["valid"],
                )
                parts.append(Group(Text(head, style="bold"), facts, Text(data["documentation"])))
            else:
                head = f"{data['input']} ({data['unit']}), an input"
                default = "none: must be given" if data["default"] is None else f"{data['default']}"
                choices = {"choices": ", ".join(data["choices"])} if data["choices"] else {}
                facts = _facts(
                    default=default,
                    source=f"{data['source']} {data['provenance']}",
                    valid=data["valid"],
                    **choices,
                )
                parts.append(Group(Text(head, style="bold"), facts, Text(data["description"])))
        return _stack(*parts)
    quantities = _table("Quantities", "name", "unit", "variants", "meaning")
    for quantity, group in REGISTRY.quantities.items():
        quantities.add_row(quantity, group[0].unit, ", ".join(e.variant for e in group), escape(group[0].description))
    inputs = _table("Inputs", "name", "unit", "default", "meaning")
    for data in equations_data(None):
        if "input" in data:
            default = "" if data["default"] is None else str(data["default"])
            inputs.add_row(data["input"], data["unit"], default, escape(data["description"]))
    return _stack(quantities, inputs)


# --- catalog -------------------------------------------------------------------------------------------------


def _load(name: str, files: list[Path]) -> Catalog:
    try:
        return load(name, tuple(files))
    except CatalogError as error:
        raise PlanError(f"catalog: {error}") from None


def _row(catalog: Catalog, text: str) -> Any:
    try:
        return catalog.get(text)
    except CatalogError as error:
        raise PlanError(f"catalog: {error}") from None


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
        return [{"catalog": known, "rows": len(_load(known, []).rows), "description": d} for known, d in FILES.items()]
    catalog = _load(name, files)
    if row is None:
        return [dict(item.values) for item in _rows(catalog, where)]
    found = _row(catalog, row)
    return {**found.values, "inputs": found.inputs, "file": Path(found.file).name, "line": found.line}


def catalog_tables(name: str | None, row: str | None, where: str | None, files: list[Path]) -> RenderableType:
    """What `catalog` prints."""
    if name is None:
        table = _table("Catalogs", "name", "rows", "what", right=("rows",))
        for known, description in FILES.items():
            table.add_row(known, f"{len(_load(known, []).rows):,}", description)
        return table
    catalog = _load(name, files)
    if row is not None:
        found = _row(catalog, row)
        table = _table(found.id, "column", "value", "unit", "meaning")
        table.columns[1].max_width = 60
        for column, spec in catalog.columns.items():
            value = found.values.get(column)
            if value is not None:
                unit = "" if spec.unit in ("", "1") else spec.unit
                table.add_row(column, escape(_cell(value)), unit, escape(spec.description))
        inputs = _table("Supplies", "input", "value", "unit", right=("value",))
        for field, value in found.inputs.items():
            if not math.isnan(value) and field in REGISTRY.names():
                inputs.add_row(field, number(value), REGISTRY.unit(field))
        return _stack(table, inputs) if found.inputs else table
    rows = _rows(catalog, where)
    columns = _overview(catalog)
    table = _table(f"{name}: {len(rows)} rows", *columns)
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
    }
    return [column for column in shown[catalog.name] if column in catalog.columns]


# --- validate ------------------------------------------------------------------------------------------------


def validation_tables(rows: list[Comparison]) -> RenderableType:
    """What `validate` prints: one table a section, with mean and worst deviation."""
    sections: dict[str, list[Comparison]] = {}
    for row in rows:
        sections.setdefault(row.section, []).append(row)
    parts: list[RenderableType] = []
    for section, group in sections.items():
        table = _table(
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
            mean, worst = 100 * sum(sizes) / len(sizes), 100 * max(sizes)
            parts.append(Group(table, Text(f"{len(sizes)} rows: mean {mean:.3g} %, worst {worst:.3g} %")))
        else:
            parts.append(table)
    return _stack(*parts)
