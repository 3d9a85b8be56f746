"""Storage of data and its transfer inside the data centre."""

from __future__ import annotations

from carbonsweep.kernels.registry import equation


@equation(
    unit="kWh",
    source="LLMCarbon's storage validation; Posani et al. 2018",
    formula="11.3 W/TB * TB * hours",
    provenance="recalled",
)
def storage_hardware_energy(stored_data, storage_power_density, storage_days):
    """Energy that stored data use.

    Parameters
    ----------
    stored_data : TB
    storage_power_density : W/TB
    storage_days : day

    Returns
    -------
    kWh

    Notes
    -----
    LLMCarbon, as recalled; unverified against the paper. Checked there on 32.7 TB over six months.
    """
    return storage_power_density * stored_data * storage_days * 24.0 / 1000.0


@equation(
    unit="kWh",
    source="LLMCarbon's storage validation; Baliga et al. 2011",
    formula="1.48 W/TB * TB * hours",
    provenance="recalled",
)
def transfer_hardware_energy(transferred_data, transfer_power_density, storage_days):
    """Energy that transfers inside the data centre use.

    Parameters
    ----------
    transferred_data : TB
    transfer_power_density : W/TB
    storage_days : day

    Returns
    -------
    kWh

    Notes
    -----
    LLMCarbon, as recalled; unverified against the paper. Checked there on 277.4 TB over six months.
    """
    return transfer_power_density * transferred_data * storage_days * 24.0 / 1000.0


@equation(
    unit="kWh",
    source="LLMCarbon Eq. 9",
    formula="(storage_hardware_energy + transfer_hardware_energy) * pue",
)
def storage_facility_energy(storage_hardware_energy, transfer_hardware_energy, pue):
    """Energy that the facility uses for storage and transfer.

    Parameters
    ----------
    storage_hardware_energy : kWh
    transfer_hardware_energy : kWh
    pue : 1

    Returns
    -------
    kWh

    Notes
    -----
    Same site as training.
    """
    return (storage_hardware_energy + transfer_hardware_energy) * pue


@equation(unit="kgCO2e", source="LLMCarbon Eq. 10", formula="storage_facility_energy * carbon_intensity")
def storage_operational_carbon(storage_facility_energy, carbon_intensity):
    """Carbon of the electricity that storage and transfer use.

    Parameters
    ----------
    storage_facility_energy : kWh
    carbon_intensity : gCO2e/kWh

    Returns
    -------
    kgCO2e

    Notes
    -----
    Same site as training.
    """
    return storage_facility_energy * carbon_intensity / 1000.0


@equation(
    unit="kgCO2e",
    source="LLMCarbon Eqs. 11 and 12 applied to stored data",
    formula="1024 stored_data ssd_carbon_density storage_days / (365 lifetime_years)",
    provenance="extension",
)
def storage_embodied_carbon(stored_data, ssd_carbon_density, storage_days, lifetime_years):
    """Embodied carbon of the storage that data fill.

    Parameters
    ----------
    stored_data : TB
    ssd_carbon_density : kgCO2e/GB
    storage_days : day
    lifetime_years : year

    Returns
    -------
    kgCO2e

    Notes
    -----
    This project's extension: SSDs without redundancy, 1 TB counted as 1024 GB, as in Table 3.
    """
    return stored_data * 1024.0 * ssd_carbon_density * storage_days / (365.0 * lifetime_years)


@equation(
    unit="kgCO2e",
    source="LLMCarbon Eq. 13",
    formula="storage_operational_carbon + storage_embodied_carbon",
)
def storage_total_carbon(storage_operational_carbon, storage_embodied_carbon):
    """Operational and embodied carbon of storage and transfer.

    Parameters
    ----------
    storage_operational_carbon : kgCO2e
    storage_embodied_carbon : kgCO2e

    Returns
    -------
    kgCO2e

    Notes
    -----
    Nothing unless stored or transferred data are given.
    """
    return storage_operational_carbon + storage_embodied_carbon
