"""Pages of the site that are made when it is built: commands, keys of plans, rows of catalogs, gallery, Python."""

from __future__ import annotations

import html
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import typer

import carbonsweep as cs
from carbonsweep.catalogs import RECORDS, SCHEMAS
from carbonsweep.cli.main import app
from carbonsweep.plan.schema import plan_schema

ROOT = Path(__file__).parents[2]
FILTER = (
    '<div><input class="filter" type="search" data-entries="{entries}" placeholder="{hint}" aria-label="{hint}">'
    '<span class="filter-count" aria-live="polite"></span></div>\n'
)
PICTURES = {
    "llama_class": "front.svg",
    "robust_405b": "robust_405b.png",
    "when_to_train": "when_to_train.png",
    "gpt3_sites": "gallery/gpt3_sites.svg",
    "energy_by_batch": "gallery/energy_by_batch.svg",
    "water_and_carbon": "gallery/water_and_carbon.svg",
    "place_70b": "gallery/place_70b.svg",
    "serve_70b": "gallery/serve_70b.svg",
    "old_devices": "gallery/old_devices.svg",
    "slope_sites": "gallery/slope_sites.svg",
    "refresh": "gallery/refresh.svg",
}
"""Pictures of plans; those of gallery/ are of `carbonsweep plot PLAN`, the last five of kinds map, front, tornado, map
and axis."""
MEMBERS = {"Plan": ["load"], "plot": ["front", "axis", "tornado", "site_map", "parallel", "save"]}
"""What is shown of public names that have more than a docstring."""


def pages() -> dict[str, str]:
    """The text of each page by its path in the site."""
    return {
        "reference/commands.md": _commands(),
        "reference/plan_keys.md": _plan_keys(),
        "reference/rows.md": _catalogs(),
        **{f"reference/rows_{name}.md": _rows(name) for name in _listed()},
        "gallery.md": _gallery(),
        "notebook.md": notebook(ROOT / "examples" / "analysis.ipynb"),
    }


def filtered(text: str, entries: str, hint: str) -> str:
    """A page with a box above its first list that hides what does not have the words typed."""
    head, mark, rest = text.partition("\n## ")
    return f"{head}\n{FILTER.format(entries=entries, hint=hint)}{mark}{rest}"


def python_names() -> str:
    """What mkdocstrings turns into signatures and docstrings: every public name, where it is defined."""
    lines = []
    for name in cs.__all__:
        value = inspect.unwrap(getattr(cs, name))
        if inspect.ismodule(value):
            lines.append(f"## {name}\n")
            lines += [f"::: {value.__name__}.{one}\n    options:\n      heading_level: 3\n" for one in MEMBERS[name]]
        else:
            shown = f"    options:\n      members: {MEMBERS.get(name, False)}\n" if inspect.isclass(value) else ""
            lines.append(f"::: {value.__module__}.{value.__qualname__}\n{shown}")
    return "\n".join(lines)


def _commands() -> str:
    found = ["# Commands\n\nAs `carbonsweep COMMAND --help` prints it.\n"]
    root = typer.main.get_command(app)
    for name, command in root.commands.items():  # type: ignore[attr-defined]
        subcommands = getattr(command, "commands", None)
        if subcommands is None:
            found += _command(name, command)
        else:
            for further, one in subcommands.items():
                found += _command(f"{name} {further}", one)
    return "\n".join(found)


def _command(name: str, command: Any) -> Iterator[str]:
    prose, _, examples = inspect.cleandoc(command.help or "").partition("[bold]Example")
    yield f"## {name}\n"
    yield _plain(prose).strip() + "\n"
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option"]
    words = "".join(_plain(one.metavar or one.name.upper()) + " " for one in arguments)
    yield f"```text\ncarbonsweep {name} {words}[OPTIONS]\n```\n"
    lines = [line.strip() for line in examples.partition("[/bold]")[2].splitlines() if line.strip()]
    if lines:
        yield "```sh\n" + "\n".join(_plain(line) for line in lines) + "\n```\n"
    yield "| option | meaning |\n| --- | --- |"
    for one in [*arguments, *options]:
        shown = ", ".join(f"`{word}`" for word in [*one.opts, *one.secondary_opts])
        if one.param_type_name == "argument":
            shown = f"`{_plain(one.metavar or one.name.upper())}`"
        elif one.metavar:
            shown += f" `{_plain(one.metavar)}`"
        text = _cell(_plain(getattr(one, "help", "") or ""))
        if one.param_type_name == "option" and isinstance(one.default, int | float | str) and one.default is not False:
            text += f" Default `{one.default}`."
        yield f"| {shown} | {text} |"
    yield ""


def _plain(text: str) -> str:
    """Without the marks of Rich."""
    return re.sub(r"\[/?(bold|dim|italic)\]", "", text)


def _plan_keys() -> str:
    schema = plan_schema()
    found = [
        "# Keys of plans\n\nA plan is a TOML file with these tables and keys; [what a plan may contain](../plans.md)",
        "explains them. An editor completes and checks them with the schema that `carbonsweep schema` prints.\n",
        "| key | takes | default | meaning |\n| --- | --- | --- | --- |",
    ]
    for name, about in schema["properties"].items():
        of_form = schema["$defs"].get(about.get("$ref", "").rpartition("/")[2], {})
        found.append(_key(name, {"description": of_form.get("description", "")} | about))
    for name, about in schema["$defs"].items():
        keys = about.get("properties")
        if keys and name != "Choose":  # its axes stand beside the objective, and are no keys
            found.append(f"\n## {name}\n\n{_cell(about.get('description', ''))}\n")
            found.append("| key | takes | default | meaning |\n| --- | --- | --- | --- |")
            required = set(about.get("required", ()))
            found += [_key(key, one, key in required) for key, one in keys.items()]
    found.append("\n## Names\n\nTables of names (`axes`, `constants`, `constraints`, ...) take every")
    found.append("[quantity and input](../nomenclature.md), and as rows of catalogs:\n")
    found += [f"- `{name}`: a row of [{catalog}](rows_{catalog}.md)" for name, catalog in RECORDS.items()]
    return "\n".join(found) + "\n"


def _key(name: str, about: dict[str, Any], required: bool = False) -> str:
    default = "required" if required else "" if about.get("default") is None else f"`{json.dumps(about['default'])}`"
    return f"| `{name}` | {_cell(_takes(about))} | {default} | {_cell(about.get('description', ''))} |"


def _takes(about: dict[str, Any]) -> str:
    """What a value may be, in a few words."""
    if "$ref" in about:
        name = about["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})" if name[0].isupper() else name
    if "const" in about:
        return f"`{json.dumps(about['const'])}`"
    if "enum" in about:
        return ", ".join(f"`{json.dumps(one)}`" for one in about["enum"])
    several = about.get("anyOf") or about.get("allOf") or about.get("oneOf")
    if several:
        return " or ".join(dict.fromkeys(_takes(one) for one in several if one.get("type") != "null"))
    kind = about.get("type", "any value")
    if kind == "array" and isinstance(about.get("items"), dict):
        return f"list of {_takes(about['items'])}"
    kinds = {"object": "table", "string": "text", "integer": "whole number", "boolean": "`true` or `false`"}
    return " or ".join(kinds.get(one, one) for one in ([kind] if isinstance(kind, str) else kind))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _listed() -> list[str]:
    return [name for name in SCHEMAS if (ROOT / "catalogs" / f"{name}.csv").exists()]


def _catalogs() -> str:
    found = ["# Rows of catalogs\n\nColumns, sources and licences are described in [Catalogs](../catalogs.md).\n"]
    found.append("| catalog | rows | file |\n| --- | ---: | --- |")
    for name in _listed():
        rows = len(cs.catalog(name))
        found.append(f"| [{name}](rows_{name}.md) | {rows:,} | [{name}.csv](../catalogs/{name}.csv) |")
    return "\n".join(found) + "\n"


def _rows(name: str) -> str:
    """The columns that tell rows apart, and where a row comes from; the file has all of them."""
    frame = cs.catalog(name).reset_index()
    columns = [column for column, about in SCHEMAS[name].items() if about.overview and column in frame] or list(frame)[
        :6
    ]
    columns = [frame.columns[0], *(column for column in columns if column != frame.columns[0])][:9]
    units = {column: about.unit for column, about in SCHEMAS[name].items()}
    head = "".join(f"<th>{column}<br><small>{units.get(column, '')}</small></th>" for column in columns)
    body = [
        "<tr>" + "".join(f"<td>{html.escape(_value(value))}</td>" for value in values) + "</tr>"
        for values in frame[columns].astype(object).itertuples(index=False)
    ]
    return (
        f"---\nsearch:\n  exclude: true\n---\n# {name}\n\n"
        f"The columns that tell rows apart; [{name}.csv](../catalogs/{name}.csv) has all, with sources, and "
        f"`carbonsweep catalog {name} ID` prints one row with the meaning of every cell.\n\n"
        + FILTER.format(entries="rows", hint="Filter rows, e.g. by name or maker")
        + f"\n<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n"
        + "\n".join(body)
        + "\n</tbody>\n</table>\n"
    )


def _value(value: Any) -> str:
    if pd.isna(value):
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _gallery() -> str:
    found = ["# Gallery of plans\n"]
    found.append(
        "Every plan of the folder `examples`, with what it asks. `carbonsweep check FILE` says what a plan would do,"
    )
    found.append("`carbonsweep report FILE` answers it.\n")
    plans = {path.stem: path for path in sorted((ROOT / "examples").glob("*.toml"))}
    for name in dict.fromkeys([*PICTURES, *plans]):
        path = plans[name]
        text = path.read_text(encoding="utf-8")
        comment = [line[1:].strip() for line in re.match(r"(#.*\n)*", text)[0].splitlines()]  # type: ignore[index]
        title = re.search(r'^title = "(.*)"', text, re.MULTILINE)
        found.append(f"## {title[1] if title else path.stem} {{ #{path.stem} }}\n")
        found.append(" ".join(line for line in comment if not line.startswith("carbonsweep ")) + "\n")
        commands = [line for line in comment if line.startswith("carbonsweep ")]
        found += [f"```sh\n{line}\n```\n" for line in commands]
        if name in PICTURES:
            found.append(f"![{title[1] if title else name}]({PICTURES[name]}){{ loading=lazy }}\n")
        found.append(f'??? note "examples/{path.name}"\n')
        found.append("    ```toml\n" + "".join(f"    {line}\n" for line in text.splitlines()) + "    ```\n")
    return "\n".join(found)


def notebook(path: Path) -> str:
    """The cells of a notebook and the answers stored in it, as a page."""
    found = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            found.append(source + "\n")
            continue
        found.append(f"```python\n{source}\n```\n")
        for output in cell["outputs"]:
            data = output.get("data", {})
            if "image/svg+xml" in data:
                found.append("".join(data["image/svg+xml"]) + "\n")
            elif "text/html" in data:
                table = "".join(data["text/html"]).replace('<table border="1" class="dataframe">', "<table>")
                found.append(re.sub(r"\n\s*\n", "\n", table) + "\n")
            else:
                found.append(f"```text\n{''.join(data.get('text/plain', output.get('text', ''))).rstrip()}\n```\n")
    return "\n".join(found)
