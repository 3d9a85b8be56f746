"""Checkpoints of a training: what they fill, and what writing them costs."""

from carbonsweep.kernels.registry import default, equation
from carbonsweep.kernels.units import TB, B, B_per_s, W, device, kWh, number, parameter


@equation(
    source="definition",
    formula="parameters (element_bytes + optimizer_bytes + 4) / 1e12",
    provenance="extension",
)
def checkpoint_bytes(parameters: parameter, element_bytes: B, optimizer_bytes: B) -> TB:
    """Size of one checkpoint from which training can go on: weights, optimizer state and a copy in 32 bits.

    14 to 18 bytes a parameter. Weights alone, to be served, are a seventh or less.
    """
    return parameters * (element_bytes + optimizer_bytes + 4.0) / 1e12


@equation(
    source="definition",
    formula="stored_datasets + checkpoints_kept checkpoint_bytes",
    variant="checkpoints",
    provenance="extension",
    when_given=("checkpoints_kept",),
)
def stored_data(stored_datasets: TB, checkpoints_kept: number, checkpoint_bytes: TB) -> TB:
    """Data kept in storage: data sets and checkpoints."""
    return stored_datasets + checkpoints_kept * checkpoint_bytes


default(
    "stored_data",
    0.0,
    TB,
    "Data kept in storage: none unless given.",
    source="none unless given",
    provenance="assumed",
)


@equation(
    source="definition",
    formula="checkpoints_written checkpoint_bytes 1e12 / checkpoint_bandwidth devices device_power / 3.6e6",
    provenance="extension",
)
def checkpoint_write_energy(
    checkpoints_written: number, checkpoint_bytes: TB, checkpoint_bandwidth: B_per_s, devices: device, device_power: W
) -> kWh:
    """Energy of the hardware while it writes checkpoints, if writing stops the training.

    Not in hardware_energy twice: goodput holds the time already.
    """
    return checkpoints_written * checkpoint_bytes * 1e12 / checkpoint_bandwidth * devices * device_power / 3.6e6
