"""Number formats of weights, experts and cache: bytes, and the rate of matrix products in them."""

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import B, FLOP_per_s, number

SCALES = "OCP Microscaling Formats 1.0 (mxfp4: a scale of 8 bits for 32); NVIDIA (fp4: 8 bits for 16); AWQ (int4)"


def format_bytes(number_format):
    """Bytes of a number with its share of the scales: bf16, fp8, int8, int4, fp4, mxfp4."""
    if number_format == 0.0:
        return 2.0
    if number_format <= 2.0:
        return 1.0
    if number_format == 3.0:
        return 0.56
    if number_format == 4.0:
        return 0.5625
    return 0.53


def format_rate(number_format, rate_16bit, rate_fp8, rate_int8, rate_fp4):
    """Peak rate of products with weights in a format; int4, and mxfp4 where there is no fp4, are widened to 16 bits."""
    if number_format == 1.0:
        return 1.0 * rate_fp8
    if number_format == 2.0:
        return 1.0 * rate_int8
    if number_format == 4.0:
        return 1.0 * rate_fp4
    if number_format == 5.0 and rate_fp4 > 0.0:
        return 1.0 * rate_fp4
    return 1.0 * rate_16bit


def format_share(number_format, rate_fp4, share_16bit, share_8bit, share_4bit):
    """Share of that peak that a pass reaches."""
    if number_format == 1.0 or number_format == 2.0:
        return 1.0 * share_8bit
    if number_format == 4.0 or (number_format == 5.0 and rate_fp4 > 0.0):
        return 1.0 * share_4bit
    return 1.0 * share_16bit


def of_experts(expert_format, weight_format):
    """The format of experts: their own, or that of the other weights."""
    return expert_format if expert_format < 6.0 else weight_format


@equation(valid="(0, inf)", source=SCALES, formula="2, 1, 1, 0.56, 0.5625, 0.53", provenance="recalled")
def weight_bytes(weight_format: number) -> B:
    """Bytes of one weight, its share of the scales included."""
    return format_bytes(weight_format)


@equation(valid="(0, inf)", source=SCALES, formula="weight_bytes of the experts' format", provenance="recalled")
def expert_bytes(expert_format: number, weight_format: number) -> B:
    """Bytes of one weight of a routed expert."""
    return format_bytes(of_experts(expert_format, weight_format))


@equation(valid="(0, inf)", source="definition", formula="2 (bf16), 1 (fp8)")
def cache_bytes(kv_format: number) -> B:
    """Bytes of one number of the key-value cache."""
    return 2.0 if kv_format == 0.0 else 1.0


@equation(
    valid="(0, inf)",
    source="data sheets, through the catalog of accelerators",
    formula="peak in the format; int4, and mxfp4 without fp4, in 16 bits",
    provenance="extension",
)
def weight_peak_flops(
    weight_format: number,
    peak_flops_16bit: FLOP_per_s,
    peak_flops_fp8: FLOP_per_s,
    peak_flops_int8: FLOP_per_s,
    peak_flops_fp4: FLOP_per_s,
) -> FLOP_per_s:
    """Peak rate of products with the weights.

    NaN where the device lacks the format. Weights of four bits are widened where it has no such products.
    """
    return format_rate(weight_format, peak_flops_16bit, peak_flops_fp8, peak_flops_int8, peak_flops_fp4)


@equation(
    valid="(0, inf)",
    source="data sheets, through the catalog of accelerators",
    formula="weight_peak_flops of the experts' format",
    provenance="extension",
)
def expert_peak_flops(
    expert_format: number,
    weight_format: number,
    peak_flops_16bit: FLOP_per_s,
    peak_flops_fp8: FLOP_per_s,
    peak_flops_int8: FLOP_per_s,
    peak_flops_fp4: FLOP_per_s,
) -> FLOP_per_s:
    """Peak rate of products with the routed experts."""
    own = of_experts(expert_format, weight_format)
    return format_rate(own, peak_flops_16bit, peak_flops_fp8, peak_flops_int8, peak_flops_fp4)


@equation(
    valid="(0, inf)",
    source="this project, on measured serving",
    formula="weight_peak_flops clock_fraction share",
    provenance="extension",
)
def weight_rate(
    weight_peak_flops: FLOP_per_s,
    weight_format: number,
    peak_flops_fp4: FLOP_per_s,
    serving_clock_fraction: number,
    serving_rate_16bit: number,
    serving_rate_8bit: number,
    serving_rate_4bit: number,
) -> FLOP_per_s:
    """Rate that products with the weights reach in a pass."""
    share = format_share(weight_format, peak_flops_fp4, serving_rate_16bit, serving_rate_8bit, serving_rate_4bit)
    return weight_peak_flops * serving_clock_fraction * share


@equation(
    valid="(0, inf)",
    source="this project, on measured serving",
    formula="expert_peak_flops clock_fraction share serving_expert_rate",
    provenance="extension",
)
def expert_rate(
    expert_peak_flops: FLOP_per_s,
    expert_format: number,
    weight_format: number,
    peak_flops_fp4: FLOP_per_s,
    serving_clock_fraction: number,
    serving_rate_16bit: number,
    serving_rate_8bit: number,
    serving_rate_4bit: number,
    serving_expert_rate: number,
) -> FLOP_per_s:
    """Rate that products with routed experts reach in a pass.

    Lower than that of others: each expert has few of the tokens, and devices wait for the one with most.
    """
    own = of_experts(expert_format, weight_format)
    share = format_share(own, peak_flops_fp4, serving_rate_16bit, serving_rate_8bit, serving_rate_4bit)
    return expert_peak_flops * serving_clock_fraction * share * serving_expert_rate
