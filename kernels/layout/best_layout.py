"""The best layout, and how much is recomputed in one."""

import numpy as np

from carbonsweep.kernels.choice import chosen, listed, powers_of_two, whole_numbers
from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import number, s, sequence, token

LONGEST_PIPELINE = 128.0
"""Pipeline stages that are tried."""
SHORTEST_PIECE = 4096.0
"""Tokens of a sequence that each rank of context parallelism should keep."""


@equation(source="definition", formula="step_time / global_batch", provenance="extension")
def sequence_time(step_time: s, global_batch: sequence) -> s:
    """Time of a training step for each sequence of its batch: what the best layout makes small."""
    return step_time / global_batch


@equation(
    valid="(0, inf)",
    source="this project",
    formula="B / d",
    quantity="most_microbatches",
    variant="given",
    provenance="extension",
    when_given=("global_batch",),
)
def most_microbatches_of_batch(global_batch: sequence, data_parallel: number) -> number:
    """Microbatches of a step at most: those of one sequence."""
    return global_batch / data_parallel


@equation(
    valid="(0, inf)",
    source="this project",
    formula="target / (s d) + 1",
    provenance="extension",
    variant="target",
)
def most_microbatches(batch_tokens: token, sequence_length: token, data_parallel: number) -> number:
    """Microbatches of a step at most: those of one sequence, of which the batch has a whole number."""
    return batch_tokens / (sequence_length * data_parallel) + 1.0


@equation(
    source="Williams et al. 2009 (roofline); Narayanan et al. 2021 (bubble); no communication",
    formula="s / c ((1 + backward_passes) layers + score_passes scores + ends) / (p d) x bubble x straggler_factor",
    provenance="extension",
)
def bare_sequence_time(
    layers_token_time: s,
    scores_token_time: s,
    logits_token_time: s,
    mtp_token_time: s,
    score_passes: number,
    sequence_length: token,
    context_parallel: number,
    pipeline_parallel: number,
    data_parallel: number,
    most_microbatches: number,
    layers: number,
    straggler_factor: number,
    backward_passes: number,
) -> s:
    """Time that a sequence takes at least whatever its microbatches: work alone, evenly shared over stages.

    A billionth less, so that rounding never puts it above the time itself.
    """
    token_time = (1.0 + backward_passes) * layers_token_time + score_passes * scores_token_time
    token_time = token_time + logits_token_time + mtp_token_time
    alone = 0.999999999 * straggler_factor * token_time * sequence_length / context_parallel
    chunks = np.ceil(layers / pipeline_parallel)
    bubble = 1.0 + (pipeline_parallel - 1.0) / (chunks * most_microbatches)
    return alone / (pipeline_parallel * data_parallel) * bubble


@equation(
    source="Dao et al. 2022",
    formula="1 + (2.5 or, unfused, 2) w",
    provenance="extension",
    valid="[1, 3.5]",
)
def score_passes(fused_attention: number, backward_reach: number) -> number:
    """How many times the work of attention scores is done in a step that computes nothing again."""
    return 1.0 + (2.0 + 0.5 * fused_attention) * backward_reach


@equation(
    source="Williams et al. 2009 (roofline); no bubble",
    formula="{(1 + backward_passes) layers_forward_time + score_passes scores_forward_time + ends_time + blocks 2 "
    "tensor_collective_time + 4 moe_layers expert_exchange_time} / (p d b) straggler_factor",
    provenance="extension",
)
def least_sequence_time(
    layers_forward_time: s,
    scores_forward_time: s,
    ends_time: s,
    tensor_collective_time: s,
    expert_exchange_time: s,
    layer_blocks: number,
    moe_layers: number,
    score_passes: number,
    pipeline_parallel: number,
    data_parallel: number,
    microbatch: sequence,
    straggler_factor: number,
    backward_passes: number,
) -> s:
    """Time that a sequence takes at least in a microbatch: work and collectives, evenly shared over stages.

    A billionth less, so that rounding never puts it above the time itself.
    """
    work = (1.0 + backward_passes) * layers_forward_time + score_passes * scores_forward_time + ends_time
    collectives = 2.0 * layer_blocks * tensor_collective_time + 4.0 * moe_layers * expert_exchange_time
    each = 0.999999999 * straggler_factor * (work + collectives)
    return each / (pipeline_parallel * data_parallel * microbatch)


@equation(
    source="Narayanan et al. 2021 (bubble)",
    formula="(1 + (p - 1) / (ceil(l / p) m)) least_sequence_time",
    provenance="extension",
)
def piped_sequence_time(least_sequence_time: s, pipeline_parallel: number, layers: number, microbatches: number) -> s:
    """Time that a sequence takes at least with the bubble of as many chunks as a stage has layers."""
    chunks = np.ceil(layers / pipeline_parallel)
    return (1.0 + (pipeline_parallel - 1.0) / (chunks * microbatches)) * least_sequence_time


@equation(
    source="Narayanan et al. 2021 (bubble)",
    formula="(1 + (p - 1) / (v m)) least_sequence_time",
    provenance="extension",
)
def paced_sequence_time(
    least_sequence_time: s, pipeline_parallel: number, interleave: number, microbatches: number
) -> s:
    """Time that a sequence takes at least with the bubble of its pipeline."""
    return (1.0 + (pipeline_parallel - 1.0) / (interleave * microbatches)) * least_sequence_time


def widest_tensor_parallel(scale_up_devices, attention_heads):
    """Tensor parallelism stays within a fast domain, and no wider than heads or 64."""
    return np.minimum(np.minimum(scale_up_devices, attention_heads), 64.0)


def longest_pipeline(layers):
    """A stage for each layer, at most `LONGEST_PIPELINE`."""
    return np.minimum(layers, 128.0)


def fewest_stages(pipeline_parallel, layers):
    """Powers of two, which divide the devices, and of other numbers the least for its layers in the fullest stage."""
    least = np.ceil(layers / pipeline_parallel) < np.ceil(layers / np.maximum(pipeline_parallel - 1.0, 1.0))
    power = np.log2(pipeline_parallel)
    return 1.0 if least or power == np.floor(power) else 0.0


def widest_context_parallel(sequence_length):
    """Pieces of at least `SHORTEST_PIECE` tokens, at most 64."""
    return np.minimum(sequence_length / 4096.0, 64.0)


def all_experts(experts):
    """An expert for each rank."""
    return 1.0 * experts


def largest_microbatch():
    """Beyond it nothing becomes faster."""
    return 16.0


def most_interleave(pipeline_parallel, layers):
    """A layer for each chunk, at most eight chunks; without a pipeline there is nothing to interleave."""
    return np.minimum(np.ceil(layers / pipeline_parallel), 8.0) if pipeline_parallel > 1.0 else 1.0


def shards_without_pipeline(zero_stage, pipeline_parallel, group_saving):
    """Weights are sharded only where no pipeline splits them already, and in groups only where that can pay."""
    if zero_stage >= 4.0 and not group_saving > 0.0:
        return 0.0
    return 1.0 if zero_stage <= 1.0 or pipeline_parallel <= 1.0 else 0.0


def undivided():
    """What is not given of a layout that fits nowhere: the smallest degree, and ZeRO's first stage."""
    return 1.0


def asked_for(recomputation_level, recomputation, fused_attention):
    """The level that a plan asks for; if it leaves the choice (auto), those of which each keeps less than the last."""
    if recomputation >= 8.0:
        return 1.0 - fused_attention if recomputation_level == 1.0 else 1.0
    return 1.0 if recomputation_level == level_of(recomputation) else 0.0


def asked_for_or_full(recomputation):
    """Where none of those fits: the level asked for, which may be another, else all layers."""
    return level_of(recomputation) if recomputation < 8.0 else 4.0


def level_of(recomputation):
    """The level that a name stands for: selective means the scores."""
    return 1.0 if recomputation == 7.0 else 1.0 * recomputation


chosen(
    "layout",
    minimize="sequence_time",
    at_least=("bare_sequence_time", "piped_sequence_time", "paced_sequence_time"),
    where=("keeps_rules", "groups_divide", "states_fit", "fits_in_memory", "batch_near_target"),
    over={
        "tensor_parallel": powers_of_two(
            number,
            "Devices over which each layer is split.",
            most=widest_tensor_parallel,
            source="Narayanan et al. 2021",
        ),
        "pipeline_parallel": whole_numbers(
            number,
            "Pipeline stages.",
            most=longest_pipeline,
            where=fewest_stages,
            source="Narayanan et al. 2021",
            valid="(0, inf)",
        ),
        "context_parallel": powers_of_two(
            number,
            "Devices over which each sequence is split.",
            most=widest_context_parallel,
            source="Liu et al. 2023",
        ),
        "expert_parallel": powers_of_two(
            number,
            "Devices over which the experts of a layer are spread, among the replicas.",
            most=all_experts,
            source="Lepikhin et al. 2020",
        ),
        "zero_stage": listed(
            number,
            "Stage of ZeRO: 0 replicas hold everything; 1 optimiser states, 2 also gradients, 3 also weights are "
            "sharded; 4 as 3, but in groups of as many replicas as a fast domain has devices, copies of each other "
            "(HSDP).",
            1.0,
            3.0,
            4.0,
            where=shards_without_pipeline,
            source="Rajbhandari et al. 2020; Zhao et al. 2023 (hybrid sharding)",
            valid="[0, 4]",
        ),
        "microbatch": powers_of_two(
            sequence,
            "Sequences that pass the pipeline together.",
            most=largest_microbatch,
            source="Huang et al. 2019",
        ),
        "interleave": powers_of_two(
            number,
            "Chunks of layers that each pipeline stage holds.",
            most=most_interleave,
            source="Narayanan et al. 2021",
        ),
    },
    # Where nothing fits, the memory of a layout whose tensor and pipeline degrees are given can still be said.
    otherwise={
        "context_parallel": undivided,
        "expert_parallel": undivided,
        "microbatch": undivided,
        "interleave": undivided,
        "zero_stage": undivided,
    },
)

chosen(
    "recomputation",
    variant="fitting",
    where=("fits_in_memory",),
    over={
        "recomputation_level": listed(
            number,
            "How much of the activations is computed again: 0 nothing, 1 attention scores, 2 modules that cost little, "
            "3 some operators, 4 all layers, 5 as a hand-made policy, 6 what a source does not state.",
            0.0,
            1.0,
            2.0,
            4.0,
            where=asked_for,
            source="Korthikanti et al. 2022; less recomputation is never slower",
            valid="[0, 6]",
        ),
    },
    otherwise={"recomputation_level": asked_for_or_full},
)


@equation(
    valid="[0, 6]",
    source="model FLOPs exclude recomputation",
    formula="recomputation; auto: none",
    quantity="recomputation_level",
    variant="given",
    provenance="assumed",
)
def recomputation_level_given(recomputation: number) -> number:
    """How much of the activations is computed again where memory is not known."""
    return level_of(recomputation) if recomputation < 8.0 else 0.0


@equation(
    valid="[0, 6]",
    source="this project: a share that is given is that of a policy of its own",
    formula="recomputation; auto: 5",
    quantity="recomputation_level",
    variant="share_given",
    provenance="assumed",
    when_given=("recomputed_share",),
)
def recomputation_level_of_share(recomputation: number) -> number:
    """How much of the activations is computed again where the share is given: a policy of its own unless named."""
    return level_of(recomputation) if recomputation < 8.0 else 5.0
