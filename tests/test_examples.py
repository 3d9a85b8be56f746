"""The plans of the README and of examples/ are plans, and do what is said of them."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
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


def search(name: str, **options: object) -> pd.DataFrame:
    return cs.search(cs.Plan.load(ROOT / "examples" / f"{name}.toml"), **options)


def test_page_reproduces_the_ratios() -> None:
    """Ren et al. 2024 in the US: 44 / 53 / 40 / 150; India: 3.4 for energy and nothing else."""
    frame = search("page", where="pue == 1.17").set_index("human_baseline")
    names = [f"human_{name}_ratio" for name in ("energy", "carbon", "water", "cost")]
    assert frame.loc["us", names].tolist() == pytest.approx([44, 53, 40, 150], rel=0.02)
    assert frame.loc["india", names[0]] == pytest.approx(3.4, abs=0.03)
    assert frame.loc["india", names[1:]].isna().all()


def test_water_and_carbon_disagree() -> None:
    """The site of least carbon is not that of least water, and site water follows the hardware's energy."""
    dry = search("water_and_carbon", minimize="operational_water", top=1)
    clean = search("water_and_carbon", minimize="operational_carbon", top=1)
    assert dry["region"][0] != clean["region"][0]
    assert dry["operational_carbon"][0] > 2 * clean["operational_carbon"][0]


def test_servers_to_keep() -> None:
    """Owned, the efficient Gold-6326 is second; if it were to be bought its making counts and it is seventh."""
    for status, place in (("owned", 1), ("replacement", 6)):
        frame = search(
            "which_servers", top=15, where=f"embodied_avoidable == {int(place == 6)} and carbon_intensity == 10"
        )
        assert frame["hardware_status"].unique().tolist() == [status]
        assert frame["server"][place] == "mit-xeon-gold-6326"
