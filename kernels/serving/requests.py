"""Carbon, water and cost of a request; LLMCarbon's chain of 2 N D operations beside it."""

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import (
    USD,
    FLOP_per_s,
    USD_per_device_hour,
    USD_per_kWh,
    W,
    Wh,
    device,
    gCO2e,
    gCO2e_per_kWh,
    kgCO2e,
    litre,
    litre_per_kWh,
    number,
    parameter,
    per_s,
    s,
    sequence,
    token,
    year,
)

LI = "Li et al. 2023 (arXiv 2304.03271)"
PRICES = "arithmetic on the prices given"


@equation(source="definition", formula="ttft + (O - 1) tpot", variant="served", provenance="extension")
def request_latency(ttft: s, tpot: s, output_tokens: token) -> s:
    """Mean time from a request to the last token of its answer."""
    return ttft + (output_tokens - 1.0) * tpot


@equation(
    source="LLMCarbon Eqs. 5 and 7",
    formula="2 (P + structure_reuse) request_batch request_tokens / (n_dev FLOP_peak eff) * inference_time_factor",
    quantity="request_latency",
    variant="llmcarbon",
)
def request_latency_llmcarbon(
    working_parameters: parameter,
    request_batch: sequence,
    request_tokens: token,
    inference_devices: device,
    peak_flops: FLOP_per_s,
    inference_efficiency: number,
    structure_reuse: parameter,
    inference_time_factor: number,
) -> s:
    """Time to serve one batch of requests by its operations.

    Operations over rate: memory bandwidth, queueing and network do not enter.
    """
    operations = 2.0 * (working_parameters + structure_reuse) * request_batch * request_tokens
    return operations / (inference_devices * peak_flops * inference_efficiency) * inference_time_factor


@equation(
    valid="(0, inf)",
    source="LLMCarbon Eqs. 8 and 9",
    formula="request_latency inference_devices inference_device_power power_factor pue / request_batch",
    quantity="facility_energy_per_request",
    variant="llmcarbon",
)
def facility_energy_per_request_llmcarbon(
    request_latency: s,
    inference_devices: device,
    inference_device_power: W,
    pue: number,
    power_factor: number,
    request_batch: sequence,
) -> Wh:
    """Energy of the facility for one request of a batch, by its operations.

    All serving devices work on this batch alone.
    """
    return request_latency * inference_devices * inference_device_power * pue / 3600.0 * power_factor / request_batch


@equation(
    source="LLMCarbon Eq. 10",
    formula="facility_energy_per_request carbon_intensity / 1000",
)
def request_operational_carbon(facility_energy_per_request: Wh, carbon_intensity: gCO2e_per_kWh) -> gCO2e:
    """Carbon of the electricity of one request."""
    return facility_energy_per_request * carbon_intensity / 1000.0


@equation(
    source="this project: all devices that are owned are charged, idle ones too",
    formula="1000 device_embodied serving_devices / (365 86400 lifetime_years served_rate)",
    provenance="extension",
)
def request_embodied_carbon(
    device_embodied: kgCO2e, serving_devices: device, lifetime_years: year, served_rate: per_s
) -> gCO2e:
    """Embodied carbon of one request: the making of the service's devices over all requests of their life."""
    return 1000.0 * device_embodied * serving_devices / (365.0 * 86400.0 * lifetime_years * served_rate)


@equation(
    source="definition",
    formula="request_operational_carbon + request_embodied_carbon",
    variant="served",
    provenance="extension",
)
def request_carbon(request_operational_carbon: gCO2e, request_embodied_carbon: gCO2e) -> gCO2e:
    """Operational and embodied carbon of one request."""
    return request_operational_carbon + request_embodied_carbon


@equation(
    source="LLMCarbon Eq. 10", formula="request_operational_carbon", quantity="request_carbon", variant="llmcarbon"
)
def request_carbon_llmcarbon(request_operational_carbon: gCO2e) -> gCO2e:
    """Operational carbon of one request of a batch; embodied carbon is left out."""
    return 1.0 * request_operational_carbon


@equation(source=LI, formula="facility_energy_per_request (WUE / PUE + EWIF) / 1000")
def request_water(
    facility_energy_per_request: Wh, pue: number, wue: litre_per_kWh, grid_water_intensity: litre_per_kWh
) -> litre:
    """Water of the electricity of one request.

    The facility's energy, divided by PUE, is the servers'.
    """
    return facility_energy_per_request / 1000.0 * (wue / pue + grid_water_intensity)


@equation(
    source=PRICES,
    formula="serving_devices device_hour_price / (3600 served_rate)",
    variant="rented",
)
def request_cost(serving_devices: device, device_hour_price: USD_per_device_hour, served_rate: per_s) -> USD:
    """Cost of one request on rented hardware, which is paid for idle time too."""
    return serving_devices * device_hour_price / (3600.0 * served_rate)


@equation(
    source=PRICES,
    formula="facility energy x electricity_price + serving_devices device_price / (lifetime served_rate)",
    quantity="request_cost",
    variant="owned",
)
def request_cost_owned(
    facility_energy_per_request: Wh,
    electricity_price: USD_per_kWh,
    serving_devices: device,
    device_price: USD,
    lifetime_years: year,
    served_rate: per_s,
) -> USD:
    """Cost of one request on hardware of one's own, staff and buildings left out."""
    hardware = serving_devices * device_price / (365.0 * 86400.0 * lifetime_years * served_rate)
    return facility_energy_per_request / 1000.0 * electricity_price + hardware
