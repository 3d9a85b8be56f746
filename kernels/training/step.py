"""The training step: microbatches through the pipeline, exchange, optimiser, and what large systems lose."""

import numpy as np

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import B, B_per_s, device, number, parameter, s, sequence


@equation(source="Narayanan et al. 2021", formula="m = B / (d b)")
def microbatches(global_batch: sequence, data_parallel: number, microbatch: sequence) -> number:
    """Microbatches that every replica works through in one step.

    A whole number in every feasible layout.
    """
    return global_batch / (data_parallel * microbatch)


@equation(
    source="Rajbhandari et al. 2020 (ZeRO 1)",
    formula="trained_share x (dense x share + experts x expert share from ZeRO 1 on, else both whole)",
)
def updated_parameters(
    exchanged_dense_parameters: parameter,
    device_expert_parameters: parameter,
    dense_shard_share: number,
    expert_shard_share: number,
    zero_stage: number,
    trained_share: number,
) -> parameter:
    """Parameters that one device updates in a step."""
    if zero_stage < 1.0:
        return (exchanged_dense_parameters + device_expert_parameters) * trained_share
    dense = exchanged_dense_parameters * dense_shard_share
    return (dense + device_expert_parameters * expert_shard_share) * trained_share


@equation(
    source="Kingma and Ba 2015; Rajbhandari et al. 2020",
    formula="updated_parameters (2 optimizer_bytes + 6) / memory_bandwidth",
    provenance="extension",
)
def optimizer_time(updated_parameters: parameter, optimizer_bytes: B, memory_bandwidth: B_per_s) -> s:
    """Time to update the parameters of one device.

    States are read and written, gradients read in 32 bits, weights written in 16.
    """
    return updated_parameters * (2.0 * optimizer_bytes + 6.0) / memory_bandwidth


@equation(
    valid="[1, inf)",
    source="fitted on measured training steps by benchmarks/fit_step.py; weakly identified",
    formula="1 + straggler_loss log2(max(n / 8, 1))",
    provenance="extension",
)
def straggler_factor(devices: device, straggler_loss: number) -> number:
    """What stragglers and jitter add to a step of many devices: 3 % at 16,384."""
    return 1.0 + straggler_loss * np.log2(np.maximum(devices / 8.0, 1.0))


@equation(
    source="Narayanan et al. 2021 (bubble (p - 1) / (v m))",
    formula="{(m + (p - 1) / v) stage_time + exposed exchange + optimiser} straggler_factor",
)
def step_time(
    microbatches: number,
    pipeline_parallel: number,
    interleave: number,
    stage_time: s,
    exposed_exchange_time: s,
    optimizer_time: s,
    straggler_factor: number,
) -> s:
    """Time of one optimiser step.

    Loading data, saving and evaluating are not in it: see goodput.
    """
    slots = microbatches + (pipeline_parallel - 1.0) / interleave
    return (slots * stage_time + exposed_exchange_time + optimizer_time) * straggler_factor
