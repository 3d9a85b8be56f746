"""Power of a device that serves, by its work: busy, idle, with a lower clock or a cap."""

import numpy as np

from carbonsweep.kernels.hardware.power import share_of_design_power
from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.serving.cache import windowed
from carbonsweep.kernels.serving.pass_parts import score_width_served
from carbonsweep.kernels.serving.passes import expert_share
from carbonsweep.kernels.units import (
    FLOP,
    B,
    B_per_s,
    FLOP_per_s,
    J_per_B,
    J_per_FLOP,
    W,
    number,
    parameter,
    s,
    sequence,
    token,
)

MEASURED = "this project, fitted on ML.ENERGY's measurements of accelerators alone"
CLOCK_LAW = "power of switching grows with clock and squared voltage: exponent 2.4 assumed [2, 3]"


@equation(
    source="this project",
    formula="rank's sequences: max(busy_batch / (a s), 1)",
    provenance="extension",
)
def busy_rank_batch(busy_batch: sequence, serving_data_parallel: number, serving_pipeline_parallel: number) -> sequence:
    """Sequences that pass a device together, mean over the passes."""
    return np.maximum(busy_batch / (serving_data_parallel * serving_pipeline_parallel), 1.0)


@equation(
    source="definition",
    formula="(common + V h) weight_bytes / t + experts hit x routed expert_bytes / (t a) + b cache_read_bytes",
    provenance="extension",
)
def decode_pass_bytes(
    common_read_bytes: B,
    routed_read_bytes: B,
    routed_share: number,
    routing_skew: number,
    busy_rank_batch: sequence,
    serving_data_parallel: number,
    cache_read_bytes: B,
) -> B:
    """Bytes that the devices of a pipeline read in a pass with a token for each sequence, its stages together."""
    hit = expert_share(routed_share, busy_rank_batch * serving_data_parallel / routing_skew)
    return common_read_bytes + hit * routed_read_bytes + busy_rank_batch * cache_read_bytes


@equation(source="definition", formula="(common + V h) weight_bytes / t", provenance="extension")
def common_read_bytes(
    common_parameters: parameter, output_head_parameters: parameter, weight_bytes: B, serving_tensor_parallel: number
) -> B:
    """Bytes of weights, routed experts left out, that a pass reads on a device, the stages of a pipeline together."""
    return (common_parameters + output_head_parameters) * weight_bytes / serving_tensor_parallel


@equation(source="definition", formula="routed expert_bytes / (t a)", provenance="extension")
def routed_read_bytes(
    routed_expert_parameters: parameter,
    expert_bytes: B,
    serving_tensor_parallel: number,
    serving_data_parallel: number,
) -> B:
    """Bytes of routed experts on a device, the stages of a pipeline together."""
    return routed_expert_parameters * expert_bytes / (serving_tensor_parallel * serving_data_parallel)


@equation(
    source="definition",
    formula="2 (common + routed k / E) / t",
    provenance="extension",
)
def token_flops_per_device(
    common_parameters: parameter,
    routed_expert_parameters: parameter,
    routed_share: number,
    serving_tensor_parallel: number,
) -> FLOP:
    """Operations of a device for a token of its rank, attention and head left out."""
    return 2.0 * (common_parameters + routed_expert_parameters * routed_share) / serving_tensor_parallel


@equation(
    source="definition",
    formula="token_flops_per_device + 2 V h / t + 2 width keys / t at I + O / 2",
    provenance="extension",
)
def decode_flops_per_device(
    token_flops_per_device: FLOP,
    output_head_parameters: parameter,
    score_width: number,
    attention_heads: number,
    kv_lora_rank: number,
    qk_rope_size: number,
    keys_met: token,
    serving_tensor_parallel: number,
) -> FLOP:
    """Operations of a device for a generated token of its rank."""
    width = score_width_served(score_width, attention_heads, kv_lora_rank, qk_rope_size)
    return token_flops_per_device + 2.0 * (output_head_parameters + width * keys_met) / serving_tensor_parallel


@equation(
    source="definition",
    formula="full_blocks min(C, top-k) + local_layers min(C, window), C = I + O / 2",
    provenance="extension",
)
def keys_met(
    full_blocks: number, local_layers: number, decode_context: token, index_topk: number, local_window: token
) -> token:
    """Keys that a generated token meets in all attention blocks together."""
    return full_blocks * windowed(decode_context, index_topk) + local_layers * windowed(decode_context, local_window)


@equation(
    source="definition",
    formula="full_blocks min(C, top-k) + local_layers min(C, window), C = I - q / 2",
    provenance="extension",
)
def prompt_keys_met(
    full_blocks: number,
    local_layers: number,
    input_tokens: token,
    computed_prompt: token,
    index_topk: number,
    local_window: token,
) -> token:
    """Keys that a token of a prompt meets in all attention blocks together, mean over those that are computed."""
    context = np.maximum(input_tokens - 0.5 * computed_prompt, 0.0)
    return full_blocks * windowed(context, index_topk) + local_layers * windowed(context, local_window)


@equation(source="definition", formula="q (token_flops_per_device + 2 width keys / t)", provenance="extension")
def prompt_flops_per_device(
    computed_prompt: token,
    token_flops_per_device: FLOP,
    score_width: number,
    attention_heads: number,
    kv_lora_rank: number,
    qk_rope_size: number,
    prompt_keys_met: token,
    serving_tensor_parallel: number,
) -> FLOP:
    """Operations of a device for a prompt of its rank."""
    width = score_width_served(score_width, attention_heads, kv_lora_rank, qk_rope_size)
    return computed_prompt * (token_flops_per_device + 2.0 * width * prompt_keys_met / serving_tensor_parallel)


@equation(
    source="definition",
    formula="n / O of the bytes of a pass of m prompts, over m",
    provenance="extension",
)
def prompt_bytes_per_step(
    computed_prompt: token,
    busy_batch: sequence,
    output_tokens: token,
    prompts_per_pass: sequence,
    common_read_bytes: B,
    routed_read_bytes: B,
    disaggregated: number,
) -> B:
    """Bytes that a device reads for the prompts that enter while each sequence gets a token."""
    if computed_prompt <= 0.0 or disaggregated > 0.0:
        return 0.0
    return busy_batch / output_tokens * (common_read_bytes + routed_read_bytes) / prompts_per_pass


@equation(
    source="definition",
    formula="b / O prompt_flops_per_device; 0 if disaggregated",
    provenance="extension",
)
def prompt_flops_per_step(
    busy_rank_batch: sequence, output_tokens: token, prompt_flops_per_device: FLOP, disaggregated: number
) -> FLOP:
    """Operations of a device for the prompts that enter while each sequence gets a token."""
    if disaggregated > 0.0:
        return 0.0
    return busy_rank_batch / output_tokens * prompt_flops_per_device


@equation(
    valid="[0, 1]",
    source="definition",
    formula="(decode_pass_bytes / tokens_per_step + prompt_bytes_per_step) / (step time bandwidth)",
    provenance="extension",
)
def serving_memory_share(
    decode_pass_bytes: B,
    tokens_per_step: token,
    prompt_bytes_per_step: B,
    busy_step_time: s,
    memory_bandwidth: B_per_s,
) -> number:
    """Share of memory bandwidth that a busy device uses, mean over its passes."""
    used = (decode_pass_bytes / tokens_per_step + prompt_bytes_per_step) / (busy_step_time * memory_bandwidth)
    return np.minimum(used, 1.0)


@equation(
    valid="[0, 1]",
    source="definition",
    formula="(b (g + 1) / tokens_per_step decode_flops + prompt_flops) / (step time peak)",
    provenance="extension",
)
def serving_compute_share(
    busy_rank_batch: sequence,
    draft_tokens: token,
    tokens_per_step: token,
    decode_flops_per_device: FLOP,
    prompt_flops_per_step: FLOP,
    busy_step_time: s,
    weight_peak_flops: FLOP_per_s,
) -> number:
    """Share of the peak rate that a busy device uses, mean over its passes.

    Tokens of a draft count, whether they are right or not.
    """
    work = busy_rank_batch * (draft_tokens + 1.0) / tokens_per_step * decode_flops_per_device
    return np.minimum((work + prompt_flops_per_step) / (busy_step_time * weight_peak_flops), 1.0)


@equation(
    valid="(0, inf)",
    source="definition",
    formula="a_0 + b n + n / O t_p; static: with its share of the prompts",
    provenance="extension",
)
def busy_step_time(tpot: s, batching: number, static_prefill_time: s, output_tokens: token, disaggregated: number) -> s:
    """Time of a replica in which each of its sequences gets a token, prompts of others included."""
    if batching > 0.0 and disaggregated <= 0.0:
        return tpot + static_prefill_time / output_tokens
    return 1.0 * tpot


@equation(
    valid="(0, inf)",
    source=MEASURED,
    formula="memory_read_energy memory_bandwidth / TDP",
    provenance="extension",
)
def memory_power_share(memory_read_energy: J_per_B, memory_bandwidth: B_per_s, thermal_design_power: W) -> number:
    """Power of reading memory at its bandwidth, relative to design power.

    One energy a byte for all devices: a share for each generation says no more of rows that it was fitted on, and less
    of others. Above 1 where design power does not allow it.
    """
    return memory_read_energy * memory_bandwidth / thermal_design_power


@equation(
    valid="(0, inf)",
    source=MEASURED,
    formula="operation_energy peak_flops_16bit / TDP",
    provenance="extension",
)
def compute_power_share(operation_energy: J_per_FLOP, peak_flops_16bit: FLOP_per_s, thermal_design_power: W) -> number:
    """Power of computing at the peak rate, relative to design power.

    One energy an operation in 16 bits for all devices; in narrower formats the peak rate is higher and an operation
    takes as much less. Above 1 where design power does not allow it.
    """
    return operation_energy * peak_flops_16bit / thermal_design_power


@equation(
    valid="(0, 1]",
    source=CLOCK_LAW,
    formula="the lower of clock_fraction and what power_cap_fraction leaves with full work",
    provenance="assumed",
)
def serving_clock_fraction(
    clock_fraction: number,
    power_cap_fraction: number,
    static_power_share: number,
    compute_power_share: number,
    memory_power_share: number,
) -> number:
    """Clock of a device that serves over its highest, with its own limit or that of power.

    A cap acts on work at the highest power that the law knows, p_0 + (p_m + p_c) clock^2.4 = cap: cautious, as most
    serving draws less, and as closed as an equation must be.
    """
    highest = static_power_share + memory_power_share + compute_power_share
    cap = np.maximum(power_cap_fraction - static_power_share, 0.02)
    if power_cap_fraction >= np.minimum(highest, 1.0):
        return 1.0 * clock_fraction
    allowed = (cap / (np.minimum(highest, 1.0) - static_power_share)) ** (1.0 / 2.4)
    return np.minimum(clock_fraction, np.maximum(allowed, 0.3))


@equation(
    valid="(0, inf)",
    source=MEASURED + "; " + CLOCK_LAW,
    formula="TDP min(cap, p_0 + p_m (1 + clock^2) / 2 u_m^x + p_c clock^2.4 u_c^x)",
    provenance="extension",
)
def busy_power(
    thermal_design_power: W,
    power_cap_fraction: number,
    static_power_share: number,
    memory_power_share: number,
    compute_power_share: number,
    power_exponent: number,
    serving_memory_share: number,
    serving_compute_share: number,
    serving_clock_fraction: number,
) -> W:
    """Mean power of a device while it works, by the shares of bandwidth and of peak rate that it uses.

    Calibrated on A100, H100 and B200: on other devices it is an extrapolation (see serving_extrapolated).
    """
    memory = memory_power_share * serving_memory_share**power_exponent
    compute = compute_power_share * serving_compute_share**power_exponent
    share = share_of_design_power(static_power_share, memory, compute, serving_clock_fraction)
    return thermal_design_power * np.minimum(power_cap_fraction, share)


@equation(
    source="catalog; 0.10 to 0.13 of design power measured, up to 0.2 with a model loaded",
    formula="idle_device_power, else serving_idle_fraction thermal_design_power",
    provenance="assumed",
)
def serving_idle_power(idle_device_power: W, serving_idle_fraction: number, thermal_design_power: W) -> W:
    """Power of a device that waits for requests."""
    if np.isnan(idle_device_power):
        return serving_idle_fraction * thermal_design_power
    return 1.0 * idle_device_power


@equation(
    valid="(0, inf)",
    source="definition",
    formula="busy_share busy_power + (1 - busy_share) serving_idle_power",
    provenance="extension",
)
def serving_power(busy_share: number, busy_power: W, serving_idle_power: W) -> W:
    """Mean power of one accelerator of a replica, times without requests included; the server's share is left out."""
    return busy_share * busy_power + (1.0 - busy_share) * serving_idle_power


@equation(
    valid="[0, 3]",
    source="this project: power while serving was measured on three devices, each with one engine",
    formula="2 on other stacks, else 1 where power_measured_with is none, else 3 where power_engine is another",
    provenance="extension",
)
def serving_extrapolated(software_stack: number, power_measured_with: number, power_engine: number) -> number:
    """How the service goes beyond what was measured; 0 where it does not.

    1: power, the accelerator's was never measured while serving. 2: speed and power, on a stack that is not measured.
    3: power, the accelerator's was measured with another engine alone.
    """
    if software_stack == 2.0:
        return 2.0
    if power_measured_with == 0.0:
        return 1.0
    return 0.0 if power_measured_with == power_engine else 3.0
