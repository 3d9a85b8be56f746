"""What matrix units, memory and links of one device sustain inside a training step."""

import numpy as np

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import B, B_per_s, FLOP_per_s, bit, number, year

FITTED = "fitted on measured training steps by benchmarks/fit_step.py"


@equation(source=FITTED, formula="constant of V100, A100, H100, B200, B300", provenance="extension")
def nvidia_matmul_fraction(
    generation: number,
    matmul_fraction_v100: number,
    matmul_fraction_a100: number,
    matmul_fraction_h100: number,
    matmul_fraction_b200: number,
    b300_matmul_gain: number,
) -> number:
    """Share of the 16-bit peak that large matrix products sustain on NVIDIA's training devices.

    NaN for other devices. B300 relative to B200: its power limit is a sixth higher.
    """
    if generation == 1.0:
        return 1.0 * matmul_fraction_v100
    if generation == 2.0:
        return 1.0 * matmul_fraction_a100
    if generation == 3.0:
        return 1.0 * matmul_fraction_h100
    if generation == 4.0:
        return 1.0 * matmul_fraction_b200
    if generation == 5.0:
        return matmul_fraction_b200 * b300_matmul_gain
    return np.nan


@equation(source=FITTED, formula="constant of v4, v5e, v5p, v6e, v7", provenance="extension")
def tpu_matmul_fraction(
    generation: number,
    matmul_fraction_tpu_v4: number,
    matmul_fraction_tpu_v5e: number,
    matmul_fraction_tpu_v5p: number,
    matmul_fraction_tpu_v6e: number,
    matmul_fraction_tpu_v7: number,
) -> number:
    """Share of the 16-bit peak that large matrix products sustain on TPUs that were measured.

    NaN for other devices.
    """
    if generation == 6.0:
        return 1.0 * matmul_fraction_tpu_v4
    if generation == 7.0:
        return 1.0 * matmul_fraction_tpu_v5e
    if generation == 8.0:
        return 1.0 * matmul_fraction_tpu_v5p
    if generation == 9.0:
        return 1.0 * matmul_fraction_tpu_v6e
    if generation == 10.0:
        return 1.0 * matmul_fraction_tpu_v7
    return np.nan


@equation(
    valid="(0, 1]",
    source=FITTED + "; Bekman, Machine Learning Engineering (isolated products)",
    formula="constant of the generation; others: 0.85 isolated_matmul_fraction, else 0.65",
    provenance="extension",
)
def matmul_fraction(
    generation: number,
    nvidia_matmul_fraction: number,
    tpu_matmul_fraction: number,
    matmul_fraction_cdna4: number,
    isolated_matmul_fraction: number,
) -> number:
    """Share of the peak rate that large matrix products sustain inside a layer.

    Below that of an isolated product, by power limits and products that are not large. Assumed for generations
    that no measured step used.
    """
    if not np.isnan(nvidia_matmul_fraction):
        return 1.0 * nvidia_matmul_fraction
    if not np.isnan(tpu_matmul_fraction):
        return 1.0 * tpu_matmul_fraction
    if generation == 13.0:
        return 1.0 * matmul_fraction_cdna4
    if not np.isnan(isolated_matmul_fraction):
        return 0.85 * isolated_matmul_fraction
    return 0.65


@equation(
    valid="(0, inf)",
    source=FITTED + " (tensor cores work on tiles of 64 to 256)",
    formula="peak matmul_fraction / (unaligned_slowdown if h / t is no multiple of 64 else 1)",
    provenance="extension",
)
def matrix_rate_16(
    unquantised_peak_flops: FLOP_per_s,
    matmul_fraction: number,
    hidden_size: number,
    tensor_parallel: number,
    unaligned_slowdown: number,
) -> FLOP_per_s:
    """Rate of matrix products in 16 bits: output head, router, unfused attention, and layers that are not quantised.

    In trainings in tf32 or fp32 the rate of that format.
    """
    rate = unquantised_peak_flops * matmul_fraction
    tiles = hidden_size / tensor_parallel / 64.0
    if tiles != np.floor(tiles):
        return rate / unaligned_slowdown
    return rate


@equation(
    valid="(0, inf)",
    source=FITTED,
    formula="16 bits: matrix_rate_16; else that times peak / 16-bit peak and the gain of the width",
    provenance="extension",
)
def matrix_rate(
    operand_bits: bit,
    matrix_rate_16: FLOP_per_s,
    unquantised_peak_flops: FLOP_per_s,
    peak_flops: FLOP_per_s,
    matmul_gain_8bit: number,
    matmul_gain_4bit: number,
) -> FLOP_per_s:
    """Rate of the linear layers' matrix products.

    fp8 and mxfp8 are not told apart by the measurements.
    """
    if operand_bits >= 16.0:
        return 1.0 * matrix_rate_16
    gain = matmul_gain_8bit if operand_bits >= 8.0 else matmul_gain_4bit
    return matrix_rate_16 / unquantised_peak_flops * peak_flops * gain


@equation(
    valid="[1, inf)",
    source=FITTED + ", on Megatron-Bridge 26.06 to 26.08; H100 shows no such gain",
    formula="expert_gain_2026 if MoE, tuned, B200 or B300, software since 2026.4; else 1",
    provenance="extension",
)
def expert_gain(
    moe_layers: number, software_level: number, generation: number, software_date: year, expert_gain_2026: number
) -> number:
    """Gain of grouped products and token permutation in software of mid-2026 on Blackwell."""
    if moe_layers > 0.0 and software_level >= 1.0 and 4.0 <= generation <= 5.0 and software_date >= 2026.4:
        return 1.0 * expert_gain_2026
    return 1.0


@equation(
    valid="(0, inf)",
    source=FITTED + "; padding to whole tiles of 256",
    formula="w = expert width / t: matrix_rate min(1, gain w / (w + half) tile)",
    provenance="extension",
)
def grouped_rate(
    matrix_rate: FLOP_per_s,
    expert_gain: number,
    expert_ffn_size: number,
    hidden_size: number,
    tensor_parallel: number,
    half_rate_expert_width: number,
) -> FLOP_per_s:
    """Rate of the experts' grouped products.

    Narrow experts run slowly. That of dense products where there is no expert.
    """
    if expert_ffn_size <= 0.0:
        return 1.0 * matrix_rate
    width = expert_ffn_size / tensor_parallel
    padded = np.ceil(hidden_size / 256.0) * 256.0 * np.ceil(width / 256.0) * 256.0
    share = expert_gain * width / (width + half_rate_expert_width) * hidden_size * width / padded
    return matrix_rate * np.minimum(share, 1.0)


@equation(
    valid="(0, inf)",
    source="links sustain a share of their nominal bandwidth; " + FITTED,
    formula="scale_up_bandwidth scale_up_efficiency",
    provenance="extension",
)
def sustained_scale_up(scale_up_bandwidth: B_per_s, scale_up_efficiency: number) -> B_per_s:
    """Bandwidth that one device reaches inside its fast domain, one direction."""
    return scale_up_bandwidth * scale_up_efficiency


@equation(
    valid="(0, inf)",
    source="networks sustain a share of their nominal bandwidth; " + FITTED,
    formula="scale_out_bandwidth scale_out_efficiency",
    provenance="extension",
)
def sustained_scale_out(scale_out_bandwidth: B_per_s, scale_out_efficiency: number) -> B_per_s:
    """Bandwidth that one device reaches to other fast domains, one direction."""
    return scale_out_bandwidth * scale_out_efficiency


@equation(
    valid="(0, inf)",
    source="data sheets give both directions together",
    formula="interconnect_bandwidth / 2, or scale_out_bandwidth where it is not known",
    provenance="extension",
)
def scale_up_bandwidth(interconnect_bandwidth: B_per_s, scale_out_bandwidth: B_per_s) -> B_per_s:
    """Bandwidth of one accelerator to the others of its fast domain, one direction.

    NVLink, Infinity Fabric, the links of a TPU mesh; PCIe where there is nothing else. A device without known
    links talks over the network between servers.
    """
    if np.isnan(interconnect_bandwidth):
        return 1.0 * scale_out_bandwidth
    return 0.5 * interconnect_bandwidth


@equation(valid="(0, inf)", source="Micikevicius et al. 2018 (mixed precision)", formula="4 for tf32 and fp32, else 2")
def element_bytes(precision: number) -> B:
    """Bytes of one weight or activation.

    With formats of 8 and 4 bits matrix products alone are quantised; weights and activations are still kept and
    sent in 16 bits.
    """
    if precision == 3.0 or precision == 4.0:
        return 4.0
    return 2.0


@equation(valid="(0, 32]", source="definition", formula="32 tf32, fp32; 8 fp8, mxfp8, int8; 4 nvfp4; else 16")
def operand_bits(precision: number) -> bit:
    """Width of the operands of the linear layers' matrix products."""
    if precision == 3.0 or precision == 4.0:
        return 32.0
    if precision == 8.0:
        return 4.0
    if precision >= 5.0:
        return 8.0
    return 16.0
