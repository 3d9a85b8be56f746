"""Time of the messages of one step: tensor, expert, context, pipeline and data parallelism."""

import numpy as np

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import B, B_per_s, device, number, parameter, s, sequence, token


@equation(
    source="Shoeybi et al. 2019; Narayanan et al. 2021 (ring all-reduce, 2 (t - 1)/t of T h)",
    formula="stage's all-reduces x (2 (t - 1)/t T h bytes / bandwidth + latency log2 t)",
)
def tensor_parallel_time(
    tensor_parallel: number,
    context_parallel: number,
    sequence_length: token,
    microbatch: sequence,
    hidden_size: number,
    layers: number,
    attention_blocks: number,
    stage_share: number,
    recomputation_level: number,
    element_bytes: B,
    scale_up_devices: device,
    scale_up_bandwidth: B_per_s,
    scale_out_bandwidth: B_per_s,
    network_efficiency: number,
    call_latency: s,
) -> s:
    """Time of the tensor-parallel collectives of one microbatch in the fullest stage.

    One all-reduce forward and one backward for each attention block and network, one more when the layer is
    computed again. Sequence parallelism makes each a reduce-scatter and an all-gather of the same volume.
    Nothing is overlapped. Across fast domains the slower network sets the pace.
    """
    if tensor_parallel <= 1.0:
        return 0.0
    bandwidth = 1.0 * scale_up_bandwidth
    if tensor_parallel > scale_up_devices:
        bandwidth = np.minimum(scale_up_bandwidth, scale_out_bandwidth)
    passes = 3.0 if recomputation_level >= 2.0 else 2.0
    calls = passes * (attention_blocks + layers) * stage_share
    size = sequence_length * microbatch / context_parallel * hidden_size * element_bytes
    volume = 2.0 * (tensor_parallel - 1.0) / tensor_parallel * size
    return calls * (volume / (bandwidth * network_efficiency) + call_latency * np.log(tensor_parallel) / np.log(2.0))


@equation(
    source="Lepikhin et al. 2020; Rajbhandari et al. 2022 (two all-to-alls forward, two backward)",
    formula="(1 - overlap) all-to-alls x (T k h bytes (e - 1)/e, each part on its network, + latency log2 e)",
    provenance="extension",
)
def expert_parallel_time(
    expert_parallel: number,
    tensor_parallel: number,
    context_parallel: number,
    sequence_length: token,
    microbatch: sequence,
    hidden_size: number,
    moe_layers: number,
    experts_per_token: number,
    stage_share: number,
    recomputation_level: number,
    sequence_parallel: number,
    element_bytes: B,
    expert_imbalance: number,
    expert_overlap: number,
    scale_up_devices: device,
    scale_up_bandwidth: B_per_s,
    scale_out_bandwidth: B_per_s,
    network_efficiency: number,
    call_latency: s,
) -> s:
    """Time of the all-to-alls between experts of one microbatch in the fullest stage.

    Ranks of one fast domain talk over its links, the others over the network between nodes.
    """
    if expert_parallel <= 1.0:
        return 0.0
    tokens = sequence_length * microbatch / context_parallel
    if sequence_parallel >= 1.0:
        tokens = tokens / tensor_parallel
    near = np.minimum(
        expert_parallel, np.maximum(np.floor(scale_up_devices / (tensor_parallel * context_parallel)), 1.0)
    )
    passes = 6.0 if recomputation_level >= 2.0 else 4.0
    calls = passes * moe_layers * stage_share
    size = tokens * experts_per_token * hidden_size * element_bytes * expert_imbalance / expert_parallel
    seconds = size * (near - 1.0) / (scale_up_bandwidth * network_efficiency)
    if expert_parallel > near:
        seconds = seconds + size * (expert_parallel - near) / (scale_out_bandwidth * network_efficiency)
    return (1.0 - expert_overlap) * calls * (seconds + call_latency * np.log(expert_parallel) / np.log(2.0))


@equation(
    source="Liu et al. 2023 (ring attention)",
    formula="3 x stage's blocks x (c - 1) steps of 2 g d_head T bytes / bandwidth, less the attention's own time",
    provenance="extension",
)
def context_parallel_time(
    context_parallel: number,
    tensor_parallel: number,
    sequence_length: token,
    microbatch: sequence,
    kv_heads: number,
    head_size: number,
    attention_blocks: number,
    stage_share: number,
    scores_forward_time: s,
    element_bytes: B,
    scale_up_devices: device,
    scale_up_bandwidth: B_per_s,
    scale_out_bandwidth: B_per_s,
    network_efficiency: number,
    call_latency: s,
) -> s:
    """Time of the ring exchange of keys and values that attention does not hide, for one microbatch.

    Once forward, twice backward (blocks and their gradients). Latent attention is counted at its full heads.
    """
    if context_parallel <= 1.0:
        return 0.0
    bandwidth = 1.0 * scale_up_bandwidth
    if context_parallel * tensor_parallel > scale_up_devices:
        bandwidth = np.minimum(scale_up_bandwidth, scale_out_bandwidth)
    tokens = sequence_length * microbatch / context_parallel
    block = 2.0 * tokens * kv_heads * head_size * element_bytes / tensor_parallel
    step = block / (bandwidth * network_efficiency) + call_latency
    exchange = 3.0 * attention_blocks * stage_share * (context_parallel - 1.0) * step
    return np.maximum(exchange - 3.0 * stage_share * scores_forward_time, 0.0)


@equation(
    source="Narayanan et al. 2021 (point to point; scatter-gather divides by t)",
    formula="2 v (T h bytes / (t bandwidth) + latency)",
)
def pipeline_transfer_time(
    pipeline_parallel: number,
    interleave: number,
    tensor_parallel: number,
    context_parallel: number,
    data_parallel: number,
    sequence_length: token,
    microbatch: sequence,
    hidden_size: number,
    element_bytes: B,
    scale_up_devices: device,
    scale_up_bandwidth: B_per_s,
    scale_out_bandwidth: B_per_s,
    network_efficiency: number,
    call_latency: s,
) -> s:
    """Time to hand one microbatch on to the next stage and its gradients back.

    Stages are the outermost ranks, so they meet across nodes unless all devices share one fast domain.
    """
    if pipeline_parallel <= 1.0:
        return 0.0
    bandwidth = 1.0 * scale_up_bandwidth
    if tensor_parallel * context_parallel * data_parallel * pipeline_parallel > scale_up_devices:
        bandwidth = np.minimum(scale_up_bandwidth, scale_out_bandwidth)
    size = sequence_length * microbatch / context_parallel * hidden_size * element_bytes / tensor_parallel
    return 2.0 * interleave * (size / (bandwidth * network_efficiency) + call_latency)


@equation(
    source="Narayanan et al. 2021 (ring); Rajbhandari et al. 2020 (ZeRO volumes)",
    formula="(r - 1)/r P bytes: inside the fast domain / W1, its share of the rest / W2; + hops x latency a layer",
    provenance="extension",
)
def gradient_exchange_time(
    device_dense_parameters: parameter,
    device_expert_parameters: parameter,
    tensor_parallel: number,
    context_parallel: number,
    data_parallel: number,
    expert_parallel: number,
    zero_stage: number,
    microbatches: number,
    element_bytes: B,
    gradient_bytes: B,
    scale_up_devices: device,
    scale_up_bandwidth: B_per_s,
    scale_out_bandwidth: B_per_s,
    network_efficiency: number,
    layers: number,
    stage_share: number,
    hop_latency: s,
) -> s:
    """Time of reducing gradients and gathering weights between replicas, before any overlap.

    Stage 0 reduces and gathers gradients; 1 and 2 reduce gradients and gather updated weights; 3 gathers
    weights for the forward and the backward pass of every microbatch (for one microbatch half as much again).
    Replicas of one fast domain reduce among themselves first, then each sends its share to other domains,
    in a ring that is as slow as it is long, once for each layer.
    """
    volume = 2.0 * gradient_bytes
    calls = 2.0
    if zero_stage >= 3.0:
        volume = gradient_bytes + 2.0 * microbatches * element_bytes
        calls = 1.0 + 2.0 * microbatches
    elif zero_stage >= 1.0:
        volume = gradient_bytes + element_bytes
    replicas = data_parallel * context_parallel
    near = np.minimum(np.maximum(np.floor(scale_up_devices / tensor_parallel), 1.0), replicas)
    far = np.maximum(replicas / near, 1.0)
    dense = (near - 1.0) / near / scale_up_bandwidth + (far - 1.0) / far / (near * scale_out_bandwidth)
    hops = calls * layers * stage_share * (far - 1.0) * hop_latency
    expert_replicas = np.maximum(replicas / expert_parallel, 1.0)
    near = np.minimum(np.maximum(np.floor(near / expert_parallel), 1.0), expert_replicas)
    far = np.maximum(expert_replicas / near, 1.0)
    routed = (near - 1.0) / near / scale_up_bandwidth + (far - 1.0) / far / (near * scale_out_bandwidth)
    sent = device_dense_parameters * dense + device_expert_parameters * routed
    return volume * sent / network_efficiency + hops
