"""What a pass through the model takes, part by part: reading weights and cache, products, collectives, the engine.

A pass of a microbatch of b sequences with q tokens each takes the sum of its parts: measured passes do not overlap
reading and computing so well that the longer one alone would count.
"""

import numpy as np

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import B, B_per_s, FLOP_per_s, device, number, parameter, s

MEASURED = "this project, on measured serving"


@equation(
    valid="(0, inf)",
    source="measured: MI300X, MI325X by the engine's column; MI355X 1.0 (read)",
    formula="1 on CUDA, rocm_time_factor on ROCm (1 for devices with fp4), 1 on others",
    provenance="extension",
)
def stack_time_factor(software_stack: number, rocm_time_factor: number, peak_flops_fp4: FLOP_per_s) -> number:
    """Time of a pass on the accelerator's software over that on NVIDIA's.

    NaN where the engine does not run. Other stacks are not measured, and taken to be as good.
    """
    if software_stack == 1.0:
        return rocm_time_factor * (1.0 / rocm_time_factor if peak_flops_fp4 > 0.0 else 1.0)
    return 1.0


@equation(
    source=MEASURED,
    formula="(common + V h) weight_bytes / (t bandwidth serving_weight_bandwidth)",
    provenance="extension",
)
def weight_read_time(
    common_parameters: parameter,
    output_head_parameters: parameter,
    weight_bytes: B,
    serving_tensor_parallel: number,
    memory_bandwidth: B_per_s,
    serving_weight_bandwidth: number,
) -> s:
    """Time in which a pass reads all weights but those of routed experts, the stages of a pipeline in turn."""
    read = (common_parameters + output_head_parameters) * weight_bytes / serving_tensor_parallel
    return read / (memory_bandwidth * serving_weight_bandwidth)


@equation(
    source=MEASURED,
    formula="routed expert_bytes / (t a bandwidth serving_weight_bandwidth)",
    provenance="extension",
)
def expert_read_time(
    routed_expert_parameters: parameter,
    expert_bytes: B,
    serving_tensor_parallel: number,
    serving_data_parallel: number,
    memory_bandwidth: B_per_s,
    serving_weight_bandwidth: number,
) -> s:
    """Time in which a pass that meets every routed expert reads them all."""
    read = routed_expert_parameters * expert_bytes / (serving_tensor_parallel * serving_data_parallel)
    return read / (memory_bandwidth * serving_weight_bandwidth)


@equation(
    source=MEASURED,
    formula="2 common / (t weight_rate) + 2 a routed k / E / (t a expert_rate)",
    provenance="extension",
)
def token_product_time(
    common_parameters: parameter,
    routed_expert_parameters: parameter,
    routed_share: number,
    weight_rate: FLOP_per_s,
    expert_rate: FLOP_per_s,
    serving_tensor_parallel: number,
) -> s:
    """Time of matrix products that a token of the microbatch adds to a pass.

    The tokens of all ranks meet in experts that are spread over all of them: for each of its own a device computes one.
    """
    common = common_parameters / weight_rate
    routed = routed_expert_parameters * routed_share / expert_rate if routed_expert_parameters > 0.0 else 0.0
    return 2.0 * (common + routed) / serving_tensor_parallel


@equation(source=MEASURED, formula="2 V h / (t weight_rate) + engine_sequence_time s", provenance="extension")
def sequence_extra_time(
    output_head_parameters: parameter,
    weight_rate: FLOP_per_s,
    serving_tensor_parallel: number,
    serving_pipeline_parallel: number,
    engine_sequence_time: s,
) -> s:
    """Time that a sequence adds to a pass whatever its tokens: output head, scheduling, sampling."""
    head = 2.0 * output_head_parameters / (serving_tensor_parallel * weight_rate)
    return head + engine_sequence_time * serving_pipeline_parallel


@equation(
    valid="(0, inf)",
    source="data sheets give both directions together",
    formula="half of the link rate within a fast domain, else the network",
    provenance="extension",
)
def serving_link_rate(
    interconnect_bandwidth: B_per_s,
    scale_out_bandwidth: B_per_s,
    scale_up_devices: device,
    serving_tensor_parallel: number,
    serving_data_parallel: number,
) -> B_per_s:
    """Rate of one device to the others that share a layer, one direction.

    Experts and heads over more devices than a fast domain talk over the network between servers.
    """
    if np.isnan(interconnect_bandwidth) or serving_tensor_parallel * serving_data_parallel > scale_up_devices:
        return 1.0 * scale_out_bandwidth
    return 0.5 * interconnect_bandwidth


@equation(
    source="Thakur et al. 2005 (ring); GShard (exchange with the experts)",
    formula="2 L 2 (t - 1) / t 2 h / link + 2 L_m k 2 h (1 - 1 / a) / link",
    provenance="extension",
)
def token_link_time(
    layers: number,
    hidden_size: number,
    moe_layers: number,
    experts_per_token: number,
    serving_tensor_parallel: number,
    serving_data_parallel: number,
    serving_link_rate: B_per_s,
) -> s:
    """Time of sums over tensor parallelism and of the way to experts and back that a token adds to a pass."""
    t, a = serving_tensor_parallel, serving_data_parallel
    sums = 2.0 * layers * 2.0 * (t - 1.0) / t
    exchange = 2.0 * moe_layers * experts_per_token * (1.0 - 1.0 / a)
    return (sums + exchange) * 2.0 * hidden_size / serving_link_rate


@equation(
    source=MEASURED,
    formula="2 (L [t > 1] + L_m [a > 1]) serving_collective_latency",
    provenance="extension",
)
def collective_time(
    layers: number,
    moe_layers: number,
    serving_tensor_parallel: number,
    serving_data_parallel: number,
    serving_collective_latency: s,
) -> s:
    """Time of the collectives of a pass beside their bytes."""
    calls = (layers if serving_tensor_parallel > 1.0 else 0.0) + (moe_layers if serving_data_parallel > 1.0 else 0.0)
    return 2.0 * calls * serving_collective_latency


@equation(
    source=MEASURED,
    formula="L engine_layer_time + L_m unfused_layer_time, the latter for 8-bit experts and one a token",
    provenance="extension",
)
def engine_pass_time(
    layers: number,
    moe_layers: number,
    experts_per_token: number,
    expert_format: number,
    weight_format: number,
    engine_layer_time: s,
    unfused_layer_time: s,
) -> s:
    """Time of a pass beside the work: starting kernels, and mixtures of experts without a tuned one.

    Without one were fp8 experts, and models that pick one expert a token (Llama 4); int8 is taken as fp8.
    """
    own = expert_format if expert_format < 6.0 else weight_format
    unfused = moe_layers if own == 1.0 or own == 2.0 or experts_per_token == 1.0 else 0.0
    return layers * engine_layer_time + unfused * unfused_layer_time


@equation(
    source=MEASURED,
    formula="stack_time_factor (weight_read_time + collective_time + engine_pass_time)",
    provenance="extension",
)
def fixed_pass_time(weight_read_time: s, collective_time: s, engine_pass_time: s, stack_time_factor: number) -> s:
    """Time of a pass that no token adds to."""
    return stack_time_factor * (weight_read_time + collective_time + engine_pass_time)


@equation(
    source=MEASURED,
    formula="serving_activation_passes 2 h (L + L_m k) / (bandwidth serving_weight_bandwidth)",
    provenance="extension",
)
def token_activation_time(
    hidden_size: number,
    layers: number,
    moe_layers: number,
    experts_per_token: number,
    serving_activation_passes: number,
    memory_bandwidth: B_per_s,
    serving_weight_bandwidth: number,
) -> s:
    """Time in which norms, residuals, the way to the experts and formats read and write what a token carries.

    Each device of a tensor-parallel replica does all of it.
    """
    copies = layers + moe_layers * experts_per_token
    return serving_activation_passes * 2.0 * hidden_size * copies / (memory_bandwidth * serving_weight_bandwidth)


@equation(
    source=MEASURED,
    formula="stack_time_factor (token_product_time + token_link_time + token_activation_time)",
    provenance="extension",
)
def token_pass_time(
    token_product_time: s, token_link_time: s, token_activation_time: s, stack_time_factor: number
) -> s:
    """Time that a token of the microbatch adds to a pass, attention left out."""
    return stack_time_factor * (token_product_time + token_link_time + token_activation_time)


@equation(
    source=MEASURED,
    formula="stack_time_factor cache_read_bytes / (bandwidth serving_cache_bandwidth)",
    provenance="extension",
)
def cache_read_time(
    cache_read_bytes: B, memory_bandwidth: B_per_s, serving_cache_bandwidth: number, stack_time_factor: number
) -> s:
    """Time in which attention reads the cache of one sequence of the microbatch."""
    return stack_time_factor * cache_read_bytes / (memory_bandwidth * serving_cache_bandwidth)


def score_width_served(score_width, attention_heads, kv_lora_rank, qk_rope_size):
    """Products of a query with a key and value; latent attention works on the latent vectors themselves."""
    if kv_lora_rank > 0.0:
        return attention_heads * (2.0 * kv_lora_rank + qk_rope_size)
    return score_width


@equation(
    source="Vaswani et al. 2017; DeepSeek-AI 2024 (absorbed projections)",
    formula="stack_time_factor 2 width / (t rate), blocks without a window",
    provenance="extension",
)
def key_score_time(
    score_width: number,
    attention_heads: number,
    kv_lora_rank: number,
    qk_rope_size: number,
    full_blocks: number,
    serving_tensor_parallel: number,
    score_rate: FLOP_per_s,
    stack_time_factor: number,
) -> s:
    """Time of scores and weighted values of one query with one key in all blocks without a window."""
    width = score_width_served(score_width, attention_heads, kv_lora_rank, qk_rope_size)
    return stack_time_factor * 2.0 * full_blocks * width / (serving_tensor_parallel * score_rate)


@equation(
    source="Vaswani et al. 2017; Beltagy et al. 2020 (windows)",
    formula="stack_time_factor 2 local_score_width local_layers / (t rate)",
    provenance="extension",
)
def local_key_score_time(
    local_score_width: number,
    attention_heads: number,
    kv_lora_rank: number,
    qk_rope_size: number,
    local_layers: number,
    serving_tensor_parallel: number,
    score_rate: FLOP_per_s,
    stack_time_factor: number,
) -> s:
    """Time of scores and weighted values of one query with one key in all windowed blocks."""
    width = score_width_served(local_score_width, attention_heads, kv_lora_rank, qk_rope_size)
    return stack_time_factor * 2.0 * local_layers * width / (serving_tensor_parallel * score_rate)


@equation(source="definition", formula="attention_blocks - local_layers", provenance="extension")
def full_blocks(attention_blocks: number, local_layers: number) -> number:
    """Attention blocks without a window.

    NaN with more windowed blocks than attention blocks.
    """
    if local_layers > attention_blocks:
        return np.nan
    return attention_blocks - local_layers


@equation(
    valid="(0, inf)",
    source=MEASURED,
    formula="peak_flops_16bit serving_clock_fraction serving_rate_16bit",
    provenance="extension",
)
def score_rate(peak_flops_16bit: FLOP_per_s, serving_clock_fraction: number, serving_rate_16bit: number) -> FLOP_per_s:
    """Rate of attention scores, which are computed in 16 bits."""
    return peak_flops_16bit * serving_clock_fraction * serving_rate_16bit
