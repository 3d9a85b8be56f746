"""Peak rate and power of one accelerator with its share of the server."""

from __future__ import annotations

import numpy as np

from carbonsweep.kernels.registry import equation


@equation(
    unit="FLOP/s",
    valid="(0, inf)",
    source="data sheets, through the catalog of accelerators",
    formula="the peak rate of the chosen precision; half = bf16, else fp16",
)
def peak_flops(
    precision,
    peak_flops_bf16,
    peak_flops_fp16,
    peak_flops_tf32,
    peak_flops_fp32,
    peak_flops_fp8,
    peak_flops_int8,
):
    """Dense peak rate of one accelerator at the chosen precision.

    Parameters
    ----------
    precision : 1
    peak_flops_bf16 : FLOP/s
    peak_flops_fp16 : FLOP/s
    peak_flops_tf32 : FLOP/s
    peak_flops_fp32 : FLOP/s
    peak_flops_fp8 : FLOP/s
    peak_flops_int8 : FLOP/s

    Returns
    -------
    FLOP/s

    Notes
    -----
    NaN where the device has no unit for that precision. Sparsity multipliers are not applied.
    """
    if precision == 0.0:
        if np.isnan(peak_flops_bf16):
            return 1.0 * peak_flops_fp16
        return 1.0 * peak_flops_bf16
    if precision == 1.0:
        return 1.0 * peak_flops_bf16
    if precision == 2.0:
        return 1.0 * peak_flops_fp16
    if precision == 3.0:
        return 1.0 * peak_flops_tf32
    if precision == 4.0:
        return 1.0 * peak_flops_fp32
    if precision == 5.0:
        return 1.0 * peak_flops_fp8
    if precision == 6.0:
        return 1.0 * peak_flops_int8
    return np.nan


@equation(
    unit="W",
    source="LLMCarbon Eq. 8 (CPUs, memories, SSDs); Cloud Carbon Footprint power densities",
    formula="(server_cpus cpu_power + server_dram dram_power_density + server_ssd ssd_power_density) / node",
    provenance="extension",
)
def host_power(
    server_cpus,
    cpu_power,
    server_dram,
    dram_power_density,
    server_ssd,
    ssd_power_density,
    devices_per_node,
):
    """Share of one accelerator in the mean power of the rest of its server.

    Parameters
    ----------
    server_cpus : 1
    cpu_power : W
    server_dram : GB
    dram_power_density : W/GB
    server_ssd : TB
    ssd_power_density : W/TB
    devices_per_node : device

    Returns
    -------
    W

    Notes
    -----
    LLMCarbon publishes no component powers; these are documented substitutes. Fans, network and power
    supplies are left out.
    """
    return (
        server_cpus * cpu_power + server_dram * dram_power_density + server_ssd * ssd_power_density
    ) / devices_per_node


@equation(
    unit="W",
    valid="(0, inf)",
    source="LLMCarbon Eq. 8",
    formula="thermal_design_power * power_fraction + host_power",
    provenance="extension",
)
def component_power(thermal_design_power, power_fraction, host_power):
    """Mean power for each accelerator, summed over the parts of its server.

    Parameters
    ----------
    thermal_design_power : W
    power_fraction : 1
    host_power : W

    Returns
    -------
    W

    Notes
    -----
    NaN where the design power is not known.
    """
    return thermal_design_power * power_fraction + host_power


@equation(
    unit="W",
    valid="(0, inf)",
    source="authors' code of LLMCarbon (avg. system power); LLMCarbon Eq. 8 elsewhere",
    formula="measured_device_power if known, else component_power",
    variant="measured_or_components",
)
def device_power(measured_device_power, component_power):
    """Mean power for each accelerator, host share included.

    Parameters
    ----------
    measured_device_power : W
    component_power : W

    Returns
    -------
    W

    Notes
    -----
    Measured power is what the authors' validation uses. NaN where neither is known.
    """
    if np.isnan(measured_device_power):
        return 1.0 * component_power
    return 1.0 * measured_device_power


@equation(
    unit="W",
    valid="(0, inf)",
    source="authors' code of LLMCarbon (avg. system power)",
    formula="device_power = measured_device_power",
    quantity="device_power",
    variant="measured",
)
def device_power_measured(measured_device_power):
    """Measured mean power for each accelerator, host share included.

    Parameters
    ----------
    measured_device_power : W

    Returns
    -------
    W

    Notes
    -----
    NaN where none is known.
    """
    return 1.0 * measured_device_power


@equation(
    unit="W",
    valid="(0, inf)",
    source="LLMCarbon Eq. 8",
    formula="device_power = component_power",
    quantity="device_power",
    variant="components",
    provenance="extension",
)
def device_power_components(component_power):
    """Mean power for each accelerator, summed over the parts of its server.

    Parameters
    ----------
    component_power : W

    Returns
    -------
    W

    Notes
    -----
    NaN where the design power is not known.
    """
    return 1.0 * component_power


@equation(
    unit="W",
    valid="(0, inf)",
    source="CO2EQ notebook of LLMCarbon's authors",
    formula="device_power = thermal_design_power",
    quantity="device_power",
    variant="tdp",
)
def device_power_tdp(thermal_design_power):
    """Design power of the accelerator, taken as its mean power without a host share.

    Parameters
    ----------
    thermal_design_power : W

    Returns
    -------
    W

    Notes
    -----
    NaN where it is not known.
    """
    return 1.0 * thermal_design_power


@equation(
    unit="1",
    valid="[0, 1]",
    source="this project: the rest of a step is bubble, communication and idle devices",
    formula="m stage_work_time / step_time x (n - idle) / n, NaN if infeasible",
    provenance="extension",
)
def device_utilisation(microbatches, stage_work_time, step_time, devices, idle_devices, infeasibility):
    """Share of a step in which the devices compute or move memory.

    Parameters
    ----------
    microbatches : 1
    stage_work_time : s
    step_time : s
    devices : device
    idle_devices : device
    infeasibility : 1

    Returns
    -------
    1

    Notes
    -----
    Of the slowest stage, whose work no other exceeds. Time outside the predicted steps (goodput) is taken to
    draw as much power as they do: most of it is slower work, not rest.
    """
    if infeasibility != 0.0:
        return np.nan
    return microbatches * stage_work_time / step_time * (devices - idle_devices) / devices


@equation(
    unit="W",
    valid="(0, inf)",
    source="Fan, Weber and Barroso 2007 (power of a server against its utilisation)",
    formula="idle + (thermal_design_power power_fraction - idle) (2 u - u^1.4) + host_power",
    quantity="device_power",
    variant="utilisation",
    provenance="extension",
)
def device_power_utilisation(
    thermal_design_power, power_fraction, idle_device_power, idle_fraction, device_utilisation, host_power
):
    """Mean power for each accelerator between idle and design power, host share included.

    Parameters
    ----------
    thermal_design_power : W
    power_fraction : 1
    idle_device_power : W
    idle_fraction : 1
    device_utilisation : 1
    host_power : W

    Returns
    -------
    W

    Notes
    -----
    The curve was measured on servers of one processor generation; for accelerators it is an assumption. It
    gives 301 W for GPT-3 on V100 (330 measured) and 326 W for XLM on V100 (342 measured). Idle
    power from the catalog where it is known, else idle_fraction of the design power.
    """
    idle = idle_fraction * thermal_design_power
    if not np.isnan(idle_device_power):
        idle = 1.0 * idle_device_power
    curve = 2.0 * device_utilisation - device_utilisation**1.4
    return idle + (thermal_design_power * power_fraction - idle) * curve + host_power
