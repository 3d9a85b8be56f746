"""First steps: a plan to begin with, and the schema by which editors complete plans: `init`, `schema`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from carbonsweep.foundation.errors import PlanError, StoreError


def init(
    goal: Annotated[
        str | None, typer.Option("--goal", metavar="train|serve|place", help="What for; asked on a terminal.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The new plan.")] = Path("plan.toml"),
) -> None:
    """Write a commented plan to begin with; on a terminal a few questions fill it in. Nothing is overwritten.

    [bold]Example[/bold]

      carbonsweep init --goal train --out plan.toml
    """
    from carbonsweep.plan import begin

    if out.exists():
        raise StoreError(f"{out}: already exists; choose another name with --out")
    asking = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
    if goal is None:
        if not asking:
            raise PlanError(f"init: say what the plan is for: --goal {', --goal '.join(begin.GOALS)}")
        for name, meaning in begin.GOALS.items():
            print(f"  {name}: {meaning}")
        goal = typer.prompt("What is the plan for", default="train")
    text = begin.template(goal)
    if asking:
        text = begin.with_answers(text, _answers(goal, text))
    _check(text, out)
    begin.write_plan(text, out)
    print(f"written to {out}; next:")
    print(f"  carbonsweep check {out}")
    print(f"  carbonsweep report {out} --out report.html")
    print("editors complete it after: carbonsweep schema --out carbonsweep.schema.json")


def _answers(goal: str, text: str) -> dict[str, str]:
    """What the user says; Enter keeps what the plan has."""
    from carbonsweep.plan import begin

    answers = {}
    for name in begin.ASKED[goal]:
        default = begin.answer_in(text, name)
        given = typer.prompt(begin.QUESTIONS[name], default=default).strip()
        if given != default:
            answers[name] = given
    return answers


def _check(text: str, out: Path) -> None:
    """Refuse answers of which no plan can be made, before anything is written."""
    import tomllib

    from carbonsweep.grid.bind import bind
    from carbonsweep.plan.plan import Plan

    bind(Plan(**tomllib.loads(text), file=str(out)))


def schema(
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write it to a file.", show_default="print it")
    ] = None,
) -> None:
    """Print the JSON Schema of plans, by which editors complete and check them.

    A plan whose first line is [bold]#:schema carbonsweep.schema.json[/bold] finds the file beside it (Taplo, Even
    Better TOML).

    [bold]Example[/bold]

      carbonsweep schema --out carbonsweep.schema.json
    """
    from carbonsweep.plan.begin import write_plan
    from carbonsweep.plan.schema import FILE

    text = FILE.read_text(encoding="utf-8")
    if out is None:
        print(text, end="")
        return
    write_plan(text, out)
    print(f"written to {out}")
