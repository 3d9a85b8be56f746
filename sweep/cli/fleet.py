"""Owned servers: `place`, `sunk`."""

from __future__ import annotations

from typing import Annotated

import typer

from carbonsweep.cli.options import Json, OutFile, PlanFile
from carbonsweep.cli.terminal import check_destination, present, write
from carbonsweep.foundation.results import Frame


def place(
    fleet: Annotated[
        str, typer.Argument(metavar="FLEET", help="CSV file of servers, or a fleet of the catalog.", show_default=False)
    ],
    work: Annotated[
        list[str],
        typer.Option("--work", help="Rate of work, or a share of the fleet (40%); repeatable.", show_default=False),
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
    present(found, as_json)


def sunk(
    plan: PlanFile,
    among: Annotated[
        str, typer.Option("--among", metavar="AXIS", help="The alternatives, all owned.", show_default=False)
    ],
    out: OutFile = None,
    as_json: Json = False,
) -> None:
    """Show how much ranking owned hardware by SCI raises the fleet's footprint, in every slice of a plan.

    [bold]Example[/bold]

      carbonsweep sunk examples/two_servers.toml --among server
    """
    from carbonsweep.fleet import sunk_carbon
    from carbonsweep.plan.plan import Plan

    check_destination(out)
    frame = sunk_carbon(Plan.load(plan), among=among)
    write(frame, out)
    present(Frame(frame), as_json)
