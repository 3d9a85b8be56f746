"""The errors that answers name are those that `validate` finds."""

from __future__ import annotations

import csv
import math
import runpy
from pathlib import Path

import pytest

from carbonsweep.catalogs.model_errors import FILE, model_errors


@pytest.mark.slow
def test_the_file_is_up_to_date() -> None:
    script = Path(__file__).parents[2] / "docs" / "scripts" / "model_errors.py"
    with FILE.open(encoding="utf-8", newline="") as file:
        committed = list(csv.reader(file))
    assert committed == runpy.run_path(str(script))["rows"](), "run `make pages` and commit catalogs/model_errors.csv"


def test_errors_are_in_order() -> None:
    for error in model_errors().values():
        assert 0 < error.median <= error.p90
        assert error.p90 <= error.worst or math.isnan(error.worst)
        assert math.log1p(error.p90) / 1.6449 <= error.sigma * 1.03 < 0.5
        assert f"{error.rows} {error.against}" in str(error)
