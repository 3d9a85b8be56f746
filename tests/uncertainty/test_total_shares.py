"""Total Sobol indices against functions whose indices are known."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest

from carbonsweep.configuration.intervals import intervals
from carbonsweep.configuration.total_shares import total_shares


def _points(inputs: int, count: int) -> np.ndarray:
    from scipy.stats import qmc

    return qmc.Sobol(inputs, scramble=True, rng=1).random_base2(count.bit_length() - 1).T


def _ishigami(matrix: np.ndarray) -> Mapping[str, np.ndarray]:
    """sin x1 + 7 sin^2 x2 + 0.1 x3^4 sin x1 on [-pi, pi]; only x3 acts through another alone."""
    x1, x2, x3 = math.pi * (2.0 * matrix - 1.0)
    return {"y": np.sin(x1) + 7.0 * np.sin(x2) ** 2 + 0.1 * x3**4 * np.sin(x1)}


def test_the_indices_of_ishigami() -> None:
    """Published: 0.5576, 0.4424, 0.2437 (a = 7, b = 0.1); three standard deviations are 2 and 15 %."""
    for count, within in ((65536, 0.02), (1024, 0.15)):
        matrix = _points(3, count)
        found = [one["y"] for one in total_shares(_ishigami(matrix), _ishigami, matrix, [[0], [1], [2]])]
        assert found == pytest.approx([0.5576, 0.4424, 0.2437], rel=within)


def test_a_sum_has_no_interactions_and_rows_of_a_table_one_index() -> None:
    """y = x1 + 2 x2 + 3 x3: 1/14, 4/14, 9/14; the last two from one table, together 13/14."""
    matrix = _points(3, 16384)

    def weighted(x: np.ndarray) -> Mapping[str, np.ndarray]:
        return {"y": x[0] + 2.0 * x[1] + 3.0 * x[2]}

    each = [one["y"] for one in total_shares(weighted(matrix), weighted, matrix, [[0], [1], [2]])]
    assert each == pytest.approx([1 / 14, 4 / 14, 9 / 14], rel=0.03)
    both = [one["y"] for one in total_shares(weighted(matrix), weighted, matrix, [[0], [1, 2]])]
    assert both == pytest.approx([1 / 14, 13 / 14], rel=0.03)


def test_a_sample_without_a_value_leaves_no_index() -> None:
    (found,) = total_shares({"y": np.full(4, np.inf)}, lambda _: {"y": np.ones(4)}, np.ones((1, 4)), [[0]])
    assert math.isnan(found["y"])


def test_an_estimate_says_both_shares() -> None:
    """A product of two: what each explains alone, and with the other. Sobol's indices of a product by hand."""
    uncertain = {"samples": 1024, "facility_energy": {"uniform": [0, 2e6]}, "carbon_intensity": {"uniform": [1, 801]}}
    found = intervals({"embodied_carbon": 0}, ["operational_carbon"], uncertain)
    ratios = [1 / 3, (800**2 / 12) / 401**2]  # variance over squared mean of each
    whole = math.prod(1 + one for one in ratios) - 1
    alone, total = found.variance_shares["operational_carbon"], found.total_shares["operational_carbon"]
    for name, mine, other in zip(("facility_energy", "carbon_intensity"), ratios, ratios[::-1], strict=True):
        assert alone[name] == pytest.approx(mine / whole, abs=0.07)
        assert total[name] == pytest.approx(mine * (1 + other) / whole, rel=0.1)
    (line,) = found._said()
    assert line.startswith("of the variance of operational_carbon come from: ")
    assert line.endswith("with others)")
