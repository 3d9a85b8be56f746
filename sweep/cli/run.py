"""Plans into run directories: `check`, `run`, `verify`, `info`."""

from __future__ import annotations

from typing import Annotated

import typer

from carbonsweep.cli.options import Implausible, Json, PlanFile, Quiet, RunPlace, Scheduler, Threads
from carbonsweep.cli.terminal import complain, present, stopped_code


def check(
    plan: PlanFile,
    out: Annotated[
        str,
        typer.Option("--out", "-o", metavar="DIR", help="Where it would be written, to compare the free space."),
    ] = ".",
    allow_implausible: Implausible = False,
    as_json: Json = False,
) -> None:
    """Validate a plan and show what it would do: axes, points, loops, equations, size and time.

    [bold]Example[/bold]

      carbonsweep check examples/llama_class.toml
    """
    from carbonsweep.plan.plan import Plan
    from carbonsweep.store.check import check as check_plan

    present(check_plan(Plan.load(plan, allow_implausible), out), as_json)


def run(
    plan: PlanFile,
    out: Annotated[
        str,
        typer.Option(
            "--out", "-o", help="Folder of the run: a path, or a URL such as s3://bucket/run.", show_default=False
        ),
    ],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a finished run in OUT.")] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue an unfinished run, or repair a damaged one.")
    ] = False,
    extend: Annotated[bool, typer.Option("--extend", help="Add the points of PLAN that the run in OUT lacks.")] = False,
    ignore_space: Annotated[
        bool, typer.Option("--ignore-space", help="Begin even where the disk seems too small.")
    ] = False,
    partition_by: Annotated[
        list[str] | None,
        typer.Option("--partition-by", metavar="AXIS", help="An axis whose values become folders; repeatable."),
    ] = None,
    file_size: Annotated[
        str | None, typer.Option("--file-size", metavar="SIZE", help="Size of part files, such as '256 MB'.")
    ] = None,
    threads: Threads = None,
    scheduler: Scheduler = "threads",
    allow_implausible: Implausible = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Evaluate every point of a plan and write them as a Parquet dataset.

    If a run ends early, its finished part files stay and --resume computes only the others.

    [bold]Examples[/bold]

      carbonsweep run examples/llama_class.toml --out runs/llama

      duckdb -c "select * from 'runs/llama/*.parquet' order by total_carbon limit 10"
    """
    from carbonsweep.cli.progress import progress
    from carbonsweep.plan.plan import Plan
    from carbonsweep.store.run import run as run_plan

    loaded = Plan.load(plan, allow_implausible).with_output(partition_by=partition_by or None, file_size=file_size)
    try:
        with progress(quiet) as advance:
            result = run_plan(
                loaded,
                out,
                overwrite=overwrite,
                resume=resume,
                extend=extend,
                ignore_space=ignore_space,
                threads=threads,
                scheduler=scheduler,
                progress=advance,
            )
    except KeyboardInterrupt as error:
        complain("interrupted", error)
        raise typer.Exit(stopped_code(error)) from None
    if as_json or not quiet:
        present(result, as_json)


def verify(out: RunPlace, as_json: Json = False) -> None:
    """Check a finished run: every part file's size, checksum, rows and origin. Exit code 1 if anything is wrong.

    [bold]Example[/bold]

      carbonsweep verify runs/llama
    """
    from carbonsweep.store.inspect_run import verify as verify_run

    found = verify_run(out)
    present(found, as_json)
    if not found.whole:
        raise typer.Exit(1)


def info(out: RunPlace, as_json: Json = False) -> None:
    """Describe a run directory, finished or not, or a single part file: plan, versions, rows, columns with units.

    [bold]Example[/bold]

      carbonsweep info runs/llama
    """
    from carbonsweep.store.inspect_run import info as run_info

    present(run_info(out), as_json)
