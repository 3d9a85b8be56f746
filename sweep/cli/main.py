"""The command ``carbonsweep``. Heavy modules are imported by the command that needs them."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from carbonsweep.foundation.errors import CarbonsweepError, PlanError, suggestion
from carbonsweep.foundation.version import __version__

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType

    from carbonsweep.reductions.box_tasks import Found

app = typer.Typer(
    name="carbonsweep",
    help="Sweep the carbon footprint of LLM training and serving over architectures, hardware, parallelism "
    "and sites: millions of LLMCarbon evaluations into Parquet, or a single estimate explained.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

PlanFile = Annotated[Path, typer.Argument(metavar="PLAN", help="Plan file (TOML).", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of tables.")]
Values = Annotated[
    list[str],
    typer.Argument(
        metavar="KEY=VALUE...",
        help="Inputs, quantities or catalog rows: numbers in their units, ids of rows.",
        show_default=False,
    ),
]
Variants = Annotated[
    list[str] | None,
    typer.Option("--equation", "-e", metavar="QUANTITY=VARIANT", help="Pick a variant; repeat for more."),
]
UserCatalogs = Annotated[
    list[str] | None,
    typer.Option("--catalog", "-c", metavar="NAME=FILE", help="Add or override catalog rows from a CSV file."),
]
Minimize = Annotated[list[str] | None, typer.Option("--minimize", metavar="QUANTITY", help="A quantity to make small.")]
Maximize = Annotated[list[str] | None, typer.Option("--maximize", metavar="QUANTITY", help="A quantity to make large.")]
Where = Annotated[
    str | None,
    typer.Option("--where", "-w", metavar="EXPR", help="A further condition on any quantities.", show_default=False),
]
OutFile = Annotated[
    Path | None, typer.Option("--out", "-o", help="Write the points to a .parquet or .csv file.", show_default=False)
]
Prune = Annotated[bool, typer.Option("--prune/--no-prune", help="Skip what bounds exclude; the result is the same.")]
Threads = Annotated[
    int | None, typer.Option("--threads", help="Threads (or processes) to use.", show_default="all processors")
]
Scheduler = Annotated[
    str,
    typer.Option(
        "--scheduler",
        metavar="threads|processes|ADDRESS|FILE.json",
        help="Who evaluates: this machine, or the Dask cluster of a scheduler (its address or scheduler file).",
    ),
]
RunPlace = Annotated[
    str,
    typer.Argument(metavar="DIR", help="Run directory: a path, or a URL such as s3://bucket/run.", show_default=False),
]


def _version(show: bool) -> None:
    if show:
        print(f"carbonsweep {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


@app.command()
def check(
    plan: PlanFile,
    out: Annotated[
        str, typer.Option("--out", "-o", metavar="DIR", help="Where it would be written, to compare free space.")
    ] = ".",
    as_json: Json = False,
) -> None:
    """Validate a plan and show what it would do: axes, points, loops, equations, size and time.

    [bold]Example[/bold]

      carbonsweep check examples/llama_class.toml
    """
    from carbonsweep.cli import report
    from carbonsweep.engine.sweep import Sweep
    from carbonsweep.plan.plan import Plan
    from carbonsweep.store.filesystem import Folder

    sweep = Sweep(Plan.load(plan))
    if as_json:
        _print_json(report.check_data(sweep, Folder(out)))
    else:
        _show(report.check_tables(sweep, Folder(out)))


@app.command()
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
        bool, typer.Option("--resume", help="Go on with an unfinished run; repair a damaged one.")
    ] = False,
    extend: Annotated[
        bool, typer.Option("--extend", help="Add to the run in OUT the points that PLAN has and it lacks.")
    ] = False,
    partition_by: Annotated[
        list[str] | None,
        typer.Option("--partition-by", metavar="AXIS", help="An axis whose values become folders; repeat for more."),
    ] = None,
    file_size: Annotated[
        str | None, typer.Option("--file-size", metavar="SIZE", help="Size of part files, such as '256 MB'.")
    ] = None,
    threads: Threads = None,
    scheduler: Scheduler = "threads",
    as_json: Json = False,
) -> None:
    """Evaluate every point of a plan and write them as a Parquet dataset.

    Whatever ends a run early, its finished part files stay, and --resume computes only the others.

    [bold]Examples[/bold]

      carbonsweep run examples/llama_class.toml --out runs/llama

      duckdb -c "select * from 'runs/llama/*.parquet' order by total_carbon limit 10"
    """
    from carbonsweep.cli import run_report
    from carbonsweep.cli.progress import progress
    from carbonsweep.plan.plan import Plan
    from carbonsweep.store.run import run as run_plan

    loaded = Plan.load(plan).with_output(partition_by=partition_by or None, file_size=file_size)
    try:
        with progress() as advance:
            result = run_plan(
                loaded,
                out,
                overwrite=overwrite,
                resume=resume,
                extend=extend,
                threads=threads,
                scheduler=scheduler,
                progress=advance,
            )
    except KeyboardInterrupt as error:
        print("; ".join(["interrupted", *_notes(error)]), file=sys.stderr)
        raise typer.Exit(130) from None
    if as_json:
        _print_json(run_report.run_data(result))
    else:
        _show(run_report.run_tables(loaded, result))


@app.command()
def verify(out: RunPlace, as_json: Json = False) -> None:
    """Check a finished run: every part file's size, checksum, rows and origin. Exit code 1 if anything is wrong.

    [bold]Example[/bold]

      carbonsweep verify runs/llama
    """
    from carbonsweep.cli import run_report
    from carbonsweep.store.inspect_run import verify as verify_run

    found = verify_run(out)
    if as_json:
        _print_json(run_report.verify_data(found))
    else:
        _show(run_report.verify_tables(found))
    if not found.whole:
        raise typer.Exit(1)


@app.command()
def info(out: RunPlace, as_json: Json = False) -> None:
    """Tell what a run directory, finished or not, or a single part file is: plan, versions, rows, columns with units.

    [bold]Example[/bold]

      carbonsweep info runs/llama
    """
    from carbonsweep.cli import run_report
    from carbonsweep.store.inspect_run import info as run_info

    data = run_info(out)
    if as_json:
        _print_json(data)
    else:
        _show(run_report.info_tables(data))


@app.command()
def search(
    plan: PlanFile,
    minimize: Minimize = None,
    maximize: Maximize = None,
    top: Annotated[int, typer.Option("--top", "-k", help="How many points.")] = 10,
    where: Where = None,
    out: OutFile = None,
    prune: Prune = True,
    threads: Threads = None,
    scheduler: Scheduler = "threads",
    as_json: Json = False,
) -> None:
    """Find the best points of a plan's grid, exactly, storing none of the others.

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
    _check_destination(out)
    with progress() as advance:
        found = find(
            Plan.load(plan),
            minimize=minimize[0] if minimize else None,
            maximize=maximize[0] if maximize else None,
            top=top,
            where=where,
            prune=prune,
            threads=threads,
            scheduler=scheduler,
            progress=advance,
        )
    _show_found(found, out, as_json)


@app.command()
def pareto(
    plan: PlanFile,
    minimize: Minimize = None,
    maximize: Maximize = None,
    by: Annotated[
        list[str] | None, typer.Option("--by", metavar="AXIS", help="One front for each value of an axis; repeat.")
    ] = None,
    where: Where = None,
    out: OutFile = None,
    prune: Prune = True,
    threads: Threads = None,
    scheduler: Scheduler = "threads",
    as_json: Json = False,
) -> None:
    """Find the points of a plan's grid that no other point is better than in all objectives together.

    Two to four objectives; points with equal objectives are all kept.

    [bold]Example[/bold]

      carbonsweep pareto examples/dense_or_moe.toml --minimize test_loss --minimize total_carbon --by model
    """
    from carbonsweep.cli.progress import progress
    from carbonsweep.plan.plan import Plan
    from carbonsweep.reductions.pareto import pareto as find

    _check_destination(out)
    with progress() as advance:
        found = find(
            Plan.load(plan),
            minimize=minimize or (),
            maximize=maximize or (),
            by=by or (),
            where=where,
            prune=prune,
            threads=threads,
            scheduler=scheduler,
            progress=advance,
        )
    _show_found(found, out, as_json)


@app.command()
def marginals(
    plan: PlanFile,
    quantity: Annotated[str, typer.Option("--quantity", "-q", help="The quantity.", show_default=False)],
    by: Annotated[
        list[str] | None,
        typer.Option("--by", metavar="AXIS[,AXIS]", help="An axis or a pair; repeat.", show_default="every axis"),
    ] = None,
    where: Where = None,
    quantiles: Annotated[bool, typer.Option("--quantiles/--no-quantiles", help="A second pass for quantiles.")] = True,
    out: OutFile = None,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Show what a quantity is along each axis, and which axes drive it, storing no points.

    Points, means and extremes are exact; quantiles come from histograms and their error is printed.

    [bold]Example[/bold]

      carbonsweep marginals examples/llama_class.toml --quantity total_carbon --by accelerator --by devices
    """
    from carbonsweep.cli import report
    from carbonsweep.cli.progress import progress
    from carbonsweep.plan.plan import Plan
    from carbonsweep.reductions.marginals import marginals as collect

    _check_destination(out)
    groups = [tuple(part.strip() for part in text.split(",")) for text in by or []]
    with progress() as advance:
        result = collect(Plan.load(plan), quantity=quantity, by=groups, where=where, threads=threads, progress=advance)
    _write(result.table, out)
    if as_json:
        _print_json(report.marginals_data(quantity, result))
    else:
        _show(report.marginals_tables(quantity, result))


@app.command()
def place(
    fleet: Annotated[
        str, typer.Argument(metavar="FLEET", help="CSV file of servers, or a fleet of the catalog.", show_default=False)
    ],
    work: Annotated[
        list[str],
        typer.Option("--work", help="Rate of work, or a share of the fleet (40%); repeat.", show_default=False),
    ],
    carbon_intensity: Annotated[float, typer.Option("--carbon-intensity", help="gCO2e/kWh.", show_default=False)],
    pue: Annotated[float, typer.Option("--pue", help="Facility energy over server energy.", show_default=False)],
    years: Annotated[float, typer.Option("--years", help="How long the work lasts.")] = 1.0,
    lifetime_years: Annotated[float, typer.Option("--lifetime-years", help="Years that servers serve.")] = 5.0,
    amortisation: Annotated[
        str, typer.Option("--amortisation", help="fixed_life, zero_after_life or life_or_age.")
    ] = "fixed_life",
    as_json: Json = False,
) -> None:
    """Place work on the servers of an owned fleet by SCI, oSCI and tSCI, and show what each costs the fleet.

    [bold]Example[/bold]

      carbonsweep place mit --work 20% --work 60% --carbon-intensity 10 --pue 1 --amortisation life_or_age
    """
    from carbonsweep.cli.terminal import frame_table, stack
    from carbonsweep.fleet import place as find

    found = find(
        fleet,
        work,
        carbon_intensity=carbon_intensity,
        pue=pue,
        years=years,
        lifetime_years=lifetime_years,
        amortisation=amortisation,
    )
    if as_json:
        _print_json({name: getattr(found, name).to_dict("records") for name in ("table", "picks", "penalty")})
    else:
        titles = {"picks": "Servers picked", "table": "Footprint of the fleet", "penalty": "What ranking by SCI costs"}
        _show(stack(*(frame_table(title, getattr(found, name)) for name, title in titles.items())))


@app.command()
def sunk(
    plan: PlanFile,
    among: Annotated[
        str, typer.Option("--among", metavar="AXIS", help="The alternatives, all owned.", show_default=False)
    ],
    out: OutFile = None,
    as_json: Json = False,
) -> None:
    """Show by how much ranking owned hardware by SCI raises the fleet's footprint, in every slice of a plan.

    [bold]Example[/bold]

      carbonsweep sunk examples/two_servers.toml --among server
    """
    from carbonsweep.cli.terminal import frame_table
    from carbonsweep.fleet import sunk_carbon
    from carbonsweep.plan.plan import Plan

    _check_destination(out)
    frame = sunk_carbon(Plan.load(plan), among=among)
    _write(frame, out)
    if as_json:
        _print_json(frame.to_dict("records"))
    else:
        _show(frame_table("", frame))


@app.command()
def sql(
    plan: PlanFile,
    query: Annotated[str, typer.Argument(help="One select statement over the table sweep.", show_default=False)],
    out: OutFile = None,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Query a sweep that is never written, with DuckDB: its points stream through as the table [bold]sweep[/bold].

    [bold]Example[/bold]

      carbonsweep sql examples/llama_class.toml "select accelerator, min(total_carbon) from sweep where test_loss < 2 group by all"
    """  # noqa: E501  (commands are shown on one line, to be copied)
    from carbonsweep.cli.terminal import frame_table
    from carbonsweep.plan.plan import Plan
    from carbonsweep.tabular.stream import query as run_query

    _check_destination(out)
    frame = run_query(Plan.load(plan), query, threads=threads)
    _write(frame, out)
    if as_json:
        _print_json(frame.to_dict("records"))
    else:
        _show(frame_table("", frame))


@app.command()
def estimate(
    values: Values,
    quantities: Annotated[
        str | None,
        typer.Option("--quantities", "-q", metavar="A,B,...", help="What to compute.", show_default="all that can be"),
    ] = None,
    equation: Variants = None,
    catalog: UserCatalogs = None,
    as_json: Json = False,
) -> None:
    """Evaluate one configuration.

    [bold]Examples[/bold]

      carbonsweep estimate model=gpt3-175b accelerator=v100-sxm2-32gb devices=10000 hardware_efficiency=0.197 tokens=300e9 pue=1.1 carbon_intensity=429

      carbonsweep estimate parameters=70e9 tokens=15e12 -q test_loss,training_flops --json
    """  # noqa: E501  (commands are shown on one line, to be copied)
    from carbonsweep.cli import report
    from carbonsweep.configuration.estimate import evaluate_configuration

    wanted = None if quantities is None else [name.strip() for name in quantities.split(",") if name.strip()]
    result = evaluate_configuration(_pairs(values, numbers=True), wanted, _pairs(equation), _files(catalog))
    if as_json:
        _print_json(result.quantities)
    else:
        _show(report.estimate_tables(result))


@app.command()
def explain(
    values: Values,
    quantity: Annotated[str, typer.Option("--quantity", "-q", help="The quantity to derive.", show_default=False)],
    equation: Variants = None,
    catalog: UserCatalogs = None,
    as_json: Json = False,
) -> None:
    """Show how one quantity comes about: every value, unit, equation and source.

    [bold]Example[/bold]

      carbonsweep explain parameters=175e9 tokens=300e9 --quantity test_loss
    """
    from carbonsweep.cli import report
    from carbonsweep.configuration.estimate import derive, evaluate_configuration

    result = evaluate_configuration(_pairs(values, numbers=True), [quantity], _pairs(equation), _files(catalog))
    tree = derive(result, quantity)
    if as_json:
        _print_json(tree.as_dict())
    else:
        _show(report.derivation_tree(tree))


@app.command()
def equations(
    name: Annotated[str | None, typer.Argument(help="A quantity or an input.", show_default=False)] = None,
    as_json: Json = False,
) -> None:
    """List the quantities and inputs, or document one of them.

    [bold]Examples[/bold]

      carbonsweep equations

      carbonsweep equations hardware_efficiency
    """
    from carbonsweep.cli import report
    from carbonsweep.kernels import REGISTRY

    if name is not None and name not in REGISTRY.names():
        raise PlanError(f"equations: unknown quantity {name!r}{suggestion(name, REGISTRY.names())}")
    if as_json:
        _print_json(report.equations_data(name))
    else:
        _show(report.equations_tables(name))


@app.command()
def catalog(
    name: Annotated[str | None, typer.Argument(help="A catalog.", show_default=False)] = None,
    row: Annotated[str | None, typer.Argument(metavar="[ID]", help="A row: id, alias or name.")] = None,
    where: Annotated[
        str | None, typer.Option("--where", "-w", help="Only rows for which this holds.", show_default=False)
    ] = None,
    file: Annotated[
        list[Path] | None, typer.Option("--file", "-f", help="A CSV file that adds or overrides rows.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the catalogs, the rows of one, or one row with units, source and licence.

    [bold]Examples[/bold]

      carbonsweep catalog accelerators --where "vendor == 'NVIDIA' and year >= 2022"

      carbonsweep catalog accelerators H100
    """
    from carbonsweep.cli import report

    if as_json:
        _print_json(report.catalog_data(name, row, where, file or []))
    else:
        _show(report.catalog_tables(name, row, where, file or []))


@app.command()
def validate(as_json: Json = False) -> None:
    """Recompute published results and print them beside the published values.

    LLMCarbon's Tables 4 and 5, its code's parallelism and throughput model, its inference and storage checks,
    and the published training runs of the catalog. Every computed value comes from the equations, now.
    """
    from carbonsweep.cli import report
    from carbonsweep.evidence.validation import validate as compare

    rows = compare()
    if as_json:
        _print_json([row.as_dict() for row in rows])
    else:
        _show(report.validation_tables(rows))


def _check_destination(out: Path | None) -> None:
    if out is not None:
        from carbonsweep.tabular.export import check_destination

        check_destination(out)


def _write(frame: pd.DataFrame, out: Path | None) -> None:
    if out is not None:
        from carbonsweep.tabular.export import write_frame

        write_frame(frame, out)


def _show_found(found: Found, out: Path | None, as_json: bool) -> None:
    """Print or write what a reduction found; after an interruption say so and exit with code 130."""
    from carbonsweep.cli import report

    _write(found.frame, out)
    if as_json:
        _print_json(report.found_data(found))
    else:
        _show(report.found_tables(found))
    if not found.complete:
        print("interrupted: the points shown are the best so far, not of the whole grid", file=sys.stderr)
        raise typer.Exit(130)


def _pairs(texts: list[str] | None, numbers: bool = False) -> dict[str, Any]:
    """``KEY=VALUE`` words as a dictionary; with `numbers`, values that read as numbers become numbers."""
    pairs: dict[str, Any] = {}
    for text in texts or []:
        key, sign, value = text.partition("=")
        key, value = key.strip(), value.strip()
        if not (sign and key and value):
            raise PlanError(f"{text!r} is not KEY=VALUE, for example tokens=300e9")
        if key in pairs:
            raise PlanError(f"{key} is given twice; remove one")
        pairs[key] = _number(value) if numbers else value
    return pairs


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _files(texts: list[str] | None) -> dict[str, list[Path]]:
    files: dict[str, list[Path]] = {}
    for text in texts or []:
        key, sign, value = text.partition("=")
        if not (sign and key and value):
            raise PlanError(f"--catalog {text!r} is not NAME=FILE, for example models=my_models.csv")
        files.setdefault(key, []).append(Path(value))
    return files


def _show(what: RenderableType) -> None:
    from carbonsweep.cli.terminal import show

    show(what)


def _print_json(data: Any) -> None:
    print(json.dumps(_finite(data), indent=1, allow_nan=False))


def _finite(data: Any) -> Any:
    """NaN and infinity, which JSON lacks, as null."""
    if isinstance(data, float):
        return data if math.isfinite(data) else None
    if isinstance(data, dict):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(value) for value in data]
    return data


def _notes(error: BaseException) -> list[str]:
    """What was added to an error on its way: what is left of a run."""
    return getattr(error, "__notes__", [])


def main() -> None:
    """Entry point: an error of the user's is one line on standard error and exit code 2."""
    try:
        app()
    except CarbonsweepError as error:
        print("; ".join([f"error: {error}", *_notes(error)]), file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        # The reader (head, less) has seen enough.
        sys.stderr.close()
        sys.exit(141)
