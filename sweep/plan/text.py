"""A plan as TOML again: what a report shows, and what `init` writes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from carbonsweep.plan.plan import Plan

_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")


def plan_text(plan: Plan) -> str:
    """A plan as TOML: reading it gives the same plan.

    What stands at its default is left out.
    """
    data = plan.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    tables = {name: value for name, value in data.items() if isinstance(value, dict)}
    lines = [f"{_key(name)} = {value_text(value)}" for name, value in data.items() if name not in tables]
    for name, table in tables.items():
        # These stand beside the other keys in a plan, though the model keeps them apart.
        apart = {"choose": "over", "uncertainty": "inputs"}.get(name, "")
        inner = {**table.pop(apart, {}), **table}
        lines += ["", f"[{name}]", *(f"{_key(key)} = {value_text(value)}" for key, value in inner.items())]
    return "\n".join(lines).lstrip("\n") + "\n"


def _key(name: str) -> str:
    return name if _BARE.match(name) else _text(name)


def value_text(value: Any) -> str:
    """A value as TOML."""
    if isinstance(value, Mapping):
        if set(value) == {"values"}:
            return value_text(value["values"])
        return "{ " + ", ".join(f"{_key(key)} = {value_text(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(value_text, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.0f}.0" if value == int(value) and abs(value) < 1e7 else repr(value)
    return _text(value) if isinstance(value, str) else str(value)


def _text(text: str) -> str:
    """A basic string: JSON's escapes are TOML's, but that DEL is escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
