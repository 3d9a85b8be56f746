"""Joint samples: exact numbers of the distributions, and what is refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from carbonsweep.foundation.errors import PlanError
from carbonsweep.grid.bind import bind
from carbonsweep.grid.given import Binder
from carbonsweep.grid.samples import Samples, draw
from carbonsweep.plan.plan import Plan
from carbonsweep.plan.uncertainty import Uncertainty


def drawn(samples: int = 65536, seed: int = 1, **inputs: Any) -> Samples:
    given = Uncertainty(samples=samples, seed=seed, inputs=inputs)
    return draw(given, given.inputs, Binder({}, "plan"), ())


def test_lognormal_has_its_mean_and_quantiles() -> None:
    values = np.sort(drawn(pue={"lognormal": [1.0, 0.25], "times": True}).matrix[0])
    assert values.mean() == pytest.approx(1.0317, abs=5e-5)
    assert values[math.ceil(0.95 * len(values)) - 1] == pytest.approx(1.5086, abs=2e-4)


def test_beta_has_its_mean_and_quantiles() -> None:
    values = np.sort(drawn(goodput={"beta": [12, 7]}).matrix[0])
    assert values.mean() == pytest.approx(0.6316, abs=5e-5)
    found = [values[math.ceil(p * len(values)) - 1] for p in (0.05, 0.5, 0.95)]
    assert found == pytest.approx([0.4460, 0.6363, 0.8010], abs=1e-4)


def test_lognormal_of_a_given_tail_ratio() -> None:
    """p95 / mean = 1.6 is a sigma of 0.3159 (CarbonClarity): exp(1.6449 s - s^2 / 2)."""
    values = np.sort(drawn(die_area={"lognormal": [8.0, 0.3159]}).matrix[0])
    assert values[math.ceil(0.95 * len(values)) - 1] / values.mean() == pytest.approx(1.6, rel=1e-3)


def test_triangular_uniform_quantiles_and_values() -> None:
    table = drawn(
        pue={"triangular": [1.06, 1.09, 1.2]},
        lifetime_years={"uniform": [3, 6]},
        goodput={"quantiles": [[0.05, 0.5], [0.5, 0.6], [0.95, 0.9]]},
        fab_carbon_intensity={"values": [100.0, 600.0], "weights": [3, 1]},
    )
    pue, life, goodput, fab = table.matrix
    assert pue.mean() == pytest.approx((1.06 + 1.09 + 1.2) / 3, abs=1e-5)
    assert (life.min(), life.mean(), life.max()) == pytest.approx((3.0, 4.5, 6.0), abs=1e-3)
    assert [np.mean(goodput <= x + 1e-9) for x in (0.5, 0.6, 0.9)] == pytest.approx([0.05, 0.5, 1.0], abs=1e-3)
    assert sorted(set(fab)) == [100.0, 600.0]
    assert np.mean(fab == 100.0) == pytest.approx(0.75, abs=1e-3)


def test_p95_of_1024_samples_is_near_that_of_65536() -> None:
    def p95(samples: int, seed: int) -> float:
        m = drawn(samples, seed, carbon_intensity={"lognormal": [400, 0.2]}, pue={"uniform": [1.1, 1.3]},
                  goodput={"beta": [12, 7]}, die_area={"lognormal": [8.0, 0.15]}).matrix  # fmt: skip
        total = np.sort(m[0] * m[1] * m[2] + 20.0 * m[3])
        return float(total[math.ceil(0.95 * samples) - 1])

    exact = p95(65536, 0)
    near = [abs(p95(1024, seed) / exact - 1.0) <= 0.016 for seed in range(100)]
    assert sum(near) >= 99


def test_the_same_seed_gives_the_same_table_and_another_seed_another() -> None:
    first, again, other = (drawn(64, seed, pue={"uniform": [1.1, 1.3]}).digest for seed in (1, 1, 2))
    assert first == again != other


def test_a_normal_is_cut_at_the_range_of_its_name() -> None:
    values = drawn(goodput={"normal": [0.7, 0.095]}).matrix[0]
    assert values.max() <= 1.0
    assert values.mean() == pytest.approx(0.7, abs=1e-3)


PLAN: dict[str, Any] = {
    "axes": {"devices": [256, 1024]},
    "constants": {"model": "llama-3-8b", "tokens": 15e12, "hardware_efficiency": 0.4, "accelerator": "h100-sxm5",
                  "region": "aws/us-east-1"},
    "output": {"quantities": ["total_carbon"], "statistics": ["p95"]},
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"uncertainty": {"pue": {"normal": [1.1, 0.05]}}}, "2.28 % of normal [1.1, 0.05] lie outside"),
        ({"uncertainty": {"pue": {"uniform": [0.9, 1.2]}}}, "outside [1, inf), the valid range of pue"),
        ({"uncertainty": {"pue": {"uniform": [11, 120]}}}, "implausible"),
        ({"uncertainty": {"devices": {"values": [1, 2]}}}, "devices is an axis"),
        ({"uncertainty": {"layers": {"uniform": [1, 2]}}}, "layers is a whole number; give its values"),
        ({"uncertainty": {"tokens": {"uniform": [1e12, 2e12]}}}, "tokens is given otherwise too"),
        (
            {"uncertainty": {"good_put": {"uniform": [0.5, 1]}}},
            "unknown input or quantity 'good_put'; did you mean 'goodput' or",
        ),
        ({"uncertainty": {"precision": {"values": [0, 1]}}}, "precision is one of"),
        ({"uncertainty": {"electricity_price": {"uniform": [0.05, 0.1]}}}, "changes no quantity of this plan"),
        ({"uncertainty": {"samples": 100, "pue": {"uniform": [1, 2]}}}, "samples must be a power of two"),
        ({"uncertainty": {"pue": {"uniform": [1.3, 1.2]}}}, "uncertainty.pue: uniform: low must be below high"),
        ({"uncertainty": {"pue": {"uniform": [1.0]}}}, "uniform takes [low, high]"),
        ({"uncertainty": {"pue": {}}}, "give one distribution"),
        ({"uncertainty": {"pue": {"uniform": [1, 2], "beta": [1, 2]}}}, "uniform and beta are given"),
        ({"uncertainty": {"pue": {"values": [1.1, 1.2], "weights": [1]}}}, "give one for each of the values"),
        ({"uncertainty": {}}, "name at least one uncertain input"),
        ({}, "p95 is a statistic over samples, and nothing is uncertain"),
        (
            {"uncertainty": {"pue": {"uniform": [1.1, 1.2]}}, "constraints": {"total_carbon": "<= 1e6"}},
            "total_carbon differs between samples; say which statistic: p95(total_carbon)",
        ),
        (
            {"uncertainty": {"pue": {"uniform": [1.1, 1.2]}}, "constraints": {"p95(training_days)": "<= 60"}},
            "p95(training_days): training_days is the same in every sample",
        ),
        (
            {
                "uncertainty": {"pue": {"uniform": [1.1, 1.2]}},
                "output": {"quantities": ["total_carbon"], "statistics": ["p95"], "maximize": "cvar90(total_carbon)"},
            },
            "cvar90(total_carbon) is a mean of the largest values",
        ),
        ({"axes": {"sample": [1, 2]}}, "'sample' numbers the joint samples"),
        (
            {"output": {"quantities": ["total_carbon"], "statistics": ["median"]}},
            "no statistic 'median'; there are p5",
        ),
    ],
)
def test_refusals(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(PlanError) as error:
        bind(Plan(**{**PLAN, **changes}))
    assert message in str(error.value)
    assert "\n" not in str(error.value)
