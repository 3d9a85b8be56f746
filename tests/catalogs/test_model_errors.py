"""The errors that answers name are those that `validate` finds."""

from __future__ import annotations

import math

from carbonsweep.catalogs.model_errors import model_errors


def test_errors_are_in_order() -> None:
    for error in model_errors().values():
        assert 0 < error.median <= error.p90
        assert error.p90 <= error.worst or math.isnan(error.worst)
        assert math.log1p(error.p90) / 1.6449 <= error.sigma * 1.03 < 0.5
        assert f"{error.rows} {error.against}" in str(error)
