"""The JSON Schema of plans, for editors: keys, names with what they mean, variants, and the forms of axes.

Made of the plan's own models and of the registry by `docs/scripts/plan_schema.py`; `plan.schema.json` is what it gave.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from carbonsweep.catalogs import RECORDS
from carbonsweep.kernels import REGISTRY
from carbonsweep.plan.plan import Choose, Output, Plan
from carbonsweep.plan.stages import GIVES
from carbonsweep.plan.uncertainty import MEANS as PARAMETERS
from carbonsweep.plan.words import MEANS

FILE = Path(__file__).parent / "plan.schema.json"
"""The schema as it is shipped."""
NAME = "carbonsweep.schema.json"
"""What the schema is called beside a plan."""


def plan_schema() -> dict[str, Any]:
    """The schema of a plan as TOML tells it; what only the catalogs know is not in it."""
    schema: dict[str, Any] = Plan.model_json_schema()
    definitions = schema["$defs"]
    properties = schema["properties"]
    properties.pop("file")
    for model in definitions.values():
        for name, meaning in _attributes(model.get("description", "")).items():
            if name in model["properties"]:
                model["properties"][name]["description"] = meaning
        model["description"] = _first_line(model.get("description", ""))
    uncertain = {name: one for name, one in definitions.pop("Uncertainty")["properties"].items() if name != "inputs"}
    definitions |= _shared_forms()
    words = sorted(word for word, name in MEANS.items() if name in _givable())
    properties |= {
        "title": {"type": "string", "description": "What the plan asks, in a few words."},
        "order": properties["order"] | {"description": "The cheapest order of loops, or that of the plan."},
        "allow_implausible": properties["allow_implausible"]
        | {"description": "Let values pass that make no sense; they are noted."},
        "allow_mixed": properties["allow_mixed"]
        | {"description": "Let regions pass whose carbon intensities are of several kinds."},
        "axes": {
            "description": "What varies: every combination of these values is a point.",
            "type": "object",
            "properties": {
                name: {"allOf": [{"$ref": "#/$defs/axis"}], **_about(name)} for name in [*_givable(), *words]
            },
            "additionalProperties": False,
        },
        "constants": {
            "description": "What is the same at every point.",
            "type": "object",
            "properties": {name: _constant(name) for name in [*_givable(), *words]},
            "additionalProperties": False,
        },
        "zip": {
            "description": "Tables of equally long lists: names that move together, one axis each.",
            "type": "array",
            "items": {"type": "object", "additionalProperties": {"$ref": "#/$defs/axis"}, "minProperties": 2},
        },
        "choose": {
            "description": _first_line(Choose.__doc__ or ""),
            "type": "object",
            "properties": {"minimize": {"$ref": "#/$defs/quantity"}, "maximize": {"$ref": "#/$defs/quantity"}},
            "additionalProperties": {"$ref": "#/$defs/axis"},
            "minProperties": 2,
        },
        "stages": {
            "description": "Stages of the model's life besides the final run, each headed [[stages]].",
            "type": "array",
            "items": {"$ref": "#/$defs/Stage"},
        },
        "uncertainty": {
            "description": 'What is not known for certain; "defaults" takes the shipped distributions.',
            "anyOf": [
                {"const": "defaults"},
                {
                    "type": "object",
                    "properties": uncertain,
                    "additionalProperties": {"$ref": "#/$defs/Distribution"},
                },
            ],
        },
        "equations": {
            "description": 'Variants of quantities; "*" picks one wherever it exists.',
            "type": "object",
            "properties": {
                "*": {"type": "string"},
                **{
                    name: {"enum": [one.variant for one in group], "description": REGISTRY.description(name)}
                    for name, group in REGISTRY.quantities.items()
                },
            },
        },
        "constraints": {
            "description": "What points must meet.",
            "type": "object",
            "properties": {
                "where": {"$ref": "#/$defs/conditions"},
                **{name: {"$ref": "#/$defs/conditions"} for name in REGISTRY.names()},
            },
        },
        "catalogs": {
            "description": "CSV files of your own, by catalog: rows added or overriding.",
            "type": "object",
            "additionalProperties": {
                "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
            },
        },
    }
    of_stage = definitions["Stage"]["properties"]
    for name in (*GIVES, "multiple_of"):
        one = {"type": ["number", "string"]} if name in GIVES else {"type": "string"}
        forms = {"anyOf": [one, {"$ref": "#/$defs/axis"}]} if name in GIVES else one
        of_stage[name] = {**forms, "description": of_stage[name]["description"]}
    for name, takes in PARAMETERS.items():
        definitions["Distribution"]["properties"][name]["description"] = takes
    output = definitions["Output"]["properties"]
    output["quantities"] = {
        "type": "array",
        "minItems": 1,
        "uniqueItems": True,
        "items": {"$ref": "#/$defs/quantity"},
        "description": "The columns beside the axes, in order.",
    }
    for name in ("minimize", "maximize"):
        output[name] = {"$ref": "#/$defs/quantity", "description": "The quantity by which points are better."}
    for name in Output.model_fields:
        output[name].pop("title", None)
    return {"$schema": "http://json-schema.org/draft-07/schema#", **schema, "title": "A plan of carbonsweep"}


def _givable() -> list[str]:
    """Every name that axes and constants may give: rows of catalogs first."""
    return [*RECORDS, *(name for name in REGISTRY.names() if name not in RECORDS)]


def _shared_forms() -> dict[str, Any]:
    """Forms that many keys have."""
    scalar = {"type": ["number", "string", "boolean"]}
    config = {"type": "object", "properties": {"config": {"type": "string"}}, "required": ["config"]}
    return {
        "axis": {
            "anyOf": [
                {"type": "array", "minItems": 1, "items": {"anyOf": [scalar, config]}},
                {"type": "string", "description": "An expression over other names, or one row."},
                config,
                {"$ref": "#/$defs/Range"},
                {"$ref": "#/$defs/Records"},
                {"$ref": "#/$defs/Zipped"},
            ]
        },
        "conditions": {
            "anyOf": [
                {"type": ["string", "boolean", "number"]},
                {"type": "array", "items": {"type": "string"}, "minItems": 1},
            ],
            "description": 'A condition such as "<= 90", a list of them, true, or (under where) an expression.',
        },
        "quantity": {
            "anyOf": [{"enum": REGISTRY.names()}, {"type": "string"}],
            "description": "A quantity; `carbonsweep equations` lists them.",
        },
    }


def _about(name: str) -> dict[str, str]:
    """What a name means and its unit, as an editor shows it."""
    name = MEANS.get(name, name)
    if name in RECORDS and name not in REGISTRY.names():
        return {"description": f"Rows of the catalog {RECORDS[name]}."}
    unit = REGISTRY.unit(name)
    return {"description": REGISTRY.description(name) + ("" if unit == "1" else f" Unit: {unit}.")}


def _constant(name: str) -> dict[str, Any]:
    config = {"type": "object", "properties": {"config": {"type": "string"}}, "required": ["config"]}
    forms: dict[str, Any] = {"type": ["number", "string", "boolean"]}
    if MEANS.get(name, name) == "model":
        forms = {"anyOf": [{"type": "string"}, config]}
    choices = REGISTRY.choices_of(MEANS.get(name, name))
    if choices:
        forms = {"anyOf": [{"enum": list(choices)}, {"type": ["number", "string"]}]}
    return {**forms, **_about(name)}


def _attributes(docstring: str) -> dict[str, str]:
    """What a docstring says of each attribute."""
    _, _, section = docstring.partition("Attributes\n----------\n")
    found: dict[str, str] = {}
    for names, text in re.findall(r"^(\w[\w, ]*)\n((?: +.*\n?)+)", section, re.MULTILINE):
        found |= dict.fromkeys(names.split(", "), " ".join(text.split()).replace("``", "`"))
    return found


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]
