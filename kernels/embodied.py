"""Embodied carbon of training: the hardware's manufacturing carbon, charged by the share of its life used."""

from __future__ import annotations

from carbonsweep.kernels.registry import equation


@equation(
    unit="1",
    source="LLMCarbon's node layout",
    formula="servers = devices / devices_per_node",
)
def servers(devices, devices_per_node):
    """Servers that hold the accelerators.

    Parameters
    ----------
    devices : device
    devices_per_node : device

    Returns
    -------
    1

    Notes
    -----
    Not rounded: a share of a server is charged as that share.
    """
    return devices / devices_per_node


@equation(
    unit="1",
    source="LLMCarbon Eq. 12 (t_i / lifetime_i)",
    formula="training_days / (365 lifetime_years fleet_utilisation)",
)
def lifetime_share(training_days, lifetime_years, fleet_utilisation):
    """Share of the hardware's working life that training takes.

    Parameters
    ----------
    training_days : day
    lifetime_years : year
    fleet_utilisation : 1

    Returns
    -------
    1

    Notes
    -----
    Above 1 if training outlasts the hardware.
    """
    return training_days / (365.0 * lifetime_years * fleet_utilisation)


@equation(unit="kgCO2e", source="LLMCarbon Eq. 12", formula="devices * accelerator_unit_embodied * lifetime_share")
def accelerator_embodied_carbon(devices, accelerator_unit_embodied, lifetime_share):
    """Embodied carbon of training in the accelerators.

    Parameters
    ----------
    devices : device
    accelerator_unit_embodied : kgCO2e
    lifetime_share : 1

    Returns
    -------
    kgCO2e

    Notes
    -----
    Idle spares are not charged.
    """
    return devices * accelerator_unit_embodied * lifetime_share


@equation(unit="kgCO2e", source="LLMCarbon Eq. 12", formula="servers * cpu_unit_embodied * lifetime_share")
def cpu_embodied_carbon(servers, cpu_unit_embodied, lifetime_share):
    """Embodied carbon of training in CPUs.

    Parameters
    ----------
    servers : 1
    cpu_unit_embodied : kgCO2e
    lifetime_share : 1

    Returns
    -------
    kgCO2e

    Notes
    -----
    Servers at work only.
    """
    return servers * cpu_unit_embodied * lifetime_share


@equation(unit="kgCO2e", source="LLMCarbon Eq. 12", formula="servers * dram_unit_embodied * lifetime_share")
def dram_embodied_carbon(servers, dram_unit_embodied, lifetime_share):
    """Embodied carbon of training in DRAM.

    Parameters
    ----------
    servers : 1
    dram_unit_embodied : kgCO2e
    lifetime_share : 1

    Returns
    -------
    kgCO2e

    Notes
    -----
    Servers at work only.
    """
    return servers * dram_unit_embodied * lifetime_share


@equation(unit="kgCO2e", source="LLMCarbon Eq. 12", formula="servers * ssd_unit_embodied * lifetime_share")
def ssd_embodied_carbon(servers, ssd_unit_embodied, lifetime_share):
    """Embodied carbon of training in SSDs.

    Parameters
    ----------
    servers : 1
    ssd_unit_embodied : kgCO2e
    lifetime_share : 1

    Returns
    -------
    kgCO2e

    Notes
    -----
    Servers at work only.
    """
    return servers * ssd_unit_embodied * lifetime_share


@equation(unit="kgCO2e", source="LLMCarbon Eq. 12", formula="servers * other_unit_embodied * lifetime_share")
def other_embodied_carbon(servers, other_unit_embodied, lifetime_share):
    """Embodied carbon of training in all other chips.

    Parameters
    ----------
    servers : 1
    other_unit_embodied : kgCO2e
    lifetime_share : 1

    Returns
    -------
    kgCO2e

    Notes
    -----
    Servers at work only.
    """
    return servers * other_unit_embodied * lifetime_share


@equation(
    unit="kgCO2e",
    source="LLMCarbon Eq. 12",
    formula="CO2eq_emb = sum_i t_i CO2eq_chip_i / lifetime_i",
)
def embodied_carbon(
    accelerator_embodied_carbon,
    cpu_embodied_carbon,
    dram_embodied_carbon,
    ssd_embodied_carbon,
    other_embodied_carbon,
):
    """Embodied carbon of training, summed over components.

    Parameters
    ----------
    accelerator_embodied_carbon : kgCO2e
    cpu_embodied_carbon : kgCO2e
    dram_embodied_carbon : kgCO2e
    ssd_embodied_carbon : kgCO2e
    other_embodied_carbon : kgCO2e

    Returns
    -------
    kgCO2e

    Notes
    -----
    Buildings, network and transport are left out.
    """
    return (
        accelerator_embodied_carbon
        + cpu_embodied_carbon
        + dram_embodied_carbon
        + ssd_embodied_carbon
        + other_embodied_carbon
    )
