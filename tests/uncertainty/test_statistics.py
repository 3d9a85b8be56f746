"""Statistics over joint samples: the nest, its slow twin and every sample written out say the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import carbonsweep as cs
from carbonsweep.configuration.evaluate import statistic
from carbonsweep.foundation.errors import PlanError
from carbonsweep.kernels.statistics import Statistic, parse_statistic, statistic_of, with_columns
from carbonsweep.nest.order_statistics import mean as mean_of
from carbonsweep.nest.order_statistics import quantile, share_at_least, share_at_most, tail_mean
from carbonsweep.plan.plan import Plan

KEYS = ["accelerator", "region", "devices"]
BASE: dict[str, Any] = {
    "axes": {
        "accelerator": ["h100-sxm5", "a100-sxm4-80gb"],
        "region": ["aws/us-east-1", "gcp/us-central1"],
        "devices": [256, 512],
    },
    "constants": {"training_flops": 7.2e23, "hardware_efficiency": 0.4, "embodied_carbon": 4e4},
    "uncertainty": {
        "samples": 64,
        "pue": {"triangular": [1.06, 1.09, 1.2]},
        "goodput": {"beta": [12, 7]},
        "carbon_intensity": {"lognormal": [1.0, 0.15], "times": True},
        "device_power": {"normal": [0.0, 20.0], "plus": True},
        "training_days": {"values": [0.9, 1.0, 30.0], "times": True},
    },
    "output": {"quantities": ["total_carbon", "training_days", "training_flops"]},
}
STATISTICS = ["p5", "p50", "p97.5", "mean", "cvar90", "p(<= 1e6)", "p(>= 3e5)"]


def plan(**changes: Any) -> Plan:
    return Plan(**{**BASE, **changes})


def output(**changes: Any) -> dict[str, Any]:
    return {**BASE["output"], **changes}


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Every sample of every design."""
    return _rows(plan(), tmp_path_factory.mktemp("every"))


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The statistics of every design."""
    return _rows(plan(output=output(statistics=STATISTICS)), tmp_path_factory.mktemp("taken"))


def _rows(of: Plan, folder: Path) -> pd.DataFrame:
    cs.run(of, str(folder / "run"))
    return pd.concat([pd.read_parquet(file) for file in sorted((folder / "run").glob("*.parquet"))])


def test_a_run_without_statistics_has_a_row_for_every_design_and_sample(every: pd.DataFrame) -> None:
    assert len(every) == 8 * 64
    assert every.groupby(KEYS, observed=True)["sample"].nunique().eq(64).all()
    # The same draws for every design: the ratio of two designs' days is the same in every sample.
    table = every.pivot_table(index="sample", columns=KEYS, values="training_days", observed=True)
    assert (table.iloc[:, 0] / table.iloc[:, 1]).std() < 1e-12


def test_statistics_are_those_of_the_samples(every: pd.DataFrame, taken: pd.DataFrame) -> None:
    assert len(taken) == 8
    assert "training_flops" in taken
    assert "training_flops_p5" not in taken
    assert (taken["feasible_share"] == 1.0).all()
    by_design = taken.set_index(KEYS)
    for key, group in every.groupby(KEYS, observed=True):
        row = by_design.loc[key]
        for name in ("total_carbon", "training_days"):
            values = np.sort(group[name].to_numpy())
            assert row[f"{name}_p5"] == values[3]
            assert row[f"{name}_p50"] == values[31]
            assert row[f"{name}_p97_5"] == values[62]
            assert row[f"{name}_mean"] == pytest.approx(values.mean(), rel=1e-13)
            assert row[f"{name}_cvar90"] == pytest.approx(values[58:].mean(), rel=1e-13)
            assert row[f"{name}_p_le_1000000"] == (values <= 1e6).mean()
            assert row[f"{name}_p_ge_300000"] == (values >= 3e5).mean()


def test_one_design_evaluated_by_the_slow_twin(every: pd.DataFrame) -> None:
    axes = {"accelerator": ["a100-sxm4-80gb"], "region": ["gcp/us-central1"], "devices": [512]}
    found = cs.estimate(plan(axes=axes, output=output(statistics=STATISTICS)))
    alone = every[
        (every.accelerator == "a100-sxm4-80gb") & (every.region == "gcp/us-central1") & (every.devices == 512)
    ]
    values = np.sort(alone["total_carbon"].to_numpy())
    assert found["total_carbon_p50"] == pytest.approx(values[31], rel=1e-12)
    assert found["total_carbon_cvar90"] == pytest.approx(values[58:].mean(), rel=1e-12)


def test_search_and_front_and_marginals_are_those_of_the_statistics(taken: pd.DataFrame) -> None:
    best = cs.search(plan(), minimize="p97.5(total_carbon)", where="p(training_days <= 1000) >= 0.5", top=8)
    kept = taken.sort_values("total_carbon_p97_5", kind="stable")
    assert best["total_carbon_p97_5"].tolist() == kept["total_carbon_p97_5"].tolist()
    front = cs.pareto(plan(), minimize=["mean(total_carbon)", "p50(training_days)"])
    assert set(front["total_carbon_mean"]) <= set(taken["total_carbon_mean"])
    assert front["training_days_p50"].min() == taken["training_days_p50"].min()
    table = cs.marginals(plan(), quantity="cvar90(total_carbon)").table
    assert table["minimum"].min() == taken["total_carbon_cvar90"].min()


def test_a_choice_by_a_statistic_under_a_statistic(taken: pd.DataFrame) -> None:
    axes = {"region": BASE["axes"]["region"]}
    over = {"accelerator": BASE["axes"]["accelerator"], "devices": BASE["axes"]["devices"]}
    chosen = plan(
        axes=axes,
        choose={"minimize": "p97.5(total_carbon)", **over},
        constraints={"p(training_days <= 90)": ">= 0.5"},
        output=output(statistics=["p97.5", "p(<= 90)"]),
    )
    found = cs.search(chosen, minimize="p97.5(total_carbon)", top=2)
    shares = cs.search(plan(), minimize="p(training_days <= 90)", top=8)
    in_time = {key for key, of in shares.set_index(KEYS)["training_days_p_le_90"].items() if of >= 0.5}
    assert 0 < len(in_time) < 8
    for _, row in found.iterrows():
        possible = taken[[key in in_time and key[1] == row.region for key in taken.set_index(KEYS).index]]
        best = possible.sort_values("total_carbon_p97_5", kind="stable").iloc[0]
        assert row["total_carbon_p97_5"] == best["total_carbon_p97_5"]
        assert row["accelerator"] == best["accelerator"]


def test_one_best_sample_is_no_optimum() -> None:
    with pytest.raises(PlanError, match=r"only the luckiest; say which statistic: p95\(total_carbon\)"):
        cs.search(plan(), minimize="total_carbon")
    with pytest.raises(PlanError, match="differs between samples; say which statistic"):
        cs.search(plan(output=output(statistics=["p95"])), minimize="total_carbon")


def test_a_sample_without_a_value_counts_as_the_worst() -> None:
    """Three of four samples take 30 times as long as one may train; the limit is of `training_days` itself."""
    late = {"values": [1.0, 1e12], "weights": [3, 1], "times": True}
    uncertain = {"samples": 64, "training_days": late}
    of = plan(
        uncertainty=uncertain,
        constants={**BASE["constants"], "downtime_power_fraction": 0.5},
        output={"quantities": ["training_days"], "statistics": ["p50", "p95", "mean"]},
    )
    found = cs.search(of, minimize="p50(training_days)", top=1)
    assert found["training_days_p95"].item() > 1e12  # a long time is no missing value
    assert found["feasible_share"].item() == 1.0


samples = st.lists(
    st.one_of(st.floats(-1e300, 1e300), st.sampled_from([np.inf, -np.inf, 0.0, 1.0, 1.0 + 2**-52])),
    min_size=1,
    max_size=80,
)


@given(samples, st.sampled_from([0.5, 5.0, 50.0, 90.0, 97.5, 99.999]))
def test_order_statistics_equal_sorting(values: list[float], level: float) -> None:
    array = np.array(values)
    ordered, work, millionths = np.sort(array), np.empty(len(array)), round(level * 1e4)
    with np.errstate(all="ignore"):
        pairs = [
            (quantile(array, work, millionths), statistic(Statistic("x", "quantile", level), ordered)),
            (share_at_most(array, 1.0), statistic(Statistic("x", "at_most", 1.0), ordered)),
            (share_at_least(array, 1.0), statistic(Statistic("x", "at_least", 1.0), ordered)),
        ]
        for found, expected in pairs:
            assert found == expected or (found != found and expected != expected)
        for found, one in ((mean_of(array), "mean"), (tail_mean(array, work, millionths), "cvar")):
            expected = statistic(Statistic("x", one, level), ordered)
            if np.isfinite(expected) and np.abs(array[np.isfinite(array)]).max(initial=0.0) < 1e290:
                assert found == pytest.approx(expected, rel=1e-9, abs=1e-9 * np.abs(array[np.isfinite(array)]).max())


def test_cvar_of_a_normal() -> None:
    """Exact: 100 + 10 * phi(z) / 0.1 at z = 1.2816 is 117.55."""
    from scipy.special import ndtri

    values = 100.0 + 10.0 * ndtri((np.arange(65536) + 0.5) / 65536)
    assert tail_mean(values, np.empty(65536), 900_000) == pytest.approx(117.55, abs=0.01)


@pytest.mark.parametrize(
    "text", ["p5", "p97.5", "mean", "cvar90", "p(<= 500e3)", "p(>= 0.25)", "p(<= 1e-9)", "p(<= 3e20)"]
)
def test_names_of_statistics_are_read_back(text: str) -> None:
    one = parse_statistic(text, "total_carbon")
    assert one is not None
    assert statistic_of(one.column) == one
    assert with_columns(f"{one.text} < 3") == f"{one.column} < 3"


def test_other_texts_are_left_alone() -> None:
    assert with_columns("test_loss <= 2 and p95 < 3") == "test_loss <= 2 and p95 < 3"
    assert statistic_of("total_carbon") is None
    assert parse_statistic("p0", "x") is None
    assert parse_statistic("p100", "x") is None
    assert parse_statistic("p0.0001", "x") is not None
    assert parse_statistic("p0.00001", "x") is None  # finer than a millionth of the samples
    assert parse_statistic("cvar99.99999", "x") is None


NUMERIC: dict[str, Any] = {
    "axes": {
        "tokens": {"geom": [1e11, 1e13, 12]},
        "carbon_intensity": {"linear": [20, 700, 9]},
        "devices": {"powers_of_two": [8, 1024]},
    },
    "constants": {"parameters": 7e9, "peak_flops": 989e12, "device_power": 900, "hardware_efficiency": 0.4, "pue": 1.1,
                  "device_embodied": 500},
    "uncertainty": {
        "samples": 128,
        "hardware_efficiency": {"uniform": [0.9, 1.1], "times": True},
        "goodput": {"beta": [12, 7]},
        "lifetime_years": {"uniform": [3, 6]},
    },
    "output": {"quantities": ["total_carbon", "training_days"]},
}  # fmt: skip


@pytest.mark.parametrize(
    ("objective", "large"),
    [
        ("p95(total_carbon)", False),
        ("p50(total_carbon)", True),
        ("mean(total_carbon)", False),
        ("p(training_days <= 30)", True),
    ],
)
def test_the_best_by_a_statistic_with_bounds_and_without(objective: str, large: bool) -> None:
    """A search leaves designs before all their samples are drawn; every point ranked is the same."""
    where = {"where": "p95(training_days) <= 400"}
    sense = {"maximize": objective} if large else {"minimize": objective}
    name, axes = with_columns(objective), list(NUMERIC["axes"])
    whole = cs.search(Plan(**NUMERIC), **sense, **where, top=864, prune=False)
    column = whole[name].to_numpy()
    assert np.array_equal(column, np.sort(column)[:: -1 if large else 1])
    assert 100 < len(whole) < 864
    for prune in (True, False):
        found = cs.search(Plan(**NUMERIC), **sense, **where, top=5, prune=prune)
        assert found[axes].equals(whole[:5][axes])
        assert found[name].tolist() == column[:5].tolist()


def test_statistics_lie_within_their_bounds() -> None:
    from carbonsweep.grid.bind import bind
    from carbonsweep.reductions.boxes import Bounds, sort_axes
    from carbonsweep.tabular.stream import to_pandas

    output = {"quantities": ["total_carbon"], "statistics": ["p5", "p95", "mean", "cvar90", "p(<= 2e4)", "p(>= 2e4)"]}
    of = Plan(**{**NUMERIC, "output": output}, order="plan")
    frame = to_pandas(of)
    grid = sort_axes(bind(of)).grid
    shape = [len(axis) for axis in grid.axes]
    bounds, random = Bounds(grid), np.random.default_rng(1)
    low = np.stack([random.integers(0, size, 200) for size in shape], axis=1)
    high = np.stack([random.integers(low[:, axis] + 1, size + 1) for axis, size in enumerate(shape)], axis=1)
    values, _ = bounds.over(low, high)
    for name in grid.outputs:
        table = frame[name].to_numpy().reshape(shape)
        for box in range(200):
            part = table[tuple(slice(a, b) for a, b in zip(low[box], high[box], strict=True))]
            assert values[name].low[box] <= part.min()
            assert part.max() <= values[name].high[box]
    assert (values["total_carbon_p95"].low > 0).all()  # they say something


def test_threads_and_processes_write_the_same_bytes(tmp_path: Path) -> None:
    output = {**NUMERIC["output"], "statistics": ["p95", "mean"]}
    of = Plan(**{**NUMERIC, "output": output}, order="plan")
    written = []
    for name, how in {"one": {"threads": 1}, "two": {"threads": 2}, "processes": {"scheduler": "processes"}}.items():
        cs.run(of, str(tmp_path / name), **how)
        written.append([file.read_bytes() for file in sorted((tmp_path / name).glob("part-*.parquet"))])
    assert written[0] == written[1] == written[2]
