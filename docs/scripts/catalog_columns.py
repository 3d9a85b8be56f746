"""Rewrite the tables of columns in catalogs/README.md from the schema.

python docs/scripts/catalog_columns.py
"""

from __future__ import annotations

from pathlib import Path

from carbonsweep.catalogs.reference import column_table
from carbonsweep.catalogs.schema import ALIASES, SCHEMAS

PAGE = Path(__file__).parents[2] / "catalogs" / "README.md"


def page(text: str) -> str:
    """The page with the tables that the schema gives, each between its marks."""
    for name, columns in {**SCHEMAS, "aliases": ALIASES}.items():
        head, mark, rest = text.partition(f"<!-- columns: {name} -->\n")
        _, end, tail = rest.partition("\n<!-- end -->")
        if not end:
            raise SystemExit(f"{PAGE}: no marks '<!-- columns: {name} -->' and '<!-- end -->'; add them")
        text = f"{head}{mark}{column_table(columns)}{end}{tail}"
    return text


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
