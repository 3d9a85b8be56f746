"""Hardware efficiency: the share of the peak rate that training reaches, at and off the optimum."""

import numpy as np

from carbonsweep.kernels.registry import equals, equation
from carbonsweep.kernels.units import FLOP, GB, FLOP_per_s, device, number, parameter, s, sequence, token


@equation(
    valid="(0, 1]",
    source="this project, fitted on Megatron-LM Table 1 (Narayanan et al. 2021)",
    formula="training_flops / tokens x s B / (step_time peak_flops devices), NaN if infeasible",
    variant="analytic",
    provenance="extension",
)
def hardware_efficiency(
    training_flops: FLOP,
    tokens: token,
    sequence_length: token,
    global_batch: sequence,
    step_time: s,
    peak_flops: FLOP_per_s,
    devices: device,
    infeasibility: number,
) -> number:
    """Share of the peak rate that training reaches.

    From the time of one step of the layout. It counts operations as training_flops does, so that the time of
    training is right whichever way that counts; model_flops_utilisation counts layer by layer.
    """
    if infeasibility != 0.0:
        return np.nan
    return training_flops / tokens * sequence_length * global_batch / (step_time * peak_flops * devices)


@equation(
    valid="(0, 1]",
    source="authors' code of LLMCarbon, refitted on Megatron-LM Table 1; LLMCarbon Section 5 for experts",
    formula="X(P) / 312 TFLOP/s * relative_efficiency (* moe_relative_efficiency with experts)",
    variant="llmcarbon",
)
def optimal_efficiency(
    sizing_parameters: parameter,
    minimum_pipeline_parallel: number,
    relative_efficiency: number,
    experts: number,
    moe_relative_efficiency: number,
) -> number:
    """Hardware efficiency with the optimal number of devices.

    X is the throughput of an 80 GB A100: one quadratic without a pipeline, fitted below 20 billion
    parameters, one for all others, fitted from 18 billion to 1.008e12. NaN above 1.01e12, constant below
    0.5e9. Devices are told apart by relative_efficiency, not by memory size. The factor for experts is
    LLMCarbon, as recalled; unverified against the paper.
    """
    if sizing_parameters > 1.01e12:
        return np.nan
    size = np.maximum(sizing_parameters, 0.5e9)
    if minimum_pipeline_parallel <= 1.0 and size < 20e9:
        throughput = (-8.82079068e-20 * size + 1.68591116e-09) * size + 1.33954735e02
    else:
        throughput = (-5.60233749e-23 * size + 8.45435587e-11) * size + 1.34546129e02
    efficiency = throughput / 312.0 * relative_efficiency
    if experts > 0.0:
        efficiency = efficiency * moe_relative_efficiency
    if efficiency > 1.0:
        return np.nan
    return efficiency


@equation(
    valid="(0, 1]",
    source="authors' code of LLMCarbon, predict_num_throughput",
    formula="X(P) / 312 TFLOP/s; not 80 GB: times 1 - 7.76/33.46",
    quantity="optimal_efficiency",
    variant="bug_compatible",
)
def optimal_efficiency_bug_compatible(
    sizing_parameters: parameter, minimum_pipeline_parallel: number, device_memory: GB
) -> number:
    """Hardware efficiency with the optimal number of devices, exactly as the authors' code has it.

    Any memory but 80 GB is a V100; experts do not matter. No guard: negative without a pipeline above
    49.7 billion parameters and with one above 2.5e12.
    """
    size = sizing_parameters / 1e9 * 1e9
    if minimum_pipeline_parallel == 1.0:
        throughput = (-8.82079068e-20 * size + 1.68591116e-09) * size + 1.33954735e02
    else:
        throughput = (-5.60233749e-23 * size + 8.45435587e-11) * size + 1.34546129e02
    if device_memory != 80.0:
        throughput = throughput - throughput * (7.76 / 33.46)
    return throughput / 312.0


@equation(
    valid="(0, inf)",
    source="authors' code of LLMCarbon",
    formula="optimal_efficiency * peak_flops",
    variant="llmcarbon",
)
def optimal_throughput(optimal_efficiency: number, peak_flops: FLOP_per_s) -> FLOP_per_s:
    """Rate that one device reaches with the optimal number of devices.

    The efficiency of the half-precision fit is applied to whatever peak rate is chosen.
    """
    return optimal_efficiency * peak_flops


@equation(
    valid="(0, inf)",
    source="authors' code of LLMCarbon, predict_num_throughput",
    formula="X(P); not 80 GB: X(P) (1 - 7.76/33.46) / 312 * 125",
    quantity="optimal_throughput",
    variant="bug_compatible",
)
def optimal_throughput_bug_compatible(optimal_efficiency: number, device_memory: GB) -> FLOP_per_s:
    """Rate that one device reaches with the optimal number of devices, exactly as the authors' code has it.

    The peak rate is 312 TFLOP/s with 80 GB and 125 TFLOP/s with any other memory. Pin optimal_efficiency
    likewise.
    """
    if device_memory == 80.0:
        return optimal_efficiency * 312e12
    return optimal_efficiency * 125e12


@equation(
    valid="(0, 1]",
    source="LLMCarbon Eq. 6",
    formula="re < n: gamma0 (re/n) eff_n; re > n: gamma1 (n/re) eff_n + gamma2; at most eff_n",
    quantity="hardware_efficiency",
    variant="llmcarbon",
    provenance="recalled",
)
def hardware_efficiency_llmcarbon(
    devices: device,
    optimal_devices: device,
    optimal_efficiency: number,
    efficiency_gamma0: number,
    efficiency_gamma1: number,
    efficiency_gamma2: number,
) -> number:
    """Share of the peak rate that training reaches (model FLOPs utilisation).

    LLMCarbon, as recalled; unverified against the paper. The paper's gammas are not published: the
    defaults are calibrated here on two GPT-3 runs (16 A100 at 9.26 %, 10,000 V100 at 19.7 %), and the
    result is held to the optimal efficiency, which makes it flat just below the optimum.
    """
    if devices < optimal_devices:
        efficiency = efficiency_gamma0 * (devices / optimal_devices) * optimal_efficiency
    elif devices > optimal_devices:
        efficiency = efficiency_gamma1 * (optimal_devices / devices) * optimal_efficiency + efficiency_gamma2
    else:
        efficiency = 1.0 * optimal_efficiency
    return np.minimum(efficiency, optimal_efficiency)


@equation(
    valid="(0, 1]",
    source="this project, on the calibration points of LLMCarbon Eq. 6",
    formula="re < n: eff_n (re/n)^0.358188; re > n: gamma1 (n/re) eff_n + gamma2, at most eff_n",
    quantity="hardware_efficiency",
    variant="power_law",
    provenance="extension",
)
def hardware_efficiency_power_law(
    devices: device,
    optimal_devices: device,
    optimal_efficiency: number,
    efficiency_gamma1: number,
    efficiency_gamma2: number,
) -> number:
    """Share of the peak rate that training reaches, continuous below the optimum.

    The exponent joins 9.26 % of GPT-3 on 16 A100 with the predicted optimum. Above the optimum as Eq. 6.
    """
    if devices > optimal_devices:
        efficiency = efficiency_gamma1 * (optimal_devices / devices) * optimal_efficiency + efficiency_gamma2
        return np.minimum(efficiency, optimal_efficiency)
    return optimal_efficiency * (devices / optimal_devices) ** 0.358188


equals(
    "hardware_efficiency",
    "optimal_efficiency",
    number,
    "Share of the peak rate that training reaches if any number of devices does as well as the optimum.",
    notes="An upper bound of Eq. 6.",
    valid="(0, 1]",
    variant="optimal",
    source="authors' code of LLMCarbon",
)
