"""The search for the best layout, and how much is recomputed in one.

A test compares the search with an explicit sweep of all its candidates.
"""

import numpy as np

from carbonsweep.kernels.layout.candidate import layout_memory, layout_time
from carbonsweep.kernels.layout.rules import broken_rule, whole_batch, whole_replicas
from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import FLOP, GB, B, B_per_s, FLOP_per_s, device, number, parameter, s, sequence, token


@equation(
    valid="[0, 2]",
    source="Korthikanti et al. 2022",
    formula="recomputation; auto: the first of none (0), selective (1), full (2) that fits in memory",
    variant="fitting",
    provenance="extension",
)
def recomputation_level(
    recomputation: number,
    tensor_parallel: number,
    pipeline_parallel: number,
    data_parallel: number,
    context_parallel: number,
    expert_parallel: number,
    interleave: number,
    microbatch: sequence,
    zero_stage: number,
    global_batch: sequence,
    dense_layer_parameters: parameter,
    embedding_parameters: parameter,
    vocabulary_size: number,
    hidden_size: number,
    layers: number,
    routed_expert_parameters: parameter,
    element_bytes: B,
    gradient_bytes: B,
    optimizer_bytes: B,
    sequence_length: token,
    attention_heads: number,
    attention_blocks: number,
    active_expert_parameters: parameter,
    moe_layers: number,
    experts_per_token: number,
    fused_attention: number,
    sequence_parallel: number,
    framework_memory: GB,
    device_memory: GB,
) -> number:
    """How much of the activations is computed again: 0 nothing, 1 attention scores, 2 all layers.

    Less recomputation is never slower. 2 also where nothing fits.
    """
    if recomputation < 3.0:
        return 1.0 * recomputation
    level = 0.0
    while level < 2.0:
        need = layout_memory(
            tensor_parallel,
            pipeline_parallel,
            data_parallel,
            context_parallel,
            expert_parallel,
            interleave,
            microbatch,
            zero_stage,
            global_batch,
            level,
            dense_layer_parameters,
            embedding_parameters,
            vocabulary_size,
            hidden_size,
            layers,
            routed_expert_parameters,
            element_bytes,
            gradient_bytes,
            optimizer_bytes,
            sequence_length,
            attention_heads,
            attention_blocks,
            active_expert_parameters,
            moe_layers,
            experts_per_token,
            fused_attention,
            sequence_parallel,
            framework_memory,
        )
        if need <= device_memory:
            return level
        level = level + 1.0
    return level


@equation(
    valid="[0, 2]",
    source="model FLOPs exclude recomputation",
    formula="recomputation; auto: none",
    quantity="recomputation_level",
    variant="given",
    provenance="assumed",
)
def recomputation_level_given(recomputation: number) -> number:
    """How much of the activations is computed again where memory is not known.

    0 nothing, 1 attention scores, 2 all layers.
    """
    return 1.0 * recomputation if recomputation < 3.0 else 0.0


@equation(
    valid="[0, 9007199254740992]",
    source="this project: exhaustive search of a bounded set",
    formula="the candidate of least step_time / global_batch among those that are feasible; NaN if none is",
    provenance="extension",
)
def layout(
    devices: device,
    target_batch_tokens: token,
    device_memory: GB,
    given_tensor_parallel: number,
    given_pipeline_parallel: number,
    given_data_parallel: number,
    given_context_parallel: number,
    given_expert_parallel: number,
    given_interleave: number,
    given_microbatch: sequence,
    given_zero_stage: number,
    given_global_batch: sequence,
    recomputation: number,
    uneven_stages: number,
    experts: number,
    dense_layer_parameters: parameter,
    embedding_parameters: parameter,
    vocabulary_size: number,
    hidden_size: number,
    layers: number,
    routed_expert_parameters: parameter,
    element_bytes: B,
    gradient_bytes: B,
    optimizer_bytes: B,
    sequence_length: token,
    attention_heads: number,
    attention_blocks: number,
    active_expert_parameters: parameter,
    moe_layers: number,
    experts_per_token: number,
    fused_attention: number,
    sequence_parallel: number,
    framework_memory: GB,
    operand_width: number,
    matrix_rate: FLOP_per_s,
    memory_bandwidth: B_per_s,
    matrix_traffic: number,
    elementwise_traffic: B,
    expert_imbalance: number,
    head_size: number,
    executed_score_flops_per_token: FLOP,
    fused_attention_efficiency: number,
    scale_up_devices: device,
    scale_up_bandwidth: B_per_s,
    scale_out_bandwidth: B_per_s,
    network_efficiency: number,
    call_latency: s,
    expert_overlap: number,
    kv_heads: number,
    hop_latency: s,
    data_parallel_overlap: number,
) -> number:
    """The best layout, as one number that the degrees are read from.

    Degrees that are given are kept. Candidates of the others: t, c, e and b powers of two, t within a fast
    domain and at most 64, c at most 8 and only for pieces of 4096 tokens and more, e a divisor of the experts, b
    at most 16; p at most 128 and a power of two or a divisor of the layers; v from 1 to 8; ZeRO 1, without a
    pipeline also 3; the least recomputation that fits; d as many as devices allow. A batch that is not given may
    be at most twice its target. Of equals, the first.
    """
    best = np.inf
    code = np.nan
    widest = np.minimum(np.minimum(scale_up_devices, attention_heads), 64.0)
    t = np.maximum(given_tensor_parallel, 1.0)
    t_step = 0.0
    while t_step == 0.0 or (given_tensor_parallel <= 0.0 and t <= widest):
        p = np.maximum(given_pipeline_parallel, 1.0)
        p_first = 1.0 * p
        power = 1.0
        while p == p_first or (given_pipeline_parallel <= 0.0 and p <= np.minimum(layers, 128.0)):
            if power < p:
                power = 2.0 * power
            if given_pipeline_parallel > 0.0 or power == p or layers / p == np.floor(layers / p):
                c = np.maximum(given_context_parallel, 1.0)
                c_step = 0.0
                while c_step == 0.0 or (given_context_parallel <= 0.0 and c <= 8.0 and sequence_length >= 4096.0 * c):
                    e = np.maximum(given_expert_parallel, 1.0)
                    e_step = 0.0
                    while e_step == 0.0 or (given_expert_parallel <= 0.0 and e <= experts):
                        b = np.maximum(given_microbatch, 1.0)
                        b_step = 0.0
                        while b_step == 0.0 or (given_microbatch <= 0.0 and b <= 16.0):
                            d = 1.0 * given_data_parallel
                            if d <= 0.0:
                                d = whole_replicas(devices, t, p, c, e, b, given_global_batch)
                            batch = 1.0 * given_global_batch
                            if batch <= 0.0:
                                batch = whole_batch(target_batch_tokens, sequence_length, d, b)
                            likely = d >= 1.0
                            if given_global_batch <= 0.0 and batch * sequence_length > 2.0 * target_batch_tokens:
                                likely = batch <= 1.0
                            v = np.maximum(given_interleave, 1.0)
                            v_first = 1.0 * v
                            while likely and (v == v_first or (given_interleave <= 0.0 and v <= 8.0 and p > 1.0)):
                                rule = broken_rule(
                                    devices,
                                    t,
                                    p,
                                    d,
                                    c,
                                    e,
                                    v,
                                    b,
                                    batch,
                                    given_data_parallel,
                                    attention_heads,
                                    layers,
                                    uneven_stages,
                                    sequence_length,
                                    sequence_parallel,
                                    experts,
                                )
                                z = np.where(given_zero_stage >= 0.0, given_zero_stage, 1.0) * 1.0
                                z_step = 0.0
                                while rule == 0.0 and z_step < 2.0:
                                    level = np.where(recomputation < 3.0, recomputation, 0.0) * 1.0
                                    while level < 3.0:
                                        need = layout_memory(
                                            t,
                                            p,
                                            d,
                                            c,
                                            e,
                                            v,
                                            b,
                                            z,
                                            batch,
                                            level,
                                            dense_layer_parameters,
                                            embedding_parameters,
                                            vocabulary_size,
                                            hidden_size,
                                            layers,
                                            routed_expert_parameters,
                                            element_bytes,
                                            gradient_bytes,
                                            optimizer_bytes,
                                            sequence_length,
                                            attention_heads,
                                            attention_blocks,
                                            active_expert_parameters,
                                            moe_layers,
                                            experts_per_token,
                                            fused_attention,
                                            sequence_parallel,
                                            framework_memory,
                                        )
                                        if need <= device_memory:
                                            seconds = layout_time(
                                                t,
                                                p,
                                                d,
                                                c,
                                                e,
                                                v,
                                                b,
                                                z,
                                                batch,
                                                level,
                                                sequence_length,
                                                layers,
                                                hidden_size,
                                                dense_layer_parameters,
                                                active_expert_parameters,
                                                routed_expert_parameters,
                                                operand_width,
                                                sequence_parallel,
                                                element_bytes,
                                                matrix_rate,
                                                memory_bandwidth,
                                                matrix_traffic,
                                                elementwise_traffic,
                                                expert_imbalance,
                                                attention_heads,
                                                attention_blocks,
                                                head_size,
                                                executed_score_flops_per_token,
                                                fused_attention,
                                                fused_attention_efficiency,
                                                vocabulary_size,
                                                scale_up_devices,
                                                scale_up_bandwidth,
                                                scale_out_bandwidth,
                                                network_efficiency,
                                                call_latency,
                                                moe_layers,
                                                experts_per_token,
                                                expert_overlap,
                                                kv_heads,
                                                embedding_parameters,
                                                gradient_bytes,
                                                hop_latency,
                                                data_parallel_overlap,
                                                optimizer_bytes,
                                            )
                                            if seconds / batch < best:
                                                best = seconds / batch
                                                code = (
                                                    ((t_step * 8.0 + c_step) * 16.0 + e_step) * 16.0 + b_step
                                                ) * 16.0
                                                code = ((code + v) * 2.0 + z_step) * 256.0 + p
                                            break
                                        if recomputation < 3.0:
                                            break
                                        level = level + 1.0
                                    z_step = z_step + 1.0
                                    z = 3.0
                                    if given_zero_stage >= 0.0 or p > 1.0:
                                        break
                                v = v + 1.0
                            b = 2.0 * b
                            b_step = b_step + 1.0
                        e = 2.0 * e
                        e_step = e_step + 1.0
                    c = 2.0 * c
                    c_step = c_step + 1.0
            p = p + 1.0
        t = 2.0 * t
        t_step = t_step + 1.0
    return code
