"""Answers from a grid whose points are not stored: `search`, `pareto`, `marginals`, `sql`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from carbonsweep.cli.options import (
    Implausible,
    Json,
    Maximize,
    Minimize,
    OutFile,
    PlanFile,
    Prune,
    Quiet,
    Scheduler,
    Threads,
    Where,
)
from carbonsweep.cli.terminal import check_destination, present, write
from carbonsweep.foundation.errors import PlanError
from carbonsweep.foundation.results import Frame

if TYPE_CHECKING:
    from carbonsweep.reductions.results import Found


def search(
    plan: PlanFile,
    minimize: Minimize = None,
    maximize: Maximize = None,
    top: Annotated[int, typer.Option("--top", "-k", help="How many points.")] = 10,
    by: Annotated[
        list[str] | None,
        typer.Option("--by", metavar="AXIS[,AXIS]", help="The best points for each value of an axis; repeatable."),
    ] = None,
    where: Where = None,
    out: OutFile = None,
    prune: Prune = True,
    threads: Threads = None,
    scheduler: Scheduler = "threads",
    allow_implausible: Implausible = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Find exactly the best points of a plan's grid, without storing the others.

    The grid may have billions of points; bounds of the equations skip what cannot win.

    [bold]Example[/bold]

      carbonsweep search examples/llama_class.toml --minimize total_carbon --where "test_loss <= 2.0" --top 5
    """
    from carbonsweep.cli.progress import progress
    from carbonsweep.plan.plan import Plan
    from carbonsweep.reductions.best import search as find

    for name, given in (("--minimize", minimize), ("--maximize", maximize)):
        if given is not None and len(given) > 1:
            raise PlanError(f"{name} is given {len(given)} times; search has one objective, `pareto` has several")
    check_destination(out)
    with progress(quiet) as advance:
        found = find(
            Plan.load(plan, allow_implausible),
            minimize=minimize[0] if minimize else None,
            maximize=maximize[0] if maximize else None,
            top=top,
            by=[part.strip() for text in by or [] for part in text.split(",")],
            where=where,
            prune=prune,
            threads=threads,
            scheduler=scheduler,
            progress=advance,
        )
    _show_found(found, out, as_json, quiet)


def pareto(
    plan: PlanFile,
    minimize: Minimize = None,
    maximize: Maximize = None,
    by: Annotated[
        list[str] | None, typer.Option("--by", metavar="AXIS", help="One front for each value of an axis; repeatable.")
    ] = None,
    where: Where = None,
    for_some: Annotated[
        str | None,
        typer.Option("--for-some", metavar="lifetime_years", help="Only what is best for some life of the hardware."),
    ] = None,
    out: OutFile = None,
    prune: Prune = True,
    threads: Threads = None,
    scheduler: Scheduler = "threads",
    allow_implausible: Implausible = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Find the Pareto front of a plan's grid: the points that no other point dominates.

    Two to four objectives; points with equal objectives are all kept.

    [bold]Example[/bold]

      carbonsweep pareto examples/dense_or_moe.toml --minimize test_loss --minimize total_carbon --by model
      carbonsweep pareto plan.toml --minimize embodied_cci --minimize operational_cci --for-some lifetime_years
    """
    from carbonsweep.cli.progress import progress
    from carbonsweep.plan.plan import Plan
    from carbonsweep.reductions.pareto import pareto as find

    check_destination(out)
    with progress(quiet) as advance:
        found = find(
            Plan.load(plan, allow_implausible),
            minimize=minimize or (),
            maximize=maximize or (),
            by=by or (),
            where=where,
            for_some=for_some,
            prune=prune,
            threads=threads,
            scheduler=scheduler,
            progress=advance,
        )
    _show_found(found, out, as_json, quiet)


def marginals(
    plan: PlanFile,
    quantity: Annotated[str, typer.Option("--quantity", "-q", help="The quantity.", show_default=False)],
    by: Annotated[
        list[str] | None,
        typer.Option("--by", metavar="AXIS[,AXIS]", help="An axis or a pair; repeatable.", show_default="every axis"),
    ] = None,
    where: Where = None,
    quantiles: Annotated[bool, typer.Option("--quantiles/--no-quantiles", help="A second pass for quantiles.")] = True,
    out: OutFile = None,
    threads: Threads = None,
    allow_implausible: Implausible = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Show how a quantity varies along each axis and which axes drive it, without storing points.

    Points, means and extremes are exact; quantiles come from histograms and their error is printed.

    [bold]Example[/bold]

      carbonsweep marginals examples/llama_class.toml --quantity total_carbon --by accelerator --by devices
    """
    from carbonsweep.cli.progress import progress
    from carbonsweep.plan.plan import Plan
    from carbonsweep.reductions.marginals import marginals as collect

    check_destination(out)
    groups = [tuple(part.strip() for part in text.split(",")) for text in by or []]
    with progress(quiet) as advance:
        result = collect(
            Plan.load(plan, allow_implausible),
            quantity=quantity,
            by=groups,
            where=where,
            threads=threads,
            progress=advance,
        )
    write(result.table, out)
    if as_json or out is None or not quiet:
        present(result, as_json)


def sql(
    plan: PlanFile,
    query: Annotated[str, typer.Argument(help="One select statement over the table sweep.", show_default=False)],
    out: OutFile = None,
    threads: Threads = None,
    allow_implausible: Implausible = False,
    as_json: Json = False,
) -> None:
    """Query a sweep with DuckDB without writing it: its points stream through as the table [bold]sweep[/bold].

    [bold]Example[/bold]

      carbonsweep sql examples/llama_class.toml "select accelerator, min(total_carbon) from sweep where test_loss < 2 group by all"
    """  # noqa: E501  (commands are shown on one line, to be copied)
    from carbonsweep.plan.plan import Plan
    from carbonsweep.tabular.stream import sql as run_query

    check_destination(out)
    frame = run_query(Plan.load(plan, allow_implausible), query, threads=threads)
    write(frame, out)
    present(Frame(frame), as_json)


def _show_found(found: Found, out: Path | None, as_json: bool, quiet: bool) -> None:
    """Print or write what a reduction found; after an interruption say so and exit with code 130."""
    write(found.frame, out)
    if as_json or out is None or not quiet:
        present(found, as_json)
    if not found.complete:
        print("interrupted: the points shown are the best so far, not of the whole grid", file=sys.stderr)
        raise typer.Exit(130)
