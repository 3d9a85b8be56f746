"""Grid data of one's own: `grid add`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from carbonsweep.cli.options import Json
from carbonsweep.cli.terminal import present
from carbonsweep.foundation.errors import PlanError, suggestion
from carbonsweep.foundation.results import Result

if TYPE_CHECKING:
    from rich.console import RenderableType

grid = typer.Typer(help="Make profiles of hourly grid data of your own.", no_args_is_help=True, rich_markup_mode="rich")


@grid.callback()
def _grid() -> None:
    """Make profiles of hourly grid data of your own, for plans that ask when and where to run."""


@grid.command()
def add(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, Parquet or WattTime JSON.", show_default=False)],
    name: Annotated[str, typer.Option("--id", metavar="ID", help="Id of the profile.", show_default=False)],
    kind: Annotated[
        str,
        typer.Option(
            "--kind",
            metavar="KIND",
            help="What the values count: location_lifecycle, location_direct, market, short_run_marginal, "
            "long_run_marginal, or cfe (share of carbon-free power).",
            show_default=False,
        ),
    ],
    column: Annotated[str | None, typer.Option("--column", help="Column of the values.", show_default=False)] = None,
    zone: Annotated[str | None, typer.Option("--zone", help="Zone, of several.", show_default=False)] = None,
    year: Annotated[int | None, typer.Option("--year", help="Year, of several.", show_default=False)] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File to write.", show_default="ID.parquet")] = None,
    as_json: Json = False,
) -> None:
    """Make a profile of an export of Electricity Maps, WattTime, ENTSO-E, EIA-930, NESO, Cambium or AVERT, or of a file
    with the columns timestamp and value.

    [bold]Example[/bold]

      carbonsweep grid add DE_2023_hourly.csv --id DE --kind location_lifecycle
    """
    from carbonsweep.catalogs.grid_exports import AVERT, COARSE, read_export
    from carbonsweep.catalogs.profiles import ID, NOISY_WINDOW, profile_file
    from carbonsweep.catalogs.schema import PROFILE_KINDS

    if kind not in PROFILE_KINDS:
        hint = suggestion(kind, PROFILE_KINDS) or f"; choose from {', '.join(PROFILE_KINDS)}"
        raise PlanError(f"--kind {kind}: no kind of profile{hint}")
    if not ID.match(name):
        raise PlanError(f"--id {name!r}: give letters, digits and . _ / @ -")
    place = Path(f"{name.replace('/', '_')}.parquet") if out is None else out
    if place.exists():
        raise PlanError(f"{place}: there is such a file; remove it, or name another one with --out")
    found = read_export(file, kind, column, zone, year)
    values = found.hours.values
    about: dict[str, Any] = {
        "id": name,
        "area": zone or name,
        "kind": kind,
        "year": found.hours.year,
        "clock": "UTC",
        "hours": len(values),
        "unit": "1" if kind == "cfe" else "gCO2e/kWh",
        "mean": round(float(values.mean()), 6),
        "filled_hours": found.hours.filled,
        "source": f"{found.export}: {file.name}",
    }
    if found.export in COARSE:
        about["shortest_window_h"] = NOISY_WINDOW
    if found.export == AVERT:
        about["clock"] = "local"
    try:
        place.write_bytes(profile_file(values, about))
    except OSError as error:
        raise PlanError(f"{place}: cannot write the profile: {error.strerror}; name another file with --out") from None
    present(Added(str(place), about), as_json)


@dataclass(frozen=True)
class Added(Result):
    """A profile that was written: its file, and what it says of itself."""

    file: str
    about: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        return {"file": self.file, **self.about}

    def __rich__(self) -> RenderableType:
        from carbonsweep.foundation.terminal import fact_list, stack

        about = self.about
        unit = "" if about["unit"] == "1" else f" {about['unit']}"
        facts = fact_list(
            written=self.file,
            profile=f"{about['id']}: {about['kind']} of {about['year']}, clock {about['clock']}",
            mean=f"{about['mean']:.4g}{unit}",
            filled=f"{about['filled_hours']} of {about['hours']:,} hours",
            source=about["source"],
        )
        return stack(facts, f'In a plan: profile = "{about["id"]}", and [catalogs] profiles = ["{self.file}"]')
