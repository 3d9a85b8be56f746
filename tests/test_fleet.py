"""Placing work on an owned fleet, and the penalty over the slices of a plan."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import carbonsweep as cs
from carbonsweep.fleet import _fill

ROOT = Path(__file__).parent.parent
SITE = {"carbon_intensity": 14, "pue": 1}


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """As many of either server as are of equal power together."""
    path = tmp_path / "fleet.csv"
    path.write_text(
        "id,count,embodied_kg,performance,tdp_w,source\n"
        "e-2286g,44895,8.04,14020,95,Bashir et al. 2024\ngold-6538n,14020,101.89,44895,205,Bashir et al. 2024\n"
    )
    return path


def test_two_servers_of_the_paper(two: Path) -> None:
    """SCI picks the old server; oSCI and tSCI the efficient one: 24.01 % (24.10 % from the rounded table)."""
    found = cs.place(two, "50%", **SITE)
    picks = found.picks.set_index("metric")["server"]
    assert picks.to_dict() == {"sci": "e-2286g", "osci": "gold-6538n", "tsci": "gold-6538n"}
    assert found.penalty["sunk_carbon_penalty"][0] == pytest.approx(0.2401, abs=5e-5)
    assert found.table["over the least"].tolist() == pytest.approx([0.2401, 0, 0], abs=5e-5)
    assert (found.picks["servers used"] == [44895, 14020, 14020]).all()


def test_the_mit_cluster() -> None:
    """Bashir et al., case study: the penalty is zero for none and all of the work; its curve is not reproduced."""
    shares = [f"{share}%" for share in range(5, 101, 5)]
    found = cs.place("mit", shares, carbon_intensity=10, pue=1, amortisation="life_or_age")
    penalty = found.penalty["sunk_carbon_penalty"].to_numpy()
    assert (penalty >= 0).all()
    assert penalty[[0, 1, -1]] == pytest.approx([0, 0, 0], abs=1e-12)
    assert 0.10 < penalty.max() < 0.29
    all_of_it = found.table[found.table["share of fleet"] == 1.0]
    # 17,632.71 kg over max(5, age) years; sum of M and O over the printed table
    assert all_of_it["embodied kgCO2e"].tolist() == pytest.approx([2779.49] * 3, rel=1e-5)
    assert all_of_it["operational kgCO2e"].tolist() == pytest.approx([74045 * 8.76 * 10 / 1000] * 3)
    first = found.picks[(found.picks["metric"] == "osci")].iloc[0]
    assert first["server"] == "mit-xeon-silver-4216"


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(0.1, 10), st.floats(1, 100)), min_size=1, max_size=6), st.floats(0.01, 1))
def test_filling_gives_the_least_sum(kinds: list[tuple[float, float]], share: float) -> None:
    key, capacity = np.array(kinds).T
    amount = share * capacity.sum()
    done = _fill(key, capacity, amount)
    assert done.sum() == pytest.approx(amount)
    assert (done <= capacity).all()
    even = capacity * share  # another way to do the same work
    assert (done * key).sum() <= (even * key).sum() * (1 + 1e-9)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["mitt", "--work", "40%"], "no fleet 'mitt' in catalog servers; did you mean 'mit'?"),
        (["none.csv", "--work", "40%"], "none.csv: cannot read the catalog"),
        (["mit", "--work", "140%"], "work: 140% is outside (0, 8.2612e+06], the fleet's capacity"),
        (["mit", "--work", "much"], "work: 'much' is neither a number nor a share such as 40%"),
        (["mit", "--work", "40%", "--pue", "0.9"], "pue: 0.9 is outside [1, inf)"),
        (["mit", "--work", "40%", "--amortisation", "zero"], "amortisation has no choice 'zero'"),
        (["mit", "--work", "40%", "--years", "0"], "years: 0 must be a number above zero"),
    ],
)
def test_bad_input_is_one_line(command, arguments: list[str], says: str) -> None:
    options = [] if "--pue" in arguments else ["--pue", "1"]
    code, out, err = command("place", *arguments, "--carbon-intensity", "10", *options)
    assert (code, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1


def test_a_faulty_fleet_names_line_and_column(command, tmp_path: Path) -> None:
    path = tmp_path / "fleet.csv"
    path.write_text("id,count,embodied_kg,performance,tdp_w\na,2,10,0,90\n")
    code, _, err = command("place", path, "--work", "40%", "--carbon-intensity", "10", "--pue", "1")
    assert code == 2
    assert "fleet.csv: line 2: column 'performance': 0 must be above zero" in err


def test_commands_print(command, two: Path) -> None:
    code, out, _ = command("place", two, "--work", "50%", "--carbon-intensity", "14", "--pue", "1", "--json")
    assert code == 0
    assert '"sunk_carbon_penalty": 0.2401' in out
    code, out, _ = command("sunk", ROOT / "examples" / "two_servers.toml", "--among", "server")
    assert code == 0
    assert "gold-6538n" in out


def test_slices_of_a_plan() -> None:
    plan = cs.Plan.load(ROOT / "examples" / "two_servers.toml")
    found = cs.sunk_carbon(plan, among="server").set_index("lifetime_years")
    assert found["sunk_carbon_penalty"][5] == pytest.approx(0.2401, abs=5e-5)
    assert found["pick of sci"].tolist() == ["e-2286g"] * 6 + ["gold-6538n"] * 4
    assert (found["sunk_carbon_penalty"] >= 0).all()


def test_only_owned_hardware_counts() -> None:
    plan = cs.Plan.load(ROOT / "examples" / "two_servers.toml")
    data = plan.canonical()
    bought = cs.Plan(**{**data, "constants": {**data["constants"], "hardware_status": "new"}})
    with pytest.raises(cs.PlanError, match="'new' carbon is not sunk; only owned hardware counts"):
        cs.sunk_carbon(bought, among="server")
    with pytest.raises(cs.PlanError, match="no axis 'servers'; did you mean 'server'"):
        cs.sunk_carbon(plan, among="servers")


def test_accelerators_in_slices() -> None:
    """Training on three owned kinds of accelerators, in two places: a plan of the ordinary chain."""
    plan = cs.Plan(
        axes={"accelerator": ["V100-32GB", "A100-80GB", "H100"], "carbon_intensity": [10, 600]},
        constants={"model": "gpt3-175b", "tokens": 3e11, "devices": 1024, "pue": 1.1, "functional_units": 3e11},
        output={"quantities": ["total_carbon"]},
    )
    found = cs.sunk_carbon(plan, among="accelerator")
    assert (found["sunk_carbon_penalty"] >= 0).all()
    assert (found["pick of osci"] == "h100-sxm5").all()
