"""Power of training servers that were measured, beside what their maximum says: what judges `device_power`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from carbonsweep.catalogs import Row, load
from carbonsweep.configuration.estimate import evaluate_configuration

DEFINING = "h100-sxm5-training-newkirk"
"""The measurement from which the share of the maximum was taken: it agrees by itself."""


def measured_servers() -> Iterator[Row]:
    """Rows of the catalog of power that were measured on whole servers of GPUs while training; no rule's."""
    for row in load("power").rows:
        derived = str(row.values["workload"] or "").startswith("rule")
        tpu = str(row.values["accelerator_id"]).startswith("tpu")
        if row.values["power_basis"] == "node_training" and not derived and not tpu:
            yield row


def by_maximum(row: Row) -> float:
    """What the maximum of its server says an accelerator draws, without switches, which were not measured."""
    given: dict[str, Any] = {"accelerator": row.values["accelerator_id"], "network_power_fraction": 0}
    return evaluate_configuration(given, ["device_power"], {"device_power": "nameplate"}).quantities["device_power"]


def power_ratios() -> np.ndarray:
    """The logarithm of measured over predicted power, of the servers that the rule was not taken from."""
    rows = [row for row in measured_servers() if row.id != DEFINING]
    return np.log([float(row.values["power_w"] or np.nan) / by_maximum(row) for row in rows])
