"""Storage of data and its transfer inside the data centre."""

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import TB, W_per_TB, day, gCO2e_per_kWh, kgCO2e, kgCO2e_per_GB, kWh, number, year


@equation(
    source="LLMCarbon's storage validation; Posani et al. 2018", formula="11.3 W/TB * TB * hours", provenance="recalled"
)
def storage_hardware_energy(stored_data: TB, storage_power_density: W_per_TB, storage_days: day) -> kWh:
    """Energy that stored data use.

    LLMCarbon, as recalled; unverified against the paper. Checked there on 32.7 TB over six months.
    """
    return storage_power_density * stored_data * storage_days * 24.0 / 1000.0


@equation(
    source="LLMCarbon's storage validation; Baliga et al. 2011", formula="1.48 W/TB * TB * hours", provenance="recalled"
)
def transfer_hardware_energy(transferred_data: TB, transfer_power_density: W_per_TB, storage_days: day) -> kWh:
    """Energy that transfers inside the data centre use.

    LLMCarbon, as recalled; unverified against the paper. Checked there on 277.4 TB over six months.
    """
    return transfer_power_density * transferred_data * storage_days * 24.0 / 1000.0


@equation(source="LLMCarbon Eq. 9", formula="(storage_hardware_energy + transfer_hardware_energy) * pue")
def storage_facility_energy(storage_hardware_energy: kWh, transfer_hardware_energy: kWh, pue: number) -> kWh:
    """Energy that the facility uses for storage and transfer.

    Same site as training.
    """
    return (storage_hardware_energy + transfer_hardware_energy) * pue


@equation(source="LLMCarbon Eq. 10", formula="storage_facility_energy * carbon_intensity")
def storage_operational_carbon(storage_facility_energy: kWh, carbon_intensity: gCO2e_per_kWh) -> kgCO2e:
    """Carbon of the electricity that storage and transfer use.

    Same site as training.
    """
    return storage_facility_energy * carbon_intensity / 1000.0


@equation(
    source="LLMCarbon Eqs. 11 and 12 applied to stored data",
    formula="1024 stored_data ssd_carbon_density storage_days / (365 lifetime_years)",
    provenance="extension",
)
def storage_embodied_carbon(
    stored_data: TB, ssd_carbon_density: kgCO2e_per_GB, storage_days: day, lifetime_years: year
) -> kgCO2e:
    """Embodied carbon of the storage that data fill.

    This project's extension: SSDs without redundancy, 1 TB counted as 1024 GB, as in Table 3.
    """
    return stored_data * 1024.0 * ssd_carbon_density * storage_days / (365.0 * lifetime_years)


@equation(source="LLMCarbon Eq. 13", formula="storage_operational_carbon + storage_embodied_carbon")
def storage_total_carbon(storage_operational_carbon: kgCO2e, storage_embodied_carbon: kgCO2e) -> kgCO2e:
    """Operational and embodied carbon of storage and transfer.

    Nothing unless stored or transferred data are given.
    """
    return storage_operational_carbon + storage_embodied_carbon
