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


@equation(source=ROOFLINE, formula="2 D / (t matrix_rate)", provenance="extension")
def linear_token_time(tensor_parallel: number, dense_layer_parameters: parameter, matrix_rate: FLOP_per_s) -> s:
    """Time of one token in the matrix products that every token passes, all layers, forward."""
    return 2.0 * dense_layer_parameters / (tensor_parallel * matrix_rate)


@equation(source=ROOFLINE, formula="2 A imbalance / (t grouped_rate)", provenance="extension")
def grouped_token_time(
    tensor_parallel: number,
    active_expert_parameters: parameter,
    expert_imbalance: number,
    grouped_rate: FLOP_per_s,
) -> s:
    """Time of one token in the experts' grouped products, forward; the busiest expert rank sets the pace."""
    return 2.0 * active_expert_parameters * expert_imbalance / (tensor_parallel * grouped_rate)


@equation(source=ROOFLINE, formula="u = (D + A) / (h t)", provenance="extension")
def matrix_width(
    dense_layer_parameters: parameter,
    active_expert_parameters: parameter,
    hidden_size: number,
    tensor_parallel: number,
) -> number:
    """Elements that the products of all layers read or write for one token beside the residual stream."""
    return (dense_layer_parameters + active_expert_parameters) / hidden_size / tensor_parallel


@equation(source=ROOFLINE, formula="bytes matrix_traffic (2 h blocks + 2 u)", provenance="extension")
def operand_token_traffic(stream_width: number, matrix_width: number, element_bytes: B, matrix_traffic: number) -> B:
    """Bytes that one token moves as operand and result of matrix products, all layers, forward."""
    return element_bytes * matrix_traffic * (stream_width + 2.0 * matrix_width)


@equation(source=ROOFLINE, formula="bytes (matrix_traffic D / t + R / (e t))", provenance="extension")
def weight_traffic(
    device_layer_weights: parameter, device_expert_weights: parameter, element_bytes: B, matrix_traffic: number
) -> B:
    """Bytes of the weights of all layers that each microbatch moves, forward.

    Each local expert's weights are read once, since few tokens visit it.
    """
    return element_bytes * (matrix_traffic * device_layer_weights + device_expert_weights)


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
    formula="elementwise_bytes h blocks / 2 / (t if sequence parallel)",
    provenance="extension",
)
def elementwise_token_traffic(
    hidden_size: number,
    layer_blocks: number,
    sequence_split: number,
    element_bytes: B,
    elementwise_bytes: B,
) -> B:
    """Bytes that one token moves in everything but matrix products, all layers, forward."""
    return 0.25 * elementwise_bytes * element_bytes * hidden_size * layer_blocks / sequence_split


@equation(source="assumed: read 16 bits, write 8", formula="quantise_bytes u below 16 bits, else 0")
def quantise_token_traffic(matrix_width: number, operand_bits: bit, quantise_bytes: B) -> B:
    """Bytes that one token moves where operands are quantised, forward."""
    return 0.0 if operand_bits >= 16.0 else quantise_bytes * matrix_width


@equation(
    source="fitted on measured training steps by benchmarks/fit_step.py",
    formula="permutation_bytes / gain x h k moe_layers / t",
    provenance="extension",
)
def permutation_token_traffic(
    hidden_size: number,
    experts_per_token: number,
    moe_layers: number,
    tensor_parallel: number,
    expert_gain: number,
    permutation_bytes: B,
) -> B:
    """Bytes that one token moves in router, permutation to the experts, padding and the way back, forward."""
    return permutation_bytes / expert_gain * hidden_size * experts_per_token * moe_layers / tensor_parallel


@equation(
    source="assumed: state-space and delta-rule scans reach a tenth of the matrix rate; no measured row has them",
    formula="scan FLOPs / (0.1 t peak) + 3 elementwise_bytes h linear_layers / memory_bandwidth",
    provenance="assumed",
)
def scan_token_time(
    scan_flops_per_token: FLOP,
    linear_layers: number,
    hidden_size: number,
    tensor_parallel: number,
    unquantised_peak_flops: FLOP_per_s,
    memory_bandwidth: B_per_s,
    elementwise_bytes: B,
) -> s:
    """Time of one token in scans of layers without attention, forward; their products are counted with the others."""
    if linear_layers <= 0.0:
        return 0.0
    flops = scan_flops_per_token / (0.1 * tensor_parallel * unquantised_peak_flops)
    moved = 3.0 * elementwise_bytes * hidden_size * linear_layers / tensor_parallel
    return flops + moved / memory_bandwidth


@equation(source="definition", formula="T (operands + element-wise + permutation) + weight_traffic")
def layers_traffic(
    microbatch_tokens: token,
    operand_token_traffic: B,
    elementwise_token_traffic: B,
    permutation_token_traffic: B,
    weight_traffic: B,
) -> B:
    """Bytes that one microbatch moves through all layers, forward; scores and quantisation left out."""
    each = operand_token_traffic + elementwise_token_traffic + permutation_token_traffic
    return microbatch_tokens * each + weight_traffic


@equation(source=ROOFLINE, formula="products + traffics / memory_bandwidth", provenance="extension")
def layers_token_time(
    linear_token_time: s,
    grouped_token_time: s,
    scan_token_time: s,
    operand_token_traffic: B,
    elementwise_token_traffic: B,
    quantise_token_traffic: B,
    permutation_token_traffic: B,
    memory_bandwidth: B_per_s,
) -> s:
    """Time that each token adds to the forward pass through all layers, attention scores left out.

    Moving operands takes time beside the operations: narrow layers and many tensor-parallel ranks are slow by it.
    """
    moved = operand_token_traffic + elementwise_token_traffic + quantise_token_traffic + permutation_token_traffic
    return linear_token_time + grouped_token_time + scan_token_time + moved / memory_bandwidth


@equation(source=ROOFLINE, formula="T layers_token_time + weight_traffic / memory_bandwidth", provenance="extension")
def layers_forward_time(
    microbatch_tokens: token, layers_token_time: s, weight_traffic: B, memory_bandwidth: B_per_s
) -> s:
    """Time of the forward pass of one microbatch through all layers, attention scores left out.

    Small microbatches and fine experts are slow by the weights that are read for few tokens.
    """
    return microbatch_tokens * layers_token_time + weight_traffic / memory_bandwidth


@equation(
    source="Dao et al. 2022 (unfused kernels move the score matrix)",
    formula="score_bytes a s blocks / t unless fused",
    provenance="extension",
)
def score_token_traffic(
    attention_heads: number,
    attention_blocks: number,
    sequence_length: token,
    tensor_parallel: number,
    fused_attention: number,
    score_bytes: B,
) -> B:
    """Bytes of one token's attention scores that are moved, all layers, forward."""
    if fused_attention >= 1.0:
        return 0.0
    return score_bytes * attention_blocks * attention_heads * sequence_length / tensor_parallel


@equation(
    source="Dao et al. 2022, 2023 (fused); roofline (unfused)",
    formula="scores' FLOPs / (t attention_rate) + score_token_traffic / memory_bandwidth",
    provenance="extension",
)
def scores_token_time(
    executed_score_flops_per_token: FLOP,
    tensor_parallel: number,
    attention_rate: FLOP_per_s,
    score_token_traffic: B,
    memory_bandwidth: B_per_s,
) -> s:
    """Time of one token's attention scores and weighted values, all layers, forward."""
    flops = executed_score_flops_per_token / (tensor_parallel * attention_rate)
    return flops + score_token_traffic / memory_bandwidth


@equation(source="definition", formula="T scores_token_time", provenance="extension")
def scores_forward_time(microbatch_tokens: token, scores_token_time: s) -> s:
    """Time of attention scores and weighted values of one microbatch, all layers, forward."""
    return microbatch_tokens * scores_token_time


@equation(
    source="Narayanan et al. 2021 appendix; " + ROOFLINE,
    formula="(1 + backward_passes) {2 h V / (t rate) + [bytes matrix_traffic (h + V/t) + 12 V/t] / M}",
    provenance="extension",
)
def logits_token_time(
    tensor_parallel: number,
    hidden_size: number,
    vocabulary_size: number,
    matrix_rate_16: FLOP_per_s,
    element_bytes: B,
    matrix_traffic: number,
    memory_bandwidth: B_per_s,
    backward_passes: number,
) -> s:
    """Time of one token in the output head and the loss, forward and backward."""
    columns = vocabulary_size / tensor_parallel
    flops = 2.0 * hidden_size * columns
    moved = element_bytes * matrix_traffic * (hidden_size + columns) + 12.0 * columns
    return (1.0 + backward_passes) * (flops / matrix_rate_16 + moved / memory_bandwidth)


@equation(source=ROOFLINE, formula="(1 + backward_passes) bytes matrix_traffic h V / (t M)", provenance="extension")
def head_weights_time(
    tensor_parallel: number,
    hidden_size: number,
    vocabulary_size: number,
    element_bytes: B,
    matrix_traffic: number,
    memory_bandwidth: B_per_s,
    backward_passes: number,
) -> s:
    """Time to move the weights of the output head for one microbatch, forward and backward."""
    weights = hidden_size * vocabulary_size / tensor_parallel
    return (1.0 + backward_passes) * element_bytes * matrix_traffic * weights / memory_bandwidth


@equation(source="definition", formula="T logits_token_time + head_weights_time", provenance="extension")
def logits_time(microbatch_tokens: token, logits_token_time: s, head_weights_time: s) -> s:
    """Time of the output head and the loss of one microbatch, forward and backward."""
    return microbatch_tokens * logits_token_time + head_weights_time


@equation(
    source="DeepSeek-AI 2024 (multi-token prediction); no measured row has it",
    formula="(1 + backward_passes) mtp_flops_per_token / (t matrix_rate_16)",
    provenance="extension",
)
def mtp_token_time(
    mtp_flops_per_token: FLOP, tensor_parallel: number, matrix_rate_16: FLOP_per_s, backward_passes: number
) -> s:
    """Time of one token in modules that predict further tokens, forward and backward."""
    return (1.0 + backward_passes) * mtp_flops_per_token / (tensor_parallel * matrix_rate_16)


@equation(source="definition", formula="logits_time + T mtp_token_time", provenance="extension")
def ends_time(microbatch_tokens: token, logits_time: s, mtp_token_time: s) -> s:
    """Time of one microbatch behind the last layer: head, loss, modules that predict further tokens, both ways."""
    return logits_time + microbatch_tokens * mtp_token_time
