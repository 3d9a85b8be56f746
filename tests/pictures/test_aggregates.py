"""What pictures are drawn of, against plain loops over the same rows."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest

from carbonsweep.pictures.aggregates import along, around, density, fronts
from carbonsweep.pictures.rows import RunRows
from carbonsweep.plan.plan import Plan


def rows_from(frame: pd.DataFrame, axes: tuple[tuple[str, ...], ...], maximize: bool = False) -> RunRows:
    """Rows as if they were of a run."""
    connection = duckdb.connect()
    connection.register("frame", frame)
    connection.execute("create table points as select * from frame")
    plan = Plan(output={"quantities": ["carbon"]})
    texts = frozenset(name for name in frame if frame[name].dtype == object)
    units = dict.fromkeys(frame, "1")
    return RunRows("run", {"rows": len(frame)}, plan, axes, units, texts, "carbon", maximize, connection)


def grid(seed: int) -> pd.DataFrame:
    """A grid of four axes with ties, missing values and an infinite one among its quantities."""
    random = np.random.default_rng(seed)
    axes = pd.MultiIndex.from_product(
        [["a", "b", "c'"], [1.0, 2.0, 4.0], np.geomspace(1e9, 1e12, 40), [3, 4]],
        names=["kind", "size", "tokens", "years"],
    ).to_frame(index=False)
    carbon = np.round(np.exp(random.normal(3, 2, len(axes))), 1) + 0.1
    days = np.round(random.uniform(1, 60, len(axes)), 1)
    carbon[random.integers(0, len(axes), 30)] = np.nan
    days[random.integers(0, len(axes), 30)] = np.nan
    carbon[5] = np.inf
    return axes.assign(kind=axes["kind"].astype(object), carbon=carbon, days=days).sample(frac=0.8, random_state=seed)


AXES = (("kind",), ("size",), ("tokens",), ("years",))


def naive_front(frame: pd.DataFrame, sign: int) -> set[tuple[float, float]]:
    points = frame[["days", "carbon"]].replace([np.inf, -np.inf], np.nan).dropna().drop_duplicates().to_numpy()
    cost = points * [1, sign]
    best = {
        tuple(point)
        for point, mine in zip(points, cost, strict=True)
        if not ((cost <= mine).all(axis=1) & (cost < mine).any(axis=1)).any()
    }
    return {(float(days), float(carbon)) for days, carbon in best}


@pytest.mark.parametrize("seed", range(6))
def test_fronts_are_those_of_a_plain_loop(seed: int) -> None:
    frame = grid(seed)
    maximize = seed % 2 == 1
    rows = rows_from(frame, AXES, maximize)
    pairs = [("days", "carbon"), ("carbon", "days")]
    for x, y in pairs:
        (whole,) = fronts(rows, [(x, y)]).values()
        assert {(p["days"], p["carbon"]) for p in whole} == naive_front(frame, -1 if maximize else 1)
    split = fronts(rows, pairs, "kind", ["tokens"])
    for found in split.values():
        for kind, part in frame.groupby("kind"):
            mine = [p for p in found if p["kind"] == kind]
            assert {(p["days"], p["carbon"]) for p in mine} == naive_front(part, -1 if maximize else 1)
            # What is kept of a point is of that point.
            for point in mine[:5]:
                same = part[(part["days"] == point["days"]) & (part["carbon"] == point["carbon"])]
                assert point["tokens"] in set(same["tokens"])


def test_strips_along_axes() -> None:
    frame = grid(1)
    found = along(rows_from(frame, AXES), ["kind", "size"])
    for name in ("kind", "size"):
        assert [strip.value for strip in found[name]] == sorted(frame[name].unique())
        for strip in found[name]:
            carbon = frame.loc[frame[name] == strip.value, "carbon"].replace(np.inf, np.nan).dropna()
            assert (strip.points, strip.low, strip.high) == (len(carbon), carbon.min(), carbon.max())
            # Quartiles are read from bins over the logarithm of the range: 1/512 of ln(1e4) is 2 %.
            assert strip.quartiles == pytest.approx(carbon.quantile([0.25, 0.5, 0.75]).tolist(), rel=0.06)


def test_around_the_best_point_one_axis_moves() -> None:
    frame = grid(2)
    finite = frame.replace(np.inf, np.nan).dropna(subset=["carbon"])
    best = finite.loc[finite["carbon"].idxmin()]
    arms = {arm.axis: dict(arm.values) for arm in around(rows_from(frame, AXES))}
    assert arms
    for axis in ("kind", "size", "tokens", "years"):
        same = np.logical_and.reduce([finite[name] == best[name] for name, *_ in AXES if name != axis])
        expected = finite[same].set_index(axis)["carbon"].to_dict()
        assert arms.get(axis, {best[axis]: best["carbon"]}) == expected


def test_a_density_shades_where_points_are_and_nowhere_else() -> None:
    frame = grid(3)
    found = density(rows_from(frame, AXES), "days", "carbon")
    both = frame[["days", "carbon"]].replace(np.inf, np.nan).dropna()
    finite = frame.replace(np.inf, np.nan)
    carbon, low, high = np.log(both["carbon"]), np.log(finite["carbon"].min()), np.log(finite["carbon"].max())
    days = np.log(both["days"]), np.log(finite["days"].min()), np.log(finite["days"].max())
    up, across = found.counts.shape
    right = np.floor((days[0] - days[1]) / (days[2] - days[1]) * (across - 1e-6)).astype(int)
    above = np.floor((carbon - low) / (high - low) * (up - 1e-6)).astype(int)
    expected = np.zeros_like(found.counts, dtype=bool)
    expected[above, right] = True
    assert (found.counts > 0)[:, expected.any(axis=0)].tolist() == expected[:, expected.any(axis=0)].tolist()


def test_zipped_columns_move_together() -> None:
    frame = pd.DataFrame(
        {"experts": [1, 2, 1, 2], "active": [4, 8, 4, 8], "size": [1, 1, 2, 2], "carbon": [1.0, 3, 2, 9]}
    )
    arms = {arm.axis: arm.values for arm in around(rows_from(frame, (("experts", "active"), ("size",))))}
    assert arms == {"experts": ((1, 1.0), (2, 3.0)), "size": ((1, 1.0), (2, 2.0))}
