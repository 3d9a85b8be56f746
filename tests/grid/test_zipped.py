"""Zip tables: several names that move together are one axis, and every name is a column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import carbonsweep as cs
from carbonsweep.grid.bind import bind

ASKED = {"quantities": ["training_flops", "training_days"]}
CONSTANTS = {"parameters": 7e9, "hardware_efficiency": 0.4}
CLUSTERS = {
    "gpu": ["H100", "H100", "B200"],
    "devices": [64, 128, 64],
    "precision": ["bf16", "fp8", "bf16"],
    "region": ["US", "FR", "FR"],
}


def plan(table: dict[str, Any], tokens: list[float] | None = None, **rest: Any) -> cs.Plan:
    data = {"axes": {"tokens": tokens or [1e11, 1e12]}, "constants": CONSTANTS, "output": ASKED, **rest}
    return cs.Plan(zip=[table], **data)


def test_a_row_of_the_table_is_one_configuration() -> None:
    frame = cs.to_pandas(plan(CLUSTERS, order="plan"))
    assert [*frame.columns[:5]] == ["tokens", "devices", "accelerator", "precision", "region"]
    assert frame["accelerator"].tolist() == ["h100-sxm5", "h100-sxm5", "b200"] * 2
    assert frame["region"].tolist() == ["country/USA", "country/FRA", "country/FRA"] * 2
    for row in frame.to_dict("records"):
        given = {name: row[name] for name in ("tokens", "devices", "accelerator", "precision")}
        alone = cs.estimate(**given, **CONSTANTS, quantities=["training_days"])
        assert row["training_days"] == alone["training_days"]


def test_every_column_is_written_and_searched(tmp_path: Path) -> None:
    table = plan(CLUSTERS)
    frame = cs.to_pandas(table)
    cs.run(table, tmp_path / "run")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "run").astype(str), frame.astype(str))
    found = cs.search(table, minimize="training_days")
    best = frame.sort_values("training_days", ignore_index=True)
    assert found["precision"].tolist() == best["precision"].tolist()
    groups = cs.marginals(table, quantity="training_days").table
    assert groups.query("axis == 'devices'")["value"].tolist() == [
        "64, h100-sxm5, bf16, country/USA",
        "128, h100-sxm5, fp8, country/FRA",
        "64, b200, bf16, country/FRA",
    ]


def test_ranges_and_rows_of_catalogs_are_columns_too() -> None:
    rows = {"catalog": "models", "names": ["llama-3-8b", "llama-3-70b"]}
    frame = cs.to_pandas(
        cs.Plan(
            zip=[{"model": rows, "tokens": {"geom": [1e12, 1e13, 2]}}],
            output={"quantities": ["training_flops", "tokens"]},
        )
    )
    assert frame["model"].tolist() == ["llama-3-8b", "llama-3-70b"]
    assert frame["tokens"].tolist() == [1e12, 1e13]


def test_a_plan_with_a_table_is_the_same_when_read_from_a_manifest(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(
        "[constants]\nparameters = 7e9\n[[zip]]\ntokens = [1e11, 2e11]\ndevices = [8, 8]\n"
        "[output]\nquantities = ['training_flops']\n"
    )
    read = cs.Plan.load(tmp_path / "plan.toml")
    assert [*read.axes] == ["tokens"]
    assert cs.Plan(**read.canonical()).content_hash == read.content_hash


def test_a_run_is_extended_by_rows_of_the_table(tmp_path: Path) -> None:
    small = plan({"gpu": ["H100", "B200"], "devices": [64, 128]})
    large = plan({"gpu": ["H100", "B200", "A100"], "devices": [64, 128, 64]}, [1e11, 1e12, 2e12])
    cs.run(small, tmp_path / "run")
    assert cs.run(large, tmp_path / "run", extend=True).rows == 9
    order = ["tokens", "accelerator"]
    read = pd.read_parquet(tmp_path / "run").astype({"accelerator": str}).sort_values(order, ignore_index=True)
    whole = cs.to_pandas(large).astype({"accelerator": str}).sort_values(order, ignore_index=True)
    pd.testing.assert_frame_equal(read, whole)


def test_rows_are_not_added_where_values_of_the_axis_repeat(tmp_path: Path) -> None:
    fewer = {name: values[:2] for name, values in CLUSTERS.items()}
    fewer["gpu"] = ["H100", "H100"]
    cs.run(plan(fewer, [1e11]), tmp_path / "run")
    assert cs.run(plan(fewer, [1e11, 1e12]), tmp_path / "run", extend=True).rows == 4
    with pytest.raises(cs.PlanError, match="zip: devices has a value twice, so that rows cannot be added"):
        cs.run(plan(CLUSTERS), tmp_path / "run", extend=True)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            {"gpu": ["H100", "B200"], "devices": [64]},
            "zip: the columns of a table must be equally long; accelerator has 2",
        ),
        ({"gpu": ["H100", "B200"], "devices": []}, r"zip.devices: the axis is empty; give it at least one value"),
        (
            {"gpu": ["H100", "H100"], "devices": [64, 64]},
            r"zip: the row 64, h100-sxm5 \(devices, accelerator\) is given twice",
        ),
        ({"gpu": ["H100", "H100", "B200"], "region": ["US", "FR", "FR"]}, "add a column of numbers, such as devices"),
        ({"gpu": ["H100", "B200"], "parameters": [1e9, 2e9]}, "'parameters' is both zipped and a constant; remove one"),
        ({"gpu": ["H100", "B200"], "tokens": [1e9, 2e9]}, "'tokens' is both an axis and zipped; remove one"),
        ({"gpu": ["H100", "B200"], "devcies": [1, 2]}, "zip.devcies: unknown input 'devcies'; did you mean 'devices'"),
        ({"devices": [1, 2]}, "zip: a table needs two names or more that move together"),
        ({"devices": [1, 2], "gpu_count": [1, 2]}, "zip: devices is given twice, once by another word"),
        ({"gpu": ["H100", "B200"], "devices": {"geo": [1, 2, 3]}}, "unknown key 'zip.devices.geo'"),
    ],
)
def test_what_cannot_be_meant_is_refused(table: dict[str, Any], message: str) -> None:
    with pytest.raises(cs.PlanError, match=message):
        bind(plan(table))


def test_two_tables_with_one_name_are_refused() -> None:
    tables = [{"devices": [1, 2], "pue": [1.1, 1.2]}, {"tokens": [1e9, 2e9], "pue": [1.1, 1.2]}]
    with pytest.raises(cs.PlanError, match="'pue' is in two zip tables; remove one"):
        bind(cs.Plan(zip=tables, constants=CONSTANTS, output=ASKED))
