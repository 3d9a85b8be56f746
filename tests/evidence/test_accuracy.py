"""How near predictions come to whole trainings, and that stored constants are documented."""

from __future__ import annotations

import csv
import math
import runpy
from pathlib import Path

import numpy as np
import pytest

from carbonsweep.catalogs.model_errors import FILE
from carbonsweep.evidence.accuracy import Prediction, covered, errors, published_predictions, whole_predictions
from carbonsweep.kernels import REGISTRY
from carbonsweep.kernels.constants import CONSTANTS


@pytest.fixture(scope="module")
def published() -> list[Prediction]:
    return published_predictions()


@pytest.fixture(scope="module")
def whole() -> list[Prediction]:
    return whole_predictions()


def test_whole_trainings(published: list[Prediction], whole: list[Prediction]) -> None:
    """A ratchet: these bounds may fall, not rise."""
    both = [*published, *whole]
    assert len(errors(published, "analytic")) == 14
    assert len(errors(whole, "analytic")) == 16
    median = {method: float(np.median(errors(both, method))) for method in ("analytic", "llmcarbon", "naive")}
    assert median["analytic"] <= 0.16
    assert median["analytic"] < median["naive"]
    assert median["analytic"] < median["llmcarbon"]
    assert errors(both, "analytic").max() <= 0.65
    assert 0.75 <= covered(both) <= 0.90


def test_runs_left_out_have_their_reason(published: list[Prediction], whole: list[Prediction]) -> None:
    reasons = {p.id: p.reason for p in [*published, *whole] if p.reason}
    assert reasons["t5-11b-patterson"].startswith("accelerator of before 2020")
    assert reasons["llama-3.2-1b"].startswith("distillation")
    assert reasons["arctic"] == "an upper bound"
    assert all(math.isnan(p.analytic) == bool(p.reason) for p in [*published, *whole])


def test_constants_have_units_bounds_and_sources() -> None:
    for constant in CONSTANTS.values():
        assert constant.low <= constant.value <= constant.high
        assert constant.unit
        assert constant.source
        assert constant.date
        assert REGISTRY.inputs[constant.name].default == constant.value
        if constant.fitted:
            assert constant.low <= constant.prior <= constant.high
            assert 0 < constant.sd <= constant.prior_sd
            assert 0 <= constant.learned <= 1
        else:
            assert math.isnan(constant.prior)


@pytest.mark.slow
def test_the_shipped_errors_are_those_of_the_predictions() -> None:
    script = Path(__file__).parents[2] / "docs" / "scripts" / "model_errors.py"
    with FILE.open(encoding="utf-8", newline="") as file:
        committed = list(csv.reader(file))
    assert committed == runpy.run_path(str(script))["rows"](), "run `make pages` and commit catalogs/model_errors.csv"
