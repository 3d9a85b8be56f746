"""Runs as pictures and pages, and what two of them differ in: `report`, `plot`, `compare`, `export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from carbonsweep.cli.options import Json, Quiet
from carbonsweep.cli.terminal import present
from carbonsweep.foundation.errors import PlanError, suggestion

Source = Annotated[
    str,
    typer.Argument(metavar="RUN|PLAN", help="Folder of a run, or a plan file, which is evaluated.", show_default=False),
]
Minimize = Annotated[
    str | None, typer.Option("--minimize", metavar="QUANTITY", help="The objective, instead of the plan's.")
]
Maximize = Annotated[str | None, typer.Option("--maximize", metavar="QUANTITY", help="The same, to maximize.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")]


def report(
    run: Source,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The page.")] = Path("report.html"),
    figures: Annotated[
        Path | None,
        typer.Option("--figures", metavar="DIR", help="Write every picture there too, as SVG and PDF for papers."),
    ] = None,
    minimize: Minimize = None,
    maximize: Maximize = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Write one page of HTML about a run: the answer, trade-offs, what drives it, sites, assumptions, provenance.

    The page needs no network and no other file. Needs the extra "plot".

    [bold]Example[/bold]

      carbonsweep report examples/place_70b.toml --out report.html
    """
    from carbonsweep.cli.progress import progress
    from carbonsweep.pictures.report import report as write

    with progress(quiet) as advance:
        found = write(
            run, out, figures=figures, minimize=minimize, maximize=maximize, overwrite=overwrite, progress=advance
        )
    if as_json or not quiet:
        present(found, as_json)


def plot(
    run: Source,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="A new .svg, .png, .pdf or .html.", show_default=False)
    ],
    kind: Annotated[
        str, typer.Option("--kind", "-k", metavar="KIND", help="front, tornado, map, axis or parallel.")
    ] = "front",
    x: Annotated[str | None, typer.Option("--x", metavar="QUANTITY", help="Of a front: the quantity across.")] = None,
    y: Annotated[str | None, typer.Option("--y", metavar="QUANTITY", help="Of a front: the quantity upward.")] = None,
    axis: Annotated[str | None, typer.Option("--axis", metavar="AXIS", help="Of an axis picture: which.")] = None,
    width: Annotated[str, typer.Option("--width", help="column (3.33 inches), page (6.9 inches), or inches.")] = "page",
    minimize: Minimize = None,
    maximize: Maximize = None,
    quiet: Quiet = False,
) -> None:
    """Draw one picture of a run or a plan, in the width of a column or a page of a journal. Needs the extra "plot".

    [bold]Examples[/bold]

      carbonsweep plot runs/llama --kind front --width column --out front.pdf

      carbonsweep plot examples/place_70b.toml --kind map --out map.svg
    """
    from carbonsweep.cli.progress import progress
    from carbonsweep.pictures import plot as pictures

    if kind not in pictures.KINDS:
        raise PlanError(f"--kind {kind!r} is none of {', '.join(pictures.KINDS)}{suggestion(kind, pictures.KINDS)}")
    given = {"x": x, "y": y} if kind == "front" else {"axis": axis} if kind == "axis" else {}
    strange = [name for name, value in (("x", x), ("y", y), ("axis", axis)) if value is not None and name not in given]
    if strange:
        raise PlanError(f"--{strange[0]} is not for --kind {kind}")
    pictures.check_picture_file(out)
    with progress(quiet) as advance:
        options: dict[str, Any] = {"minimize": minimize, "maximize": maximize, "progress": advance}
        chart = pictures.KINDS[kind](run, width=_inches(width), **given, **options)
    pictures.save(chart, out)
    if not quiet:
        print(f"drawn to {out}")


def _inches(text: str) -> float:
    from carbonsweep.pictures.plot import WIDTHS

    if text in WIDTHS:
        return WIDTHS[text]
    try:
        inches = float(text)
    except ValueError:
        inches = 0.0
    if not 2 <= inches <= 40:
        raise PlanError(f"--width {text!r} is none of column, page, or inches from 2 to 40")
    return inches


def compare(
    one: Annotated[str, typer.Argument(metavar="RUN1", help="A run.", show_default=False)],
    other: Annotated[str, typer.Argument(metavar="RUN2", help="Another.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Show what two runs differ in: plans, catalogs, equations, versions, counts, best points, and common points.

    Needs DuckDB, which is in the extra "plot".

    [bold]Example[/bold]

      carbonsweep compare runs/june runs/july
    """
    from carbonsweep.pictures.compare import compare as find

    present(find(one, other), as_json)


def export(
    run: Source,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="A new .csv, .xlsx or .parquet.", show_default=False)
    ],
    quiet: Quiet = False,
) -> None:
    """Write the rows of a run into one file for a spreadsheet; an .xlsx file holds at most 1,048,575 rows.

    Excel files need the extra "excel".

    [bold]Example[/bold]

      carbonsweep export runs/where --out where.xlsx
    """
    from carbonsweep.cli.progress import progress
    from carbonsweep.pictures.export import export as write

    with progress(quiet) as advance:
        rows = write(run, out, progress=advance)
    if not quiet:
        print(f"{rows:,} rows in {out}")
