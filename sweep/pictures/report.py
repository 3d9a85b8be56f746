"""`report`: a run or a plan on one page of HTML that opens from disk, prints, and needs no network."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carbonsweep.engine.workers import Progress
from carbonsweep.foundation.errors import PlanError
from carbonsweep.foundation.results import Result
from carbonsweep.foundation.sizes import size_text
from carbonsweep.pictures import charts
from carbonsweep.pictures.libraries import check_libraries
from carbonsweep.pictures.panels import Page
from carbonsweep.pictures.plot import Source, check_new, save, write_new
from carbonsweep.pictures.rows import rows_of
from carbonsweep.pictures.scene import Scene
from carbonsweep.pictures.style import NARROW, WIDE

if TYPE_CHECKING:
    from rich.console import RenderableType


@dataclass(frozen=True)
class Report(Result):
    """A report that was written.

    Attributes
    ----------
    file
        The page.
    figures
        The pictures beside it, if asked for.
    bytes, seconds
        Size of the page, and the time it took.
    """

    file: Path
    figures: tuple[Path, ...]
    bytes: int
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        return {
            "file": str(self.file),
            "figures": [str(one) for one in self.figures],
            "bytes": self.bytes,
            "seconds": round(self.seconds, 3),
        }

    def __rich__(self) -> RenderableType:
        from carbonsweep.foundation.terminal import duration, fact_list

        figures = {"figures": f"{len(self.figures)} in {self.figures[0].parent}"} if self.figures else {}
        return fact_list(
            report=f"{self.file}, {size_text(self.bytes)}, in {duration(self.seconds)}",
            **figures,
            **{"open it": str(self.file.absolute().as_uri())},
        )


def report(
    run: Source,
    out: str | Path = "report.html",
    *,
    figures: str | Path | None = None,
    minimize: str | None = None,
    maximize: str | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Write the report of a run, or of a plan, which is evaluated for it.

    Parameters
    ----------
    run
        The folder of a run, a plan, or the file of one.
    out
        The page.
    figures
        A folder for the pictures, each as SVG and PDF in the widths of a column and of a page; made if it is missing.
    minimize, maximize
        The objective, instead of the plan's.
    overwrite
        Replace a page of that name, and pictures.
    progress
        Called while a plan is evaluated.

    Raises
    ------
    PlanError
        If the plan cannot be evaluated, or the objective is no quantity of the run.
    StoreError
        If the run cannot be read, has no rows, or the page cannot be written.
    """
    began = time.perf_counter()
    out = Path(out)
    if not (overwrite and out.is_file()):
        check_new(out)
    check_libraries("altair", "vl_convert", "duckdb")
    with rows_of(run, minimize=minimize, maximize=maximize, progress=progress) as rows:
        scene = Scene(rows)
        content = Page(scene, _text_of(run)).html().encode()
        written = save_figures(scene, Path(figures), overwrite) if figures is not None else []
    write_new(out, content)
    return Report(out, tuple(written), len(content), time.perf_counter() - began)


def _text_of(run: Source) -> str | None:
    """The text of a plan's file, to be shown as it was written."""
    if isinstance(run, str | Path) and str(run).endswith(".toml"):
        return Path(run).read_text(encoding="utf-8-sig")
    return None


def save_figures(scene: Scene, folder: Path, overwrite: bool = False) -> list[Path]:
    """Every picture as SVG and PDF, for a column and for a page; one that is there stays unless it may be replaced."""
    kinds: dict[str, Callable[[float], Any]] = {}
    for x, y in ([scene.trade] if scene.trade else []) + scene.sides:
        kinds[f"front_{x}_{y}"] = functools.partial(charts.trade_off, scene, x, y)
    for name in dict.fromkeys([*(axis[0] for axis in scene.axes), *scene.names]):
        kinds[f"axis_{name}"] = functools.partial(charts.along_axis, scene, name)
    kinds |= {
        "tornado": functools.partial(charts.tornado, scene),
        "map": functools.partial(charts.site_map, scene),
        "parallel": functools.partial(charts.parallel, scene),
    }
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, draw in kinds.items():
        for word, width in (("column", NARROW), ("page", WIDE)):
            try:
                chart = draw(width)
            except PlanError:
                break  # the page says why there is none
            for ending in (".svg", ".pdf"):
                file = folder / f"{name}_{word}{ending}"
                if overwrite:
                    file.unlink(missing_ok=True)
                written.append(save(chart, file))
    return written
