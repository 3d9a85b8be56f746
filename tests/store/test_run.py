"""A run from plan to files: what is written, what readers see, and that nothing is left half done."""

from __future__ import annotations

import copy
import hashlib
import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import carbonsweep as cs
from carbonsweep.engine.sweep import Sweep
from carbonsweep.store import forecast
from carbonsweep.store import manifest as manifests
from carbonsweep.store import part_files as parts
from carbonsweep.store.filesystem import Folder
from carbonsweep.store.manifest import MANIFEST
from tests import plans
from tests.manifests import write_manifest


def _plan(**output: Any) -> cs.Plan:
    data = copy.deepcopy(plans.LLAMA_CLASS)
    data["output"].update(output)
    return cs.Plan(**data)


def read_manifest(run: Path) -> dict[str, Any]:
    return manifests.read_manifest(Folder(str(run)))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of several part files."""
    out = tmp_path_factory.mktemp("runs") / "llama"
    cs.run(_plan(chunk_points=1), out)
    return out


def test_run_equals_to_pandas(finished: Path) -> None:
    expected = cs.to_pandas(_plan())
    written = pd.read_parquet(finished)
    assert list(written.columns) == list(expected.columns)
    for name in expected:
        np.testing.assert_array_equal(written[name].to_numpy(), expected[name].to_numpy(), err_msg=name)


def test_columns_carry_unit_description_and_source(finished: Path) -> None:
    schema = pq.read_schema(next(finished.glob("part-*.parquet")))
    for field in schema:
        assert set(field.metadata) >= {b"unit", b"description", b"source"}, field.name
        assert field.metadata[b"description"]
    assert schema.field("total_carbon").metadata[b"unit"] == b"kgCO2e"
    assert b"Hoffmann" in schema.field("test_loss").metadata[b"source"]
    about = json.loads(schema.metadata[b"carbonsweep"])
    assert about["plan_hash"] == _plan(chunk_points=1).content_hash
    assert about["schema_version"] == 2


def test_manifest(finished: Path) -> None:
    manifest = read_manifest(finished)
    assert sorted(p["file"] for p in manifest["parts"]) == sorted(p.name for p in finished.glob("part-*.parquet"))
    assert len(manifest["parts"]) >= 3
    for part in manifest["parts"]:
        data = (finished / part["file"]).read_bytes()
        assert len(data) == part["bytes"]
        assert hashlib.sha256(data).hexdigest() == part["sha256"]
        assert pq.read_metadata(finished / part["file"]).num_rows == part["rows"]
    assert manifest["rows"] == sum(part["rows"] for part in manifest["parts"])
    left_out = sum(manifest["excluded"].values()) + sum(manifest["cannot_be_evaluated"].values())
    assert manifest["points"] == manifest["rows"] + left_out
    bounds = [(part["start"], part["stop"]) for part in manifest["parts"]]
    assert all(a[1] == b[0] for a, b in itertools.pairwise(bounds))
    assert manifest["equations"]["training_flops"]["variant"] == "kaplan"
    assert set(manifest["catalogs"]) == {"accelerators", "nodes"}
    assert cs.Plan(**manifest["plan"]).content_hash == manifest["plan_hash"]


def test_columns_do_not_depend_on_the_values_of_a_plan(tmp_path: Path) -> None:
    other = copy.deepcopy(plans.LLAMA_CLASS)
    other["axes"]["tokens"] = [1e12]
    other["constraints"] = {"training_days": "<= 1e-9"}
    cs.run(cs.Plan(**other), tmp_path / "empty")
    empty = pq.read_schema(next((tmp_path / "empty").glob("part-*.parquet")))
    cs.run(_plan(), tmp_path / "full")
    full = pq.read_schema(next((tmp_path / "full").glob("part-*.parquet")))
    assert empty.equals(full)
    assert read_manifest(tmp_path / "empty")["rows"] == 0


def test_infeasible_points_are_marked_on_request(tmp_path: Path) -> None:
    result = cs.run(_plan(infeasible="flag"), tmp_path / "run")
    frame = pd.read_parquet(tmp_path / "run")
    assert len(frame) == result.points
    assert (
        frame["meets_constraints"]
        == ((frame["training_days"] <= 365) & ((frame["test_loss"] < 2.3) | (frame["tokens"] > 1e12)))
    ).all()
    assert int((~frame["meets_constraints"]).sum()) == sum(result.summary.excluded.values())


@pytest.mark.parametrize("threads", [1, 4])
def test_threads_do_not_matter(threads: int, finished: Path, tmp_path: Path) -> None:
    cs.run(_plan(chunk_points=1), tmp_path / "run", threads=threads)
    for part in finished.glob("part-*.parquet"):
        assert part.read_bytes() == (tmp_path / "run" / part.name).read_bytes()


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_best_rows(direction: str, tmp_path: Path) -> None:
    """The best rows of a run are the first of its sorted points, ties in the order of rows."""
    result = cs.run(_objective(direction), tmp_path / "run")
    frame = pd.read_parquet(tmp_path / "run").sort_values(
        "total_carbon", ascending=direction == "minimize", kind="stable"
    )
    expected = frame.head(10)
    assert [row[3]["total_carbon"] for row in result.summary.best] == expected["total_carbon"].tolist()
    assert [row[3]["tokens"] for row in result.summary.best] == expected["tokens"].tolist()


def _objective(direction: str) -> cs.Plan:
    data = copy.deepcopy(plans.LLAMA_CLASS)
    del data["output"]["minimize"]
    data["output"][direction] = "total_carbon"
    data["output"]["chunk_points"] = 1
    return cs.Plan(**data)


def test_summary_ranges(finished: Path, tmp_path: Path) -> None:
    result = cs.run(_plan(), tmp_path / "run")
    frame = pd.read_parquet(finished)
    for name, column in result.summary.columns.items():
        assert column.minimum == frame[name].min()
        assert column.maximum == frame[name].max()
        assert column.missing == frame[name].isna().sum()


def test_overwrite_replaces_only_a_finished_run(tmp_path: Path) -> None:
    out = tmp_path / "run"
    cs.run(_plan(chunk_points=1), out)
    many = len(list(out.glob("part-*.parquet")))
    with pytest.raises(cs.StoreError, match="already exists"):
        cs.run(_plan(), out)
    cs.run(_plan(), out, overwrite=True)
    assert len(list(out.glob("part-*.parquet"))) < many
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_failed_run_keeps_the_old_one_and_its_own_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "run"
    cs.run(_plan(), out)
    before = (out / MANIFEST).read_bytes()
    real = Folder.put

    def failing(self: Folder, name: str, data: Any) -> None:
        if name.startswith("part-00002"):
            raise cs.StoreError("disk on fire")
        real(self, name, data)

    with monkeypatch.context() as patch:
        patch.setattr(Folder, "put", failing)
        with pytest.raises(cs.StoreError, match="disk on fire") as caught:
            cs.run(_plan(chunk_points=1), out, overwrite=True, threads=1)
    assert "continue with --resume" in caught.value.__notes__[0]
    assert (out / MANIFEST).read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "run.partial"]
    result = cs.run(_plan(chunk_points=1), out, overwrite=True, resume=True)
    assert 0 < result.reused < result.points
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert cs.verify(out).whole


def test_a_run_interrupted_before_its_first_part_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(parts, "summarize", interrupt)
    with pytest.raises(KeyboardInterrupt):
        cs.run(_plan(chunk_points=1), tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage:
        free = 1000

    monkeypatch.setattr(forecast.shutil, "disk_usage", lambda _: Usage)
    with pytest.raises(cs.PlanError, match="would need about .* has 1 kB free; shorten axes"):
        cs.run(_plan(), tmp_path / "run")
    assert cs.run(_plan(), tmp_path / "run", ignore_space=True).rows > 0


def test_points_that_constraints_exclude_need_no_space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 1.2e9 points 0.1 % are left: they fit in 200 MB, where all would not."""

    class Usage:
        free = 200e6

    monkeypatch.setattr(forecast.shutil, "disk_usage", lambda _: Usage)
    axes = {"facility_energy": {"linear": [1, 1000, 100_000]}, "carbon_intensity": {"linear": [1, 500, 12_000]}}
    output = {"quantities": ["operational_carbon"]}
    few = Sweep(cs.Plan(axes=axes, constraints={"operational_carbon": "<= 0.06"}, output=output))
    assert 0.001 < forecast.most_kept(few) < 0.02
    forecast.check_space([few], Folder(str(tmp_path / "run"), {}), 0.0)
    many = Sweep(cs.Plan(axes=axes, constraints={"operational_carbon": "<= 6"}, output=output))
    with pytest.raises(cs.PlanError, match="points that the constraints leave in a sample would need"):
        forecast.check_space([many], Folder(str(tmp_path / "run"), {}), 0.0)


def test_what_float32_cannot_hold_is_said(tmp_path: Path) -> None:
    plan = cs.Plan(
        axes={"hardware_energy": [1.0, 1e300]},
        constants={"pue": 1.1},
        output={"quantities": ["facility_energy"], "float_type": "float32"},
        allow_implausible=True,
    )
    assert any("float32 writes as infinite" in note for note in cs.run(plan, tmp_path / "run").notes)


def test_damaged_manifest(tmp_path: Path) -> None:
    with pytest.raises(cs.StoreError, match="not a finished run"):
        read_manifest(tmp_path)
    (tmp_path / MANIFEST).write_text("{")
    with pytest.raises(cs.StoreError, match="damaged"):
        read_manifest(tmp_path)
    write_manifest(tmp_path / MANIFEST, "{")
    with pytest.raises(cs.StoreError, match="damaged"):
        read_manifest(tmp_path)
    write_manifest(tmp_path / MANIFEST, "[]")
    with pytest.raises(cs.StoreError, match="not the manifest of a carbonsweep run"):
        read_manifest(tmp_path)


def test_float32(tmp_path: Path) -> None:
    cs.run(_plan(float_type="float32"), tmp_path / "run")
    frame = pd.read_parquet(tmp_path / "run")
    assert frame["total_carbon"].dtype == np.float32
    assert frame["tokens"].dtype == np.float64
