"""Top-k against evaluating and sorting every point: the same rows, bit for bit."""

from __future__ import annotations

import heapq
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import carbonsweep as cs
from carbonsweep.nest.best_and_front import push
from carbonsweep.reductions import best as topk
from carbonsweep.reductions import branch_and_bound as branching
from carbonsweep.reductions.best import search
from tests.random_plans import STRUCTURES, random_plan

Command = Callable[..., tuple[int, str, str]]
SEEDS = 20


@pytest.fixture(autouse=True)
def _small_boxes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Boxes so small that grids of a test are cut and pruned."""
    monkeypatch.setattr(topk, "LEAF_POINTS", 1024)
    monkeypatch.setattr(topk, "BOX_POINTS", 512)


def _brute_force(plan: cs.Plan, objective: str, maximize: bool, top: int) -> pd.DataFrame:
    frame = cs.to_pandas(plan)
    for name in frame.columns[frame.dtypes == "category"]:
        frame[name] = frame[name].astype(object)
    frame = frame[frame[objective].notna()]
    return frame.sort_values(objective, ascending=not maximize, kind="stable").head(top).reset_index(drop=True)


@pytest.mark.parametrize("structure", [0, 3, 4, 5, 8, pytest.param(9, marks=pytest.mark.long)])
def test_equal_to_brute_force(structure: int) -> None:
    """120 random plans (others by group, below), each with and without bounds, on one thread and on three."""
    for seed in range(SEEDS):
        plan, objective = random_plan(structure, seed)
        maximize, top = structure % 3 == 0, (1, 7, 100, 5000)[seed % 4]
        expected = _brute_force(plan, objective, maximize, top)
        aim = {"maximize": objective} if maximize else {"minimize": objective}
        if expected.empty:
            with pytest.raises(cs.PlanError, match="no point has a value|meets the constraints"):
                search(plan, top=top, **aim)
            continue
        for prune, threads in ((True, 1), (False, 3)):
            found = search(plan, top=top, prune=prune, threads=threads, **aim)
            pd.testing.assert_frame_equal(
                found.frame, expected, check_exact=True, check_dtype=False, check_column_type=False
            )
            assert found.complete
            assert prune or found.evaluated == found.points


def test_bounds_exclude_boxes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topk, "LEAF_POINTS", 64)
    monkeypatch.setattr(branching, "BATCH", 8)
    plan, objective = random_plan(0, 3)
    found = search(plan, minimize=objective, top=3, threads=1)
    assert found.evaluated < found.points
    pd.testing.assert_frame_equal(found.frame, search(plan, minimize=objective, top=3, prune=False).frame)


@given(st.lists(st.tuples(st.sampled_from([0.0, 1.0, 2.5, -1.0, float("inf")]), st.integers(0, 50)), unique=True))
def test_heap(points: list[tuple[float, int]]) -> None:
    values, indices = np.empty(5), np.empty(5, dtype=np.int64)
    count = 0
    for value, index in points:
        count = push(values, indices, count, value, index)
    kept = sorted(zip(values[:count].tolist(), indices[:count].tolist(), strict=True))
    assert kept == heapq.nsmallest(5, points)


def _file(tmp_path: Path, constraint: str = "") -> Path:
    path = tmp_path / "plan.toml"
    path.write_text(
        "[axes]\npue = [1, 2]\ncarbon_intensity = [300, 100]\n[constants]\nhardware_energy = 5\n"
        f'[constraints]\n{constraint}\n[output]\nquantities = ["operational_carbon"]'
    )
    return path


def test_command(tmp_path: Path, command: Command) -> None:
    plan, out = _file(tmp_path), tmp_path / "best.parquet"
    code, text, _ = command("search", plan, "--minimize", "operational_carbon", "--top", 2, "--out", out)
    assert code == 0
    assert "2 points of 4" in text
    assert pd.read_parquet(out)["operational_carbon"].tolist() == [0.5, 1.0]
    code, text, _ = command("search", plan, "--maximize", "operational_carbon", "--json", "--where", "pue < 1.5")
    assert [row["operational_carbon"] for row in json.loads(text)["rows"]] == [1.5, 0.5]
    csv = tmp_path / "best.csv"
    assert command("search", plan, "--minimize", "pue", "--out", csv)[0] == 0
    assert pd.read_csv(csv)["pue"].tolist() == [1, 1, 2, 2]


BAD = {
    (
        "--minimize",
        "operational_carbn",
    ): "'operational_carbn' is no quantity; did you mean 'operational_carbon'",
    ("--minimize", "region"): "objective 'region' is no quantity",
    (): "give one objective",
    ("--minimize", "pue", "--maximize", "pue"): "give one objective",
    ("--minimize", "pue", "--minimize", "carbon_intensity"): "search has one objective, `pareto` has several",
    ("--minimize", "pue", "--top", "0"): "top must be 1 to 1,000,000, got 0",
    ("--minimize", "pue", "--threads", "0"): "threads must be at least 1, got 0",
    ("--minimize", "pue", "--where", "f(pue)"): "where: a call is not allowed",
    ("--minimize", "pue", "--where", "puee < 1"): "where: unknown name 'puee' in 'puee < 1'; did you mean 'pue'?",
    (
        "--minimize",
        "pue",
        "--where",
        "pue > 5",
    ): "none of 4 points meets the constraints: pue > 5 excludes 4;",
    ("--minimize", "pue", "--out", "best.xlsx"): "cannot tell the format; end the name in .parquet or .csv",
    ("--minimize", "pue", "--out", "none/best.csv"): "there is no folder",
}


@pytest.mark.parametrize("words", BAD)
def test_bad_input(words: tuple[str, ...], tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, printed, error = command("search", _file(tmp_path), *words)
    assert (code, printed) == (2, "")
    assert BAD[words] in error
    assert error.count("\n") == 1


def test_an_existing_file_is_kept(tmp_path: Path, command: Command) -> None:
    out = tmp_path / "best.csv"
    out.write_text("keep")
    assert "already exists" in command("search", _file(tmp_path), "--minimize", "pue", "--out", out)[2]
    assert out.read_text() == "keep"


def test_each_constraint_says_what_it_excludes(tmp_path: Path, command: Command) -> None:
    plan = _file(tmp_path, 'pue = "> 1"\ncarbon_intensity = "> 500"')
    error = command("search", plan, "--minimize", "pue")[2]
    assert "none of 4 points meets the constraints" in error
    assert "excludes" in error


def test_an_interruption_keeps_the_best_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    plan, objective = random_plan(0, 1)
    calls = 0

    def stop(_: int, __: int) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt

    found = search(plan, minimize=objective, prune=False, threads=1, progress=stop)
    assert not found.complete
    assert 0 < found.evaluated < found.points


def test_ctrl_c(tmp_path: Path) -> None:
    """A search over 10^13 points ends at once, with the best so far and exit code 130."""
    plan = tmp_path / "huge.toml"
    plan.write_text(
        "[axes]\nhardware_energy = { linear = [1, 1e6, 100000] }\npue = { linear = [1, 2, 10000] }\n"
        'carbon_intensity = { linear = [1, 900, 10000] }\n[output]\nquantities = ["operational_carbon"]'
    )
    words = ["search", str(plan), "--maximize", "operational_carbon", "--no-prune", "--threads", "1"]
    script = "import sys; from carbonsweep.cli.main import main; sys.argv[0] = 'carbonsweep'; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", script, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    line = process.stderr.readline()  # progress: it is evaluating
    assert "million/s" in line
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=20)
    assert time.monotonic() - began < 10  # a fraction of a second, unless the machine is busy
    assert process.returncode == 130
    assert "Incomplete" in out
    assert "interrupted: the points shown are the best so far" in error


@pytest.mark.parametrize("structure", STRUCTURES)
def test_best_of_each_group_equal_to_brute_force(structure: int) -> None:
    for seed in range(10):
        plan, objective = random_plan(structure, seed)
        by = [name for name in plan.axes if name != objective][: 1 + seed % 2]
        stored = cs.to_pandas(plan).dropna(subset=[objective])
        if stored.empty:
            continue
        best = stored.sort_values(objective, kind="stable").groupby(by, observed=True, sort=False).head(2)
        found = cs.search(plan, minimize=objective, by=by, top=2)
        columns = list(found.columns)
        wanted = sorted(best[columns].astype(object).itertuples(index=False, name=None), key=repr)
        assert sorted(found.astype(object).itertuples(index=False, name=None), key=repr) == wanted
