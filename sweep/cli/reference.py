"""What there is: `equations`, `catalog`."""

from __future__ import annotations

import math
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

    from carbonsweep.catalogs import Catalog, Match, Row
    from carbonsweep.kernels import Equation, Input


def equations(
    name: Annotated[str | None, typer.Argument(help="A quantity or an input.", show_default=False)] = None,
    as_json: Json = False,
) -> None:
    """List the quantities and inputs, or document one of them.

    [bold]Examples[/bold]

      carbonsweep equations

      carbonsweep equations hardware_efficiency
    """
    from carbonsweep.kernels import REGISTRY

    if name is not None and name not in REGISTRY.names():
        raise PlanError(f"equations: unknown quantity {name!r}{suggestion(name, REGISTRY.names())}")
    present(AllNames() if name is None else OneName(name), as_json)


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
    from carbonsweep.catalogs import load

    if name is None:
        present(AllCatalogs(), as_json)
        return
    loaded = load(name, file, at="catalog: ")
    if row is None:
        present(SomeRows(loaded, _rows(loaded, where)), as_json)
    else:
        present(OneRow(loaded, _found(loaded, row)), as_json)


def _found(loaded: Catalog, text: str) -> Match:
    """The row of a name, as a plan would take it; a model may be the path of a config.json."""
    from carbonsweep.catalogs import Match, model_row_from_config

    if loaded.name == "models" and text.endswith(".json"):
        return Match(model_row_from_config(text, "catalog: "), "configuration of Hugging Face")
    return loaded.find(text, "catalog: ")


def _rows(loaded: Catalog, where: str | None) -> tuple[Row, ...]:
    from carbonsweep.plan import expression

    if where is None:
        return loaded.rows
    condition = expression.parse(where, "catalog: --where")
    expression.check_names(condition, list(loaded.columns), "catalog: --where")
    try:
        return tuple(row for row in loaded.rows if condition.evaluate(row.values))
    except TypeError:
        raise PlanError(f"catalog: --where: {where!r} mixes text with numbers") from None


class AllNames(Result):
    """Every quantity and input."""

    def to_dict(self) -> list[dict[str, Any]]:
        from carbonsweep.kernels import REGISTRY

        found = [_of_equation(equation) for group in REGISTRY.quantities.values() for equation in group]
        return found + [_of_input(item) for item in REGISTRY.inputs.values()]

    def __rich__(self) -> RenderableType:
        from carbonsweep.foundation.terminal import new_table, stack
        from carbonsweep.kernels import REGISTRY

        quantities = new_table("Quantities", "name", "unit", "variants", "meaning")
        for name, group in REGISTRY.quantities.items():
            quantities.add_row(name, group[0].unit, ", ".join(e.variant for e in group), group[0].description)
        inputs = new_table("Inputs", "name", "unit", "default", "meaning")
        for item in REGISTRY.inputs.values():
            default = _default(item)
            inputs.add_row(item.name, item.unit, "" if default is None else f"{default}", item.description)
        return stack(quantities, inputs)


@dataclass(frozen=True)
class OneName(Result):
    """One quantity with its variants, or one input."""

    name: str

    def to_dict(self) -> list[dict[str, Any]]:
        from carbonsweep.kernels import REGISTRY

        if self.name in REGISTRY.inputs:
            return [_of_input(REGISTRY.inputs[self.name])]
        return [_of_equation(equation) for equation in REGISTRY.quantities[self.name]]

    def __rich__(self) -> RenderableType:
        from rich.console import Group
        from rich.text import Text

        from carbonsweep.foundation.terminal import fact_list, stack
        from carbonsweep.kernels import REGISTRY

        parts: list[RenderableType] = []
        for e in REGISTRY.quantities.get(self.name, ()):
            head = f"{e.quantity} ({e.unit}), variant {e.variant}"
            facts = fact_list(formula=e.formula, source=f"{e.source} ({e.provenance})", valid=e.valid.text)
            inputs = ", ".join(f"{n} ({REGISTRY.unit(n)})" for n in e.inputs)
            text = "\n\n".join(
                filter(
                    None, (e.description, inputs and f"From {inputs}.", e.applies and f"Taken {e.applies}.", e.notes)
                )
            )
            parts.append(Group(Text(head, style="bold"), facts, Text(text)))
        item = REGISTRY.inputs.get(self.name)
        if item is not None:
            default = _default(item)
            facts = fact_list(
                default="none: must be given" if default is None else f"{default}",
                source=f"{item.source} {item.provenance if default is not None else ''}",
                valid=item.valid.text,
                **({"choices": ", ".join(item.choices)} if item.choices else {}),
            )
            head = f"{item.name} ({item.unit}), an input"
            parts.append(Group(Text(head, style="bold"), facts, Text(item.description)))
        return stack(*parts)


def _of_equation(equation: Equation) -> dict[str, Any]:
    return {
        "quantity": equation.quantity,
        "variant": equation.variant,
        "unit": equation.unit,
        "valid": equation.valid.text,
        "inputs": list(equation.inputs),
        "formula": equation.formula,
        "source": equation.source,
        "provenance": equation.provenance,
        "description": equation.description,
        "notes": equation.notes,
    }


def _of_input(item: Input) -> dict[str, Any]:
    return {
        "input": item.name,
        "unit": item.unit,
        "valid": item.valid.text,
        "default": _default(item),
        "choices": list(item.choices),
        "source": item.source,
        "provenance": item.provenance if item.default is not None else "",
        "description": item.description,
    }


def _default(item: Input) -> float | str | None:
    """The default as a user writes it."""
    return item.choices[int(item.default)] if item.choices and item.default is not None else item.default


class AllCatalogs(Result):
    """Every catalog."""

    def to_dict(self) -> list[dict[str, Any]]:
        from carbonsweep.catalogs import FILES, load

        return [{"catalog": name, "rows": len(load(name).rows), "description": text} for name, text in FILES.items()]

    def __rich__(self) -> RenderableType:
        from carbonsweep.foundation.terminal import new_table

        table = new_table("Catalogs", "name", "rows", "what", right=("rows",))
        for each in self.to_dict():
            table.add_row(each["catalog"], f"{each['rows']:,}", each["description"])
        return table


@dataclass(frozen=True)
class SomeRows(Result):
    """Rows of a catalog, by the few columns that tell them apart."""

    catalog: Catalog
    rows: tuple[Row, ...]

    def to_dict(self) -> list[dict[str, Any]]:
        return [dict(row.values) for row in self.rows]

    def __rich__(self) -> RenderableType:
        from carbonsweep.foundation.terminal import new_table

        columns = [name for name, column in self.catalog.columns.items() if column.overview]
        table = new_table(f"{self.catalog.name}: {len(self.rows)} rows", *columns)
        for row in self.rows:
            table.add_row(*(_cell(row.values.get(column)) for column in columns))
        return table


@dataclass(frozen=True)
class OneRow(Result):
    """One row of a catalog with the inputs that it supplies."""

    catalog: Catalog
    found: Match

    @property
    def row(self) -> Row:
        return self.found.row

    def to_dict(self) -> dict[str, Any]:
        row, found = self.row, self.found
        understood = {"id": row.id, "understood_as": found.how, "devices_in_name": found.devices}
        if found.instance is not None:
            understood["instance"] = found.instance.id
        place = {"assumed": list(row.assumed), "file": Path(row.file).name, "line": row.line}
        return {**row.values, **understood, "inputs": found.inputs, **place}

    def __rich__(self) -> RenderableType:
        from carbonsweep.foundation.terminal import new_table, note_list, number, stack
        from carbonsweep.kernels import REGISTRY

        table = new_table(self.row.id, "column", "value", "unit", "meaning")
        table.columns[1].max_width = 60
        for name, column in self.catalog.columns.items():
            value = self.row.values.get(name)
            if value is not None:
                unit = "" if column.unit in ("", "1") else column.unit
                table.add_row(name, _cell(value), unit, column.description)
        if all(math.isnan(value) for value in self.row.inputs.values()):
            return table
        inputs = new_table("Supplies", "input", "value", "unit", right=("value",))
        for name, value in self.found.inputs.items():
            if not math.isnan(value) and name in REGISTRY.names():
                inputs.add_row(name, number(value), REGISTRY.unit(name))
        devices = "" if self.found.devices is None else f", {self.found.devices} devices"
        notes = [f"taken: {self.row.id}{devices} ({self.found.how})", *self.row.assumed]
        return stack(table, inputs, *note_list(tuple(notes)))


def _cell(value: Any) -> str:
    from carbonsweep.foundation.terminal import number

    if value is None:
        return ""
    return number(value) if isinstance(value, float) else str(value)
