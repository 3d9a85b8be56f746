"""Published numbers beside ours: `validate`."""

from __future__ import annotations

from typing import Annotated

import typer

from carbonsweep.cli.options import Json
from carbonsweep.cli.terminal import present
from carbonsweep.foundation.errors import PlanError


def validate(
    section: Annotated[
        str, typer.Option("--section", "-s", metavar="NAME", help="Only sections with this in their names.")
    ] = "",
    as_json: Json = False,
    intervals: Annotated[
        bool, typer.Option("--intervals", help="How many published values lie in the 90 % intervals of predictions.")
    ] = False,
) -> None:
    """Recompute published results and print them beside the published values.

    LLMCarbon's Tables 4 and 5, its code's parallelism and throughput model, its inference and storage checks,
    and the published training runs of the catalog. Every computed value comes from the equations, now; the last line is
    the verdict over all.

    [bold]Example[/bold]

      carbonsweep validate --section "Table 4"
    """
    if intervals and section:
        raise PlanError("validate: --intervals has no sections; leave out one of the two")
    if intervals:
        from carbonsweep.evidence.intervals import coverages

        present(coverages(), as_json)
        return
    from carbonsweep.evidence.validation import validate as compare

    present(compare(section), as_json)
