"""The commands: what they print and write, and one line for what they refuse."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import carbonsweep as cs
from carbonsweep.plan.begin import GOALS, template
from carbonsweep.plan.schema import FILE

Command = Callable[..., tuple[int, str, str]]


def test_report_of_a_plan_and_comparison_with_its_run(runs: dict[str, str], command: Command, tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(
        "# by hand\n[axes]\nparameters = [1e9, 2e9, 4e9]\ntokens = [1e11, 2e11]\n"
        '[output]\nquantities = ["test_loss", "training_flops"]\nminimize = "training_flops"\n',
        encoding="utf-8",
    )
    code, out, _ = command("report", str(plan), "--out", str(tmp_path / "page.html"), "--json")
    assert code == 0
    assert json.loads(out)["file"] == str(tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "# by hand" in text  # the plan as it was written
    assert "Test loss against training flops" in text
    code, out, _ = command("compare", runs["one"], runs["other"], "--json")
    assert code == 0
    assert not json.loads(out)["same"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("plot", "{run}", "--kind", "tornadoes", "--out", "{new}.svg"),
            "--kind 'tornadoes' is none of front, tornado",
        ),
        (("plot", "{run}", "--kind", "map", "--x", "devices", "--out", "{new}.svg"), "--x is not for --kind map"),
        (("plot", "{run}", "--width", "1", "--out", "{new}.svg"), "--width '1' is none of column, page, or inches"),
        (("plot", "{run}", "--out", "{new}.gif"), "end the name in .svg, .png, .pdf or .html"),
        (("plot", "{run}", "--out", "{new}/a.svg"), "create it first"),
        (("report", "{new}", "--out", "{new}.html"), "not a finished run"),
        (("export", "{run}", "--out", "{new}.xls"), "end the name in .csv, .xlsx or .parquet"),
        (("init", "--goal", "trian", "--out", "{new}.toml"), "no goal 'trian'; did you mean 'train'?"),
        (("init", "--out", "{new}.toml"), "say what the plan is for: --goal train, --goal serve, --goal place"),
        (("init", "--goal", "train", "--out", "{run}"), "already exists; choose another name with --out"),
        (("schema", "--out", "{run}"), "already exists"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[0],
)
def test_refusals_are_one_line_and_write_nothing(
    words: tuple[str, ...], message: str, runs: dict[str, str], command: Command, tmp_path: Path
) -> None:
    code, out, error = command(*(word.format(run=runs["one"], new=tmp_path / "new") for word in words))
    assert (code, out) == (2, "")
    assert message in error
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_first_steps_are_written(command: Command, tmp_path: Path) -> None:
    for goal in GOALS:
        code, out, _ = command("init", "--goal", goal, "--out", str(tmp_path / f"{goal}.toml"))
        assert code == 0
        assert f"carbonsweep check {tmp_path / f'{goal}.toml'}" in out
        assert (tmp_path / f"{goal}.toml").read_text(encoding="utf-8") == template(goal)
        assert cs.Plan.load(tmp_path / f"{goal}.toml").title
    code, out, _ = command("schema")
    assert (code, out) == (0, FILE.read_text(encoding="utf-8"))
