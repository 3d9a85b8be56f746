"""How long training takes."""

import numpy as np

from carbonsweep.kernels.registry import default, equation
from carbonsweep.kernels.units import FLOP, FLOP_per_s, day, device, device_hour, number, s, year

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


@equation(
    valid="(0, inf)",
    source="Dubey et al. 2024 (Llama 3: 419 unexpected interruptions in 54 days on 16,384 devices)",
    formula="3600 device_mtbf / n",
    provenance="extension",
)
def failure_interval(device_mtbf: device_hour, devices: device) -> s:
    """Mean time between failures that stop the training."""
    return 3600.0 * device_mtbf / devices


@equation(
    valid="(0, 1]",
    source="Young 1974; Daly 2006",
    formula="max(1 - sqrt(2 checkpoint_time / interval) - restart_time / interval, 0.05)",
)
def failure_goodput(failure_interval: s, checkpoint_time: s, restart_time: s) -> number:
    """Share of elapsed time that failures leave, with checkpoints at the best interval.

    Beyond about 50,000 devices state the two times: it depends on little else.
    """
    lost = np.sqrt(2.0 * checkpoint_time / failure_interval) + restart_time / failure_interval
    return np.maximum(1.0 - lost, 0.05)


@equation(
    valid="(0, 1]",
    source="medians of modelled over published hours of trainings: 5 before 2023, 20 to 2024, 2 later, 3 large ones",
    formula="before 2023: 0.51; 2023 and 2024: 0.72; since 2025: 0.85; from 1e24 FLOP on, since 2023: 0.86",
    provenance="extension",
)
def steady_goodput(training_date: year, training_flops: FLOP) -> number:
    """Share of elapsed time that steps as fast as modelled take, failures left out.

    Evaluation, waiting for data, slow nodes, stops that are no failures and early software take the rest: less where
    a training is so large that software and operation are made for it.
    """
    if training_date < 2023.0:
        return 0.51
    if training_flops >= 1e24:
        return 0.86
    return 0.72 if training_date < 2025.0 else 0.85


default(
    "layout_practice",
    1.0,
    number,
    "How near the layout of a training is to the one that is modelled: it is that one, where it is given.",
    source="definition",
    valid="(0, 1]",
    variant="layout_given",
    provenance="assumed",
    when_given=("tensor_parallel", "pipeline_parallel", "microbatch"),
)


@equation(
    valid="(0, 1]",
    source="assumed; DeepSeek-V2, Llama 3.1 70B and Llama 4 Maverick were as fast as the best layout of the search",
    formula="1 from 1e24 FLOP on, else 0.87",
    quantity="layout_practice",
    variant="layout_searched",
    provenance="assumed",
)
def layout_practice_searched(training_flops: FLOP) -> number:
    """How near the layout of a training is to the best that a search finds: a good one, the best in large trainings."""
    return 1.0 if training_flops >= 1e24 else 0.87


@equation(
    valid="(0, 1]",
    source="this project",
    formula="failure_goodput steady_goodput layout_practice",
    variant="by_scale",
    provenance="extension",
)
def goodput(failure_goodput: number, steady_goodput: number, layout_practice: number) -> number:
    """Share of elapsed time that training spends in steps as fast as hardware_efficiency says.

    Of published runs, modelled over published hours lie between 0.71 and 1.30 of it in four of five cases.
    """
    return failure_goodput * steady_goodput * layout_practice


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
