"""Measured steps: accuracy by group as a ratchet, and the fit behind the stored constants."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from carbonsweep.evidence.steps import different, errors, groups, memory_errors, predict_steps, read_steps, refused
from carbonsweep.kernels.constants import CONSTANTS

if TYPE_CHECKING:
    import pandas as pd

MOST = {
    "dense, without vTrain": (4.8, 12.7),
    "mixture of experts": (11.5, 26.0),
    "vTrain 1-8 devices": (7.1, 16.4),
    "vTrain 64-512 devices": (8.8, 14.2),
    "V100": (3.4, 26.7),
    "A100": (6.9, 16.4),
    "H100": (4.4, 12.7),
    "B200": (8.3, 19.8),
    "TPUv5p": (3.0, 10.7),
    "TPUv5e": (3.7, 7.8),
    "TPUv7": (6.5, 45.7),
    "fp8": (4.6, 12.6),
    "mxfp8": (9.9, 23.2),
    "nvfp4": (10.6, 16.9),
    "tuned": (7.3, 20.0),
    "devices > 1000": (4.7, 11.1),
    "sequence >= 16,000": (4.2, 6.5),
}
"""Median and 90th percentile of the absolute error in per cent: they may fall, not rise."""


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return read_steps()


@pytest.fixture(scope="module")
def predicted(rows: pd.DataFrame) -> pd.DataFrame:
    return predict_steps(rows)


@pytest.mark.parametrize("group", MOST)
def test_errors_do_not_grow(rows: pd.DataFrame, predicted: pd.DataFrame, group: str) -> None:
    size = 100 * np.abs(errors(rows, predicted))[groups(rows)[group]]
    median, high = MOST[group]
    assert np.median(size) <= median
    assert np.quantile(size, 0.9) <= high


def test_published_layouts_are_possible(rows: pd.DataFrame, predicted: pd.DataFrame) -> None:
    assert len(rows) == 1254
    assert refused(predicted) <= 0.02


def test_memory(rows: pd.DataFrame, predicted: pd.DataFrame) -> None:
    found = memory_errors(rows, predicted)
    assert len(found) == 84
    assert np.median(np.abs(found)) <= 0.085
    assert abs(np.median(found)) <= 0.06


def test_equal_rows_are_evaluated_once() -> None:
    assert different({"a": [1, 2, 1], "b": [3, 3, 3]}) == ({"a": [1, 2], "b": [3, 3]}, [0, 1, 0])


@pytest.mark.slow
def test_stored_constants_are_the_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """All rows of the fit may not be given away; those that may give nearly the same constants."""
    path = Path(__file__).parents[2] / "benchmarks" / "fit_step.py"
    spec = importlib.util.spec_from_file_location("fit_step", path)
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    rows = read_steps()
    fit = module.Model(rows).fit(np.ones(len(rows), dtype=bool))
    for name, value in fit.values.items():
        assert value == pytest.approx(CONSTANTS[name].value, rel=3 * CONSTANTS[name].sd + 0.01), name
