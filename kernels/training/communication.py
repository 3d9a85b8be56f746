"""Messages of one microbatch in the fullest stage: tensor, expert, context and pipeline parallelism."""

import numpy as np

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import B, B_per_s, device, number, s, token

FITTED = "; shares and latency fitted on measured training steps by benchmarks/fit_step.py"


def group_bandwidth(size, inner, scale_up_devices, inside, outside):
    """Bandwidth of one rank in a collective of `size` ranks with `inner` others packed closer.

    A ring over several fast domains uses the adapters of all its members in one.
    """
    if size * inner <= scale_up_devices:
        return 1.0 * inside
    local = np.minimum(np.maximum(np.floor(scale_up_devices / inner), 1.0), size)
    return np.minimum(inside, local * outside)


@equation(
    source="Shoeybi et al. 2019 (ring all-reduce: 2 (t - 1)/t of the message)" + FITTED,
    formula="2 (t - 1)/t bytes T h x exposed share / group bandwidth + call_latency log2 t",
    provenance="extension",
)
def tensor_collective_time(
    tensor_parallel: number,
    microbatch_tokens: token,
    hidden_size: number,
    element_bytes: B,
    exposed_tensor_share: number,
    tensor_bandwidth: B_per_s,
    call_latency: s,
) -> s:
    """Time of one all-reduce of a microbatch's residual stream, as far as computation does not hide it.

    Sequence parallelism makes it a reduce-scatter and an all-gather of the same volume.
    """
    if tensor_parallel <= 1.0:
        return 0.0
    message = element_bytes * microbatch_tokens * hidden_size
    volume = 2.0 * (tensor_parallel - 1.0) / tensor_parallel * message
    return exposed_tensor_share * volume / tensor_bandwidth + call_latency * np.log2(tensor_parallel)


@equation(
    valid="(0, inf)",
    source="this project" + FITTED,
    formula="ring over the tensor-parallel ranks of a node",
    provenance="extension",
)
def tensor_bandwidth(
    tensor_parallel: number, scale_up_devices: device, sustained_scale_up: B_per_s, sustained_scale_out: B_per_s
) -> B_per_s:
    """Bandwidth of one rank in tensor-parallel collectives."""
    return group_bandwidth(tensor_parallel, 1.0, scale_up_devices, sustained_scale_up, sustained_scale_out)


@equation(
    valid="[0, 1]",
    source="this project" + FITTED,
    formula="tuned or TPU: exposed_tensor_traffic; else 1",
    provenance="extension",
)
def exposed_tensor_share(software_level: number, is_tpu: number, exposed_tensor_traffic: number) -> number:
    """Share of tensor-parallel traffic that computation does not hide."""
    return 1.0 * exposed_tensor_traffic if software_level >= 1.0 or is_tpu >= 1.0 else 1.0


@equation(
    source="Shoeybi et al. 2019; Narayanan et al. 2021",
    formula="blocks stage_share (2 + repeated_share) tensor_collective_time",
)
def tensor_parallel_time(
    layer_blocks: number, stage_share: number, repeated_share: number, tensor_collective_time: s
) -> s:
    """Time of the tensor-parallel collectives of one microbatch in the fullest stage.

    One all-reduce forward and one backward for each attention block, mixer and network, and again as far as the
    layer is computed again.
    """
    return layer_blocks * stage_share * (2.0 + repeated_share) * tensor_collective_time


@equation(source="definition", formula="near = clip(floor(z / (t c)), 1, e)", provenance="extension", valid="[1, inf)")
def near_experts(
    expert_parallel: number, tensor_parallel: number, context_parallel: number, scale_up_devices: device
) -> number:
    """Ranks of expert parallelism that share a fast domain."""
    near = np.floor(scale_up_devices / (tensor_parallel * context_parallel))
    return np.minimum(np.maximum(near, 1.0), expert_parallel)


@equation(
    source="DeepSeek-AI 2024 (DeepEP: a token crosses to a node once, however many of its experts live there)",
    formula="n = e / near: n (1 - (1 - 1/n)^k), at most routing_node_limit, x (n - 1)/n; plain: k (n - 1)/n",
    provenance="extension",
)
def crossings_per_token(
    expert_parallel: number,
    near_experts: number,
    experts_per_token: number,
    routing_node_limit: number,
    expert_dispatch: number,
) -> number:
    """Copies of a token that leave its fast domain, on average with balanced routing.

    One for each other domain that has some of its experts; plain dispatch sends one for each expert.
    """
    nodes = np.maximum(expert_parallel / near_experts, 1.0)
    if expert_dispatch >= 1.0:
        return experts_per_token * (nodes - 1.0) / nodes
    reached = nodes * (1.0 - (1.0 - 1.0 / nodes) ** np.maximum(experts_per_token, 1.0))
    if routing_node_limit > 0.0:
        reached = np.minimum(reached, routing_node_limit)
    return reached * (nodes - 1.0) / nodes


@equation(
    source="Lepikhin et al. 2020; DeepSeek-AI 2024" + FITTED,
    formula="exposed share x bytes T h / t (k (near - 1)/near / W1 + crossings / W2) + call_latency log2 e; plain: "
    "k (near - 1)/e",
    provenance="extension",
)
def expert_exchange_time(
    expert_parallel: number,
    token_copy_bytes: B,
    near_experts: number,
    crossings_per_token: number,
    experts_per_token: number,
    sustained_scale_up: B_per_s,
    sustained_scale_out: B_per_s,
    exposed_expert_traffic: number,
    call_latency: s,
    expert_dispatch: number,
) -> s:
    """Time of one all-to-all between experts, as far as computation does not hide it."""
    if expert_parallel <= 1.0:
        return 0.0
    sharing = 1.0 * expert_parallel if expert_dispatch >= 1.0 else 1.0 * near_experts
    inside = experts_per_token * (near_experts - 1.0) / sharing / sustained_scale_up
    seconds = token_copy_bytes * (inside + crossings_per_token / sustained_scale_out)
    return exposed_expert_traffic * seconds + call_latency * np.log2(expert_parallel)


@equation(source="definition", formula="bytes T h / t", provenance="extension")
def token_copy_bytes(microbatch_tokens: token, hidden_size: number, tensor_parallel: number, element_bytes: B) -> B:
    """Bytes of one copy of a microbatch's tokens on one tensor-parallel rank, as sent to experts or stages."""
    return element_bytes * microbatch_tokens / tensor_parallel * hidden_size


@equation(
    source="Lepikhin et al. 2020 (two all-to-alls forward, two backward)",
    formula="moe_layers stage_share (4 + 2 repeated_share) expert_exchange_time",
)
def expert_parallel_time(moe_layers: number, stage_share: number, repeated_share: number, expert_exchange_time: s) -> s:
    """Time of the all-to-alls between experts of one microbatch in the fullest stage."""
    return moe_layers * stage_share * (4.0 + 2.0 * repeated_share) * expert_exchange_time


@equation(
    source="Liu et al. 2023 (ring attention)",
    formula="g d; with latent attention (kv_lora_rank + qk_rope_size) / 2",
    provenance="extension",
)
def exchanged_key_width(kv_heads: number, head_size: number, kv_lora_rank: number, qk_rope_size: number) -> number:
    """Elements of keys of one token and block that context parallelism exchanges, and as many of values.

    Latent attention exchanges its latents.
    """
    if kv_lora_rank > 0.0:
        return 0.5 * (kv_lora_rank + qk_rope_size)
    return kv_heads * head_size


@equation(
    source="Liu et al. 2023 (ring attention)" + FITTED,
    formula="3 blocks (c - 1) (2 bytes T g d / (t group bandwidth) + call_latency)",
    provenance="extension",
)
def context_exchange_time(
    context_parallel: number,
    tensor_parallel: number,
    microbatch_tokens: token,
    exchanged_key_width: number,
    attention_blocks: number,
    element_bytes: B,
    context_bandwidth: B_per_s,
    call_latency: s,
) -> s:
    """Time of the ring exchange of keys and values of one microbatch, all layers, before attention hides it.

    Once forward, twice backward (blocks and their gradients).
    """
    if context_parallel <= 1.0:
        return 0.0
    block = 2.0 * element_bytes * microbatch_tokens * exchanged_key_width / tensor_parallel
    return 3.0 * attention_blocks * (context_parallel - 1.0) * (block / context_bandwidth + call_latency)


@equation(
    valid="(0, inf)",
    source="this project" + FITTED,
    formula="ring over the context-parallel ranks of a node",
    provenance="extension",
)
def context_bandwidth(
    context_parallel: number,
    tensor_parallel: number,
    scale_up_devices: device,
    sustained_scale_up: B_per_s,
    sustained_scale_out: B_per_s,
) -> B_per_s:
    """Bandwidth of one rank in the ring of context parallelism."""
    return group_bandwidth(context_parallel, tensor_parallel, scale_up_devices, sustained_scale_up, sustained_scale_out)


@equation(
    source="Liu et al. 2023 (ring attention)",
    formula="stage_share {max(exchange - 3 scores_forward_time, 0) + 0.1 exchange}",
    provenance="extension",
)
def context_parallel_time(stage_share: number, context_exchange_time: s, scores_forward_time: s) -> s:
    """Time of the ring exchange that attention does not hide, for one microbatch in the fullest stage.

    A tenth is taken to show in any case.
    """
    hidden = np.maximum(context_exchange_time - 3.0 * scores_forward_time, 0.0)
    return stage_share * (hidden + 0.1 * context_exchange_time)


@equation(
    source="Narayanan et al. 2021 (point to point; scatter-gather divides by t)" + FITTED,
    formula="exposed share x bytes T h / (t W) + call_latency; W = min(W1, W2 nominal) if n > z",
    provenance="extension",
)
def stage_handover_time(
    token_copy_bytes: B,
    devices: device,
    scale_up_devices: device,
    scale_up_bandwidth: B_per_s,
    sustained_scale_up: B_per_s,
    sustained_scale_out: B_per_s,
    scale_out_efficiency: number,
    exposed_pipeline_traffic: number,
    call_latency: s,
) -> s:
    """Time to hand one chunk of a microbatch on to the next stage, as far as it is not hidden.

    Stages are the outermost ranks, so they meet across nodes unless all devices share one fast domain.
    """
    bandwidth = 1.0 * sustained_scale_up
    if devices > scale_up_devices:
        bandwidth = np.minimum(scale_up_bandwidth * scale_out_efficiency, sustained_scale_out)
    return exposed_pipeline_traffic * token_copy_bytes / bandwidth + call_latency


@equation(source="Narayanan et al. 2021", formula="2 v stage_handover_time if p > 1, else 0")
def pipeline_transfer_time(pipeline_parallel: number, interleave: number, stage_handover_time: s) -> s:
    """Time to hand one microbatch on through all chunks of a stage, and its gradients back."""
    return 2.0 * interleave * stage_handover_time if pipeline_parallel > 1.0 else 0.0
