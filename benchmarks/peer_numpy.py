"""The common grid with NumPy broadcasting, as a pandas DataFrame, written with ``to_parquet``.

Every quantity is an array of seven dimensions whose length is 1 along the axes that it does not depend on, so
NumPy evaluates each equation once for each distinct combination of its inputs, as carbonsweep does.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from common_grid import CODEC, QUANTITIES, Peers

AXES = ("hidden_size", "layers", "accelerator", "devices", "tokens", "lifetime_years", "region")
"""Loop order of the rows: the one carbonsweep chooses, up to the order of outer axes."""


def columns(peers: Peers) -> dict[str, np.ndarray]:
    """The quantities, each with length 1 along the axes that it does not depend on."""
    c = peers.constants

    def along(axis: str, values: list[float]) -> np.ndarray:
        shape = [1] * len(AXES)
        shape[AXES.index(axis)] = len(values)
        return np.array(values, dtype=np.float64).reshape(shape)

    h, layers = along("hidden_size", peers.hidden_size), along("layers", peers.layers)
    tokens, devices = along("tokens", peers.tokens), along("devices", peers.devices)
    lifetime, intensity = along("lifetime_years", peers.lifetime_years), along("region", peers.regions["intensity"])
    memory, node, peak, power, unit = (
        along("accelerator", peers.accelerators[name]) for name in ("memory", "node", "peak", "power", "unit_embodied")
    )

    heads = 2.0 * c["attention_heads"] + 2.0 * c["kv_heads"]
    ffn = (2.0 + c["gated_ffn"]) * h * layers * (4.0 * h)
    attention = h * (h / c["attention_heads"]) * heads * layers
    parameters = attention + ffn + h * c["vocabulary_size"] * (2.0 - c["tied_embeddings"])
    test_loss = (
        c["loss_irreducible"]
        + c["loss_parameter_coefficient"] / parameters ** c["loss_parameter_exponent"]
        + c["loss_token_coefficient"] / tokens ** c["loss_token_exponent"]
    )
    training_flops = 6.0 * parameters * tokens

    capacity = 3e7 * memory
    fits = parameters < node * capacity
    tensor = np.where(fits, np.ceil(parameters / capacity), node)
    pipeline = np.where(fits, 1.0, np.ceil(parameters / (node * capacity)))
    size = np.maximum(parameters, 0.5e9)
    small = (pipeline <= 1.0) & (size < 20e9)
    fit = np.where(
        small,
        1.31381254e-08 * size + 1.77462653e01,
        (-3.48420436e-21 * size + 6.13525744e-09) * size + 3.91960713e02,
    )
    group = tensor * pipeline
    optimal = np.maximum(np.rint(np.rint(fit / group) * c["device_count_factor"]), 1.0) * group
    throughput = np.where(
        small,
        (-8.82079068e-20 * size + 1.68591116e-09) * size + 1.33954735e02,
        (-5.60233749e-23 * size + 8.45435587e-11) * size + 1.34546129e02,
    )
    best = throughput / 312.0 * c["relative_efficiency"]
    efficiency = np.where(
        devices < optimal,
        c["efficiency_gamma0"] * (devices / optimal) * best,
        np.where(devices > optimal, c["efficiency_gamma1"] * (optimal / devices) * best + c["efficiency_gamma2"], best),
    )
    efficiency = np.minimum(efficiency, best)

    training_days = training_flops / (devices * peak * efficiency) / 86400.0
    hardware_energy = devices * training_days * 24.0 * power / 1000.0
    operational_carbon = hardware_energy * c["pue"] * intensity / 1000.0
    yearly = devices * (unit + c["host_embodied"] / node) * training_days / (365.0 * c["fleet_utilisation"])
    embodied_carbon = yearly / lifetime
    values = (
        parameters,
        test_loss,
        training_flops,
        training_days,
        hardware_energy,
        operational_carbon,
        embodied_carbon,
        operational_carbon + embodied_carbon,
    )
    return dict(zip(QUANTITIES, values, strict=True))


def frame(peers: Peers) -> pd.DataFrame:
    """All rows and columns; catalog ids as categories, which pandas makes and writes fastest."""
    quantities = columns(peers)
    axes = {
        "hidden_size": peers.hidden_size,
        "layers": peers.layers,
        "accelerator": peers.accelerators["id"],
        "devices": peers.devices,
        "tokens": peers.tokens,
        "lifetime_years": peers.lifetime_years,
        "region": peers.regions["id"],
    }
    shape = tuple(len(axes[name]) for name in AXES)
    data: dict[str, object] = {}
    for position, name in enumerate(AXES):
        index = np.arange(shape[position], dtype=np.int8).reshape(
            [-1 if p == position else 1 for p in range(len(AXES))]
        )
        if name in ("accelerator", "region"):
            codes = np.broadcast_to(index, shape).ravel()
            data[name] = pd.Categorical.from_codes(codes, categories=axes[name])
        else:
            data[name] = np.broadcast_to(np.array(axes[name], dtype=np.float64)[index], shape).ravel()
    for name, values in quantities.items():
        data[name] = np.broadcast_to(values, shape).ravel()
    return pd.DataFrame(data, copy=False)


def write(peers: Peers, out: Path) -> None:
    """Evaluate the grid and write it as one file."""
    frame(peers).to_parquet(out / "part.parquet", index=False, compression=CODEC)
