"""The options that several commands have, each with its help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
    typer.Option("--equation", "-e", metavar="QUANTITY=VARIANT", help="Pick a variant; repeatable."),
]
UserCatalogs = Annotated[
    list[str] | None,
    typer.Option("--catalog", "-c", metavar="NAME=FILE", help="Add or override catalog rows from a CSV file."),
]
Implausible = Annotated[
    bool, typer.Option("--allow-implausible", help="Let values pass that make no sense; they are noted.")
]
Minimize = Annotated[list[str] | None, typer.Option("--minimize", metavar="QUANTITY", help="A quantity to minimize.")]
Maximize = Annotated[list[str] | None, typer.Option("--maximize", metavar="QUANTITY", help="A quantity to maximize.")]
Where = Annotated[
    str | None,
    typer.Option("--where", "-w", metavar="EXPR", help="A further condition on any quantities.", show_default=False),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Show no progress, and of what goes to files nothing but errors.")]
OutFile = Annotated[
    Path | None, typer.Option("--out", "-o", help="Write the points to a .parquet or .csv file.", show_default=False)
]
Prune = Annotated[
    bool, typer.Option("--prune/--no-prune", help="Skip boxes that bounds rule out; the result is the same.")
]
Threads = Annotated[
    int | None, typer.Option("--threads", help="Threads (or processes) to use.", show_default="all processors")
]
Scheduler = Annotated[
    str,
    typer.Option(
        "--scheduler",
        metavar="threads|processes|ADDRESS|FILE.json",
        help="What evaluates: this machine, or the Dask cluster of a scheduler (its address or scheduler file).",
    ),
]
RunPlace = Annotated[
    str,
    typer.Argument(metavar="DIR", help="Run directory: a path, or a URL such as s3://bucket/run.", show_default=False),
]
