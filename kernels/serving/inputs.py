"""What is served, and what was measured of a page."""

from __future__ import annotations

from carbonsweep.kernels.registry import declare

declare(
    "inference_training_ratio",
    "1",
    "Device-hours of inference for each device-hour of training, where inference goes by proportion.",
    default=3.5,
    source="experimentation : training : inference = 10 : 20 : 70, Wu et al. 2022, as recalled",
    provenance="recalled",
)
declare("request_batch", "sequence", "Sequences served together.", valid="(0, inf)")
declare("request_tokens", "token", "Tokens processed for each sequence of a request batch.", valid="(0, inf)")
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
