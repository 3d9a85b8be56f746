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
