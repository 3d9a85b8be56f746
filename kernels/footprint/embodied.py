"""Embodied carbon of training: the hardware's manufacturing carbon, charged by the share of its life used."""

from carbonsweep.kernels.registry import default, equation
from carbonsweep.kernels.units import day, device, device_hour, kgCO2e, number, year


@equation(source="LLMCarbon's node layout", formula="servers = devices / devices_per_node")
def servers(devices: device, devices_per_node: device) -> number:
    """Servers that hold the accelerators.

    Not rounded: a share of a server is charged as that share.
    """
    return devices / devices_per_node


@equation(
    valid="(0, 1]",
    source="Wu et al. 2022 (Meta's fleet: 0.6) and BLOOM (0.85), as recalled",
    formula="0.6 if owned, 1 if rented",
    variant="by_ownership",
    provenance="recalled",
)
def fleet_utilisation(ownership: number) -> number:
    """Share of its life that hardware works; what is idle is charged to what works.

    Fleets of one's own are between 0.4 and 0.85. Of rented devices the idle time is the provider's.
    """
    return 0.6 if ownership == 1.0 else 1.0


default(
    "fleet_utilisation",
    1.0,
    number,
    "Share of its life that hardware works: all of it.",
    source="LLMCarbon's code does not divide by it",
    valid="(0, 1]",
    variant="llmcarbon",
)


@equation(
    source="LLMCarbon Eq. 12 (t_i / lifetime_i)", formula="training_days / (365 lifetime_years fleet_utilisation)"
)
def lifetime_share(training_days: day, lifetime_years: year, fleet_utilisation: number) -> number:
    """Share of the hardware's working life that training takes.

    Above 1 if training outlasts the hardware.
    """
    return training_days / (365.0 * lifetime_years * fleet_utilisation)


@equation(source="LLMCarbon Eq. 12", formula="devices * accelerator_unit_embodied * lifetime_share")
def accelerator_embodied_carbon(devices: device, accelerator_unit_embodied: kgCO2e, lifetime_share: number) -> kgCO2e:
    """Embodied carbon of training in the accelerators.

    Idle spares are not charged.
    """
    return devices * accelerator_unit_embodied * lifetime_share


@equation(source="LLMCarbon Eq. 12", formula="servers * cpu_unit_embodied * lifetime_share")
def cpu_embodied_carbon(servers: number, cpu_unit_embodied: kgCO2e, lifetime_share: number) -> kgCO2e:
    """Embodied carbon of training in CPUs.

    Servers at work only.
    """
    return servers * cpu_unit_embodied * lifetime_share


@equation(source="LLMCarbon Eq. 12", formula="servers * dram_unit_embodied * lifetime_share")
def dram_embodied_carbon(servers: number, dram_unit_embodied: kgCO2e, lifetime_share: number) -> kgCO2e:
    """Embodied carbon of training in DRAM.

    Servers at work only.
    """
    return servers * dram_unit_embodied * lifetime_share


@equation(source="LLMCarbon Eq. 12", formula="servers * ssd_unit_embodied * lifetime_share")
def ssd_embodied_carbon(servers: number, ssd_unit_embodied: kgCO2e, lifetime_share: number) -> kgCO2e:
    """Embodied carbon of training in SSDs.

    Servers at work only.
    """
    return servers * ssd_unit_embodied * lifetime_share


@equation(source="LLMCarbon Eq. 12", formula="servers * other_unit_embodied * lifetime_share")
def other_embodied_carbon(servers: number, other_unit_embodied: kgCO2e, lifetime_share: number) -> kgCO2e:
    """Embodied carbon of training in all other chips.

    Servers at work only.
    """
    return servers * other_unit_embodied * lifetime_share


@equation(
    quantity="embodied_carbon",
    variant="device_hours",
    source="LLMCarbon Eq. 12, for device-hours that are known",
    formula="device_hours (1 + spare_fraction) / (8760 lifetime_years fleet_utilisation) * device_embodied",
    provenance="extension",
    when_given=("device_hours",),
)
def embodied_carbon_of_device_hours(
    device_hours: device_hour,
    device_embodied: kgCO2e,
    lifetime_years: year,
    fleet_utilisation: number,
    spare_fraction: number,
) -> kgCO2e:
    """Embodied carbon of device-hours that are known: neither model nor number of devices matters."""
    return device_hours * (1.0 + spare_fraction) / (8760.0 * lifetime_years * fleet_utilisation) * device_embodied


@equation(
    source="LLMCarbon Eq. 12, for devices with their share of server and network",
    formula="devices (1 + spare_fraction) device_embodied lifetime_share",
    quantity="embodied_carbon",
    variant="whole_devices",
    provenance="extension",
)
def embodied_carbon_of_devices(
    devices: device, device_embodied: kgCO2e, lifetime_share: number, spare_fraction: number
) -> kgCO2e:
    """Embodied carbon of training: devices with their share of what the boundary holds, idle spares included."""
    return devices * (1.0 + spare_fraction) * device_embodied * lifetime_share


@equation(source="LLMCarbon Eq. 12", formula="CO2eq_emb = sum_i t_i CO2eq_chip_i / lifetime_i", variant="llmcarbon")
def embodied_carbon(
    accelerator_embodied_carbon: kgCO2e,
    cpu_embodied_carbon: kgCO2e,
    dram_embodied_carbon: kgCO2e,
    ssd_embodied_carbon: kgCO2e,
    other_embodied_carbon: kgCO2e,
) -> kgCO2e:
    """Embodied carbon of training, summed over components.

    Buildings, network and transport are left out.
    """
    return (
        accelerator_embodied_carbon
        + cpu_embodied_carbon
        + dram_embodied_carbon
        + ssd_embodied_carbon
        + other_embodied_carbon
    )
