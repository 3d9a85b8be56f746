"""Joint draws of a user's own: rows stay together, weights count, and faulty files are refused."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from carbonsweep.engine.sweep import Sweep
from carbonsweep.foundation.errors import PlanError
from carbonsweep.grid.bind import bind
from carbonsweep.grid.given import Binder
from carbonsweep.grid.samples import Samples, draw
from carbonsweep.plan.plan import Plan
from carbonsweep.plan.uncertainty import Uncertainty
from carbonsweep.store.part_files import identity

TABLE = "pue,ci,other,life\n" + "".join(f"{1.1 + 0.01 * i},{300 - i},text {i},4\n" for i in range(16))


def drawn(samples: int, **inputs: Any) -> tuple[Samples, Binder]:
    given, binder = Uncertainty(samples=samples, seed=1, inputs=inputs), Binder({}, "plan")
    return draw(given, given.inputs, binder, ()), binder


@pytest.fixture
def csv(tmp_path: Path) -> str:
    path = tmp_path / "draws.csv"
    path.write_text(TABLE)
    return str(path)


def test_rows_stay_together_and_each_occurs_as_often(csv: str) -> None:
    inputs = {
        "pue": {"table": csv},
        "goodput": {"uniform": [0.5, 0.9]},
        "carbon_intensity": {"table": csv, "column": "ci"},
    }
    found, binder = drawn(64, **inputs)
    pue, goodput, intensity = found.matrix
    assert intensity == pytest.approx(300 - (pue - 1.1) / 0.01)
    assert np.unique(pue, return_counts=True)[1].tolist() == [4] * 16  # strata of a Sobol set: every row four times
    assert abs(np.corrcoef(pue, goodput)[0, 1]) < 0.1
    assert found.apart == [[0, 2], [1]]
    assert found.to_dict()["dimensions"] == 2
    assert found.texts["carbon_intensity"] == f"table [{csv}: ci, 16 rows]"
    assert binder.hashes[f"draws {csv}"] == hashlib.sha256(TABLE.encode()).hexdigest()


def test_parquet_and_weights(tmp_path: Path) -> None:
    path = tmp_path / "draws.parquet"
    table = {"pue": [1.1, 1.2, 1.3], "factor": [1, 2, 4], "weight": [3.0, 0.0, 1.0], "note": ["a", "b", "c"]}
    pq.write_table(pa.table(table), path)
    inputs = {"pue": {"table": str(path)}, "carbon_intensity": {"table": str(path), "column": "factor", "times": True}}
    found, _ = drawn(256, **inputs)
    pairs, counts = np.unique(found.matrix.T, axis=0, return_counts=True)
    assert pairs.tolist() == [[1.1, 1.0], [1.3, 4.0]]
    assert counts.tolist() == [192, 64]
    assert found.changed == {"carbon_intensity": "times"}
    assert "3 rows, weighted" in found.texts["pue"]


def test_rows_that_are_left_out_are_said(csv: str) -> None:
    _, binder = drawn(8, pue={"table": csv})
    assert binder.notes == [f"{csv}: 8 of 16 rows are drawn; more samples draw more of them"]


@pytest.mark.parametrize(
    ("text", "entry", "message"),
    [
        ("pue,x\n1.1,2\n", {}, "1 row; give 2 to 65,536: a single one is a constant"),
        ("pue\n" + "1.1\n" * 65537, {}, "65,537 rows; give 2 to 65,536: leave some out"),
        ("puee,x\n1.1,2\n1.2,3\n", {}, "no column 'pue'; did you mean 'puee'?"),
        ("a,b\n1.1,2\n1.2,3\n", {}, "no column 'pue'; the file has 'a', 'b'; say which with column"),
        ("pue,x\n1.1,2\n,3\n", {}, "line 3: column 'pue': the cell is blank; it needs a value"),
        ("pue\n1.1\nmuch\n", {}, "line 3: column 'pue': 'much' is not a number"),
        ("pue\n1.1\n0.9\n", {}, "line 3: column 'pue': 0.9 is outside [1, inf), the valid range of pue"),
        ("pue\n1.1\n110\n", {}, "line 3: column 'pue': pue = 110 is implausible"),
        ("pue\n1.1\n-1\n", {"times": True}, "-1 is outside [0, inf), the valid range of the factor on pue"),
        ("pue,weight\n1.1,1\n1.2,-1\n", {}, "line 3: column 'weight': -1 is below zero"),
        ("pue,weight\n1.1,0\n1.2,0\n", {}, "column 'weight': no row occurs; give weights above zero"),
        ("pue,weight\n1.1,\n1.2,1\n", {}, "line 2: column 'weight': the cell is blank"),
        ("pue,weight\n1.1,1\n1.2,1\n", {"column": "weight"}, "'weight' says how often a row occurs"),
        ("", {}, "no column 'pue'"),
    ],
)
def test_faulty_files_are_refused(tmp_path: Path, text: str, entry: dict[str, Any], message: str) -> None:
    path = tmp_path / "draws.csv"
    path.write_text(text)
    with pytest.raises(PlanError) as error:
        drawn(8, pue={"table": str(path), **entry})
    assert message in str(error.value)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_faulty_parquet_and_other_refusals(tmp_path: Path, csv: str) -> None:
    path = tmp_path / "draws.parquet"
    pq.write_table(pa.table({"pue": [1.1, None], "word": ["a", "b"]}), path)
    with pytest.raises(PlanError, match="row 2: column 'pue' is blank or not finite"):
        drawn(8, pue={"table": str(path)})
    with pytest.raises(PlanError, match="column 'word' is string; give numbers"):
        drawn(8, pue={"table": str(path), "column": "word"})
    with pytest.raises(PlanError, match="layers: .*|whole numbers"):
        drawn(8, layers={"table": csv, "column": "pue"})
    for faulty, message in (
        ({"table": csv, "weights": [1, 1]}, 'a table has its own in its column "weight"'),
        ({"uniform": [1, 2], "column": "pue"}, "column belongs to a table"),
        ({"table": csv, "uniform": [1, 2]}, "uniform and table are given"),
    ):
        with pytest.raises(PlanError, match=message):
            Plan(uncertainty={"pue": faulty}, output={"quantities": ["total_carbon"]})


def test_a_plan_finds_the_file_beside_it_and_a_changed_file_is_another_run(tmp_path: Path) -> None:
    (tmp_path / "draws.csv").write_text(TABLE)
    plan = tmp_path / "plan.toml"
    plan.write_text(
        """
        [axes]
        devices = [8, 16]
        [constants]
        facility_energy = 1e6
        embodied_carbon = 1000
        [uncertainty]
        samples = 16
        carbon_intensity = { table = "draws.csv", column = "ci" }
        [output]
        quantities = ["total_carbon"]
        statistics = ["mean"]
        """
    )
    first = bind(Plan.load(plan))
    assert first.samples is not None
    assert sorted(first.samples.matrix[0]) == list(range(285, 301))
    (key,) = [key for key in first.catalog_hashes if key.startswith("draws")]
    before = identity(Sweep(Plan.load(plan)))
    (tmp_path / "draws.csv").write_text(TABLE.replace("text 3", "text 4"))  # a column that is not read
    assert identity(Sweep(Plan.load(plan))) != before
    assert first.catalog_hashes[key] == hashlib.sha256(TABLE.encode()).hexdigest()
