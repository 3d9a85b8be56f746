"""What the commands about run directories print: run, verify and info."""

from __future__ import annotations

from typing import Any

from rich.console import RenderableType
from rich.markup import escape
from rich.text import Text

from carbonsweep.cli.terminal import console, duration, fact_list, new_table, number, row_table, stack, telling
from carbonsweep.foundation.sizes import size_text
from carbonsweep.kernels import REGISTRY
from carbonsweep.plan.plan import Plan
from carbonsweep.store.inspect_run import Verification
from carbonsweep.store.run import RunResult


def run_data(result: RunResult) -> dict[str, Any]:
    """What `run` says, as plain data."""
    return {
        "out": str(result.out),
        "points": result.points,
        "rows": result.rows,
        "bytes": result.bytes,
        "seconds": result.seconds,
        "reused": result.reused,
        "excluded": result.summary.excluded,
        "infeasible": result.summary.infeasible,
        "columns": {
            name: {"minimum": c.minimum, "maximum": c.maximum, "missing": c.missing}
            for name, c in result.summary.columns.items()
        },
        "best": [values for *_, values in result.summary.best],
    }


def run_tables(plan: Plan, result: RunResult) -> RenderableType:
    """What `run` prints at its end."""
    computed = result.points - result.reused
    reused = {"finished before": f"{result.reused:,} points"} if result.reused else {}
    facts = fact_list(
        rows=f"{result.rows:,} of {result.points:,} points",
        size=f"{size_text(result.bytes)} in {result.out}",
        time=f"{duration(result.seconds)}, {computed / result.seconds / 1e6:.2f} million points/s",
        **reused,
        **{f"excluded by {name}": f"{count:,}" for name, count in result.summary.excluded.items()},
        **{f"infeasible, {reason}": f"{count:,}" for reason, count in result.summary.infeasible.items()},
    )
    ranges = new_table(
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
        best = row_table(aim, rows, list(rows[0]))
        screen = console()
        if screen.measure(best).maximum > screen.width:
            best = row_table(f"{aim} (all columns are in the files)", rows, telling(plan, rows[0]))
        parts.append(best)
    return stack(*parts)


def verify_data(found: Verification) -> dict[str, Any]:
    """What `verify` says, as plain data."""
    return {
        "out": found.out,
        "whole": found.whole,
        "parts": found.parts,
        "rows": found.rows,
        "bytes": found.bytes,
        "faults": [{"file": fault.file, "fault": fault.what} for fault in found.faults],
    }


def verify_tables(found: Verification) -> RenderableType:
    """What `verify` prints."""
    facts = fact_list(
        run=found.out,
        parts=f"{found.parts:,} whole, {len(found.faults):,} faults",
        rows=f"{found.rows:,} in {size_text(found.bytes)}",
    )
    if found.whole:
        return stack(facts, Text("whole: sizes, row counts, checksums, plan and equations agree with the manifest"))
    faults = new_table("Faults", "file", "fault")
    for fault in found.faults:
        faults.add_row(escape(fault.file), escape(fault.what))
    return stack(facts, faults, Text("repair it with: carbonsweep run PLAN --out DIR --resume"))


def info_tables(info: dict[str, Any]) -> RenderableType:
    """What `info` prints."""
    count = {name: f"{info[name]:,}" for name in ("points", "rows", "parts") if info.get(name) is not None}
    size = {"size": size_text(info["bytes"])} if info.get("bytes") is not None else {}
    facts = fact_list(
        **{"title": info["title"]} if info["title"] else {},
        state=info["state"],
        **count,
        **size,
        carbonsweep=info["version"],
        plan=info["plan_hash"],
        constraints=_listed(info["plan"].get("constraints", {})),
        constants=_listed(info["plan"].get("constants", {})),
    )
    columns = new_table("Columns", "column", "unit", "type", "source", "description")
    for column in info["columns"]:
        columns.add_row(*(escape(column[key]) for key in ("name", "unit", "type", "source", "description")))
    return stack(facts, columns)


def _listed(values: dict[str, Any]) -> str:
    return "; ".join(f"{name} = {value}" for name, value in values.items()) or "none"
