"""Rewrite the JSON Schema of plans from the plan's models and the registry.

python docs/scripts/plan_schema.py
"""

from __future__ import annotations

import json
from typing import Any

from carbonsweep.plan.schema import FILE, plan_schema


def page() -> str:
    """The schema as it is committed."""
    return _lines(plan_schema()) + "\n"


def _lines(data: Any, depth: int = 0) -> str:
    """JSON with a line for each name, so that a change is a line of a difference."""
    if depth == 4 or not isinstance(data, dict) or not data:
        return json.dumps(data, ensure_ascii=False)
    inner = ",\n".join(f"{json.dumps(key)}: {_lines(value, depth + 1)}" for key, value in data.items())
    return "{\n" + inner + "\n}"


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
