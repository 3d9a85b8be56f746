"""What accelerator and network sustain, as the analytic model needs it."""

import numpy as np

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import B, B_per_s, FLOP_per_s, number


@equation(
    valid="(0, inf)",
    source="Bekman, Machine Learning Engineering (maximum achievable matrix products)",
    formula="peak_flops * matmul_fraction",
    provenance="extension",
)
def matrix_rate(peak_flops: FLOP_per_s, matmul_fraction: number) -> FLOP_per_s:
    """Rate that large matrix products sustain on one accelerator.

    The fraction measured in half precision is applied to every precision.
    """
    return peak_flops * matmul_fraction


@equation(
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

    With fp8 and int8 matrix products weights and activations are still kept and sent in 16 bits.
    """
    if precision == 3.0 or precision == 4.0:
        return 4.0
    return 2.0
