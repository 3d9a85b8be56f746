"""Pictures of a run or a plan, one at a time, in the widths of journals: `carbonsweep plot`, `carbonsweep.plot`.

Each function takes the folder of a run, a plan or its file, and returns an Altair chart, which a notebook shows and
`save` writes as SVG, PNG, PDF or HTML.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from carbonsweep.engine.workers import Progress
from carbonsweep.foundation.errors import PlanError, StoreError
from carbonsweep.pictures import charts, page
from carbonsweep.pictures.libraries import check_libraries, library
from carbonsweep.pictures.rows import rows_of
from carbonsweep.pictures.scene import Scene
from carbonsweep.pictures.style import DOTS, NARROW, WIDE, Chart
from carbonsweep.plan.plan import Plan

Source = str | Path | Plan
"""The folder of a run, a plan, or the file of one."""

ENDINGS = (".svg", ".png", ".pdf", ".html")
INK_DOTS = 300
"""Pixels in an inch of a PNG file."""


_SIZE = re.compile(r'( width=| height=)"(\d+)"')


def front(
    run: Source,
    *,
    x: str | None = None,
    y: str | None = None,
    width: float = WIDE,
    minimize: str | None = None,
    maximize: str | None = None,
    progress: Progress | None = None,
) -> Chart:
    """Density of all points in two quantities and their Pareto front, one of each colour.

    Parameters
    ----------
    run
        The folder of a run, a plan, or the file of one.
    x, y
        The quantities; without them the objective and what it is traded for first (loss, time, cost or water).
    width
        Inches: 3.33 is a column of most journals, 6.9 a page.
    minimize, maximize
        The objective, instead of the plan's.
    progress
        Called while a plan is evaluated.
    """
    with rows_of(run, minimize=minimize, maximize=maximize, progress=progress) as rows:
        scene = Scene(rows)
        if x is None and y is None and scene.trade is None:
            raise PlanError(
                f"{rows.place}: {rows.objective} has nothing to be traded for; name two quantities, x and y"
            )
        first, second = scene.trade or ("", rows.objective)
        pair = rows.check_number(x or first), rows.check_number(y or second)
        if pair[0] == pair[1]:
            raise PlanError(f"{rows.place}: a front needs two quantities, got {pair[0]} twice")
        return charts.trade_off(scene, *pair, width)


def tornado(run: Source, *, width: float = WIDE, **options: Any) -> Chart:
    """The objective when one axis at a time leaves the best point; options as for `front`."""
    with rows_of(run, **options) as rows:
        return charts.tornado(Scene(rows), width)


def site_map(run: Source, *, column: str = "region", width: float = WIDE, **options: Any) -> Chart:
    """The best of the objective at each region, on a map; options as for `front`."""
    with rows_of(run, **options) as rows:
        return charts.site_map(Scene(rows), width, column)


def axis(run: Source, *, axis: str | None = None, width: float = WIDE, **options: Any) -> Chart:
    """Range, quartiles, median and best of the objective along an axis (the first of names); options as for `front`."""
    with rows_of(run, **options) as rows:
        scene = Scene(rows)
        known = [*scene.names, *(one[0] for one in scene.axes)]
        if not known:
            raise PlanError(f"{rows.place}: no axis of the run differs, so there is none to draw")
        if axis is not None and axis not in known:
            raise PlanError(
                f"{rows.place}: no axis {axis!r} differs within the run; known here: {', '.join(dict.fromkeys(known))}"
            )
        return charts.along_axis(scene, axis or known[0], width)


def parallel(run: Source, *, width: float = WIDE, **options: Any) -> Chart:
    """The points of the front, a line each, over what differs among them; options as for `front`."""
    with rows_of(run, **options) as rows:
        return charts.parallel(Scene(rows), width)


KINDS: Mapping[str, Callable[..., Chart]] = {
    "front": front,
    "tornado": tornado,
    "map": site_map,
    "axis": axis,
    "parallel": parallel,
}
"""What `carbonsweep plot` draws, by the word for it."""


def check_picture_file(path: Path) -> None:
    """Refuse a file that could not be written, before any work is done."""
    if path.suffix not in ENDINGS:
        raise StoreError(f"{path}: cannot tell the format; end the name in .svg, .png, .pdf or .html")
    check_new(path)
    check_libraries("altair", "vl_convert", "duckdb")


def check_new(path: Path) -> None:
    """Refuse to replace a file, or to write where there is no folder."""
    if path.exists():
        raise StoreError(f"{path}: already exists; choose another name")
    if not path.absolute().parent.is_dir():
        raise StoreError(f"{path}: there is no folder {path.absolute().parent}; create it first")


def save(chart: Chart, path: str | Path) -> Path:
    """Write a chart to a new file whose ending says how: ``.svg``, ``.png`` (300 dots an inch), ``.pdf``, ``.html``.

    Raises
    ------
    StoreError
        If the ending is another, the file exists, or it cannot be written.
    """
    path = Path(path)
    check_picture_file(path)
    if path.suffix == ".html":
        content = page.document(path.stem, page.figure(svg_of(chart), 1)).encode()
    elif path.suffix == ".svg":
        content = svg_of(chart).encode()
    else:
        draw = library("vl_convert")
        # Its pixel is a point, 72 to the inch: made smaller, a picture is as wide as was asked.
        scale = 72 / DOTS
        if path.suffix == ".pdf":
            content = draw.svg_to_pdf(
                _SIZE.sub(lambda size: f'{size[1]}"{float(size[2]) * scale}"', svg_of(chart), count=2)
            )
        else:
            content = draw.vegalite_to_png(chart.to_json(validate=False), scale=scale, ppi=INK_DOTS)
    write_new(path, content)
    return path


def svg_of(chart: Chart) -> str:
    """A chart as SVG."""
    found: str = library("vl_convert").vegalite_to_svg(chart.to_json(validate=False))
    return found


def write_new(path: Path, content: bytes) -> None:
    """Write a new file, whole or not at all."""
    try:
        with tempfile.TemporaryDirectory(dir=path.absolute().parent, prefix=".carbonsweep-") as folder:
            temporary = Path(folder) / path.name
            temporary.write_bytes(content)
            temporary.rename(path)
    except OSError as error:
        raise StoreError(f"{path}: cannot write: {error.strerror}") from None


WIDTHS = {"column": NARROW, "page": WIDE}
"""Widths by the word for them, in inches."""
