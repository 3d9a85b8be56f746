"""Attention kernels of training: which class a device has at a date, and how fast it is."""

import numpy as np

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import FLOP_per_s, number, year


def hopper_kernel(software_date):
    """On H100: scores through memory, first ports, FlashAttention-2, then FlashAttention-3 and cuDNN."""
    if software_date < 2022.8:
        return 1.0
    if software_date <= 2023.5:
        return 3.0
    if software_date < 2024.6:
        return 4.0
    return 5.0


@equation(
    valid="[1, 9]",
    source="FlashAttention 1 to 3 (Dao et al. 2022, 2023; Shah et al. 2024), cuDNN, Pallas and AITER by their dates",
    formula="attention_kernel; auto: by generation and software_date; 1 is unfused",
    provenance="assumed",
)
def attention_class(
    attention_kernel: number, generation: number, software_date: year, fused_attention_kernel: number
) -> number:
    """Class of the attention kernel, as the position of its name among those of attention_kernel.

    Before 2023 scores went through memory, except on TPUs. Devices of other makers are taken to run like the A100
    if they have a fused kernel at all.
    """
    if attention_kernel >= 1.0:
        return 1.0 * attention_kernel
    if 6.0 <= generation <= 11.0:
        return 8.0
    if generation == 3.0:
        return hopper_kernel(software_date)
    if software_date < 2023.0 or fused_attention_kernel < 1.0 or generation == 1.0:
        return 1.0
    if generation == 4.0:
        return 6.0
    if generation == 5.0:
        return 7.0
    if generation >= 12.0:
        return 9.0
    return 2.0


@equation(valid="[0, 1]", source="Dao et al. 2022", formula="0 if the class is unfused, else 1")
def fused_attention(attention_class: number) -> number:
    """Whether the attention kernel keeps scores out of memory."""
    return 0.0 if attention_class == 1.0 else 1.0


@equation(
    source="fitted on measured training steps by benchmarks/fit_step.py; FlashAttention papers",
    formula="constant of the class",
    provenance="extension",
)
def hopper_attention_share(
    attention_class: number,
    attention_share_h100_first: number,
    attention_share_h100_fa2: number,
    attention_share_h100_own: number,
) -> number:
    """Share of the 16-bit peak that attention kernels of H100 reach; NaN for other classes."""
    if attention_class == 3.0:
        return 1.0 * attention_share_h100_first
    if attention_class == 4.0:
        return 1.0 * attention_share_h100_fa2
    if attention_class == 5.0:
        return 1.0 * attention_share_h100_own
    return np.nan


@equation(
    valid="(0, 1]",
    source="fitted on measured training steps by benchmarks/fit_step.py; FlashAttention papers",
    formula="constant of the class",
    provenance="extension",
)
def fused_attention_efficiency(
    attention_class: number,
    hopper_attention_share: number,
    attention_share_a100: number,
    attention_share_b200_own: number,
    b300_attention_gain: number,
    attention_share_tpu: number,
    attention_share_cdna: number,
) -> number:
    """Share of the 16-bit peak that a fused attention kernel reaches.

    Attention stays in 16 bits in trainings of lower precision.
    """
    if not np.isnan(hopper_attention_share):
        return 1.0 * hopper_attention_share
    if attention_class == 6.0:
        return 1.0 * attention_share_b200_own
    if attention_class == 7.0:
        return np.minimum(attention_share_b200_own * b300_attention_gain, 1.0)
    if attention_class == 8.0:
        return 1.0 * attention_share_tpu
    if attention_class == 9.0:
        return 1.0 * attention_share_cdna
    return 1.0 * attention_share_a100


@equation(
    valid="(0, inf)",
    source="Dao et al. 2022, 2023",
    formula="fused: peak fused_attention_efficiency; unfused: matrix_rate_16",
    provenance="extension",
)
def attention_rate(
    fused_attention: number,
    unquantised_peak_flops: FLOP_per_s,
    fused_attention_efficiency: number,
    matrix_rate_16: FLOP_per_s,
) -> FLOP_per_s:
    """Rate of attention scores and weighted values."""
    if fused_attention >= 1.0:
        return unquantised_peak_flops * fused_attention_efficiency
    return 1.0 * matrix_rate_16
