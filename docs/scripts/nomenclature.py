"""Write docs/nomenclature.md: every quantity, its equations and every input, from the registry.

    python docs/scripts/nomenclature.py

The page is generated and committed, so that a change of a name, unit, formula or default shows in review.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

from carbonsweep.catalogs import RECORDS, SCHEMAS, load
from carbonsweep.kernels import REGISTRY, SUBJECT_OF, Equation, Input

PAGE = Path(__file__).parents[1] / "nomenclature.md"
WIDTH = 120
_SPACE = "\x00"
HEAD = """\
# Nomenclature

*Generated from the equations by `make nomenclature`; edit the docstrings and decorators in `kernels/` instead.*

A **quantity** is what an equation gives; an **input** is what no equation gives: it comes from a plan, from a catalog
row or from its default. Any quantity may be given a value too, which then replaces its equation. Where a quantity has
several variants, the first whose inputs are available is used unless the plan's `[equations]` table names another.

Unit `1` is a pure number. The word after a variant or default says how far it can be trusted: *published* (read in
the source named, or in the authors' code), *recalled* (from memory of the source, not re-read), *extension* (this
project's own generalisation), *assumed* (a convention). `carbonsweep equations NAME` prints the whole text of an
equation with its limits.
"""


def page() -> str:
    """The text of the page."""
    suppliers = _suppliers()
    lines = [HEAD, "## Quantities", ""]
    subject = ""
    for name, equations in REGISTRY.quantities.items():
        module = ".".join(("carbonsweep.kernels", *SUBJECT_OF[name]))
        if module != subject:
            subject = module
            lines += [*_subject(module), ""]
        lines += [*_quantity(name, equations, suppliers), ""]
    lines += ["## Inputs", ""]
    for item in REGISTRY.inputs.values():
        lines += [*_input(item, suppliers), ""]
    return "\n".join(lines[:-1]) + "\n"


def _subject(module: str) -> Iterator[str]:
    yield f"### {module.rpartition('.')[2].replace('_', ' ').capitalize()}"
    yield ""
    yield from _wrapped((sys.modules[module].__doc__ or "").split("\n\n")[0].replace("\n", " "))


def _quantity(name: str, equations: Iterable[Equation], suppliers: dict[str, str]) -> Iterator[str]:
    yield f"#### `{name}`"
    yield ""
    valid = REGISTRY.valid(name).text
    catalog = f" Catalogs: {suppliers[name]}." if name in suppliers else ""
    yield from _wrapped(f"{REGISTRY.description(name)} Unit `{REGISTRY.unit(name)}`, range `{valid}`.{catalog}")
    yield ""
    for equation in equations:
        yield f"- **{equation.variant}** ({equation.provenance}): `{equation.formula}`"
        inputs = ", ".join(f"`{needed}`" for needed in equation.inputs) or "nothing"
        applies = f", {equation.applies}" if equation.applies else ""
        yield from _wrapped("chosen among candidates" if equation.choice else f"from {inputs}{applies}", "  ")
        yield from _wrapped(f"— {equation.source}", "  ")


def _input(item: Input, suppliers: dict[str, str]) -> Iterator[str]:
    yield f"#### `{item.name}`"
    yield ""
    if item.choices:
        valid = "one of " + ", ".join(f"`{choice}`" for choice in item.choices)
    else:
        valid = f"{'whole number in ' if item.integer else 'range '}`{item.valid.text}`"
    yield from _wrapped(f"{item.description} Unit `{item.unit}`, {valid}.")
    if item.default is not None:
        value = item.choices[int(item.default)] if item.choices else repr(item.default).removesuffix(".0")
        yield from _wrapped(f"Default `{value}` ({item.provenance}): {item.source}.")
    elif item.optional:
        yield "May stay unknown."
    if item.name in suppliers:
        yield f"Catalogs: {suppliers[item.name]}."


def _suppliers() -> dict[str, str]:
    """The catalog column, or at least the catalog, that supplies each name."""
    rows = {
        name: f"a row of `{catalog}`"
        for catalog in RECORDS.values()
        for row in load(catalog).rows
        for name in row.inputs
    }
    columns = {
        column.input: f"`{catalog}.{name}`"
        for catalog, schema in SCHEMAS.items()
        for name, column in schema.items()
        if column.input
    }
    return rows | columns


def _wrapped(text: str, indent: str = "") -> list[str]:
    """Lines of the text, broken at spaces outside `code`."""
    kept = re.sub(r"`[^`]*`", lambda code: code[0].replace(" ", _SPACE), text)
    lines = textwrap.wrap(
        kept,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(_SPACE, " ") for line in lines]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE}: {len(REGISTRY.quantities)} quantities, {len(REGISTRY.inputs)} inputs")
