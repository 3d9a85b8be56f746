"""Peak rate and power of one accelerator with its share of the server."""

import numpy as np

from carbonsweep.kernels.registry import equals, equation
from carbonsweep.kernels.units import GB, TB, FLOP_per_s, W, W_per_GB, W_per_TB, device, number, s


@equation(
    valid="(0, inf)",
    source="data sheets, through the catalog of accelerators",
    formula="bf16, else fp16; that of fp16 where it is asked for",
)
def peak_flops_16bit(precision: number, peak_flops_bf16: FLOP_per_s, peak_flops_fp16: FLOP_per_s) -> FLOP_per_s:
    """Dense peak rate of one accelerator in 16 bits."""
    if precision == 2.0:
        return 1.0 * peak_flops_fp16
    if np.isnan(peak_flops_bf16) and precision != 1.0:
        return 1.0 * peak_flops_fp16
    return 1.0 * peak_flops_bf16


@equation(
    source="data sheets, through the catalog of accelerators",
    formula="int8 where it is asked for, else fp8",
)
def peak_flops_8bit(precision: number, peak_flops_fp8: FLOP_per_s, peak_flops_int8: FLOP_per_s) -> FLOP_per_s:
    """Dense peak rate of one accelerator in 8 bits."""
    return 1.0 * peak_flops_int8 if precision == 6.0 else 1.0 * peak_flops_fp8


equals(
    "peak_flops_4bit",
    "peak_flops_fp4",
    FLOP_per_s,
    "Dense peak rate of one accelerator in 4 bits.",
    source="data sheets, through the catalog of accelerators",
)


@equation(
    valid="(0, inf)",
    source="data sheets, through the catalog of accelerators",
    formula="tf32 or fp32 where they are asked for, else that of 16 bits",
)
def unquantised_peak_flops(
    precision: number, peak_flops_16bit: FLOP_per_s, peak_flops_tf32: FLOP_per_s, peak_flops_fp32: FLOP_per_s
) -> FLOP_per_s:
    """Dense peak rate of everything that trainings in 8 or 4 bits do not quantise: attention, head, router.

    NaN where the device has no such unit.
    """
    if precision == 3.0:
        return 1.0 * peak_flops_tf32
    if precision == 4.0:
        return 1.0 * peak_flops_fp32
    return 1.0 * peak_flops_16bit


@equation(
    valid="(0, inf)",
    source="data sheets, through the catalog of accelerators",
    formula="the peak rate of the chosen precision; half = bf16, else fp16",
)
def peak_flops(
    precision: number,
    unquantised_peak_flops: FLOP_per_s,
    peak_flops_8bit: FLOP_per_s,
    peak_flops_4bit: FLOP_per_s,
) -> FLOP_per_s:
    """Dense peak rate of one accelerator at the chosen precision.

    NaN where the device has no unit for that precision. Sparsity multipliers are not applied.
    """
    if precision < 5.0:
        return 1.0 * unquantised_peak_flops
    rate = peak_flops_4bit if precision == 8.0 else peak_flops_8bit
    return 1.0 * rate if rate > 0.0 else np.nan


@equation(
    source="LLMCarbon Eq. 8 (CPUs, memories, SSDs); Cloud Carbon Footprint power densities",
    formula="(server_cpus cpu_power + server_dram dram_power_density + server_ssd ssd_power_density) / node",
    variant="llmcarbon",
    provenance="extension",
)
def host_power(
    server_cpus: number,
    cpu_power: W,
    server_dram: GB,
    dram_power_density: W_per_GB,
    server_ssd: TB,
    ssd_power_density: W_per_TB,
    devices_per_node: device,
) -> W:
    """Share of one accelerator in the mean power of the rest of its server.

    LLMCarbon publishes no component powers; these are documented substitutes. Fans, network and power
    supplies are left out.
    """
    return (
        server_cpus * cpu_power + server_dram * dram_power_density + server_ssd * ssd_power_density
    ) / devices_per_node


@equation(
    source="LLMCarbon Eq. 8 (CPUs, memories, SSDs); Cloud Carbon Footprint power densities",
    formula="(server_cpus cpu_power + server_dram dram_power_density + server_ssd ssd_power_density) / n, 0 if in TDP",
    quantity="host_power",
    variant="server",
    provenance="extension",
)
def host_power_of_server(
    server_cpus: number,
    cpu_power: W,
    server_dram: GB,
    dram_power_density: W_per_GB,
    server_ssd: TB,
    ssd_power_density: W_per_TB,
    server_devices: device,
    tdp_includes_host: number,
) -> W:
    """Share of one accelerator in the mean power of the rest of its server.

    Nothing where the design power of a superchip holds its processor and memory. Fans, network and power supplies are
    left out.
    """
    if tdp_includes_host > 0.0:
        return 0.0
    host = server_cpus * cpu_power + server_dram * dram_power_density + server_ssd * ssd_power_density
    return host / server_devices


@equation(
    valid="(0, inf)",
    source="LLMCarbon Eq. 8",
    formula="thermal_design_power * power_fraction + host_power",
    provenance="extension",
)
def component_power(thermal_design_power: W, power_fraction: number, host_power: W) -> W:
    """Mean power for each accelerator, summed over the parts of its server.

    NaN where the design power is not known.
    """
    return thermal_design_power * power_fraction + host_power


@equation(
    valid="(0, inf)",
    source="authors' code of LLMCarbon (avg. system power); LLMCarbon Eq. 8 elsewhere",
    formula="listed_device_power if known, else component_power",
    variant="measured_or_components",
)
def device_power(listed_device_power: W, component_power: W) -> W:
    """Mean power for each accelerator, host share included.

    The power listed is what the authors' validation uses, whatever it is the power of: devices of different bases do
    not compare. NaN where neither is known.
    """
    if np.isnan(listed_device_power):
        return 1.0 * component_power
    return 1.0 * listed_device_power


equals(
    "device_power",
    "measured_device_power",
    W,
    "Measured mean power for each accelerator, host share included.",
    notes="NaN where none is known.",
    valid="(0, inf)",
    variant="measured",
    source="authors' code of LLMCarbon (avg. system power)",
)


equals(
    "device_power",
    "component_power",
    W,
    "Mean power for each accelerator, summed over the parts of its server.",
    notes="NaN where the design power is not known.",
    valid="(0, inf)",
    variant="components",
    source="LLMCarbon Eq. 8",
    provenance="extension",
)


equals(
    "device_power",
    "thermal_design_power",
    W,
    "Design power of the accelerator, taken as its mean power without a host share.",
    notes="NaN where it is not known.",
    valid="(0, inf)",
    variant="tdp",
    source="CO2EQ notebook of LLMCarbon's authors",
)


@equation(
    valid="[0, 1]",
    source="this project: the rest of a step is bubble, communication and idle devices",
    formula="m stage_work_time / step_time x (n - idle) / n, NaN if infeasible",
    provenance="extension",
)
def device_utilisation(
    microbatches: number, stage_work_time: s, step_time: s, devices: device, idle_devices: device, infeasibility: number
) -> number:
    """Share of a step in which the devices compute or move memory.

    Of the slowest stage, whose work no other exceeds. Time outside the predicted steps (goodput) is taken to
    draw as much power as they do: most of it is slower work, not rest.
    """
    if infeasibility != 0.0:
        return np.nan
    return microbatches * stage_work_time / step_time * (devices - idle_devices) / devices


@equation(
    valid="(0, inf)",
    source="Fan, Weber and Barroso 2007 (power of a server against its utilisation)",
    formula="idle + (thermal_design_power power_fraction - idle) (2 u - u^1.4) + host_power",
    quantity="device_power",
    variant="utilisation",
    provenance="extension",
)
def device_power_utilisation(
    thermal_design_power: W,
    power_fraction: number,
    idle_device_power: W,
    idle_fraction: number,
    device_utilisation: number,
    host_power: W,
) -> W:
    """Mean power for each accelerator between idle and design power, host share included.

    The curve was measured on servers of one processor generation; for accelerators it is an assumption. It
    gives 214 W for GPT-3 on V100 (330 measured, where devices wait half of the time) and 299 W for XLM on V100 (342
    measured): a lower bound. Idle power from the catalog where it is known, else idle_fraction of the design power.
    """
    idle = idle_fraction * thermal_design_power
    if not np.isnan(idle_device_power):
        idle = 1.0 * idle_device_power
    curve = 2.0 * device_utilisation - device_utilisation**1.4
    return idle + (thermal_design_power * power_fraction - idle) * curve + host_power
