"""Whose manufacturing carbon a decision may count: the SCI metrics, the fleet's footprint and the sunk-carbon penalty.

Manufacturing carbon of hardware that is owned is sunk: no placement of work avoids it. Ranking owned hardware by SCI
prefers old, inefficient servers and raises the fleet's footprint (Bashir et al. 2024).
"""

import numpy as np

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import (
    W,
    day,
    device,
    gCO2e_per_kWh,
    gCO2e_per_unit,
    kgCO2e,
    number,
    unit,
    unit_per_s,
    year,
)

BASHIR = "Bashir et al. 2024, Section 3.2 (arXiv 2410.15087)"


@equation(
    valid="(0, inf)",
    source="Bashir et al. 2024, case study",
    formula="lifetime_years; inf if zero_after_life and older; max(lifetime_years, age) if life_or_age",
)
def amortisation_years(amortisation: number, lifetime_years: year, server_age: year) -> year:
    """Years over which the manufacturing carbon of a server is spread.

    Infinite where nothing is left to spread.
    """
    if amortisation == 1.0 and server_age > lifetime_years:
        return np.inf
    if amortisation == 2.0:
        return np.maximum(lifetime_years, server_age)
    return 1.0 * lifetime_years


@equation(source=BASHIR, formula="oSCI = O / R", variant="training")
def osci(operational_carbon: kgCO2e, functional_units: unit) -> gCO2e_per_unit:
    """Operational carbon for each unit of work (oSCI).

    The metric by which work is placed on hardware that is there.
    """
    return 1000.0 * operational_carbon / functional_units


@equation(source="Bashir et al. 2024, Table 1", formula="8.76 TDP PUE CI / score", quantity="osci", variant="server")
def osci_server(
    server_power: W, pue: number, carbon_intensity: gCO2e_per_kWh, server_performance: unit_per_s
) -> gCO2e_per_unit:
    """Operational carbon of a server for each score-year of work (oSCI).

    Power in proportion to load. A unit of work is one point of the score for a year of 8760 hours.
    """
    return server_power * 8.76 * pue * carbon_intensity / server_performance


@equation(source=BASHIR, formula="M / R", variant="training")
def embodied_per_unit(embodied_carbon: kgCO2e, functional_units: unit) -> gCO2e_per_unit:
    """Share of manufacturing carbon for each unit of work.

    Of the accelerators and their servers.
    """
    return 1000.0 * embodied_carbon / functional_units


@equation(
    source="Bashir et al. 2024, Section 3 (processors only)",
    formula="accelerator_embodied_carbon / R",
    quantity="embodied_per_unit",
    variant="training_chips",
)
def embodied_per_unit_chips(accelerator_embodied_carbon: kgCO2e, functional_units: unit) -> gCO2e_per_unit:
    """Share of the accelerators' manufacturing carbon for each unit of work.

    CPUs, memory, storage and boards are left out.
    """
    return 1000.0 * accelerator_embodied_carbon / functional_units


@equation(
    source="Bashir et al. 2024, Table 1",
    formula="1000 TE / (life * score)",
    quantity="embodied_per_unit",
    variant="server",
)
def embodied_per_unit_server(
    server_embodied: kgCO2e, amortisation_years: year, server_performance: unit_per_s
) -> gCO2e_per_unit:
    """Share of a server's manufacturing carbon for each score-year of work.

    As if the server were always at full load.
    """
    return 1000.0 * server_embodied / amortisation_years / server_performance


@equation(source=BASHIR, formula="SCI = (O + M) / R")
def sci(osci: gCO2e_per_unit, embodied_per_unit: gCO2e_per_unit) -> gCO2e_per_unit:
    """Software carbon intensity: operational and embodied carbon for each unit of work.

    Of the hardware at work alone: idle hardware is ignored. Not a metric to place work on owned hardware by.
    """
    return osci + embodied_per_unit


@equation(source=BASHIR, formula="idle_fleet_devices TE T / EL * usage_share")
def idle_embodied_carbon(
    idle_fleet_devices: device, device_embodied: kgCO2e, training_days: day, lifetime_years: year, usage_share: number
) -> kgCO2e:
    """Embodied carbon of idle hardware that falls to the training.

    Idle accelerators of the same kind, for the time of the training.
    """
    return idle_fleet_devices * device_embodied * training_days / (365.0 * lifetime_years) * usage_share


@equation(source=BASHIR, formula="idle_fleet_devices idle_power_per_device T PUE CI * usage_share")
def idle_operational_carbon(
    idle_fleet_devices: device,
    idle_power_per_device: W,
    training_days: day,
    pue: number,
    carbon_intensity: gCO2e_per_kWh,
    usage_share: number,
) -> kgCO2e:
    """Operational carbon of idle hardware that falls to the training.

    Zero while idle power is taken as none.
    """
    energy = idle_fleet_devices * idle_power_per_device * training_days * 24.0 / 1000.0 * pue
    return energy * carbon_intensity / 1000.0 * usage_share


@equation(source=BASHIR, formula="tSCI = (O + O_idle + M + M_idle) / R", variant="training")
def tsci(
    operational_carbon: kgCO2e,
    idle_operational_carbon: kgCO2e,
    embodied_carbon: kgCO2e,
    fleet_utilisation: number,
    idle_embodied_carbon: kgCO2e,
    functional_units: unit,
) -> gCO2e_per_unit:
    """Total SCI: operational and embodied carbon, that of idle hardware included, for each unit of work.

    Idle time is charged once: the share that fleet_utilisation put into embodied_carbon is taken out.
    """
    working = operational_carbon + embodied_carbon * fleet_utilisation
    return 1000.0 * (working + idle_operational_carbon + idle_embodied_carbon) / functional_units


@equation(
    source="Bashir et al. 2024, Section 4 (fleet accounting)", formula="O of what is used + M of all that is owned"
)
def fleet_carbon(
    operational_carbon: kgCO2e,
    idle_fleet_devices: device,
    idle_power_per_device: W,
    training_days: day,
    pue: number,
    carbon_intensity: gCO2e_per_kWh,
    embodied_carbon: kgCO2e,
    fleet_utilisation: number,
    device_embodied: kgCO2e,
    lifetime_years: year,
) -> kgCO2e:
    """Footprint of the whole fleet over the training: what should be small.

    Accelerators at work and idle ones of the same kind; for fleets of several kinds see `carbonsweep place`.
    """
    idle_power = idle_fleet_devices * idle_power_per_device / 1000.0
    idle_operation = idle_power * training_days * 24.0 * pue * carbon_intensity / 1000.0
    idle_embodied = idle_fleet_devices * device_embodied * training_days / (365.0 * lifetime_years)
    return operational_carbon + idle_operation + embodied_carbon * fleet_utilisation + idle_embodied


@equation(source="birnbaum/accounting (rSCI), a third-party extension of Bashir et al.", formula="rSCI = gamma oSCI")
def rsci(osci: gCO2e_per_unit, reconciliation_factor: number) -> gCO2e_per_unit:
    """Operational carbon for each unit of work, scaled up to the provider's reported total.

    Ranks as oSCI does within one provider.
    """
    return osci * reconciliation_factor


@equation(
    valid="[0, 1]",
    source="Bashir et al. 2024, Section 5, in this project's reading",
    formula="1 for replacement and new, 0 for owned and rented",
    provenance="extension",
)
def embodied_avoidable(hardware_status: number) -> number:
    """Whether the decision can still avoid the hardware's manufacturing carbon.

    The paper ranks owned hardware without it and replacements with it; it does not speak of rented hardware, which
    exists already.
    """
    if hardware_status >= 2.0:
        return 1.0
    return 0.0


@equation(
    source="Bashir et al. 2024, Section 5, in this project's reading",
    formula="O + embodied_avoidable * M",
    provenance="extension",
)
def ranking_carbon(operational_carbon: kgCO2e, embodied_carbon: kgCO2e, embodied_avoidable: number) -> kgCO2e:
    """Carbon of training by which a choice may be ranked.

    The key for owned and bought hardware together is no equation of the paper. A new capability should be judged by
    what it gives: do not reject it by this number alone.
    """
    return operational_carbon + embodied_avoidable * embodied_carbon


@equation(
    source="Bashir et al. 2024, Section 5, in this project's reading",
    formula="oSCI + embodied_avoidable * M / R",
    provenance="extension",
)
def ranking_sci(osci: gCO2e_per_unit, embodied_per_unit: gCO2e_per_unit, embodied_avoidable: number) -> gCO2e_per_unit:
    """Carbon for each unit of work by which a choice may be ranked.

    oSCI for owned and rented hardware, SCI for what is to be bought.
    """
    return osci + embodied_avoidable * embodied_per_unit


@equation(
    source="this project from Bashir et al. 2024, Figures (every point within 0.03 percentage points)",
    formula="(O_SCI - O_oSCI) / (M_fleet + O_oSCI)",
    provenance="extension",
)
def sunk_carbon_penalty(
    sci_pick_operational_carbon: kgCO2e, osci_pick_operational_carbon: kgCO2e, fleet_embodied_carbon: kgCO2e
) -> number:
    """By how much ranking owned hardware by SCI raises the fleet's footprint over ranking it by oSCI.

    Both picks come from one fleet and do equal work; then it is not negative. NaN if the second pick is the worse.
    """
    if sci_pick_operational_carbon < osci_pick_operational_carbon * (1.0 - 1e-9):
        return np.nan
    more = np.maximum(sci_pick_operational_carbon - osci_pick_operational_carbon, 0.0)
    return more / (fleet_embodied_carbon + osci_pick_operational_carbon)
