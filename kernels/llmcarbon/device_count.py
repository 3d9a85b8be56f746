"""The number of devices and the batch with which training is most efficient: LLMCarbon's regressions.

Both are fitted on the ten runs of Megatron-LM Table 1 (Narayanan et al. 2021), 1.7 to 1008 billion
parameters.
"""

import numpy as np

from carbonsweep.kernels.registry import equals, equation
from carbonsweep.kernels.units import GB, device, number, parameter, sequence


@equation(
    valid="(0, inf)",
    source="LLMCarbon Dense_Graphs notebook, refitted on Megatron-LM Table 1",
    formula="n = t p rint(n_fit(P) / (t p)) * device_count_factor, n_fit linear for small P, else quadratic",
    variant="second_generation",
)
def optimal_devices(
    sizing_parameters: parameter,
    optimal_tensor_parallel: number,
    minimum_pipeline_parallel: number,
    device_count_factor: number,
) -> device:
    """Devices with which training is most efficient.

    A multiple of t p, at least t p. NaN above 1.01e12 parameters, constant below 0.5e9. The linear fit
    holds below 20 billion parameters only: devices with more memory than those fitted on use the
    quadratic one above.
    """
    if sizing_parameters > 1.01e12:
        return np.nan
    size = np.maximum(sizing_parameters, 0.5e9)
    if minimum_pipeline_parallel <= 1.0 and size < 20e9:
        fit = 1.31381254e-08 * size + 1.77462653e01
    else:
        fit = (-3.48420436e-21 * size + 6.13525744e-09) * size + 3.91960713e02
    group = optimal_tensor_parallel * minimum_pipeline_parallel
    groups = np.rint(np.rint(fit / group) * device_count_factor)
    return np.maximum(groups, 1.0) * group


@equation(
    valid="(0, inf)",
    source="authors' code of LLMCarbon, refitted on Megatron-LM Table 1",
    formula="n = t p rint(n_fit(P) / (t p)) * device_count_factor, n_fit quadratic",
    quantity="optimal_devices",
    variant="first_generation",
)
def optimal_devices_first_generation(
    sizing_parameters: parameter,
    optimal_tensor_parallel: number,
    minimum_pipeline_parallel: number,
    device_count_factor: number,
) -> device:
    """Devices with which training is most efficient, by the older regression.

    Fitted above 70 billion parameters: about 800 devices for any small model. A multiple of t p. NaN
    above 1.01e12 parameters, constant below 0.5e9.
    """
    if sizing_parameters > 1.01e12:
        return np.nan
    size = np.maximum(sizing_parameters, 0.5e9)
    fit = (-2.12910565e-21 * size + 4.39684339e-09) * size + 7.99173057e02
    group = optimal_tensor_parallel * minimum_pipeline_parallel
    groups = np.rint(np.rint(fit / group) * device_count_factor)
    return np.maximum(groups, 1.0) * group


@equation(
    valid="(0, inf)",
    source="authors' code of LLMCarbon, predict_num_throughput",
    formula="n = t p rint(n_fit(P) / (t p)); not 80 GB: rint(2.5 n); 40 GB: twice that",
    quantity="optimal_devices",
    variant="bug_compatible",
)
def optimal_devices_bug_compatible(
    sizing_parameters: parameter, optimal_tensor_parallel: number, minimum_pipeline_parallel: number, device_memory: GB
) -> device:
    """Devices with which training is most efficient, exactly as the authors' code has it.

    Any memory but 80 GB is a V100, a 40 GB A100 counts five times, and the result need not be a multiple
    of t p. No guard: negative above 2.2e12 parameters.
    """
    size = sizing_parameters / 1e9 * 1e9
    fit = (-2.12910565e-21 * size + 4.39684339e-09) * size + 7.99173057e02
    group = optimal_tensor_parallel * minimum_pipeline_parallel
    number = np.rint(fit / group) * group
    if device_memory != 80.0:
        number = np.rint(number * 2.5)
    if device_memory == 40.0:
        number = number * 2.0
    return number


for _variant in ("optimal", "llmcarbon", "bug_compatible"):
    equals(
        "devices",
        "optimal_devices",
        device,
        "Accelerators that train the model.",
        notes="The optimal number unless given.",
        valid="(0, inf)",
        variant=_variant,
        source="LLMCarbon Section 5: the optimum unless given",
    )


@equation(
    valid="(0, inf)",
    source="LLMCarbon Dense_Graphs notebook, refitted on Megatron-LM Table 1",
    formula="B = p d rint(n exp(0.0418642 ln(P)^2 - 2.46672581 ln P + 36.14288189) / (p d))",
    variant="second_generation",
)
def optimal_batch(sizing_parameters: parameter, optimal_devices: device, optimal_tensor_parallel: number) -> sequence:
    """Global batch at the optimum.

    A multiple of p d = n / t. NaN above 1.01e12 parameters, constant density below 0.5e9.
    """
    if sizing_parameters > 1.01e12:
        return np.nan
    log_size = np.log(np.maximum(sizing_parameters, 0.5e9))
    density = np.exp((0.0418642 * log_size - 2.46672581) * log_size + 36.14288189)
    group = optimal_devices / optimal_tensor_parallel
    return np.maximum(np.rint(optimal_devices * density / group), 1.0) * group


@equation(
    valid="(0, inf)",
    source="LLMCarbon CO2EQ notebook, refitted on Megatron-LM Table 1",
    formula="B = 512 if p = 1 else max(8 rint(B_fit(p) / 8), n)",
    quantity="optimal_batch",
    variant="first_generation",
)
def optimal_batch_first_generation(minimum_pipeline_parallel: number, optimal_devices: device) -> sequence:
    """Global batch at the optimum, by the older regression on the number of stages.

    Fitted up to 64 stages, negative above 144 (the number of devices then holds). 512 without a pipeline,
    as in the notebook.
    """
    stages = minimum_pipeline_parallel
    if stages <= 1.0:
        return 512.0
    fit = (-4.29439186e-01 * stages + 5.21376002e01) * stages + 1.43737095e03
    return np.maximum(np.rint(fit / 8.0) * 8.0, optimal_devices)


@equation(
    valid="(0, inf)",
    source="authors' code of LLMCarbon, predict_num_throughput",
    formula="B = max(512 if p = 1 else 8 rint(B_fit(p) / 8), n)",
    quantity="optimal_batch",
    variant="bug_compatible",
)
def optimal_batch_bug_compatible(minimum_pipeline_parallel: number, optimal_devices: device) -> sequence:
    """Global batch at the optimum, exactly as the authors' code has it.

    Raised to the number of devices even without a pipeline.
    """
    stages = minimum_pipeline_parallel
    if stages == 1.0:
        batch = 512.0
    else:
        fit = (-4.29439186e-01 * stages + 5.21376002e01) * stages + 1.43737095e03
        batch = np.rint(fit / 8.0) * 8.0
    return np.maximum(batch, optimal_devices)
