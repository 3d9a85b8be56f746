"""The plans of the README and of examples/ are plans, and do what is said of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import carbonsweep as cs
from carbonsweep.engine import Sweep

ROOT = Path(__file__).parent.parent
PLANS = sorted((ROOT / "examples").glob("*.toml"))


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_plan(path: Path) -> None:
    sweep = Sweep(cs.Plan.load(path))
    assert sweep.plan.title
    assert sweep.plan.output.objective
    # Every axis matters.
    assert not [note for note in sweep.grid.notes if "changes no requested quantity" in note]


def test_the_demo_has_a_million_points() -> None:
    assert Sweep(cs.Plan.load(ROOT / "examples" / "llama_class.toml")).grid.points >= 1_000_000


def test_the_plan_of_the_readme(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```toml\n(.*?)```", text, flags=re.DOTALL)
    path = tmp_path / "where.toml"
    path.write_text(block)
    frame = cs.search(cs.Plan.load(path), top=1)
    assert frame["total_carbon"][0] > 0


def test_cloud_placement_meets_its_deadline() -> None:
    frame = cs.search(cs.Plan.load(ROOT / "examples" / "place_70b.toml"), top=3)
    assert (frame["training_days"] <= 60).all()
    assert frame["total_carbon"].is_monotonic_increasing
