"""Work of one microbatch on one device, all layers: matrix products, memory traffic, attention, output head."""

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import FLOP, B, B_per_s, FLOP_per_s, bit, number, parameter, s, sequence, token

ROOFLINE = "Williams et al. 2009 (roofline); Ivanov et al. 2021 (data movement)"


@equation(source="Liu et al. 2023 (context parallelism splits sequences)", formula="T = s b / c")
def microbatch_tokens(sequence_length: token, microbatch: sequence, context_parallel: number) -> token:
    """Tokens of a microbatch on one rank of context parallelism."""
    return sequence_length * microbatch / context_parallel


@equation(
    source="definition", formula="attention blocks + other mixers + feed-forward networks", provenance="extension"
)
def layer_blocks(attention_blocks: number, linear_layers: number, ffn_blocks: number) -> number:
    """Blocks that read the residual stream and add to it, all layers: two a layer of a usual Transformer.

    Tensor parallelism has a collective for each.
    """
    return attention_blocks + linear_layers + ffn_blocks


@equation(source=ROOFLINE, formula="2 T D / (t matrix_rate)", provenance="extension")
def linear_time(
    microbatch_tokens: token, tensor_parallel: number, dense_layer_parameters: parameter, matrix_rate: FLOP_per_s
) -> s:
    """Time of the matrix products that every token passes, forward."""
    return 2.0 * microbatch_tokens * dense_layer_parameters / (tensor_parallel * matrix_rate)


@equation(source=ROOFLINE, formula="2 T A imbalance / (t grouped_rate)", provenance="extension")
def grouped_time(
    microbatch_tokens: token,
    tensor_parallel: number,
    active_expert_parameters: parameter,
    expert_imbalance: number,
    grouped_rate: FLOP_per_s,
) -> s:
    """Time of the experts' grouped products, forward; the busiest expert rank sets the pace."""
    return 2.0 * microbatch_tokens * active_expert_parameters * expert_imbalance / (tensor_parallel * grouped_rate)


@equation(source=ROOFLINE, formula="u = (D + A) / (h t)", provenance="extension")
def matrix_width(
    dense_layer_parameters: parameter,
    active_expert_parameters: parameter,
    hidden_size: number,
    tensor_parallel: number,
) -> number:
    """Elements that the products of all layers read or write for one token beside the residual stream."""
    return (dense_layer_parameters + active_expert_parameters) / hidden_size / tensor_parallel


@equation(
    source=ROOFLINE,
    formula="bytes [matrix_traffic (T (2 h blocks + 2 u) + D / t) + R / (e t)]",
    provenance="extension",
)
def operand_traffic(
    microbatch_tokens: token,
    stream_width: number,
    matrix_width: number,
    device_layer_weights: parameter,
    device_expert_weights: parameter,
    element_bytes: B,
    matrix_traffic: number,
) -> B:
    """Bytes that the operands of matrix products move, forward.

    Each local expert's weights are read once, since few tokens visit it.
    """
    operands = microbatch_tokens * (stream_width + 2.0 * matrix_width) + device_layer_weights
    return element_bytes * (matrix_traffic * operands + device_expert_weights)


@equation(source="definition", formula="2 h blocks", provenance="extension")
def stream_width(hidden_size: number, layer_blocks: number) -> number:
    """Elements of the residual stream that the blocks of all layers read and write for one token."""
    return 2.0 * hidden_size * layer_blocks


@equation(source="Shoeybi et al. 2019", formula="D / t", provenance="extension")
def device_layer_weights(dense_layer_parameters: parameter, tensor_parallel: number) -> parameter:
    """Weights of all layers on one tensor-parallel rank, routed experts left out, before a pipeline splits them."""
    return dense_layer_parameters / tensor_parallel


@equation(source="Lepikhin et al. 2020", formula="R / (e t)", provenance="extension")
def device_expert_weights(
    routed_expert_parameters: parameter, expert_parallel: number, tensor_parallel: number
) -> parameter:
    """Weights of the routed experts of all layers on one rank, before a pipeline splits them."""
    return routed_expert_parameters / expert_parallel / tensor_parallel


@equation(source="Korthikanti et al. 2022 (sequence parallelism)", formula="t if sequence parallel, else 1")
def sequence_split(sequence_parallel: number, tensor_parallel: number) -> number:
    """Ranks over which norms and other element-wise work are split."""
    return 1.0 * tensor_parallel if sequence_parallel >= 1.0 else 1.0


@equation(
    source=ROOFLINE,
    formula="elementwise_bytes T h blocks / 2 / (t if sequence parallel)",
    provenance="extension",
)
def elementwise_traffic(
    microbatch_tokens: token,
    hidden_size: number,
    layer_blocks: number,
    sequence_split: number,
    element_bytes: B,
    elementwise_bytes: B,
) -> B:
    """Bytes that everything but matrix products moves, forward."""
    size = 0.25 * elementwise_bytes * element_bytes
    return size * microbatch_tokens * hidden_size * layer_blocks / sequence_split


@equation(source="assumed: read 16 bits, write 8", formula="quantise_bytes T u below 16 bits, else 0")
def quantise_traffic(microbatch_tokens: token, matrix_width: number, operand_bits: bit, quantise_bytes: B) -> B:
    """Bytes that the quantisation of operands moves, forward."""
    if operand_bits >= 16.0:
        return 0.0
    return quantise_bytes * microbatch_tokens * matrix_width


@equation(
    source="fitted on measured training steps by benchmarks/fit_step.py",
    formula="permutation_bytes / gain x T h k moe_layers / t",
    provenance="extension",
)
def permutation_traffic(
    microbatch_tokens: token,
    hidden_size: number,
    experts_per_token: number,
    moe_layers: number,
    tensor_parallel: number,
    expert_gain: number,
    permutation_bytes: B,
) -> B:
    """Bytes that router, permutation to the experts, padding and the way back move, forward."""
    copies = microbatch_tokens * hidden_size * experts_per_token * moe_layers
    return permutation_bytes / expert_gain * copies / tensor_parallel


@equation(
    source="assumed: state-space and delta-rule scans reach a tenth of the matrix rate; no measured row has them",
    formula="T scan FLOPs / (0.1 t peak) + 3 elementwise_bytes T h linear_layers / memory_bandwidth",
    provenance="assumed",
)
def scan_time(
    microbatch_tokens: token,
    scan_flops_per_token: FLOP,
    linear_layers: number,
    hidden_size: number,
    tensor_parallel: number,
    unquantised_peak_flops: FLOP_per_s,
    memory_bandwidth: B_per_s,
    elementwise_bytes: B,
) -> s:
    """Time of the scans of layers without attention, forward; their matrix products are counted with the others."""
    if linear_layers <= 0.0:
        return 0.0
    flops = microbatch_tokens * scan_flops_per_token / (0.1 * tensor_parallel * unquantised_peak_flops)
    moved = 3.0 * elementwise_bytes * microbatch_tokens * hidden_size * linear_layers / tensor_parallel
    return flops + moved / memory_bandwidth


@equation(source=ROOFLINE, formula="products + traffics / memory_bandwidth", provenance="extension")
def layers_forward_time(
    linear_time: s,
    grouped_time: s,
    scan_time: s,
    operand_traffic: B,
    elementwise_traffic: B,
    quantise_traffic: B,
    permutation_traffic: B,
    memory_bandwidth: B_per_s,
) -> s:
    """Time of the forward pass of one microbatch through all layers, attention scores left out.

    Moving operands takes time beside the operations: small microbatches, narrow layers, many tensor-parallel ranks
    and fine experts are slow by it.
    """
    moved = operand_traffic + elementwise_traffic + quantise_traffic + permutation_traffic
    return linear_time + grouped_time + scan_time + moved / memory_bandwidth


@equation(
    source="Dao et al. 2022 (unfused kernels move the score matrix)",
    formula="score_bytes T a s blocks / t unless fused",
    provenance="extension",
)
def score_traffic(
    microbatch_tokens: token,
    attention_heads: number,
    attention_blocks: number,
    sequence_length: token,
    tensor_parallel: number,
    fused_attention: number,
    score_bytes: B,
) -> B:
    """Bytes of attention scores that are moved, forward."""
    if fused_attention >= 1.0:
        return 0.0
    scores = microbatch_tokens * attention_blocks * attention_heads * sequence_length
    return score_bytes * scores / tensor_parallel


@equation(
    source="Dao et al. 2022, 2023 (fused); roofline (unfused)",
    formula="T scores' FLOPs / (t attention_rate) + score_traffic / memory_bandwidth",
    provenance="extension",
)
def scores_forward_time(
    microbatch_tokens: token,
    executed_score_flops_per_token: FLOP,
    tensor_parallel: number,
    attention_rate: FLOP_per_s,
    score_traffic: B,
    memory_bandwidth: B_per_s,
) -> s:
    """Time of attention scores and weighted values of one microbatch, all layers, forward."""
    flops = microbatch_tokens * executed_score_flops_per_token
    return flops / (tensor_parallel * attention_rate) + score_traffic / memory_bandwidth


@equation(
    source="Narayanan et al. 2021 appendix; " + ROOFLINE,
    formula="(1 + backward_passes) {2 T h V / (t rate) + [bytes matrix_traffic (T (h + V/t) + h V/t) + 12 T V/t] / M}",
    provenance="extension",
)
def logits_time(
    microbatch_tokens: token,
    tensor_parallel: number,
    hidden_size: number,
    vocabulary_size: number,
    matrix_rate_16: FLOP_per_s,
    element_bytes: B,
    matrix_traffic: number,
    memory_bandwidth: B_per_s,
    backward_passes: number,
) -> s:
    """Time of the output head and the loss of one microbatch, forward and backward."""
    columns = vocabulary_size / tensor_parallel
    flops = 2.0 * microbatch_tokens * hidden_size * columns
    operands = microbatch_tokens * (hidden_size + columns) + hidden_size * columns
    moved = element_bytes * matrix_traffic * operands + 12.0 * microbatch_tokens * columns
    return (1.0 + backward_passes) * (flops / matrix_rate_16 + moved / memory_bandwidth)


@equation(
    source="DeepSeek-AI 2024 (multi-token prediction); no measured row has it",
    formula="logits_time + (1 + backward_passes) T mtp_flops_per_token / (t matrix_rate_16)",
    provenance="extension",
)
def ends_time(
    logits_time: s,
    microbatch_tokens: token,
    mtp_flops_per_token: FLOP,
    tensor_parallel: number,
    matrix_rate_16: FLOP_per_s,
    backward_passes: number,
) -> s:
    """Time behind the last layer: output head, loss and modules that predict further tokens, forward and backward."""
    flops = (1.0 + backward_passes) * microbatch_tokens * mtp_flops_per_token
    return logits_time + flops / (tensor_parallel * matrix_rate_16)
