"""Pipeline stages: their share of the layers, the work of the slowest, and the host that launches it."""

import numpy as np

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import number, s, year


@equation(
    valid="(0, 1]",
    source="Narayanan et al. 2021 (stages of whole layers)",
    formula="equal: v ceil(l / (p v)) / l; chunks that differ: ceil(l / p) / l; balanced: 1 / p",
    provenance="extension",
)
def stage_share(layers: number, pipeline_parallel: number, interleave: number, balanced_stages: number) -> number:
    """Share of the layers in the fullest pipeline stage, which sets the pace."""
    if balanced_stages >= 2.0:
        return 1.0 / pipeline_parallel
    if balanced_stages >= 1.0:
        return np.ceil(layers / pipeline_parallel - 1e-9) / layers
    return np.minimum(interleave * np.ceil(layers / (pipeline_parallel * interleave)) / layers, 1.0)


SLOWEST = "Narayanan et al. 2021; Llama 3 (Dubey et al. 2024: a layer less where the head is)"
FULLEST = "p = 1: layers + head; equal: max(fullest, last with head); else max(fullest, (layers + head) / p)"


@equation(source=SLOWEST, formula=FULLEST, provenance="extension")
def stage_work_time(
    layers_time: s, ends_time: s, stage_share: number, pipeline_parallel: number, balanced_stages: number
) -> s:
    """Time that the slowest stage works on one microbatch, forward and backward, communication left out."""
    return slowest_stage(layers_time, ends_time, stage_share, pipeline_parallel, balanced_stages)


@equation(source=SLOWEST, formula=FULLEST, provenance="extension")
def full_clock_work_time(
    layers_time: s, ends_time: s, stage_share: number, pipeline_parallel: number, balanced_stages: number
) -> s:
    """Time that the slowest stage works on one microbatch with the clock at its highest, communication left out."""
    return slowest_stage(layers_time, ends_time, stage_share, pipeline_parallel, balanced_stages)


def slowed_work(work, memory_share, clock):
    """A time of work with a lower clock: what waits for memory takes as long as before."""
    if clock >= 1.0:
        return 1.0 * work
    return work * (memory_share + (1.0 - memory_share) / clock)


SLOWED = "definition; the step model adds the times of products and of memory"
SLOWED_FORMULA = "full_clock_work_time (u_m + (1 - u_m) / clock), u_m training_memory_share"


@equation(
    source=SLOWED,
    formula=SLOWED_FORMULA,
    quantity="stage_work_time",
    variant="capped",
    provenance="extension",
    when_given=("power_cap_fraction",),
)
def stage_work_time_capped(
    full_clock_work_time: s, training_memory_share: number, training_clock_fraction: number
) -> s:
    """Time that the slowest stage works on one microbatch at the clock that a limit of power leaves."""
    return slowed_work(full_clock_work_time, training_memory_share, training_clock_fraction)


@equation(
    source=SLOWED,
    formula=SLOWED_FORMULA,
    quantity="stage_work_time",
    variant="lower_clock",
    provenance="extension",
    when_given=("clock_fraction",),
)
def stage_work_time_at_clock(
    full_clock_work_time: s, training_memory_share: number, training_clock_fraction: number
) -> s:
    """Time that the slowest stage works on one microbatch at a clock that is given."""
    return slowed_work(full_clock_work_time, training_memory_share, training_clock_fraction)


def slowest_stage(layers_time, ends_time, stage_share, pipeline_parallel, balanced_stages):
    """Time of the slowest stage, from those of all layers and of what comes behind the last."""
    if pipeline_parallel <= 1.0:
        return layers_time + ends_time
    fullest = stage_share * layers_time
    if balanced_stages >= 1.0:
        return np.maximum((layers_time + ends_time) / pipeline_parallel, fullest)
    rest = np.maximum(1.0 - (pipeline_parallel - 1.0) * stage_share, 0.0)
    return np.maximum(fullest, rest * layers_time + ends_time)


@equation(
    source="fitted on measured training steps by benchmarks/fit_step.py",
    formula="dropless experts: launch_time_experts; to 2022: launch_time_2022; since: launch_time_now; graphs: / 10",
    provenance="extension",
)
def launch_time(
    moe_layers: number,
    dropless: number,
    software_date: year,
    launch: number,
    expert_gain: number,
    launch_time_2022: s,
    launch_time_now: s,
    launch_time_experts: s,
) -> s:
    """Time that the host takes to launch the kernels of one layer and pass.

    A tenth with CUDA graphs, which software of mid-2026 for experts uses too.
    """
    each = launch_time_2022 if software_date < 2023.0 else launch_time_now
    if moe_layers > 0.0 and dropless > 0.0:
        each = 1.0 * launch_time_experts
    if launch == 2.0 or expert_gain > 1.0:
        return 0.1 * each
    return 1.0 * each


@equation(
    source="measured on one to eight A100 (vTrain): a layer takes 3 to 4 ms whatever tensor parallelism is",
    formula="launch_time layers stage_share (3 + repeated_share)",
    provenance="extension",
)
def host_floor(launch_time: s, layers: number, stage_share: number, repeated_share: number) -> s:
    """Least time of a stage for one microbatch: the host launches every kernel."""
    return launch_time * layers * stage_share * (3.0 + repeated_share)


@equation(
    source="Narayanan et al. 2021; this project (the host's floor, exponent assumed)",
    formula="((work + tensor, expert and context communication)^4 + host_floor^4)^(1/4) + transfer",
    provenance="extension",
)
def stage_time(
    stage_work_time: s,
    tensor_parallel_time: s,
    expert_parallel_time: s,
    context_parallel_time: s,
    host_floor: s,
    pipeline_transfer_time: s,
) -> s:
    """Time of one microbatch in the slowest stage, forward and backward.

    Every microbatch costs the pipeline this much, and its filling and draining p - 1 times this much over v.
    """
    busy = stage_work_time + tensor_parallel_time + expert_parallel_time + context_parallel_time
    ratio = host_floor / busy
    square = ratio * ratio
    return busy * np.sqrt(np.sqrt(1.0 + square * square)) + pipeline_transfer_time
