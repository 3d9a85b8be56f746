"""Designs compared at the same samples, and what knowing an input is worth."""

from __future__ import annotations

import math

import numpy as np
import pytest

import carbonsweep as cs
from carbonsweep.kernels.statistics import Statistic
from carbonsweep.plan.plan import Plan
from carbonsweep.reductions.regret import parse_regret
from carbonsweep.reductions.robust import compare
from tests.uncertainty.test_statistics import NUMERIC


def test_two_designs_of_normal_costs() -> None:
    """100 + 10 z1 against 100 + 5 z2: E min 95.54, EVPI sqrt(125 / 2 pi), EVPPI(z1) 10 / sqrt(2 pi), P(best) 0.5."""
    from scipy.special import ndtri
    from scipy.stats import qmc

    z1, z2 = ndtri(qmc.Sobol(2, scramble=True, rng=1).random_base2(16)).T
    found = compare(np.array([100 + 10 * z1, 100 + 5 * z2]), {"z1": z1, "z2": z2}, "total_carbon")
    assert found.evpi == pytest.approx(math.sqrt(125 / (2 * math.pi)), abs=0.01)
    assert 100 - found.evpi == pytest.approx(95.54, abs=0.01)
    assert found.evppi["z1"] == pytest.approx(10 / math.sqrt(2 * math.pi), abs=0.02)
    assert found.evppi["z2"] == pytest.approx(5 / math.sqrt(2 * math.pi), abs=0.02)
    assert found.p_best.tolist() == pytest.approx([0.5, 0.5], abs=0.005)


def test_ties_are_split_and_a_design_without_a_value_is_never_the_best() -> None:
    found = compare(np.array([[1.0, 2.0], [1.0, 3.0], [math.inf, 1.0]]), {"x": np.array([0.0, 1.0])}, "total_carbon")
    assert found.p_best.tolist() == [0.25, 0.25, 0.5]
    assert found.regret.tolist() == [0.5, 1.0, math.inf]


def test_search_says_regret_and_chance_of_each_design() -> None:
    found = cs.search(Plan(**NUMERIC), minimize="p95(total_carbon)", where="tokens > 1e12", top=3)
    assert found["regret"].tolist()[0] == 0.0
    assert (found["regret"].diff().dropna() >= 0.0).all()
    assert 0.0 < found["p_best"].sum() <= 1.0 + 1e-12


def test_an_input_that_two_designs_weigh_differently_is_worth_knowing() -> None:
    """Embodied carbon rules on a clean grid and operational on a dirty one: which is better depends on the life."""
    two = {
        "zip": [{"device_power": [900.0, 600.0], "device_embodied": [500.0, 4000.0]}],
        "axes": {},
        "constants": {**NUMERIC["constants"], "tokens": 1e12, "devices": 64, "carbon_intensity": 200},
        "uncertainty": {"samples": 1024, "lifetime_years": {"uniform": [1, 10]}, "pue": {"uniform": [1.1, 1.2]}},
        "output": {"quantities": ["total_carbon"]},
    }
    del two["constants"]["device_power"], two["constants"]["device_embodied"], two["constants"]["pue"]
    from carbonsweep.reductions.best import search

    found = search(Plan(**two), minimize="mean(total_carbon)")
    assert found.robustness is not None
    assert 0.0 < found.robustness.evppi["lifetime_years"] <= found.robustness.evpi * 1.001
    assert found.robustness.evppi["pue"] < 0.1 * found.robustness.evpi
    assert found.to_dict()["value_of_information"]["compared"] == 2


def test_an_estimate_with_the_shipped_ranges() -> None:
    values = {
        "model": "llama-3-8b",
        "tokens": 15e12,
        "accelerator": "h100-sxm5",
        "devices": 512,
        "region": "aws/us-east-1",
    }
    found = cs.estimate(**values, uncertainty="defaults")
    plain = cs.estimate(**values, quantities=["training_days", "total_carbon"])
    assert found["training_days_p5"] < plain["training_days"] < found["training_days_p95"]
    # The error of whole trainings, a sigma of 0.288, rules the interval of days.
    assert math.log(found["training_days_p95"] / found["training_days_p5"]) / 2 / 1.6449 == pytest.approx(
        0.288, rel=0.02
    )
    assert found["total_carbon_p5"] < plain["total_carbon"] < found["total_carbon_p95"]
    given = cs.estimate(**values, hardware_efficiency=0.4, uncertainty="defaults")
    assert "training_days_p5" not in given  # an efficiency that is given has no error of a model
    assert given["total_carbon_p5"] < given["total_carbon_p95"]


def test_what_an_interval_comes_from() -> None:
    """Days times two independent lognormal factors of sigma 0.3 and 0.1: shares of 0.9 and 0.1 of the log variance."""
    from carbonsweep.configuration.intervals import intervals

    factors = {"training_days": {"lognormal": [1.0, 0.1], "times": True}, "goodput": {"beta": [12, 7]}}
    values = {"parameters": 7e9, "tokens": 1e12, "devices": 64, "peak_flops": 1e15, "hardware_efficiency": 0.4}
    found = intervals(values, ["training_days"], {"samples": 4096, **factors})
    shares = found.variance_shares["training_days"]
    goodput = np.log(found.estimate.graph.steps[-1].samples.matrix[1])
    log_shares = {"training_days": 0.1**2, "goodput": float(goodput.var())}
    whole = sum(log_shares.values())
    for name, share in log_shares.items():
        assert shares[name] == pytest.approx(share / whole, abs=0.05)
    assert "of the variance of training_days come from: goodput" in str(found._said())


def test_designs_that_look_up_a_curve_are_compared() -> None:
    found = cs.search(
        Plan(
            axes={"start_hour": {"integers": [0, 8759, 1000]}, "profile": ["eia930/CISO", "eia930/BPAT"]},
            constants={**NUMERIC["constants"], "tokens": 1e12, "devices": 64, "accounting": "location_lifecycle"},
            uncertainty={"samples": 64, "goodput": {"beta": [12, 7]}},
            output={"quantities": ["total_carbon"]},
        ),
        minimize="p95(total_carbon)",
        top=2,
    )
    assert found["profile"].tolist() == ["eia930/BPAT", "eia930/BPAT"]
    assert found["regret"].iloc[0] >= 0.0


REGRETS = {
    "regret(total_carbon)": ("p50", 64),
    "p95(regret(total_carbon))": ("p95", 122),
    "mean(regret(total_carbon))": ("mean", 0),
}
"""Objectives, what their columns end with, and the rank among 128 samples that each takes."""
_RANDOM = np.random.default_rng(2)
DESIGNS: dict = {
    # Power and embodied carbon that are traded for each other: which is better depends on life and grid.
    "zip": [{"device_power": (600 + 300 * np.linspace(0, 1, 40) ** 2).tolist(),
             "device_embodied": (2600 - 2000 * np.linspace(0, 1, 40) + 100 * _RANDOM.random(40)).tolist()}],
    "axes": {"pue": [1.1, 1.15]},
    "constants": {"parameters": 7e9, "tokens": 1e12, "devices": 64, "peak_flops": 989e12, "hardware_efficiency": 0.4},
    "uncertainty": {
        "samples": 128,
        "lifetime_years": {"uniform": [1, 10]},
        "carbon_intensity": {"uniform": [20, 300]},
    },
    "constraints": {"mean(total_carbon)": "<= 5300"},
    "output": {"quantities": ["total_carbon"]},
    "order": "plan",
}  # fmt: skip


@pytest.fixture(scope="module")
def side_by_side() -> tuple[np.ndarray, np.ndarray]:
    """Every sample of every design: the designs, and what each emits in each sample."""
    frame = cs.to_pandas(Plan(**{**DESIGNS, "constraints": {}}))
    axes = ["device_power", "device_embodied", "pue"]
    table = frame.pivot_table(index=axes, columns="sample", values="total_carbon", sort=False)
    met = table.to_numpy().mean(axis=1) <= 5300
    assert 10 < met.sum() < 70
    return table.index.to_frame().to_numpy()[met], table.to_numpy()[met]


@pytest.mark.parametrize("objective", REGRETS)
def test_the_least_regret_is_that_of_all_designs_side_by_side(side_by_side, objective: str) -> None:
    designs, costs = side_by_side
    above = costs - costs.min(axis=0)
    name, rank = REGRETS[objective]
    expected = np.sort(above, axis=1)[:, rank - 1] if rank else above.mean(axis=1)
    order = np.argsort(expected, kind="stable")[:5]
    found = cs.search(Plan(**DESIGNS), minimize=objective, top=5)
    assert found[f"total_carbon_regret_{name}"].to_numpy() == pytest.approx(expected[order], rel=1e-9)
    assert found[["device_power", "device_embodied", "pue"]].to_numpy() == pytest.approx(designs[order])
    assert found["regret"].to_numpy() == pytest.approx(np.median(above[order], axis=1), rel=1e-9)
    assert found["p_best"].to_numpy() == pytest.approx((above[order] == 0).mean(axis=1))
    assert expected[order[0]] > 0


def test_objectives_by_regret_are_read() -> None:
    assert parse_regret("p95( regret(total_carbon) )") == Statistic("total_carbon", "quantile", 95.0)
    assert parse_regret("regret(total_carbon)") == Statistic("total_carbon", "quantile", 50.0)
    assert parse_regret("cvar90(regret(total_carbon))") is None
    assert parse_regret("total_carbon") is None


@pytest.mark.parametrize(
    ("changes", "keywords", "message"),
    [
        ({}, {"maximize": "regret(total_carbon)"}, "regret is of all designs and to be small"),
        ({}, {"minimize": "regret(total_carbon)", "by": ["tokens"]}, "without by"),
        ({}, {"minimize": "regret(training_flops)"}, "training_flops is the same in every sample"),
        (
            {"axes": {"devices": {"integers": [1, 300000]}}},
            {"minimize": "regret(total_carbon)"},
            "give fewer of either",
        ),
        ({"uncertainty": None}, {"minimize": "regret(total_carbon)"}, "nothing is uncertain"),
        ({"output": {**NUMERIC["output"], "minimize": "regret(total_carbon)"}}, {}, "give it to search"),
    ],
)
def test_refused_regrets(changes: dict, keywords: dict, message: str) -> None:
    data = {**NUMERIC, **changes}
    if "axes" in changes:
        data["constants"] = {**NUMERIC["constants"], "tokens": 1e12, "carbon_intensity": 100}
    if data["uncertainty"] is None:
        del data["uncertainty"]
    with pytest.raises(cs.PlanError, match=message):
        cs.search(Plan(**data), **keywords)


def test_the_error_of_power_stands_for_the_spread_of_its_constant() -> None:
    """Found on servers of which the maximum is known, by the share of the maximum: no other basis has it."""
    from carbonsweep.configuration.intervals import intervals

    run = {"accelerator": "h100-sxm5", "device_hours": 1e6, "pue": 1.1}

    def uncertain(taken: object = "defaults", **equations: str) -> dict[str, str]:
        found = intervals(run, ["facility_energy"], taken, equations)
        (step,) = [one for one in found.estimate.graph.steps if hasattr(one, "samples")]
        return step.samples.texts

    names = uncertain()
    assert names["device_power"] == "times lognormal [1, 0.094]"
    assert "training_nameplate_fraction" not in names
    own = {"model_error": {"shipped": True}, "training_nameplate_fraction": {"uniform": [0.7, 0.8]}}
    assert set(uncertain(own)) == {"training_nameplate_fraction"}
    factor = {"model_error": {"shipped": True}, "facility_energy": {"lognormal": [1.0, 0.1], "times": True}}
    assert set(uncertain(factor)) == {"device_power", "facility_energy"}
    assert set(uncertain(factor, device_power="components")) == {"facility_energy"}
