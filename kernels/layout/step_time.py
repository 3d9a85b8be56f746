"""Time of one training step: work of a stage, the pipeline, what replicas expose, the optimiser."""

import numpy as np

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import FLOP, B, B_per_s, FLOP_per_s, number, parameter, s, sequence, token


@equation(source="Narayanan et al. 2021", formula="m = B / (d b)")
def microbatches(global_batch: sequence, data_parallel: number, microbatch: sequence) -> number:
    """Microbatches that every replica works through in one step.

    A whole number in every feasible layout.
    """
    return global_batch / (data_parallel * microbatch)


@equation(
    source="roofline of matrix products and of element-wise work (Williams et al. 2009; Ivanov et al. 2021)",
    formula="FLOPs / (t rate) + (operands x matrix_traffic + element-wise bytes) / memory_bandwidth",
    provenance="extension",
)
def layers_forward_time(
    sequence_length: token,
    microbatch: sequence,
    context_parallel: number,
    tensor_parallel: number,
    expert_parallel: number,
    layers: number,
    hidden_size: number,
    dense_layer_parameters: parameter,
    active_expert_parameters: parameter,
    routed_expert_parameters: parameter,
    operand_width: number,
    sequence_parallel: number,
    element_bytes: B,
    matrix_rate: FLOP_per_s,
    memory_bandwidth: B_per_s,
    matrix_traffic: number,
    elementwise_traffic: B,
    expert_imbalance: number,
) -> s:
    """Time of the forward pass of one microbatch through all layers on one device, attention scores left out.

    Moving the operands of a product takes time beside its operations: that is what makes small microbatches,
    narrow layers, many tensor-parallel ranks and fine experts slow. Element-wise work is split over the
    tensor-parallel ranks by sequence parallelism only. The busiest expert sets the pace; each local expert's
    weights are read once, since few tokens visit it.
    """
    tokens = sequence_length * microbatch / context_parallel
    busy = dense_layer_parameters + expert_imbalance * active_expert_parameters
    split = (dense_layer_parameters + active_expert_parameters) / hidden_size / tensor_parallel
    operands = tokens * (operand_width + split) + dense_layer_parameters / tensor_parallel
    experts = routed_expert_parameters / expert_parallel / tensor_parallel
    elementwise = elementwise_traffic * tokens * hidden_size * layers
    if sequence_parallel >= 1.0:
        elementwise = elementwise / tensor_parallel
    traffic = element_bytes * (matrix_traffic * operands + experts + tokens * split + 0.5 * elementwise)
    return 2.0 * tokens * busy / (tensor_parallel * matrix_rate) + traffic / memory_bandwidth


@equation(
    source="Dao et al. 2022, 2023 (fused); roofline of the batched products (unfused)",
    formula="FLOPs / (t rate) + bytes of heads and, unless fused, of the score matrix / memory_bandwidth",
    provenance="extension",
)
def scores_forward_time(
    sequence_length: token,
    microbatch: sequence,
    context_parallel: number,
    tensor_parallel: number,
    attention_heads: number,
    attention_blocks: number,
    head_size: number,
    executed_score_flops_per_token: FLOP,
    fused_attention: number,
    fused_attention_efficiency: number,
    element_bytes: B,
    matrix_rate: FLOP_per_s,
    memory_bandwidth: B_per_s,
    matrix_traffic: number,
) -> s:
    """Time of the attention scores and weighted values of one microbatch, all layers, on one device.

    Two batched products, each with the s x s scores of every head as an operand; a fused kernel never moves
    the scores, but runs below the rate of large products.
    """
    tokens = sequence_length * microbatch / context_parallel
    heads = attention_heads * attention_blocks / tensor_parallel
    rate = 1.0 * matrix_rate
    operands = 4.0 * heads * head_size
    if fused_attention >= 1.0:
        rate = matrix_rate * fused_attention_efficiency
    else:
        operands = operands + 2.0 * heads * sequence_length
    seconds = tokens * executed_score_flops_per_token / (tensor_parallel * rate)
    return seconds + element_bytes * matrix_traffic * tokens * operands / memory_bandwidth


@equation(
    source="Narayanan et al. 2021 appendix; roofline",
    formula="2 T h V / (t rate) + operands x matrix_traffic / memory_bandwidth",
    provenance="extension",
)
def logits_forward_time(
    sequence_length: token,
    microbatch: sequence,
    context_parallel: number,
    tensor_parallel: number,
    hidden_size: number,
    vocabulary_size: number,
    element_bytes: B,
    matrix_rate: FLOP_per_s,
    memory_bandwidth: B_per_s,
    matrix_traffic: number,
) -> s:
    """Time of the output head's forward pass for one microbatch on one device.

    Only the last stage does it.
    """
    tokens = sequence_length * microbatch / context_parallel
    columns = vocabulary_size / tensor_parallel
    operands = tokens * (hidden_size + columns) + hidden_size * columns
    seconds = 2.0 * tokens * hidden_size * columns / matrix_rate
    loss = 8.0 * tokens * columns
    return seconds + (element_bytes * matrix_traffic * operands + loss) / memory_bandwidth


@equation(
    source="Narayanan et al. 2021; Korthikanti et al. 2022",
    formula="forward + 2 backward + recomputation, for the stage's share of layers and the output head",
    provenance="extension",
)
def stage_work_time(
    layers_forward_time: s,
    scores_forward_time: s,
    logits_forward_time: s,
    stage_share: number,
    layers: number,
    pipeline_parallel: number,
    interleave: number,
    recomputation_level: number,
) -> s:
    """Time that the slowest stage works on one microbatch, forward and backward, communication left out.

    Backward takes twice as long as forward. If stages are unequal the last one, which has the output head, is
    given one layer less.
    """
    passes = 4.0 if recomputation_level >= 2.0 else 3.0
    score_passes = 4.0 if recomputation_level >= 1.0 else 3.0
    every_layer = passes * layers_forward_time + score_passes * scores_forward_time
    head = 3.0 * logits_forward_time
    fullest = stage_share * every_layer
    if stage_share * pipeline_parallel > 1.0 + 1e-9:
        return np.maximum(fullest, fullest - every_layer * interleave / layers + head)
    return fullest + head


@equation(
    source="Narayanan et al. 2021",
    formula="work + tensor, expert and context parallel communication + transfer to the next stage",
)
def stage_time(
    stage_work_time: s,
    tensor_parallel_time: s,
    expert_parallel_time: s,
    context_parallel_time: s,
    pipeline_transfer_time: s,
) -> s:
    """Time of one microbatch in the slowest stage, forward and backward.

    Every microbatch costs the pipeline this much, and its filling and draining p - 1 times this much over v.
    """
    return (
        stage_work_time + tensor_parallel_time + expert_parallel_time + context_parallel_time + pipeline_transfer_time
    )


@equation(
    source="Rajbhandari et al. 2020; Zhao et al. 2023 (FSDP)",
    formula="exchange - min(overlap x exchange, backward of one microbatch; with Z3 all work)",
    provenance="extension",
)
def exposed_exchange_time(
    gradient_exchange_time: s,
    stage_work_time: s,
    microbatches: number,
    zero_stage: number,
    data_parallel_overlap: number,
) -> s:
    """Time of the exchange between replicas that computation does not hide.

    Gradients are complete only in the backward pass of the last microbatch, so no more than that can hide
    them; the gathers of stage 3 run beside all work.
    """
    window = 0.667 * stage_work_time
    if zero_stage >= 3.0:
        window = microbatches * stage_work_time
    return gradient_exchange_time - np.minimum(data_parallel_overlap * gradient_exchange_time, window)


@equation(
    source="Kingma and Ba 2015; Rajbhandari et al. 2020",
    formula="P (2 x states + gradients + weights) / (replicas if sharded) / memory_bandwidth",
    provenance="extension",
)
def optimizer_time(
    device_dense_parameters: parameter,
    device_expert_parameters: parameter,
    data_parallel: number,
    context_parallel: number,
    expert_parallel: number,
    zero_stage: number,
    element_bytes: B,
    gradient_bytes: B,
    optimizer_bytes: B,
    memory_bandwidth: B_per_s,
) -> s:
    """Time to update the parameters of one device.

    States are read and written, gradients read, weights written.
    """
    dense = 1.0 * device_dense_parameters
    routed = 1.0 * device_expert_parameters
    if zero_stage >= 1.0:
        replicas = data_parallel * context_parallel
        dense = dense / replicas
        routed = routed / np.maximum(replicas / expert_parallel, 1.0)
    return (dense + routed) * (2.0 * optimizer_bytes + gradient_bytes + element_bytes) / memory_bandwidth


@equation(
    source="Narayanan et al. 2021 (bubble (p - 1) / (v m))",
    formula="(m + (p - 1) / v) stage_time + exposed exchange + optimiser",
)
def step_time(
    microbatches: number,
    pipeline_parallel: number,
    interleave: number,
    stage_time: s,
    exposed_exchange_time: s,
    optimizer_time: s,
) -> s:
    """Time of one optimiser step.

    Loading data, saving and evaluating are not in it: see goodput.
    """
    steps = microbatches + (pipeline_parallel - 1.0) / interleave
    return steps * stage_time + exposed_exchange_time + optimizer_time
