"""The pages of the site: what is generated is up to date, and what they tell a reader to type gives what they show."""

from __future__ import annotations

import re
import runpy
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from carbonsweep.cli.main import app
from carbonsweep.evidence import validation
from carbonsweep.kernels import REGISTRY
from carbonsweep.plan.schema import FILE
from tests.page_runner import Page

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


def test_the_page_is_up_to_date() -> None:
    fresh = runpy.run_path(str(DOCS / "scripts" / "nomenclature.py"))["page"]()
    committed = (DOCS / "nomenclature.md").read_text(encoding="utf-8")
    assert committed == fresh, "docs/nomenclature.md is out of date: run `make pages` and commit it"


def test_the_schema_of_plans_is_up_to_date() -> None:
    fresh = runpy.run_path(str(DOCS / "scripts" / "plan_schema.py"))["page"]()
    assert FILE.read_text(encoding="utf-8") == fresh, (
        "the schema of plans is out of date: run `make pages` and commit it"
    )


def test_the_page_has_every_name_once_and_every_variant() -> None:
    lines = (DOCS / "nomenclature.md").read_text(encoding="utf-8").splitlines()
    headings = [line.removeprefix("#### `").removesuffix("`") for line in lines if line.startswith("#### ")]
    assert sorted(headings) == sorted(REGISTRY.names())
    variants = [line for line in lines if line.startswith("- **")]
    assert len(variants) == sum(len(group) for group in REGISTRY.quantities.values())


# Pages that share a folder go on where the one before ended; those with the same plan share its compiled nest.
FOLLOWED: dict[tuple[str, ...], int] = {
    ("README.md", "docs/tutorial.md", "docs/intensities.md"): 8,
    ("docs/how_to/analyse.md", "docs/runs.md"): 12,
    ("examples/analysis.ipynb",): 5,
    ("docs/how_to/reproduce.md",): 6,
    ("docs/how_to/plan_a_training.md",): 3,
    ("docs/how_to/own_model.md",): 4,
    ("docs/plans.md", "docs/layouts.md", "docs/literature.md"): 5,
    ("docs/python.md",): 4,
    ("docs/searching.md",): 4,
    ("docs/when_and_where.md",): 4,
    ("docs/uncertainty.md",): 3,
}
"""Pages that are followed as a reader would, and how many commands and snippets they have."""
DEAR = ("docs/searching.md", "docs/when_and_where.md", "docs/uncertainty.md")
"""Pages whose questions take minutes: `make test-long`."""
SPARK = "pyspark"
"""Snippets that tests/store/test_readers.py runs: they start a Java machine."""
COMMAND = re.compile(r"^(?:\$ |    )?(carbonsweep [a-z].*?)(?:  +#.*)?$", re.MULTILINE)


@pytest.mark.slow
@pytest.mark.parametrize(
    "names",
    [pytest.param(names, marks=pytest.mark.long) if names[0] in DEAR else names for names in FOLLOWED],
    ids=lambda names: Path(names[0]).stem,
)
def test_a_reader_gets_what_a_page_shows(
    names: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: Callable[..., tuple[int, str, str]],
) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    # Sections that no page shows, and that take half a minute.
    for of in ("_steps", "published_predictions", "whole_predictions", "spent_by_method"):
        monkeypatch.setattr(validation, of, tuple)
    ran = 0
    for name in names:
        page = Page(ROOT / name, tmp_path, command, elsewhere=(SPARK,))
        page.follow()
        ran += page.ran
    assert ran == FOLLOWED[names]


@pytest.mark.parametrize("path", sorted(DOCS.rglob("*.md")), ids=lambda path: path.stem)
def test_commands_that_are_only_shown_are_commands(path: Path) -> None:
    """Their options exist, and so do the plans of examples/ that they name."""
    commands = typer.main.get_command(app).commands
    for line in COMMAND.findall(path.read_text(encoding="utf-8").replace("\\\n", " ")):
        words = shlex.split(line.partition("; ")[0])[1:]
        group = commands[words.pop(0)]
        one = group.commands[words.pop(0)] if hasattr(group, "commands") else group
        if not re.search(r"[|\[]|\.\.\.", line):
            one.make_context(one.name, words)
        for word in words:
            assert not word.startswith("examples/") or (ROOT / word).exists(), line


def test_an_answer_that_differs_is_told(tmp_path: Path) -> None:
    """Digits that are not shown may differ; digits that are, lines and words may not."""
    for shown, agrees in (
        ("mass 1,234.6 kg", True),
        ("mass 1,234.57 kg", True),
        ("mass 1.23e+03 kg", True),
        ("mass ...", True),
        ("...\nmass 1,234.6 kg", True),
        ("mass 1,234.5 kg", False),
        ("mass 1.24e+03 kg", False),
        ("mass 1,234.6 g", False),
        ("mass 1,234.6 kg\nmore", False),
    ):
        page = tmp_path / "page.md"
        page.write_text(f"```python\nprint('mass 1,234.57 kg')\n```\n\n```text\n{shown}\n```\n", encoding="utf-8")
        try:
            Page(page, tmp_path, command=print).follow()
        except AssertionError:
            assert not agrees, shown
        else:
            assert agrees, shown
