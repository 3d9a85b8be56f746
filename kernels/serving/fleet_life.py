"""A service over years: growing demand, devices bought again, keeping or replacing them, its part of the life cycle."""

import numpy as np

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import Wh, device, gCO2e, gCO2e_per_kWh, kgCO2e, kWh, number, per_s, year

GEOMETRY = "geometric series"


def grown(growth, years):
    """Integral of growth^t over some years, in years."""
    rate = np.log(growth)
    if rate < 1e-9 and rate > -1e-9:
        return 1.0 * years
    return (growth**years - 1.0) / rate


@equation(source=GEOMETRY, formula="31,536,000 served_rate (g^Y - 1) / ln g", provenance="extension")
def service_requests(served_rate: per_s, demand_growth: number, service_years: year) -> number:
    """Requests over the years of a service whose demand grows steadily."""
    return 365.0 * 86400.0 * served_rate * grown(demand_growth, service_years)


@equation(
    source=GEOMETRY,
    formula="serving_devices x sum over ceil(Y / lifetime) spans of the largest demand in each, relative to the first",
    provenance="extension",
)
def devices_bought(serving_devices: device, demand_growth: number, service_years: year, lifetime_years: year) -> device:
    """Devices bought over the years of a service: for the largest demand of their life, and again when it ends.

    In proportion to demand, not rounded to replicas. With shrinking demand the first year of each span decides.
    """
    spans = np.ceil(service_years / lifetime_years)
    by_span = demand_growth**lifetime_years
    before = spans - 1.0
    if by_span != 1.0:
        before = (by_span ** (spans - 1.0) - 1.0) / (by_span - 1.0)
    if demand_growth >= 1.0:
        return serving_devices * (by_span * before + demand_growth**service_years)
    return serving_devices * (before + by_span ** (spans - 1.0))


@equation(source="definition", formula="service_requests request_operational_carbon / 1000", provenance="extension")
def service_operational_carbon(service_requests: number, request_operational_carbon: gCO2e) -> kgCO2e:
    """Carbon of the electricity of a service over its years, at the energy of a request of the first."""
    return service_requests * request_operational_carbon / 1000.0


@equation(source="definition", formula="devices_bought device_embodied", provenance="extension")
def service_embodied_carbon(devices_bought: device, device_embodied: kgCO2e) -> kgCO2e:
    """Carbon of making all devices that a service buys over its years."""
    return devices_bought * device_embodied


@equation(source="definition", formula="service_operational_carbon + service_embodied_carbon", provenance="extension")
def service_carbon(service_operational_carbon: kgCO2e, service_embodied_carbon: kgCO2e) -> kgCO2e:
    """Operational and embodied carbon of a service over its years."""
    return service_operational_carbon + service_embodied_carbon


@equation(
    source="definition",
    formula="device_embodied serving_devices / (31,536,000 rate (e_old - e_new) CI), infinite if nothing is saved",
    provenance="extension",
)
def refresh_years(
    device_embodied: kgCO2e,
    serving_devices: device,
    served_rate: per_s,
    kept_energy_per_request: Wh,
    facility_energy_per_request: Wh,
    carbon_intensity: gCO2e_per_kWh,
) -> year:
    """Years after which new devices have saved the carbon of their making, against keeping those that are there.

    The making of the kept ones is past and does not count. NaN where the new ones save nothing.
    """
    saved = (kept_energy_per_request - facility_energy_per_request) * carbon_intensity * served_rate
    if saved <= 0.0:
        return np.nan
    return device_embodied * serving_devices * 1e6 / (saved * 365.0 * 86400.0)


@equation(source="definition", formula="1000 total_carbon / service_requests", provenance="extension")
def training_carbon_per_request(total_carbon: kgCO2e, service_requests: number) -> gCO2e:
    """Carbon of training the model for each request of the service."""
    return 1000.0 * total_carbon / service_requests


@equation(
    source="definition",
    formula="service_requests server_energy_per_request / 1000",
    quantity="inference_hardware_energy",
    variant="served",
    provenance="extension",
)
def inference_hardware_energy_served(service_requests: number, server_energy_per_request: Wh) -> kWh:
    """Energy that servers use in inference over the years of a service."""
    return service_requests * server_energy_per_request / 1000.0


@equation(
    source="definition",
    formula="service_embodied_carbon",
    quantity="inference_embodied_carbon",
    variant="served",
    provenance="extension",
)
def inference_embodied_carbon_served(service_embodied_carbon: kgCO2e) -> kgCO2e:
    """Embodied carbon of all devices that a service buys over its years."""
    return 1.0 * service_embodied_carbon
