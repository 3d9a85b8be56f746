"""Plans to begin with, plans written as TOML again, and the schema by which editors check them."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

import carbonsweep as cs
from carbonsweep.grid.bind import bind
from carbonsweep.plan.begin import ASKED, GOALS, answer_in, template, with_answers
from carbonsweep.plan.plan import Plan
from carbonsweep.plan.schema import FILE
from carbonsweep.plan.text import plan_text

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.toml"))


@pytest.mark.parametrize("goal", GOALS)
def test_a_plan_to_begin_with_is_a_plan_whose_answers_are_asked_for(goal: str) -> None:
    text = template(goal)
    grid = bind(Plan(**tomllib.loads(text)))
    assert 100 < grid.points < 20_000
    assert text.startswith("#:schema carbonsweep.schema.json\n")
    assert not [note for note in grid.notes if "changes no requested quantity" in note]
    assert all(answer_in(text, name) for name in ASKED[goal])


def test_answers_take_the_place_of_values() -> None:
    text = with_answers(
        template("train"), {"model": "gpt3-175b", "tokens": "300e9", "training_days": "90", "provider": "aws"}
    )
    plan = Plan(**tomllib.loads(text))
    assert plan.constants["model"] == "gpt3-175b"
    assert plan.constants["tokens"] == 300e9
    assert plan.constraints["training_days"] == "<= 90"
    assert "provider == 'aws'" in text
    assert with_answers(template("place"), {"tokens": "15T"}).count('tokens = "15T"') == 1
    for evil in ('x"\n[output]', "a'b", "", "a" * 200):
        with pytest.raises(cs.PlanError, match="has characters that no name or number has"):
            with_answers(template("train"), {"model": evil})


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_plan_written_again_is_the_same_plan(path: Path, tmp_path: Path) -> None:
    plan = Plan.load(path)
    (tmp_path / "again.toml").write_text(plan_text(plan), encoding="utf-8")
    again = Plan.load(tmp_path / "again.toml")
    assert again.content_hash == plan.content_hash


def test_texts_of_all_kinds_are_written_again(tmp_path: Path) -> None:
    text = 'quote " backslash \\ line\nend \x7f \x01 ü \u2028'
    plan = Plan(
        title=text, axes={"tokens": [1e9, 2.5]}, constants={"parameters": 7e9}, output={"quantities": ["test_loss"]}
    )
    (tmp_path / "again.toml").write_text(plan_text(plan), encoding="utf-8")
    assert Plan.load(tmp_path / "again.toml").title == text


def test_the_schema_takes_every_example_and_finds_mistakes() -> None:
    check = jsonschema.Draft7Validator(json.loads(FILE.read_text(encoding="utf-8")))
    for text in (*(path.read_text(encoding="utf-8") for path in EXAMPLES), *map(template, GOALS)):
        assert not list(check.iter_errors(tomllib.loads(text)))
    good = tomllib.loads(template("train"))
    for table, change in (
        ("axes", {"devises": [1]}),
        ("axes", {"devices": {"geometric": [1, 2, 3]}}),
        ("constants", {"pue": [1.1]}),
        ("equations", {"test_loss": "hofman"}),
        ("output", {"quantites": []}),
    ):
        assert list(check.iter_errors({**good, table: {**good.get(table, {}), **change}})), change
    assert list(check.iter_errors({**good, "outputs": {}}))
