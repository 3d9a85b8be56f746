"""Measured training steps beside predicted ones: rows with their layout, in bulk through one plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from carbonsweep.catalogs import HERE
from carbonsweep.kernels import REGISTRY
from carbonsweep.kernels.constants import CONSTANTS
from carbonsweep.plan.plan import Plan
from carbonsweep.plan.words import meant
from carbonsweep.tabular.stream import to_pandas

if TYPE_CHECKING:
    import pandas as pd

FILE = HERE / "measured_steps.csv"
"""Measured steps that may be given away, with their sources."""
DESCRIPTION = (
    "id",
    "source_group",
    "source",
    "licence_note",
    "confidence",
    "framework",
    "model",
    "model_id",
    "generation",
    "bits",
    "step_time",
    "memory_gib_measured",
    "note",
)
"""Columns that say where a row comes from, or what was measured; every other one is an input by its name."""
MEASURED = ("step_time", "feasible", "infeasibility", "memory_per_device")
_GIB = 2**30 / 1e9


def read_steps(path: str | Path = FILE) -> pd.DataFrame:
    """Measured steps, one a row."""
    import pandas as pd

    return pd.read_csv(path)


def given_columns(rows: pd.DataFrame) -> dict[str, list[Any]]:
    """The inputs of the rows by name, as a zip table of a plan takes them."""
    columns: dict[str, list[Any]] = {}
    for word in rows.columns:
        if word not in DESCRIPTION:
            name = meant(word)
            values = rows[word]
            columns[name] = [str(one) for one in values] if _is_text(name) else [float(one) for one in values]
    return columns


def _is_text(name: str) -> bool:
    declared = REGISTRY.inputs.get(name)
    return name == "accelerator" or (declared is not None and bool(declared.choices))


def predict_steps(
    rows: pd.DataFrame, quantities: Iterable[str] = MEASURED, constants: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """What the equations give for every row.

    Parameters
    ----------
    rows
        As of `read_steps`.
    quantities
        What to predict.
    constants
        Further inputs, for all rows alike.
    """
    wanted = list(quantities)
    table, place = different(given_columns(rows))
    found = to_pandas(
        Plan(
            axes={},
            zip=[table],
            constants=dict(constants or {}),
            output={"quantities": wanted, "infeasible": "flag"},
            order="plan",
        )
    )
    predicted = found[wanted].iloc[place].reset_index(drop=True)
    predicted.index = rows.index
    return predicted


def different(columns: Mapping[str, list[Any]]) -> tuple[dict[str, list[Any]], list[int]]:
    """A zip table without its repeated rows, and for every row where it stands now."""
    places: dict[tuple[Any, ...], int] = {}
    place = [places.setdefault(row, len(places)) for row in zip(*columns.values(), strict=True)]
    kept = list(places)
    return {name: [row[i] for row in kept] for i, name in enumerate(columns)}, place


def fitted() -> tuple[str, ...]:
    """The constants that were fitted on measured steps."""
    return tuple(name for name, constant in CONSTANTS.items() if constant.fitted)


def groups(rows: pd.DataFrame) -> dict[str, np.ndarray]:
    """Which rows belong to each group that errors are stated of; every row is in several."""
    experts = (rows["moe_layers"] > 0).to_numpy()
    single = (rows["source_group"] == "vtrain-single").to_numpy()
    several = (rows["source_group"] == "vtrain-multi").to_numpy()
    other = ~(single | several)
    found = {
        "dense, without vTrain": ~experts & other,
        "mixture of experts": experts,
        "vTrain 1-8 devices": single,
        "vTrain 64-512 devices": several,
        "all, without vTrain": other,
    }
    for column in ("generation", "precision", "software_level", "source_group"):
        for name in sorted(set(rows[column])):
            found[str(name)] = (rows[column] == name).to_numpy()
    found["devices > 1000"] = (rows["devices"] > 1000).to_numpy()
    found["sequence >= 16,000"] = (rows["sequence_length"] >= 16000).to_numpy()
    return {name: mask for name, mask in found.items() if mask.any()}


def errors(rows: pd.DataFrame, predicted: pd.DataFrame) -> np.ndarray:
    """Predicted over measured step time, less one."""
    return predicted["step_time"].to_numpy(dtype=float) / rows["step_time"].to_numpy() - 1.0


def memory_errors(rows: pd.DataFrame, predicted: pd.DataFrame) -> np.ndarray:
    """Predicted over measured memory, less one, of the rows that state it."""
    stated = (rows["memory_gib_measured"] > 0).to_numpy()
    measured = rows["memory_gib_measured"].to_numpy()[stated] * _GIB
    return predicted["memory_per_device"].to_numpy(dtype=float)[stated] / measured - 1.0


def refused(predicted: pd.DataFrame) -> float:
    """Share of the rows whose layout is taken to be impossible."""
    return float(np.mean(predicted["feasible"].to_numpy(dtype=float) != 1.0))
