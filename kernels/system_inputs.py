"""Inputs of the systems around LLMCarbon: water, cost, pages, accounting, sparsity, structure, modules, upcycling.

As in `inputs`: unit, meaning, range and, where one can be defended, a default with its source. What no source gives
has no default: a plan that needs it must say it.
"""

from __future__ import annotations

from carbonsweep.kernels.registry import declare

# ---- water and cost ---------------------------------------------------------------------------------------

declare("wue", "l/kWh", "Water that the site evaporates for each kWh of its hardware (water usage effectiveness).")
declare("grid_water_intensity", "l/kWh", "Water that power plants evaporate for each kWh of electricity.")
declare("electricity_price", "USD/kWh", "Price of electricity at the facility's meter.")
declare(
    "device_hour_price",
    "USD/device-hour",
    "Rent of one accelerator with its share of the server, electricity included.",
)
declare("device_price", "USD", "Purchase price of one accelerator with its share of the server.")

# ---- a page of text ---------------------------------------------------------------------------------------

declare("page_device_energy", "kWh", "Energy of the accelerators for one page, measured.")
declare("device_energy_share", "1", "Share of the accelerators in the energy of their server.", valid="(0, 1]")
declare(
    "tokens_per_page",
    "token",
    "Tokens of one page.",
    valid="(0, inf)",
    default=667,
    source="500 words at 0.75 words a token",
    provenance="assumed",
)
declare(
    "embodied_multiplier",
    "1",
    "Operational and embodied over operational, where embodied carbon is not modelled.",
    valid="[1, inf)",
)
declare("token_price", "USD/token", "Price of one token of inference.")
declare("human_page_energy", "kWh", "Energy of a page that a human writes.", optional=True)
declare("human_page_carbon", "gCO2e", "Carbon of a page that a human writes.", optional=True)
declare("human_page_water", "l", "Water of a page that a human writes.", optional=True)
declare("human_page_cost", "USD", "Cost of a page that a human writes.", optional=True)

# ---- accounting of owned and bought hardware --------------------------------------------------------------

declare(
    "functional_units",
    "unit",
    "Units of work R over which a footprint is reported: tokens, pages, score-years.",
    valid="(0, inf)",
)
declare(
    "hardware_status",
    "1",
    "Whether the decision at hand also decides that the hardware is made.",
    choices=("owned", "rented", "replacement", "new"),
)
declare(
    "amortisation",
    "1",
    "Years to spread manufacturing carbon over: a fixed life, that and nothing after it, or the age if it is more.",
    choices=("fixed_life", "zero_after_life", "life_or_age"),
    default="fixed_life",
    source="LLMCarbon Eq. 12",
)
declare("server_age", "year", "Age of a server.", default=0, source="new unless given", provenance="assumed")
declare("server_embodied", "kgCO2e", "Manufacturing carbon of one server, of the parts that are counted.")
declare(
    "server_performance", "unit/s", "Work of one server at full load, as a rate: a benchmark's score.", valid="(0, inf)"
)
declare("server_power", "W", "Power of one server at full load.", valid="(0, inf)")
declare(
    "idle_devices",
    "device",
    "Accelerators that are owned and stand idle meanwhile.",
    default=0,
    source="none unless given",
    provenance="assumed",
)
declare(
    "idle_device_power",
    "W",
    "Power of an idle accelerator with its share of the server.",
    default=0,
    source="idle base power left out, as Bashir et al. 2024 leave it out of oSCI",
    provenance="assumed",
)
declare(
    "usage_share",
    "1",
    "Share of all work that this is: so much of the idle hardware is charged to it.",
    valid="[0, 1]",
    default=1,
    source="the only work unless given",
    provenance="assumed",
)
declare(
    "reconciliation_factor",
    "1",
    "Total footprint that the provider reports over its operational one.",
    valid="[1, inf)",
)
declare("fleet_embodied_carbon", "kgCO2e", "Embodied carbon of all servers owned, over the time of the work.")
declare("sci_pick_operational_carbon", "kgCO2e", "Operational carbon of the work on the owned servers of least SCI.")
declare(
    "osci_pick_operational_carbon", "kgCO2e", "Operational carbon of the work on those of least oSCI.", valid="(0, inf)"
)
