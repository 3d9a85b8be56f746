"""What is best for some life of the hardware, against every life tried one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import carbonsweep as cs
from carbonsweep.foundation.errors import PlanError
from carbonsweep.reductions.lower_hull import on_lower_hull

PLAN = {
    "title": "t",
    "axes": {"achieved_flops": [1e14, 2e14]},
    "zip": [{"device_embodied": [100, 200, 300, 500, 900], "device_power": [700, 650, 500, 480, 300]}],
    "constants": {"pue": 1.1, "carbon_intensity": 300},
    "output": {"quantities": ["embodied_cci", "operational_cci"]},
}


def _some_weight_wins(points: np.ndarray) -> np.ndarray:
    """Brute force: a point is kept if some weight between those at which it ties with the others makes it least."""
    kept = []
    for x, y in points.tolist():
        low, high = 0.0, np.inf
        possible = True
        for x1, y1 in points.tolist():
            # x + t y <= x1 + t y1
            if y == y1:
                possible &= x <= x1
            elif y > y1:
                high = min(high, (x1 - x) / (y - y1))
            else:
                low = max(low, (x - x1) / (y1 - y))
        kept.append(possible and high > 0 and low <= high)
    return np.array(kept)


def _front(points: np.ndarray) -> np.ndarray:
    better = [((points <= p).all(axis=1) & (points < p).any(axis=1)).any() for p in points]
    return points[~np.array(better)]


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(1, 30)), min_size=1, max_size=30))
def test_equal_to_brute_force(pairs):
    points = _front(np.array(pairs, dtype=float))
    np.testing.assert_array_equal(on_lower_hull(points), _some_weight_wins(points))


def test_points_on_an_edge_and_equal_points_stay():
    points = np.array([[1.0, 5.0], [2.0, 3.0], [3.0, 1.0], [2.0, 3.0], [2.9, 1.5]])
    assert on_lower_hull(points).tolist() == [True, True, True, True, False]


def test_in_a_plan_and_against_every_life():
    names = ["embodied_cci", "operational_cci"]
    front = cs.pareto(cs.Plan(**PLAN), minimize=names)
    found = cs.pareto(cs.Plan(**PLAN), minimize=names, for_some="lifetime_years")
    assert (len(front), len(found)) == (5, 3)
    best = set()
    for life in np.geomspace(0.01, 1000, 20_001):
        rate = front["embodied_cci"] * 5 / life + front["operational_cci"]
        best.add(front.loc[rate.idxmin(), "embodied_cci"])
    assert best == set(found["embodied_cci"])


@pytest.mark.parametrize(
    ("objectives", "life", "reason"),
    [
        (["embodied_cci", "operational_cci"], "pue", "the only name"),
        (["operational_cci", "embodied_cci", "cci"], "lifetime_years", "two objectives to minimize"),
        (["embodied_cci", "cci"], "lifetime_years", "one objective must fall with lifetime_years"),
    ],
)
def test_refused(objectives, life, reason):
    plan = {**PLAN, "output": {"quantities": objectives}}
    with pytest.raises(PlanError, match=reason):
        cs.pareto(cs.Plan(**plan), minimize=objectives, for_some=life)


def test_a_life_on_an_axis_is_refused():
    plan = {**PLAN, "axes": {**PLAN["axes"], "lifetime_years": [3, 4]}}
    with pytest.raises(PlanError, match="lifetime_years is an axis"):
        cs.pareto(cs.Plan(**plan), minimize=["embodied_cci", "operational_cci"], for_some="lifetime_years")
