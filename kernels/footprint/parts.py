"""Manufacturing carbon of an accelerator from its parts: dies, memory, package, module, base board."""

import numpy as np

from carbonsweep.kernels.registry import default, equals, equation
from carbonsweep.kernels.units import (
    GB,
    W,
    cm2,
    gCO2e_per_kWh,
    kgCO2e,
    kgCO2e_per_cm2,
    kgCO2e_per_GB,
    kgCO2e_per_W,
    kWh_per_cm2,
    number,
    per_cm2,
)

MADE = "this project, from product footprints of H100 and A100 and ACT"


equals(
    "logic_area",
    "die_area",
    cm2,
    "Logic silicon in one accelerator package, assumed where nobody publishes it.",
    notes="The catalog marks the areas that are assumed, within +-20 %.",
    valid="(0, inf)",
    variant="published",
    source="makers",
)


@equation(
    valid="(0, 1]",
    source="Poisson; defect densities of TSMC's charts; share assumed",
    formula="exp(-yield_defect_share defect_density logic_area / logic_dies)",
    provenance="extension",
)
def die_yield(logic_area: cm2, logic_dies: number, defect_density: per_cm2, yield_defect_share: number) -> number:
    """Share of the logic dies that can be sold.

    Parts are sold with spare units off, so that only a share of the defects kills a die.
    """
    return np.exp(-yield_defect_share * defect_density * logic_area / logic_dies)


@equation(
    source="ACT, Gupta et al. 2022", formula="(CI_fab EPA + GPA + MPA) logic_area / die_yield", provenance="extension"
)
def die_carbon(
    logic_area: cm2,
    fab_carbon_intensity: gCO2e_per_kWh,
    fab_energy_per_area: kWh_per_cm2,
    fab_gas_per_area: kgCO2e_per_cm2,
    fab_material_per_area: kgCO2e_per_cm2,
    die_yield: number,
) -> kgCO2e:
    """Manufacturing carbon of the logic dies of one accelerator."""
    wafer = fab_carbon_intensity / 1000.0 * fab_energy_per_area + fab_gas_per_area + fab_material_per_area
    return wafer * logic_area / die_yield


@equation(
    source=MADE,
    formula="by kind: HBM2, HBM2e, HBM3 and later, GDDR; 0.75 dram_carbon_density for others; on the die: 0",
    provenance="extension",
)
def memory_carbon_density(
    memory_kind: number,
    hbm2_carbon_density: kgCO2e_per_GB,
    hbm2e_carbon_density: kgCO2e_per_GB,
    hbm3_carbon_density: kgCO2e_per_GB,
    gddr_carbon_density: kgCO2e_per_GB,
    dram_carbon_density: kgCO2e_per_GB,
) -> kgCO2e_per_GB:
    """Manufacturing carbon of the memory of an accelerator.

    Published values differ by a factor of three; those of HBM2e and GDDR are assumed.
    """
    if memory_kind == 1.0:
        return 1.0 * hbm2_carbon_density
    if memory_kind == 2.0:
        return 1.0 * hbm2e_carbon_density
    if memory_kind == 4.0:
        return 1.0 * gddr_carbon_density
    if memory_kind == 5.0:
        return 0.75 * dram_carbon_density
    if memory_kind == 6.0:
        return 0.0
    return 1.0 * hbm3_carbon_density


equals(
    "physical_memory",
    "device_memory",
    GB,
    "Memory in the package of one accelerator, what is not usable included.",
    notes="All of it is usable unless the catalog says otherwise.",
    variant="usable",
    source="makers",
)


@equation(source=MADE, formula="physical_memory memory_carbon_density", provenance="extension")
def memory_carbon(physical_memory: GB, memory_carbon_density: kgCO2e_per_GB) -> kgCO2e:
    """Manufacturing carbon of the memory in the package of one accelerator."""
    return physical_memory * memory_carbon_density


@equation(
    source="ACT (packaging of a chip); interposer assumed",
    formula="packaging_carbon logic_dies + interposer_carbon",
    provenance="extension",
)
def package_carbon(logic_dies: number, packaging_carbon: kgCO2e, interposer_carbon: kgCO2e) -> kgCO2e:
    """Manufacturing carbon of packaging one accelerator."""
    return packaging_carbon * logic_dies + interposer_carbon


@equation(
    source="NVIDIA's product footprint of HGX H100 (thermal share), Falk et al. 2025 (A100)",
    formula="module_carbon_fixed + module_carbon_per_watt thermal_design_power",
    provenance="extension",
)
def module_carbon(thermal_design_power: W, module_carbon_fixed: kgCO2e, module_carbon_per_watt: kgCO2e_per_W) -> kgCO2e:
    """Manufacturing carbon of the module of one accelerator: board, supplies on it, heat sink, assembly."""
    return module_carbon_fixed + module_carbon_per_watt * thermal_design_power


@equation(source=MADE, formula="on_baseboard baseboard_carbon_share", provenance="extension")
def baseboard_carbon(on_baseboard: number, baseboard_carbon_share: kgCO2e) -> kgCO2e:
    """Share of one accelerator in the manufacturing carbon of a common base board; 0 where there is none."""
    return on_baseboard * baseboard_carbon_share


@equation(
    source=MADE,
    formula="die_carbon + memory_carbon + package_carbon + module_carbon + baseboard_carbon",
    quantity="accelerator_unit_embodied",
    variant="component",
    provenance="extension",
)
def accelerator_unit_embodied_component(
    die_carbon: kgCO2e,
    memory_carbon: kgCO2e,
    package_carbon: kgCO2e,
    module_carbon: kgCO2e,
    baseboard_carbon: kgCO2e,
) -> kgCO2e:
    """Manufacturing carbon of one accelerator, summed over its parts.

    One method for all devices, within 7 % of makers' footprints of H100 and B200; TPU assessments count trays, racks
    and transport and come out 3.4 to 4.2 times as high.
    """
    return die_carbon + memory_carbon + package_carbon + module_carbon + baseboard_carbon


EMBODIED_METHODS = ("given", "product_footprint", "component", "die", "boavizta")
for _method in EMBODIED_METHODS:
    default(
        "embodied_method",
        float(EMBODIED_METHODS.index(_method)),
        number,
        "How embodied carbon of an accelerator is known: the variant that is taken, or that it is given.",
        source="definition",
        valid=f"[0, {len(EMBODIED_METHODS) - 1}]",
        variant=_method,
        choices=EMBODIED_METHODS,
    )
