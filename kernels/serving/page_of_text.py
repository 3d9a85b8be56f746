"""One page of text: energy, carbon, water and cost of writing it with a language model and by a human.

Embodied carbon enters by the engine's own model or by a multiplier on operational carbon, which are variants of one
quantity: no chain can hold both.
"""

from carbonsweep.kernels.registry import equals, equation
from carbonsweep.kernels.units import (
    USD,
    USD_per_token,
    Wh,
    gCO2e,
    gCO2e_per_kWh,
    kgCO2e,
    kWh,
    litre,
    litre_per_kWh,
    number,
    token,
)

REN = "Ren et al. 2024 (doi 10.1038/s41598-024-76682-6), through secondary sources"


@equation(source=REN, formula="E_IT = E_device / device_energy_share", variant="measured", provenance="recalled")
def page_hardware_energy(page_device_energy: kWh, device_energy_share: number) -> kWh:
    """Energy that servers use for one page.

    From the energy measured at the accelerators and their share in the server's.
    """
    return page_device_energy / device_energy_share


@equation(
    source="this project: the serving model",
    formula="server_energy_per_request / 1000 * tokens_per_page / output_tokens",
    quantity="page_hardware_energy",
    variant="served",
    provenance="extension",
)
def page_hardware_energy_served(server_energy_per_request: Wh, tokens_per_page: token, output_tokens: token) -> kWh:
    """Energy that servers use for one page, as long answers of the service.

    Each token has its share of the prompt and of idle time.
    """
    return server_energy_per_request / 1000.0 * tokens_per_page / output_tokens


@equation(
    source="this project: inference of the sweep, by the token",
    formula="inference_hardware_energy / inference_tokens * tokens_per_page",
    quantity="page_hardware_energy",
    variant="llmcarbon",
    provenance="extension",
)
def page_hardware_energy_llmcarbon(
    inference_hardware_energy: kWh, inference_tokens: token, tokens_per_page: token
) -> kWh:
    """Energy that servers use for one page, from the inference model of the sweep.

    Operations over rate: prompt and answer alike, without idle time. NaN without inference.
    """
    return inference_hardware_energy / inference_tokens * tokens_per_page


@equation(source=REN, formula="E = E_IT * PUE", provenance="recalled")
def page_energy(page_hardware_energy: kWh, pue: number) -> kWh:
    """Energy that the facility uses for one page.

    Training is not amortised over pages.
    """
    return page_hardware_energy * pue


@equation(source=REN, formula="E * CI", provenance="recalled")
def page_operational_carbon(page_energy: kWh, carbon_intensity: gCO2e_per_kWh) -> gCO2e:
    """Carbon of the electricity of one page.

    Location- or market-based, life-cycle or direct, as the carbon intensity is.
    """
    return page_energy * carbon_intensity


@equation(source=REN, formula="E_IT * WUE + E * EWIF", provenance="recalled")
def page_operational_water(
    page_hardware_energy: kWh, page_energy: kWh, wue: litre_per_kWh, grid_water_intensity: litre_per_kWh
) -> litre:
    """Water of the electricity of one page.

    Site water by hardware energy, water of power plants by facility energy.
    """
    return page_hardware_energy * wue + page_energy * grid_water_intensity


@equation(source=REN, formula="m_emb * E * CI", variant="embodied_multiplier", provenance="recalled")
def page_carbon(page_operational_carbon: gCO2e, embodied_multiplier: number) -> gCO2e:
    """Carbon of one page, operational and embodied.

    The multiplier stands in for embodied carbon (Ren et al. take 2); the engine's own embodied carbon is then left
    out.
    """
    return page_operational_carbon * embodied_multiplier


@equation(
    source="this project: the serving model",
    formula="page_operational_carbon + request_embodied_carbon * tokens_per_page / output_tokens",
    quantity="page_carbon",
    variant="served",
    provenance="extension",
)
def page_carbon_served(
    page_operational_carbon: gCO2e, request_embodied_carbon: gCO2e, tokens_per_page: token, output_tokens: token
) -> gCO2e:
    """Carbon of one page, operational and embodied, as answers of the service."""
    return page_operational_carbon + request_embodied_carbon * tokens_per_page / output_tokens


@equation(
    source="this project: embodied carbon of inference, by the token",
    formula="page_operational_carbon + 1000 inference_embodied_carbon / inference_tokens * tokens_per_page",
    quantity="page_carbon",
    variant="llmcarbon",
    provenance="extension",
)
def page_carbon_llmcarbon(
    page_operational_carbon: gCO2e, inference_embodied_carbon: kgCO2e, inference_tokens: token, tokens_per_page: token
) -> gCO2e:
    """Carbon of one page, operational and embodied, with the engine's model of embodied carbon.

    No multiplier enters. NaN without inference.
    """
    return page_operational_carbon + 1000.0 * inference_embodied_carbon / inference_tokens * tokens_per_page


@equation(source=REN, formula="m_emb (E_IT * WUE + E * EWIF)", variant="embodied_multiplier", provenance="recalled")
def page_water(page_operational_water: litre, embodied_multiplier: number) -> litre:
    """Water of one page.

    The multiplier stands in for the water of making the hardware (Ren et al. take 2).
    """
    return page_operational_water * embodied_multiplier


equals(
    "page_water",
    "page_operational_water",
    litre,
    "Water of the electricity of one page, without that of making the hardware.",
    notes="The engine has no model of embodied water.",
    variant="operational",
    source="this project: water of electricity alone",
    provenance="extension",
)


@equation(
    source="this project: a price by the token",
    formula="tokens_per_page * token_price",
    variant="by_token",
    provenance="extension",
)
def page_cost(tokens_per_page: token, token_price: USD_per_token) -> USD:
    """Cost of one page.

    As bought by the token.
    """
    return tokens_per_page * token_price


@equation(
    source="this project: the serving model",
    formula="request_cost * tokens_per_page / output_tokens",
    quantity="page_cost",
    variant="served",
    provenance="extension",
)
def page_cost_served(request_cost: USD, tokens_per_page: token, output_tokens: token) -> USD:
    """Cost of one page, as answers of the service."""
    return request_cost * tokens_per_page / output_tokens


@equation(
    source="this project: cost of inference, by the token",
    formula="inference_cost / inference_tokens * tokens_per_page",
    quantity="page_cost",
    variant="llmcarbon",
    provenance="extension",
)
def page_cost_llmcarbon(inference_cost: USD, inference_tokens: token, tokens_per_page: token) -> USD:
    """Cost of one page, from the cost of the hardware that serves it.

    Busy time only. NaN without inference.
    """
    return inference_cost / inference_tokens * tokens_per_page


@equation(source=REN, formula="human_page_energy / page_energy", provenance="recalled")
def human_energy_ratio(human_page_energy: kWh, page_energy: kWh) -> number:
    """Energy of a page that a human writes over that of a language model.

    NaN where the human baseline does not know it.
    """
    return human_page_energy / page_energy


@equation(source=REN, formula="human_page_carbon / page_carbon", provenance="recalled")
def human_carbon_ratio(human_page_carbon: gCO2e, page_carbon: gCO2e) -> number:
    """Carbon of a page that a human writes over that of a language model.

    NaN where the human baseline does not know it.
    """
    return human_page_carbon / page_carbon


@equation(source=REN, formula="human_page_water / page_water", provenance="recalled")
def human_water_ratio(human_page_water: litre, page_water: litre) -> number:
    """Water of a page that a human writes over that of a language model.

    NaN where the human baseline does not know it.
    """
    return human_page_water / page_water


@equation(source=REN, formula="human_page_cost / page_cost", provenance="recalled")
def human_cost_ratio(human_page_cost: USD, page_cost: USD) -> number:
    """Cost of a page that a human writes over that of a language model.

    NaN where the human baseline does not know it.
    """
    return human_page_cost / page_cost
