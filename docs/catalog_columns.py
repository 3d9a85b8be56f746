"""Rewrite the tables of columns in catalogs/README.md from the schema.

    python docs/catalog_columns.py
"""

from __future__ import annotations

from pathlib import Path

from carbonsweep.catalogs.reference import column_table
from carbonsweep.catalogs.schema import ALIASES, SCHEMAS

PAGE = Path(__file__).parents[1] / "catalogs" / "README.md"


def page(text: str) -> str:
    """The page with the tables that the schema gives: the first table of columns below each file's heading."""
    for name, columns in {**SCHEMAS, "aliases": ALIASES}.items():
        head, heading, section = text.partition(f"\n## {name}.csv\n")
        before, first, rest = section.partition("\n| column |")
        if not first or "\n## " in before:
            raise SystemExit(f"{PAGE}: no table of columns below the heading '## {name}.csv'; add one")
        lines = rest.split("\n")
        below = next(number for number, line in enumerate(lines) if number and not line.startswith("|"))
        after = "\n".join(lines[below:])
        text = f"{head}{heading}{before}\n{column_table(columns)}\n{after}"
    return text


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
