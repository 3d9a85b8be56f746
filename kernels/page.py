"""One page of text: energy, carbon, water and cost of writing it with a language model and by a human.

Embodied carbon enters by the engine's own model or by a multiplier on operational carbon, which are variants of one
quantity: no chain can hold both.
"""

from __future__ import annotations

from carbonsweep.kernels.registry import equation

REN = "Ren et al. 2024 (doi 10.1038/s41598-024-76682-6), through secondary sources"


@equation(
    unit="kWh",
    source=REN,
    formula="E_IT = E_device / device_energy_share",
    variant="measured",
    provenance="recalled",
)
def page_hardware_energy(page_device_energy, device_energy_share):
    """Energy that servers use for one page.

    Parameters
    ----------
    page_device_energy : kWh
    device_energy_share : 1

    Returns
    -------
    kWh

    Notes
    -----
    From the energy measured at the accelerators and their share in the server's.
    """
    return page_device_energy / device_energy_share


@equation(
    unit="kWh",
    source="this project: inference of the sweep, by the token",
    formula="inference_hardware_energy / inference_tokens * tokens_per_page",
    quantity="page_hardware_energy",
    variant="computed",
    provenance="extension",
)
def page_hardware_energy_computed(inference_hardware_energy, inference_tokens, tokens_per_page):
    """Energy that servers use for one page, from the inference model of the sweep.

    Parameters
    ----------
    inference_hardware_energy : kWh
    inference_tokens : token
    tokens_per_page : token

    Returns
    -------
    kWh

    Notes
    -----
    Operations over rate: prompt and answer alike, without idle time. NaN without inference.
    """
    return inference_hardware_energy / inference_tokens * tokens_per_page


@equation(unit="kWh", source=REN, formula="E = E_IT * PUE", provenance="recalled")
def page_energy(page_hardware_energy, pue):
    """Energy that the facility uses for one page.

    Parameters
    ----------
    page_hardware_energy : kWh
    pue : 1

    Returns
    -------
    kWh

    Notes
    -----
    Training is not amortised over pages.
    """
    return page_hardware_energy * pue


@equation(unit="gCO2e", source=REN, formula="E * CI", provenance="recalled")
def page_operational_carbon(page_energy, carbon_intensity):
    """Carbon of the electricity of one page.

    Parameters
    ----------
    page_energy : kWh
    carbon_intensity : gCO2e/kWh

    Returns
    -------
    gCO2e

    Notes
    -----
    Location- or market-based, life-cycle or direct, as the carbon intensity is.
    """
    return page_energy * carbon_intensity


@equation(unit="l", source=REN, formula="E_IT * WUE + E * EWIF", provenance="recalled")
def page_operational_water(page_hardware_energy, page_energy, wue, grid_water_intensity):
    """Water of the electricity of one page.

    Parameters
    ----------
    page_hardware_energy : kWh
    page_energy : kWh
    wue : l/kWh
    grid_water_intensity : l/kWh

    Returns
    -------
    l

    Notes
    -----
    Site water by hardware energy, water of power plants by facility energy.
    """
    return page_hardware_energy * wue + page_energy * grid_water_intensity


@equation(
    unit="gCO2e",
    source=REN,
    formula="m_emb * E * CI",
    variant="embodied_multiplier",
    provenance="recalled",
)
def page_carbon(page_operational_carbon, embodied_multiplier):
    """Carbon of one page, operational and embodied.

    Parameters
    ----------
    page_operational_carbon : gCO2e
    embodied_multiplier : 1

    Returns
    -------
    gCO2e

    Notes
    -----
    The multiplier stands in for embodied carbon (Ren et al. take 2); the engine's own embodied carbon is then left
    out.
    """
    return page_operational_carbon * embodied_multiplier


@equation(
    unit="gCO2e",
    source="this project: embodied carbon of inference, by the token",
    formula="page_operational_carbon + 1000 inference_embodied_carbon / inference_tokens * tokens_per_page",
    quantity="page_carbon",
    variant="embodied",
    provenance="extension",
)
def page_carbon_embodied(page_operational_carbon, inference_embodied_carbon, inference_tokens, tokens_per_page):
    """Carbon of one page, operational and embodied, with the engine's model of embodied carbon.

    Parameters
    ----------
    page_operational_carbon : gCO2e
    inference_embodied_carbon : kgCO2e
    inference_tokens : token
    tokens_per_page : token

    Returns
    -------
    gCO2e

    Notes
    -----
    No multiplier enters. NaN without inference.
    """
    return page_operational_carbon + 1000.0 * inference_embodied_carbon / inference_tokens * tokens_per_page


@equation(
    unit="l",
    source=REN,
    formula="m_emb (E_IT * WUE + E * EWIF)",
    variant="embodied_multiplier",
    provenance="recalled",
)
def page_water(page_operational_water, embodied_multiplier):
    """Water of one page.

    Parameters
    ----------
    page_operational_water : l
    embodied_multiplier : 1

    Returns
    -------
    l

    Notes
    -----
    The multiplier stands in for the water of making the hardware (Ren et al. take 2).
    """
    return page_operational_water * embodied_multiplier


@equation(
    unit="l",
    source="this project: water of electricity alone",
    formula="page_water = page_operational_water",
    quantity="page_water",
    variant="operational",
    provenance="extension",
)
def page_water_operational(page_operational_water):
    """Water of the electricity of one page, without that of making the hardware.

    Parameters
    ----------
    page_operational_water : l

    Returns
    -------
    l

    Notes
    -----
    The engine has no model of embodied water.
    """
    return 1.0 * page_operational_water


@equation(
    unit="USD",
    source="this project: a price by the token",
    formula="tokens_per_page * token_price",
    variant="by_token",
    provenance="extension",
)
def page_cost(tokens_per_page, token_price):
    """Cost of one page.

    Parameters
    ----------
    tokens_per_page : token
    token_price : USD/token

    Returns
    -------
    USD

    Notes
    -----
    As bought by the token.
    """
    return tokens_per_page * token_price


@equation(
    unit="USD",
    source="this project: cost of inference, by the token",
    formula="inference_cost / inference_tokens * tokens_per_page",
    quantity="page_cost",
    variant="by_hardware",
    provenance="extension",
)
def page_cost_by_hardware(inference_cost, inference_tokens, tokens_per_page):
    """Cost of one page, from the cost of the hardware that serves it.

    Parameters
    ----------
    inference_cost : USD
    inference_tokens : token
    tokens_per_page : token

    Returns
    -------
    USD

    Notes
    -----
    Busy time only. NaN without inference.
    """
    return inference_cost / inference_tokens * tokens_per_page


@equation(unit="1", source=REN, formula="human_page_energy / page_energy", provenance="recalled")
def human_energy_ratio(human_page_energy, page_energy):
    """Energy of a page that a human writes over that of a language model.

    Parameters
    ----------
    human_page_energy : kWh
    page_energy : kWh

    Returns
    -------
    1

    Notes
    -----
    NaN where the human baseline does not know it.
    """
    return human_page_energy / page_energy


@equation(unit="1", source=REN, formula="human_page_carbon / page_carbon", provenance="recalled")
def human_carbon_ratio(human_page_carbon, page_carbon):
    """Carbon of a page that a human writes over that of a language model.

    Parameters
    ----------
    human_page_carbon : gCO2e
    page_carbon : gCO2e

    Returns
    -------
    1

    Notes
    -----
    NaN where the human baseline does not know it.
    """
    return human_page_carbon / page_carbon


@equation(unit="1", source=REN, formula="human_page_water / page_water", provenance="recalled")
def human_water_ratio(human_page_water, page_water):
    """Water of a page that a human writes over that of a language model.

    Parameters
    ----------
    human_page_water : l
    page_water : l

    Returns
    -------
    1

    Notes
    -----
    NaN where the human baseline does not know it.
    """
    return human_page_water / page_water


@equation(unit="1", source=REN, formula="human_page_cost / page_cost", provenance="recalled")
def human_cost_ratio(human_page_cost, page_cost):
    """Cost of a page that a human writes over that of a language model.

    Parameters
    ----------
    human_page_cost : USD
    page_cost : USD

    Returns
    -------
    1

    Notes
    -----
    NaN where the human baseline does not know it.
    """
    return human_page_cost / page_cost
