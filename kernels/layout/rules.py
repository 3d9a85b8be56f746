"""The parallel layout of a training: its degrees, the rules it must obey, and its batch."""

import numpy as np

from carbonsweep.kernels.registry import default, equation
from carbonsweep.kernels.units import FLOP, GB, B, FLOP_per_s, day, device, number, parameter, s, sequence, token, year

REASONS = (
    "feasible",
    "no layout of the search is feasible, or the accelerator's figures are not known",
    "a degree is below one or not whole",
    "the layout's devices are not the devices there are",
    "attention heads do not divide over tensor parallelism",
    "layers do not divide over pipeline stages and interleave",
    "global batch is no multiple of data parallelism times microbatch",
    "an interleaved pipeline has fewer microbatches than stages",
    "experts or replicas do not divide over expert parallelism",
    "the sequence does not divide over context and sequence parallelism",
    "does not fit in device memory",
    "replicas do not divide over the groups that shard (shard_group)",
)
"""What the codes of `infeasibility` mean, by index."""


@equation(
    valid="(0, inf)",
    source="Narayanan et al. 2021 (n = t p d)",
    formula="t p d c",
    variant="layout",
    provenance="extension",
    when_given=("tensor_parallel", "pipeline_parallel", "data_parallel", "context_parallel"),
    whole=True,
)
def devices(
    tensor_parallel: number, pipeline_parallel: number, data_parallel: number, context_parallel: number
) -> device:
    """Accelerators that train the model.

    A layout that is given settles the number; otherwise it is LLMCarbon's optimum.
    """
    return tensor_parallel * pipeline_parallel * data_parallel * context_parallel


@equation(
    valid="(0, inf)",
    source="Narayanan et al. 2021 (n = t p d)",
    formula="t p d",
    quantity="devices",
    variant="layout_without_context",
    provenance="extension",
    when_given=("tensor_parallel", "pipeline_parallel", "data_parallel"),
    whole=True,
)
def devices_without_context(tensor_parallel: number, pipeline_parallel: number, data_parallel: number) -> device:
    """Accelerators that train the model, each with whole sequences."""
    return tensor_parallel * pipeline_parallel * data_parallel


@equation(
    valid="(0, inf)",
    source="median of 34 published trainings: 20 days; 30 because long ones matter most",
    formula="power of two nearest to 3 forward FLOPs tokens / (0.35 peak x 30 days), from 8 to 16,384",
    quantity="devices",
    variant="by_compute",
    provenance="assumed",
)
def devices_by_compute(
    forward_flops_per_token: FLOP, tokens: token, unquantised_peak_flops: FLOP_per_s, usual_days: day
) -> device:
    """Accelerators that train the model in about a month.

    Device-hours depend little on the number.
    """
    needed = 3.0 * forward_flops_per_token * tokens / (0.35 * unquantised_peak_flops * usual_days * 86400.0)
    return np.minimum(np.maximum(2.0 ** np.rint(np.log2(needed)), 8.0), 16384.0)


@equation(
    valid="(0, inf)",
    source="GPT-3 3.2e6, Pythia 2e6, LLaMA and OLMo 4e6, Nemotron-4 4.7e6 to 9.4e6, Llama 3 405B 1.6e7 (recalled)",
    formula="before 2021: 2^21 (2^19 below 1e9); to 2023: 2^22 (2^21); since: 2^22, 1e10: 2^23, 1e11: 2^24, MoE x 2",
    variant="by_date",
    provenance="assumed",
)
def batch_tokens(training_date: year, parameters: parameter, experts: number) -> token:
    """Tokens of a global batch, where it is not given: what trainings of the time and size use.

    The layout rounds it to whole microbatches.
    """
    if training_date < 2021.0:
        return 524288.0 if parameters < 1e9 else 2097152.0
    if training_date < 2024.0:
        return 2097152.0 if parameters < 1e9 else 4194304.0
    usual = 4194304.0
    if parameters >= 1e11:
        usual = 16777216.0
    elif parameters >= 1e10:
        usual = 8388608.0
    return 2.0 * usual if experts > 0.0 else usual


def replica_unit(context_parallel, expert_parallel):
    """Replicas come in multiples of this number, so that the experts divide over them."""
    unit = np.maximum(expert_parallel / context_parallel, 1.0)
    if unit != np.floor(unit):
        return 1.0 * expert_parallel
    return 1.0 * unit


@equation(
    valid="[0, inf)",
    source="Narayanan et al. 2021 (n = t p d)",
    formula="d = floor(n / (t p c)), less until experts divide over it",
    variant="fewest_idle",
    provenance="extension",
    whole=True,
)
def data_parallel(
    devices: device,
    tensor_parallel: number,
    pipeline_parallel: number,
    context_parallel: number,
    expert_parallel: number,
) -> number:
    """Replicas of the model that train on different data.

    As many as leave the fewest devices idle (idle_devices says how many). 0 if there is none, which is not
    feasible.
    """
    unit = replica_unit(context_parallel, expert_parallel)
    return np.floor(devices / (tensor_parallel * pipeline_parallel * context_parallel * unit)) * unit


@equation(
    valid="[0, inf)",
    source="Narayanan et al. 2021 (n = t p d)",
    formula="d = floor(n / (t p c)), less until experts and the batch divide over it",
    quantity="data_parallel",
    variant="whole_batch",
    provenance="extension",
    when_given=("global_batch",),
    whole=True,
)
def data_parallel_of_batch(
    devices: device,
    tensor_parallel: number,
    pipeline_parallel: number,
    context_parallel: number,
    expert_parallel: number,
    microbatch: sequence,
    global_batch: sequence,
) -> number:
    """Replicas of the model that train on different data, an equal share of the batch each.

    The most replicas whose share of the batch is whole: d = K / m with the least whole m.
    """
    unit = replica_unit(context_parallel, expert_parallel)
    count = np.floor(devices / (tensor_parallel * pipeline_parallel * context_parallel * unit))
    if count >= 1.0:
        most = global_batch / (unit * microbatch)
        share = np.ceil(most / count)
        if most != np.floor(most):
            return 0.0 * unit
        while most / share != np.floor(most / share):
            share = share + 1.0
        count = most / share
    return count * unit


default(
    "spare_devices",
    0.0,
    number,
    "Whether a layout may leave devices idle, where its replicas are given: all must be used.",
    source="this project: who gives the replicas means all devices",
    valid="[0, 1]",
    variant="replicas_given",
    provenance="assumed",
    when_given=("data_parallel",),
)
default(
    "spare_devices",
    1.0,
    number,
    "Whether a layout may leave devices idle.",
    source="this project: any number of devices can be trained on",
    valid="[0, 1]",
    variant="allowed",
    provenance="assumed",
)


@equation(
    valid="[0, inf)",
    source="this project",
    formula="B = d b max(rint(target / (s d b)), 1)",
    variant="target",
    provenance="extension",
)
def global_batch(batch_tokens: token, sequence_length: token, data_parallel: number, microbatch: sequence) -> sequence:
    """Sequences that one optimiser step trains on.

    The whole number of microbatches nearest to the target.
    """
    group = data_parallel * microbatch
    return group * np.maximum(np.rint(batch_tokens / (sequence_length * group)), 1.0)


default(
    "batch_near_target",
    1.0,
    number,
    "Whether the batch is one to train with: it is, where it is given.",
    source="this project",
    valid="[0, 1]",
    variant="given",
    provenance="assumed",
    when_given=("global_batch",),
)


@equation(
    valid="[0, 1]",
    source="this project: larger batches take more steps to the same loss",
    formula="1 if B s <= 2 target, or B <= 1",
    quantity="batch_near_target",
    variant="computed",
    provenance="assumed",
)
def batch_near_target(global_batch: sequence, sequence_length: token, batch_tokens: token) -> number:
    """Whether the batch is one to train with: at most twice its target."""
    return 0.0 if global_batch * sequence_length > 2.0 * batch_tokens and global_batch > 1.0 else 1.0


@equation(source="this project", formula="n - t p d c", provenance="extension")
def idle_devices(
    devices: device, tensor_parallel: number, pipeline_parallel: number, data_parallel: number, context_parallel: number
) -> device:
    """Devices that the layout cannot use.

    They are paid for: efficiency, device-hours and energy count them. Negative if the layout needs more.
    """
    return devices - tensor_parallel * pipeline_parallel * data_parallel * context_parallel


@equation(
    valid="[0, 11]",
    source="Narayanan et al. 2021 (rules of a layout)",
    formula="0 none; 2 degrees; 3 devices; 4 heads; 5 layers; 6 batch; 7 interleave; 8 experts; 9 sequence",
    provenance="extension",
)
def broken_rule(
    devices: device,
    tensor_parallel: number,
    pipeline_parallel: number,
    data_parallel: number,
    context_parallel: number,
    expert_parallel: number,
    interleave: number,
    microbatch: sequence,
    global_batch: sequence,
    spare_devices: number,
    attention_heads: number,
    layers: number,
    uneven_stages: number,
    sequence_length: token,
    sequence_parallel: number,
    experts: number,
) -> number:
    """The first rule that a layout breaks, memory left out: a code as of infeasibility, 0 if none.

    1 no layout; 2 a degree below one or not whole; 3 t p d c is more than the devices, or not equal to them where d
    is given; 4 heads over t; 5 layers over stages; 6 batch over replicas and microbatch; 7 fewer microbatches than
    stages with interleave; 8 experts or replicas over e; 9 sequence over c (and t with sequence parallelism).
    """
    degrees = tensor_parallel + pipeline_parallel + context_parallel + expert_parallel + interleave + microbatch
    if np.isnan(degrees * data_parallel * global_batch * devices):
        return 1.0
    whole = np.floor(tensor_parallel) + np.floor(pipeline_parallel) + np.floor(context_parallel)
    whole = whole + np.floor(expert_parallel) + np.floor(interleave) + np.floor(microbatch)
    lowest = np.minimum(np.minimum(tensor_parallel, pipeline_parallel), np.minimum(context_parallel, expert_parallel))
    if np.minimum(lowest, np.minimum(interleave, microbatch)) < 1.0 or degrees != whole:
        return 2.0
    used = tensor_parallel * pipeline_parallel * data_parallel * context_parallel
    if used > devices or used <= 0.0 or (spare_devices < 1.0 and used != devices):
        return 3.0
    if attention_heads / tensor_parallel != np.floor(attention_heads / tensor_parallel):
        return 4.0
    chunks = pipeline_parallel * interleave
    if interleave > np.ceil(layers / pipeline_parallel) or pipeline_parallel > layers:
        return 5.0
    if uneven_stages < 1.0 and layers / chunks != np.floor(layers / chunks):
        return 5.0
    if interleave > 1.0 and pipeline_parallel <= 1.0:
        return 5.0
    share = global_batch / (data_parallel * microbatch)
    if share < 1.0 or share != np.floor(share):
        return 6.0
    if interleave > 1.0 and share < pipeline_parallel:
        return 7.0
    if expert_parallel > 1.0:
        local = experts / expert_parallel
        groups = tensor_parallel * data_parallel * context_parallel / expert_parallel
        if local != np.floor(local) or local < 1.0 or groups != np.floor(groups):
            return 8.0
    pieces = context_parallel
    if sequence_parallel >= 1.0:
        pieces = pieces * tensor_parallel
    return 0.0 if sequence_length / pieces == np.floor(sequence_length / pieces) else 9.0


@equation(
    valid="[0, 11]",
    source="Narayanan et al. 2021 (rules of a layout)",
    formula="0 feasible; 1 no layout; 2 degrees; 3 devices; 4 heads; 5 layers; 6 batch; 7 interleave; 8 experts; "
    "9 sequence; 10 memory; 11 shards",
    provenance="extension",
    choices=REASONS,
)
def infeasibility(broken_rule: number, groups_divide: number, fits_in_memory: number) -> number:
    """Why a layout cannot train the model: a code, 0 if it can.

    As of broken_rule; where none is broken 11, replicas over the groups that shard, and 10, memory.
    """
    if broken_rule != 0.0:
        return 1.0 * broken_rule
    if groups_divide == 0.0:
        return 11.0
    return 10.0 if fits_in_memory == 0.0 else 0.0


@equation(
    valid="[0, 1]",
    source="Zhao et al. 2023 (hybrid sharding)",
    formula="0 if d c / group_shards is not whole and ZeRO shards in groups, else 1",
    provenance="extension",
)
def groups_divide(
    data_parallel: number, context_parallel: number, group_shards: number, sharded_in_groups: number
) -> number:
    """Whether the replicas divide over the groups within which ZeRO shards, if it does."""
    groups = data_parallel * context_parallel / group_shards
    return 0.0 if groups != np.floor(groups) and sharded_in_groups > 0.0 else 1.0


@equation(valid="[0, 1]", source="this project", formula="1 if broken_rule = 0 else 0", provenance="extension")
def keeps_rules(broken_rule: number) -> number:
    """Whether a layout breaks no rule, memory left out."""
    return 1.0 if broken_rule == 0.0 else 0.0


@equation(
    valid="[0, 1]", source="this project", formula="1 if infeasibility = 0 else 0", provenance="extension", whole=True
)
def feasible(infeasibility: number) -> number:
    """Whether the layout can train the model.

    infeasibility says why not.
    """
    return 1.0 if infeasibility == 0.0 else 0.0


@equation(
    valid="(0, inf)",
    source="drivers report 80 GiB for 80 GB; BLOOM's tuning measured 76 GiB in use on 80 GB devices",
    formula="device_memory 2^30 / 10^9",
    provenance="extension",
)
def usable_memory(device_memory: GB) -> GB:
    """Memory of one device in gigabytes of 10^9 bytes.

    Makers count device memory in units of 2^30 bytes.
    """
    return device_memory * 1.073741824


@equation(
    valid="[0, 1]",
    source="this project",
    formula="1 if framework_memory + state_memory <= usable_memory else 0",
    provenance="extension",
)
def states_fit(state_memory: B, framework_memory: GB, usable_memory: GB) -> number:
    """Whether the fullest device has memory enough for parameters and their states, before any activation."""
    return 1.0 if framework_memory + state_memory / 1e9 <= usable_memory else 0.0


@equation(
    valid="[0, 1]",
    source="this project",
    formula="1 if memory_per_device <= usable_memory else 0",
    provenance="extension",
)
def fits_in_memory(memory_per_device: GB, usable_memory: GB) -> number:
    """Whether the fullest device has memory enough.

    0 also where the need is not known.
    """
    return 1.0 if memory_per_device <= usable_memory else 0.0


@equation(
    valid="(0, inf)",
    source="Chowdhery et al. 2022 (model FLOPs utilisation); DeepSeek-V3 and NeMo state trainings in 8 bits by 16",
    formula="peak_flops; mfu_peak = 16bit: that of 16 bits where fewer are chosen",
    provenance="extension",
)
def utilisation_peak_flops(mfu_peak: number, peak_flops: FLOP_per_s, unquantised_peak_flops: FLOP_per_s) -> FLOP_per_s:
    """Peak rate of one accelerator of which model_flops_utilisation is a share."""
    return 1.0 * unquantised_peak_flops if mfu_peak > 0.0 else 1.0 * peak_flops


@equation(
    valid="[0, 1]",
    source="Chowdhery et al. 2022 (model FLOPs utilisation)",
    formula="(1 + backward_passes) (forward with causal scores + mtp) s B / (step_time peak n), NaN if infeasible",
)
def model_flops_utilisation(
    forward_flops_per_token: FLOP,
    attention_score_flops_per_token: FLOP,
    causal_score_flops_per_token: FLOP,
    mtp_flops_per_token: FLOP,
    sequence_length: token,
    global_batch: sequence,
    step_time: s,
    utilisation_peak_flops: FLOP_per_s,
    devices: device,
    infeasibility: number,
    backward_passes: number,
) -> number:
    """Share of the peak rate that model operations reach in one step, idle devices counted.

    Counted layer by layer; recomputation does not count, nor the masked half of scores. The peak is that of the
    precision unless mfu_peak says otherwise; above 1, which 8 bits can reach of a peak of 16, there is no value.
    Publications that count the full square state a little more.
    """
    if infeasibility != 0.0:
        return np.nan
    flops = forward_flops_per_token - attention_score_flops_per_token + causal_score_flops_per_token
    flops = (1.0 + backward_passes) * (flops + mtp_flops_per_token)
    return flops * sequence_length * global_batch / (step_time * utilisation_peak_flops * devices)
