"""Manufacturing carbon of the parts of a server."""

from carbonsweep.kernels.registry import equals, equation
from carbonsweep.kernels.units import (
    GB,
    TB,
    cm2,
    device,
    gCO2e_per_kWh,
    kgCO2e,
    kgCO2e_per_cm2,
    kgCO2e_per_GB,
    kWh_per_cm2,
    nm,
    number,
)


@equation(
    valid="(0, inf)",
    source="LLMCarbon Table 3",
    formula=">= 14 nm: 1.0; above 10 nm: 1.2; 6 to 10 nm: 1.6; below: 1.8",
    variant="llmcarbon",
)
def carbon_per_area(process_node: nm) -> kgCO2e_per_cm2:
    """Manufacturing carbon of logic silicon.

    Table 3 gives 16, 12, 7 and 4 nm; every other node takes the value of its neighbour, so nodes older than
    16 nm and 3 nm are extrapolated. No explicit yield.
    """
    if process_node >= 14.0:
        return 1.0
    if process_node > 10.0:
        return 1.2
    if process_node >= 6.0:
        return 1.6
    return 1.8


@equation(
    valid="(0, inf)",
    source="ACT, Gupta et al. 2022",
    formula="CPA = (CI_fab EPA + GPA + MPA) / yield",
    quantity="carbon_per_area",
    variant="act",
)
def carbon_per_area_act(
    fab_carbon_intensity: gCO2e_per_kWh,
    fab_energy_per_area: kWh_per_cm2,
    fab_gas_per_area: kgCO2e_per_cm2,
    fab_material_per_area: kgCO2e_per_cm2,
    fab_yield: number,
) -> kgCO2e_per_cm2:
    """Manufacturing carbon of logic silicon from the fab's electricity, gases and materials.

    Packaging is left out. A large die yields far less than the default 87.5 %.
    """
    return (fab_carbon_intensity / 1000.0 * fab_energy_per_area + fab_gas_per_area + fab_material_per_area) / fab_yield


@equation(source="LLMCarbon Eq. 11", formula="CO2eq_chip = area * CPA", variant="die")
def accelerator_unit_embodied(die_area: cm2, carbon_per_area: kgCO2e_per_cm2) -> kgCO2e:
    """Manufacturing carbon of one accelerator.

    Logic dies only: LLMCarbon ignores stacked memory, packaging and the board, a tenth of published product
    footprints.
    """
    return die_area * carbon_per_area


equals(
    "accelerator_unit_embodied",
    "product_footprint",
    kgCO2e,
    "Manufacturing carbon of one accelerator as a product.",
    notes="Memory, packaging and board included, the host not: its parts are added as for any accelerator. "
    "Footprints of different makers count different things; the catalog row names the basis.",
    variant="product_footprint",
    source="makers' product carbon footprints and life-cycle assessments, through the catalog of accelerators",
    provenance="extension",
)


equals(
    "accelerator_unit_embodied",
    "boavizta_footprint",
    kgCO2e,
    "Manufacturing carbon of one accelerator by Boavizta's bottom-up model.",
    notes="One method for all devices. Its memory term looks two to three times too high against makers' "
    "footprints: an upper bound.",
    variant="boavizta",
    source="Boavizta 2.5.0 bottom-up model, through the catalog of accelerators",
    provenance="extension",
)


@equation(source="LLMCarbon Eq. 11", formula="server_cpus * cpu_area * cpu_carbon_per_area", variant="llmcarbon")
def cpu_unit_embodied(server_cpus: number, cpu_area: cm2, cpu_carbon_per_area: kgCO2e_per_cm2) -> kgCO2e:
    """Manufacturing carbon of the CPUs of one server.

    Dies only.
    """
    return server_cpus * cpu_area * cpu_carbon_per_area


@equation(source="LLMCarbon Eq. 11", formula="server_dram * dram_carbon_density", variant="llmcarbon")
def dram_unit_embodied(server_dram: GB, dram_carbon_density: kgCO2e_per_GB) -> kgCO2e:
    """Manufacturing carbon of the DRAM of one server.

    Published densities differ by a factor of 29.
    """
    return server_dram * dram_carbon_density


@equation(source="LLMCarbon Eq. 11", formula="1024 server_ssd * ssd_carbon_density", variant="llmcarbon")
def ssd_unit_embodied(server_ssd: TB, ssd_carbon_density: kgCO2e_per_GB) -> kgCO2e:
    """Manufacturing carbon of the SSDs of one server.

    1 TB is counted as 1024 GB, as LLMCarbon's Table 3 does (32768 GB for 32 TB).
    """
    return server_ssd * 1024.0 * ssd_carbon_density


@equation(source="LLMCarbon Eq. 11", formula="other_area * other_carbon_per_area", variant="llmcarbon")
def other_unit_embodied(other_area: cm2, other_carbon_per_area: kgCO2e_per_cm2) -> kgCO2e:
    """Manufacturing carbon of all other chips of one server.

    Sized by LLMCarbon to about 15 % of the total.
    """
    return other_area * other_carbon_per_area


@equation(
    source="LLMCarbon Eq. 11 and node layout",
    formula="accelerator + (CPU + DRAM + SSD + other) / devices_per_node",
    variant="llmcarbon",
)
def device_embodied(
    accelerator_unit_embodied: kgCO2e,
    cpu_unit_embodied: kgCO2e,
    dram_unit_embodied: kgCO2e,
    ssd_unit_embodied: kgCO2e,
    other_unit_embodied: kgCO2e,
    devices_per_node: device,
) -> kgCO2e:
    """Manufacturing carbon of one accelerator with its share of the server.

    The whole of it, whatever the time used.
    """
    host = cpu_unit_embodied + dram_unit_embodied + ssd_unit_embodied + other_unit_embodied
    return accelerator_unit_embodied + host / devices_per_node
