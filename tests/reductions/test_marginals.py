"""Marginals against pandas on the stored points, and the split of a variance that is known."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import carbonsweep as cs
from tests import plans

Command = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("llama_class", marks=pytest.mark.slow),
        pytest.param("catalog_models", marks=pytest.mark.long),
        "overridden",
    ],
)
def test_marginals_equal_groups_of_the_stored_points(name: str) -> None:
    data = copy.deepcopy(plans.ALL[name])
    data["output"]["infeasible"] = "drop"
    plan = cs.Plan(**data)
    frame = cs.to_pandas(plan)
    axes = list(plan.axes)
    pair = (axes[-1], axes[0])
    result = cs.marginals(plan, quantity="total_carbon", by=[*axes, pair])
    assert result.points == frame["total_carbon"].notna().sum()
    assert result.mean == pytest.approx(frame["total_carbon"].mean(), rel=1e-10)
    assert result.variance == pytest.approx(frame["total_carbon"].var(ddof=0), rel=1e-8)
    for names in [*((axis,) for axis in axes), pair]:
        rows = result.table[(result.table["axis"] == ", ".join(names)) & (result.table["points"] > 0)]
        groups = frame.groupby(list(names), observed=True)["total_carbon"]
        assert rows["points"].tolist() == groups.count().tolist(), names
        np.testing.assert_allclose(rows["mean"], groups.mean(), rtol=1e-10)
        np.testing.assert_array_equal(rows["minimum"], groups.min())
        np.testing.assert_array_equal(rows["maximum"], groups.max())
        for share in (5, 50, 95):
            exact = groups.quantile(share / 100, interpolation="higher")
            lower = groups.quantile(share / 100, interpolation="lower")
            error = 1.001 * (1 + result.quantile_error)
            assert (rows[f"q{share:02d}"].to_numpy() <= exact.to_numpy() * error + 1e-300).all()
            assert (rows[f"q{share:02d}"].to_numpy() >= lower.to_numpy() / error).all()


def test_values_are_in_the_order_of_the_plan() -> None:
    plan = cs.Plan(
        axes={"facility_energy": [3, 1, 2], "carbon_intensity": [500, 100]},
        output={"quantities": ["operational_carbon"]},
    )
    table = cs.marginals(plan, quantity="operational_carbon", by=["facility_energy"]).table
    assert table["value"].tolist() == ["3", "1", "2"]
    assert table["mean"].tolist() == pytest.approx([0.9, 0.3, 0.6])


def test_variance_of_a_product() -> None:
    """y = a b, a and b uniform: first order Var(a) E[b]^2 / Var(y), the rest is their interaction."""
    energy, intensity = np.arange(1.0, 51.0), np.linspace(100, 900, 40)
    plan = cs.Plan(
        axes={"facility_energy": energy, "carbon_intensity": intensity, "lifetime_years": [3, 4]},
        output={"quantities": ["operational_carbon"]},
    )
    result = cs.marginals(plan, quantity="operational_carbon")
    va, vb = energy.var(), intensity.var()
    variance = va * intensity.mean() ** 2 + vb * energy.mean() ** 2 + va * vb
    rows = result.sensitivity.set_index("axis")
    assert result.variance == pytest.approx(variance / 1e6, rel=1e-9)
    for axis, first in (("facility_energy", va * intensity.mean() ** 2), ("carbon_intensity", vb * energy.mean() ** 2)):
        assert rows.loc[axis, "first_order"] == pytest.approx(first / variance, rel=1e-9)
        exact = (first + va * vb) / variance
        assert abs(rows.loc[axis, "total"] - exact) < 5 * rows.loc[axis, "total_error"]
    assert rows.loc["lifetime_years", "first_order"] == pytest.approx(0, abs=1e-12)
    assert rows.loc["lifetime_years", "total"] == 0


def test_no_sensitivity_where_points_are_excluded() -> None:
    plan = cs.Plan(
        axes={"facility_energy": [1, 2, 3], "carbon_intensity": [100, 500]},
        constraints={"operational_carbon": "<= 1"},
        output={"quantities": ["operational_carbon"]},
    )
    assert cs.marginals(plan, quantity="operational_carbon").sensitivity.empty


def test_negative_and_constant_quantities() -> None:
    output = {"quantities": ["facility_energy"]}
    plan = cs.Plan(axes={"pue": [1, 2, 3]}, constants={"hardware_energy": 0}, output=output)
    result = cs.marginals(plan, quantity="facility_energy")
    assert result.table["mean"].tolist() == [0, 0, 0]
    assert result.table["q50"].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("quantity", "axes"),
    [
        ("operational_carbon", {"facility_energy": {"geom": [1e-3, 1e9, 401]}, "carbon_intensity": [0, 100, 500]}),
        (
            "upcycling_saving",
            {"upcycled_ranking_carbon": {"geom": [1e-3, 1e9, 401]}, "scratch_carbon": [1.0, 1e5]},
        ),
    ],
)
def test_quantiles_are_right_over_decades_and_of_both_signs(quantity: str, axes: dict[str, Any]) -> None:
    """With zeros and negative values too, each quantile is within the relative error that is said."""
    plan = cs.Plan(axes=axes, output={"quantities": [quantity]}, allow_implausible=True)
    by = list(axes)[1]
    result = cs.marginals(plan, quantity=quantity, by=by, sensitivity=False)
    assert result.quantile_error < 0.03
    groups = cs.to_pandas(plan).groupby(by, observed=True)[quantity]
    for (_, values), row in zip(groups, result.table.to_dict("records"), strict=True):
        for share in (0.05, 0.25, 0.5, 0.75, 0.95):
            exact = np.quantile(values, share, method="inverted_cdf")
            assert row[f"q{round(100 * share):02d}"] == pytest.approx(exact, rel=1.001 * result.quantile_error)


@pytest.mark.parametrize("threads", [1, 4])
def test_threads_do_not_matter(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from carbonsweep.reductions import marginals as sensitivity

    monkeypatch.setattr(sensitivity, "BOX_POINTS", 1 << 10)
    plan = cs.Plan(**plans.OVERRIDDEN)
    one = cs.marginals(plan, quantity="total_carbon", threads=1)
    other = cs.marginals(plan, quantity="total_carbon", threads=threads)
    pd.testing.assert_frame_equal(one.table, other.table, check_exact=True)


def _plan_file(tmp_path: Path) -> Path:
    path = tmp_path / "plan.toml"
    axes = "[axes]\npue = [1, 2]\n[constants]\nhardware_energy = 5\n"
    path.write_text(axes + '[output]\nquantities = ["facility_energy"]')
    return path


def test_command(tmp_path: Path, command: Command) -> None:
    plan, out = _plan_file(tmp_path), tmp_path / "m.csv"
    code, text, _ = command("marginals", plan, "-q", "facility_energy", "--out", out)
    assert code == 0
    assert "Share of the variance by axis" in text
    assert pd.read_csv(out)["mean"].tolist() == [5, 10]
    data: dict[str, Any] = json.loads(command("marginals", plan, "-q", "facility_energy", "--json")[1])
    assert [row["mean"] for row in data["groups"]] == [5, 10]
    assert data["sensitivity"][0]["first_order"] == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-q", "facility_enrgy"], "objective 'facility_enrgy' is no quantity; did you mean 'facility_energy'"),
        (["-q", "facility_energy", "--by", "pu"], "by: 'pu' is no axis of the plan; did you mean 'pue'?"),
        (["-q", "facility_energy", "--by", "pue,pue"], "by: pue,pue: give one axis or a pair of two"),
        (["-q", "facility_energy", "--where", "pue > 5"], "none of 2 points meets the constraints: pue > 5 excludes 2"),
    ],
)
def test_bad_input(words: list[str], message: str, tmp_path: Path, command: Command) -> None:
    code, _, error = command("marginals", _plan_file(tmp_path), *words)
    assert code == 2
    assert message in error
    assert error.count("\n") == 1


def test_local_sensitivity_works_under_constraints() -> None:
    """Around the typical point a product has elasticity 1 in each factor (case N5)."""
    plan = cs.Plan(
        axes={"facility_energy": {"linear": [1000, 2000, 11]}, "carbon_intensity": {"linear": [100, 500, 5]}},
        constants={"embodied_carbon": 0},
        constraints={"operational_carbon": "<= 600"},
        output={"quantities": ["operational_carbon"]},
    )
    result = cs.marginals(plan, quantity="operational_carbon")
    assert result.sensitivity.empty
    local = result.local_sensitivity.set_index("axis")
    frame = cs.to_pandas(plan)
    typical = frame["operational_carbon"].sort_values(kind="stable").iloc[len(frame) // 2]
    assert typical == pytest.approx(local["at"].prod() / 1000, rel=1e-12)  # kWh times g/kWh
    for axis, other in (("facility_energy", "carbon_intensity"), ("carbon_intensity", "facility_energy")):
        along = frame[np.isclose(frame[other], local.loc[other, "at"])]["operational_carbon"]
        assert local.loc[axis, "possible"] == len(along)
        assert (local.loc[axis, "lowest"], local.loc[axis, "highest"]) == (along.min(), along.max())
        assert local.loc[axis, "elasticity"] == pytest.approx(1.0, rel=1e-9)
