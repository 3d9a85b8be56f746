"""How long training takes."""

import numpy as np

from carbonsweep.kernels.registry import default, equals, equation
from carbonsweep.kernels.units import FLOP, FLOP_per_s, day, device, device_hour, number

default(
    "goodput",
    1.0,
    number,
    "Share of elapsed time that training spends in steps as fast as hardware_efficiency says, where that is given.",
    source="efficiency that is given was measured over a run and holds its losses",
    valid="(0, 1]",
    variant="measured",
    provenance="extension",
    when_given=("hardware_efficiency",),
)
equals(
    "goodput",
    "typical_goodput",
    number,
    "Share of elapsed time that training spends in steps as fast as hardware_efficiency says.",
    notes="Restarts, evaluation, checkpoints, slow devices and early software cost the rest, which no step model sees.",
    source="median of the published runs marked calibrate",
    valid="(0, 1]",
    variant="typical",
    provenance="extension",
)


@equation(
    valid="(0, 1]",
    source="LLMCarbon Eq. 7 has no such factor",
    formula="goodput = 1",
    quantity="goodput",
    variant="llmcarbon",
)
def goodput_llmcarbon(devices: device) -> number:
    """Share of elapsed time that training spends in steps, taken as all of it.

    All devices work all the time; failures and restarts are not counted.
    """
    return 1.0 if devices > 0.0 else np.nan


@equation(
    valid="(0, 1]",
    source="LLMCarbon Eq. 7 has no such factor",
    formula="goodput = 1",
    quantity="goodput",
    variant="bug_compatible",
)
def goodput_bug_compatible(devices: device) -> number:
    """Share of elapsed time that training spends in steps, taken as all of it.

    All devices work all the time; failures and restarts are not counted.
    """
    return 1.0 if devices > 0.0 else np.nan


@equation(source="LLMCarbon Eq. 7", formula="t = TFLOP / (n_dev FLOP_peak eff goodput) * training_time_factor")
def training_days(
    training_flops: FLOP,
    devices: device,
    peak_flops: FLOP_per_s,
    hardware_efficiency: number,
    goodput: number,
    training_time_factor: number,
) -> day:
    """Time to train the model.

    Elapsed time: what failures, restarts, evaluation and slow starts cost is in goodput. The factor is 1 for dense
    kernels.
    """
    return training_flops / (devices * peak_flops * hardware_efficiency * goodput) / 86400.0 * training_time_factor


@equation(source="LLMCarbon Eq. 8 (n_i t_i)", formula="device_hours = devices * training_days * 24")
def device_hours(devices: device, training_days: day) -> device_hour:
    """Time that all accelerators together work in training.

    Elapsed time, not busy time.
    """
    return devices * training_days * 24.0
