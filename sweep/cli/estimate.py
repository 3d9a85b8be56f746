"""One configuration: `estimate`, `explain`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from carbonsweep.cli.options import Implausible, Json, UserCatalogs, Values, Variants
from carbonsweep.cli.terminal import present
from carbonsweep.foundation.errors import PlanError


def estimate(
    values: Values,
    quantities: Annotated[
        str | None,
        typer.Option("--quantities", "-q", metavar="A,B,...", help="What to compute.", show_default="all that can be"),
    ] = None,
    equation: Variants = None,
    catalog: UserCatalogs = None,
    everything: Annotated[bool, typer.Option("--all", "-a", help="List every quantity, grouped by subject.")] = False,
    intervals: Annotated[
        bool, typer.Option("--intervals", help="Quantiles by the shipped ranges of inputs and errors of the model.")
    ] = False,
    allow_implausible: Implausible = False,
    as_json: Json = False,
) -> None:
    """Evaluate one configuration: carbon, time, energy and layout first, everything with --all.

    [bold]Examples[/bold]

      carbonsweep estimate model=gpt3-175b accelerator=v100-sxm2-32gb devices=10000 hardware_efficiency=0.197 tokens=300e9 pue=1.1 carbon_intensity=429

      carbonsweep estimate parameters=70e9 tokens=15e12 -q test_loss,training_flops --json

      carbonsweep estimate plan.toml
    """  # noqa: E501  (commands are shown on one line, to be copied)
    from carbonsweep.configuration.estimate import evaluate_configuration, evaluate_plan

    if _is_plan(values):
        from carbonsweep.plan.plan import Plan

        if len(values) > 1 or quantities or equation or catalog or intervals:
            raise PlanError("estimate: a plan says everything itself; give a plan or KEY=VALUE words, not both")
        found = evaluate_plan(Plan.load(values[0], allow_implausible))
        present(found.everything() if everything else found, as_json)
        return
    wanted = None if quantities is None else [name.strip() for name in quantities.split(",") if name.strip()]
    given, variants, files = _pairs(values, numbers=True), _pairs(equation), _files(catalog)
    if intervals:
        from carbonsweep.configuration.intervals import intervals as quantiles

        present(quantiles(given, wanted, "defaults", variants, files, allow_implausible), as_json)
        return
    result = evaluate_configuration(given, wanted, variants, files, allow_implausible)
    present(result.everything() if everything else result, as_json)


def explain(
    values: Values,
    quantity: Annotated[str, typer.Option("--quantity", "-q", help="The quantity to derive.", show_default=False)],
    depth: Annotated[
        int | None, typer.Option("--depth", "-d", min=0, help="How many levels to show.", show_default="all")
    ] = None,
    equation: Variants = None,
    catalog: UserCatalogs = None,
    allow_implausible: Implausible = False,
    as_json: Json = False,
) -> None:
    """Show how one quantity comes about: every value, unit, equation and source.

    [bold]Example[/bold]

      carbonsweep explain parameters=175e9 tokens=300e9 --quantity test_loss

      carbonsweep explain model=gpt3-175b accelerator=V100 devices=10000 -q training_days --depth 2

      carbonsweep explain plan.toml -q lifecycle_total_carbon
    """
    from carbonsweep.configuration.estimate import evaluate_configuration
    from carbonsweep.configuration.explain import derive, explain_plan

    if _is_plan(values):
        from carbonsweep.plan.plan import Plan

        if len(values) > 1 or equation or catalog:
            raise PlanError("explain: a plan says everything itself; give a plan or KEY=VALUE words, not both")
        tree = explain_plan(Plan.load(values[0], allow_implausible), quantity)
    else:
        given, variants = _pairs(values, numbers=True), _pairs(equation)
        tree = derive(evaluate_configuration(given, [quantity], variants, _files(catalog), allow_implausible), quantity)
    present(tree if depth is None else tree.cut(depth), as_json)


def _is_plan(values: list[str]) -> bool:
    return values[0].endswith(".toml") and "=" not in values[0]


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
