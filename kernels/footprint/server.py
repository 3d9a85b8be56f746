"""Manufacturing carbon of what stands around an accelerator: server, network, storage, building, transport."""

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import (
    GB,
    TB,
    W,
    cm2,
    device,
    kg,
    kgCO2e,
    kgCO2e_per_cm2,
    kgCO2e_per_GB,
    kgCO2e_per_kg,
    kgCO2e_per_kW,
    kgCO2e_per_unit,
    kgCO2e_per_W,
    number,
    per_year,
    year,
)

BOAVIZTA = "Boavizta's factors"


@equation(
    source=BOAVIZTA,
    formula="server_cpus (cpu_area server_cpu_carbon_per_area + cpu_package_carbon)",
    quantity="cpu_unit_embodied",
    variant="server",
    provenance="extension",
)
def cpu_unit_embodied_server(
    server_cpus: number, cpu_area: cm2, server_cpu_carbon_per_area: kgCO2e_per_cm2, cpu_package_carbon: kgCO2e
) -> kgCO2e:
    """Manufacturing carbon of the CPUs of one server, packages included."""
    return server_cpus * (cpu_area * server_cpu_carbon_per_area + cpu_package_carbon)


@equation(
    source="LLMCarbon Eq. 11; the factor of LPDDR is assumed",
    formula="server_dram dram_carbon_density server_dram_factor",
    quantity="dram_unit_embodied",
    variant="server",
    provenance="extension",
)
def dram_unit_embodied_server(
    server_dram: GB, dram_carbon_density: kgCO2e_per_GB, server_dram_factor: number
) -> kgCO2e:
    """Manufacturing carbon of the DRAM of one server.

    Published densities differ by a factor of 29.
    """
    return server_dram * dram_carbon_density * server_dram_factor


@equation(
    source="LLMCarbon Eq. 11, in decimal terabytes",
    formula="1000 server_ssd ssd_carbon_density",
    quantity="ssd_unit_embodied",
    variant="server",
    provenance="extension",
)
def ssd_unit_embodied_server(server_ssd: TB, ssd_carbon_density: kgCO2e_per_GB) -> kgCO2e:
    """Manufacturing carbon of the SSDs of one server.

    Published densities differ by a factor of 29.
    """
    return 1000.0 * server_ssd * ssd_carbon_density


@equation(
    source=BOAVIZTA + " (motherboard, case, assembly; supplies by mass, which is assumed)",
    formula="chassis_carbon + power_supply_carbon node_maximum_power / 1000",
    provenance="extension",
)
def chassis_embodied(node_maximum_power: W, chassis_carbon: kgCO2e, power_supply_carbon: kgCO2e_per_kW) -> kgCO2e:
    """Manufacturing carbon of motherboard, case, assembly and power supplies of one server."""
    return chassis_carbon + power_supply_carbon * node_maximum_power / 1000.0


@equation(source="no source: assumed", formula="nics nic_carbon", provenance="assumed")
def nic_embodied(nics: number, nic_carbon: kgCO2e_per_unit) -> kgCO2e:
    """Manufacturing carbon of the network adapters of one server."""
    return nics * nic_carbon


@equation(
    source="definition",
    formula="chassis_embodied + nic_embodied",
    quantity="other_unit_embodied",
    variant="server",
    provenance="extension",
)
def other_unit_embodied_server(chassis_embodied: kgCO2e, nic_embodied: kgCO2e) -> kgCO2e:
    """Manufacturing carbon of everything in one server but processors, memory and SSDs."""
    return chassis_embodied + nic_embodied


@equation(source="definition", formula="CPU + DRAM + SSD + other", provenance="extension")
def server_unit_embodied(
    cpu_unit_embodied: kgCO2e, dram_unit_embodied: kgCO2e, ssd_unit_embodied: kgCO2e, other_unit_embodied: kgCO2e
) -> kgCO2e:
    """Manufacturing carbon of one server without its accelerators.

    2,212 kg for a DGX H100; published for such servers: 2,500 (BLOOM), 3,700 with eight A100 (OLMo), 5,700 (EcoLogits).
    """
    return cpu_unit_embodied + dram_unit_embodied + ssd_unit_embodied + other_unit_embodied


@equation(
    source=BOAVIZTA,
    formula="(transport_carbon_density + end_of_life_carbon_density) node_mass / n",
    provenance="extension",
)
def transport_and_end_embodied(
    node_mass: kg,
    server_devices: device,
    transport_carbon_density: kgCO2e_per_kg,
    end_of_life_carbon_density: kgCO2e_per_kg,
) -> kgCO2e:
    """Carbon of carrying a server to its site and of scrapping it, for each accelerator."""
    return (transport_carbon_density + end_of_life_carbon_density) * node_mass / server_devices


@equation(
    source="Llama 3 had 10 TB a device (read)",
    formula="1000 storage_per_device ssd_carbon_density",
    provenance="extension",
)
def storage_embodied_per_device(storage_per_device: TB, ssd_carbon_density: kgCO2e_per_GB) -> kgCO2e:
    """Manufacturing carbon of storage servers, for each accelerator: their SSDs alone."""
    return 1000.0 * storage_per_device * ssd_carbon_density


@equation(
    source="Schneider et al. 2025: 59 kg for 148 W over six years (derived)",
    formula="building_embodied_per_watt device_power lifetime_years / building_life",
    provenance="extension",
)
def building_embodied_per_device(
    building_embodied_per_watt: kgCO2e_per_W, device_power: W, lifetime_years: year, building_life: year
) -> kgCO2e:
    """Carbon of the data centre's building, for each accelerator and its life."""
    return building_embodied_per_watt * device_power * lifetime_years / building_life


@equation(
    source="definition",
    formula="accelerator_unit_embodied (1 + replacement_rate lifetime_years)",
    quantity="device_embodied",
    variant="device",
    provenance="extension",
)
def device_embodied_alone(
    accelerator_unit_embodied: kgCO2e, replacement_rate: per_year, lifetime_years: year
) -> kgCO2e:
    """Manufacturing carbon of one accelerator alone, with what is replaced over its life."""
    return accelerator_unit_embodied * (1.0 + replacement_rate * lifetime_years)


@equation(
    source="this project",
    formula="accelerator + server / n + network + transport and end of life, x (1 + replacement_rate lifetime_years)",
    quantity="device_embodied",
    variant="hardware",
    provenance="extension",
)
def device_embodied_hardware(
    accelerator_unit_embodied: kgCO2e,
    server_unit_embodied: kgCO2e,
    server_devices: device,
    network_embodied_per_device: kgCO2e,
    transport_and_end_embodied: kgCO2e,
    replacement_rate: per_year,
    lifetime_years: year,
) -> kgCO2e:
    """Manufacturing carbon of one accelerator with its share of server and network, transport and end of life.

    Storage and buildings are left out; what is replaced over the life counts.
    """
    around = server_unit_embodied / server_devices + network_embodied_per_device + transport_and_end_embodied
    return (accelerator_unit_embodied + around) * (1.0 + replacement_rate * lifetime_years)


@equation(
    source="this project",
    formula="hardware + storage_embodied_per_device + building_embodied_per_device",
    quantity="device_embodied",
    variant="facility",
    provenance="extension",
)
def device_embodied_facility(
    accelerator_unit_embodied: kgCO2e,
    server_unit_embodied: kgCO2e,
    server_devices: device,
    network_embodied_per_device: kgCO2e,
    transport_and_end_embodied: kgCO2e,
    replacement_rate: per_year,
    lifetime_years: year,
    storage_embodied_per_device: kgCO2e,
    building_embodied_per_device: kgCO2e,
) -> kgCO2e:
    """Manufacturing carbon of one accelerator with its share of server, network, storage and building.

    Storage is none unless storage_per_device is given.
    """
    around = server_unit_embodied / server_devices + network_embodied_per_device + transport_and_end_embodied
    hardware = (accelerator_unit_embodied + around) * (1.0 + replacement_rate * lifetime_years)
    return hardware + storage_embodied_per_device + building_embodied_per_device
