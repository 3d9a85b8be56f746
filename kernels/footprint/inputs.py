"""Sites, prices, manufacturing, and how hardware is accounted for."""

from __future__ import annotations

from carbonsweep.kernels.registry import declare

declare("process_node", "nm", "Nominal node of the accelerator's logic dies.", valid="(0, inf)")
declare("die_area", "cm2", "Logic silicon in one accelerator package.", valid="(0, inf)")
declare(
    "fab_energy_per_area",
    "kWh/cm2",
    "Electricity of the fab for each area of wafer.",
)
declare("fab_gas_per_area", "kgCO2e/cm2", "Process gases of the fab for each area of wafer, after abatement.")
declare("fab_material_per_area", "kgCO2e/cm2", "Raw materials for each area of wafer.")
declare(
    "fab_carbon_intensity",
    "gCO2e/kWh",
    "Carbon intensity of the fab's electricity.",
    default=642,
    source="ACT v2, Taiwan 2023",
)
declare(
    "fab_yield",
    "1",
    "Share of the wafer's area that ends in good dies.",
    valid="(0, 1]",
    default=0.875,
    source="ACT v2 default (Gupta et al. 2022)",
)
declare("product_footprint", "kgCO2e", "Manufacturing footprint of one accelerator by its maker or an LCA.")
declare("boavizta_footprint", "kgCO2e", "Manufacturing footprint of one accelerator by Boavizta's model.")
declare("pue", "1", "Facility energy over hardware energy (power usage effectiveness).", valid="[1, inf)")
ACCOUNTING = (
    "location_lifecycle",
    "location_direct",
    "market",
    "short_run_marginal",
    "long_run_marginal",
    "as_listed",
)
"""What a carbon intensity counts; the last is whatever the row has."""

declare(
    "accounting",
    "1",
    "What a carbon intensity counts: a grid's average over the life cycle of its plants or at their stacks, the mix "
    "that is contracted, what the next kWh or lasting load causes, or whatever the region lists.",
    choices=ACCOUNTING,
    default="location_lifecycle",
    source="footprints count fuel supply and construction",
)
for _name, _what in (
    ("lifecycle", "the grid's mean over the life cycle of its plants: fuel supply and construction included"),
    ("direct", "the grid's mean at the stacks of its power plants"),
    ("residual", "the grid's mix without what is contracted"),
    ("short_run_marginal", "the plants that supply the next kWh"),
    ("long_run_marginal", "the plants that lasting load brings about"),
    ("listed", "what the catalog lists first, of whatever kind it is"),
):
    declare(f"{_name}_intensity", "gCO2e/kWh", f"Carbon intensity of {_what}.", optional=True)
declare(
    "contracted_share",
    "1",
    "Share of the electricity that contracts supply (power purchase agreements, certificates), over a year.",
    default=0,
    source="none unless given",
    provenance="assumed",
)
declare(
    "contracted_intensity",
    "gCO2e/kWh",
    "Carbon intensity of the electricity that is contracted.",
    default=0,
    source="GHG Protocol Scope 2 Guidance: wind and solar power count as zero at the stack",
)
declare(
    "pue_is_fallback",
    "1",
    "Whether the PUE is one of the provider's fleet or an assumption instead of the site's own.",
    valid="[0, 1]",
    default=0,
    source="a PUE that is given is the site's",
    integer=True,
)
declare(
    "pue_fallback",
    "1",
    "Whether a region without a PUE of its own takes that of the provider's fleet.",
    choices=("fleet", "refuse"),
    default="fleet",
    source="fleet values are within a tenth of the sites that publish one",
    provenance="assumed",
)
declare(
    "lifetime_years",
    "year",
    "Years that hardware serves.",
    valid="(0, inf)",
    default=5,
    source="LLMCarbon's code: 1825 days",
)
declare(
    "fleet_utilisation",
    "1",
    "Share of its life that hardware works; what is idle is charged to what works.",
    valid="(0, 1]",
    default=1,
    source="LLMCarbon's code does not divide by it (Meta's fleet: 0.6, Wu et al. 2022)",
)
declare("cpu_area", "cm2", "Die area of one CPU.", default=1.47, source="LLMCarbon Table 3")
declare(
    "cpu_carbon_per_area",
    "kgCO2e/cm2",
    "Manufacturing carbon of CPU silicon.",
    default=1.0,
    source="LLMCarbon Table 3 (TSMC 16 nm)",
)
declare(
    "dram_carbon_density",
    "kgCO2e/GB",
    "Manufacturing carbon of DRAM; published values span 0.048 to 1.39.",
    default=0.4,
    source="LLMCarbon Table 3 (Micron 18 nm)",
)
declare(
    "ssd_carbon_density",
    "kgCO2e/GB",
    "Manufacturing carbon of SSD.",
    default=0.018,
    source="LLMCarbon Table 3 (Samsung 20 nm), authors' code",
)
declare(
    "other_area",
    "cm2",
    "Silicon of all other chips of one server.",
    default=111.6,
    source="LLMCarbon Table 3, authors' code (sized to about 15 % of the total)",
)
declare(
    "other_carbon_per_area",
    "kgCO2e/cm2",
    "Manufacturing carbon of the other chips.",
    default=1.2,
    source="LLMCarbon Table 3 (TSMC 12 nm)",
)
declare(
    "pipeline",
    "1",
    "What is developed: a base model, or one that reasons, whose post-training takes many more experiments.",
    choices=("base", "reasoning"),
)
declare(
    "stored_datasets",
    "TB",
    "Data sets kept in storage, beside checkpoints.",
    default=0,
    source="none unless given",
    provenance="assumed",
)
declare("checkpoints_kept", "1", "Checkpoints of the training kept in storage.")
declare("checkpoints_written", "1", "Checkpoints written while training.")
declare("checkpoint_bandwidth", "B/s", "Rate at which the whole training writes a checkpoint.", valid="(0, inf)")
declare("rl_steps", "1", "Steps of reinforcement learning.")
declare("rl_prompts_per_step", "1", "Prompts of one step of reinforcement learning.")
declare("rl_samples_per_prompt", "1", "Answers generated for each prompt of reinforcement learning.")
declare("rl_response_tokens", "token", "Tokens of an answer in reinforcement learning; a mean.")
declare(
    "rl_trained_fraction",
    "1",
    "Share of the generated tokens that the model is trained on.",
    valid="[0, 1]",
    default=1,
    source="all unless given",
    provenance="assumed",
)
declare(
    "reference_models",
    "1",
    "Models of the same size that read every answer: a reference policy, a reward model.",
    default=1,
    source="one reference policy unless given",
    provenance="assumed",
)
declare(
    "rl_idle_share",
    "1",
    "Share of their time that the accelerators that learn wait for answers; 0 to 0.5.",
    valid="[0, 1)",
    default=0.2,
    source="assumed",
    provenance="assumed",
)
declare("stage_tokens", "token", "Tokens that a stage besides the final run learns from.")
declare("stage_multiple", "1", "Device-hours of a stage besides the final run, for each device-hour of that.")
declare("synthetic_tokens", "token", "Tokens generated as training data.")
declare(
    "transferred_data",
    "TB",
    "Data in transfer inside the data centre over the storage period.",
    default=0,
    source="none unless given",
    provenance="assumed",
)
declare(
    "storage_days",
    "day",
    "Length of the storage period.",
    default=180,
    source="LLMCarbon's storage validation, six months (as recalled)",
    provenance="recalled",
)
declare(
    "storage_power_density",
    "W/TB",
    "Power of stored data.",
    default=11.3,
    source="Posani et al. 2018, as LLMCarbon uses it (recalled)",
    provenance="recalled",
)
declare(
    "transfer_power_density",
    "W/TB",
    "Power of data in transfer inside the data centre.",
    default=1.48,
    source="Baliga et al. 2011, as LLMCarbon uses it (recalled)",
    provenance="recalled",
)
declare("wue", "l/kWh", "Water that the site evaporates for each kWh of its hardware (water usage effectiveness).")
declare("grid_water_intensity", "l/kWh", "Water that power plants evaporate for each kWh of electricity.")
declare("electricity_price", "USD/kWh", "Price of electricity at the facility's meter.")
declare(
    "device_hour_price",
    "USD/device-hour",
    "Rent of one accelerator with its share of the server, electricity included.",
)
declare("device_price", "USD", "Purchase price of one accelerator with its share of the server.")
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
declare("idle_fleet_devices", "device", "Accelerators that are owned and stand idle meanwhile.")
declare(
    "idle_power_per_device",
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
declare(
    "grid_decline_rate",
    "1/year",
    "Share by which carbon intensity falls every year; negative where it rises.",
    valid="[-0.5, 0.9]",
    default=0,
    source="32 zones, 2021 to 2024: median 0.012, tenth and ninetieth percentile 0.19 and -0.095: none unless given",
    provenance="assumed",
)
declare(
    "start_year_offset",
    "year",
    "Years from that of the carbon intensity to the start.",
    valid="[0, 100]",
    default=0,
    source="now unless given",
    provenance="assumed",
)
declare("horizon_years", "year", "Years ahead that are looked at.", valid="(0, 100]")
declare("replacement_years", "year", "Years after which hardware is replaced by new.", valid="[0.1, inf)")
declare(
    "generation_gain",
    "1/year",
    "Gain a year in work a device, at the same power, of hardware that is bought new.",
    valid="[0, 10]",
    default=0,
    source="none unless given",
    provenance="assumed",
)
declare(
    "sold_on",
    "1",
    "Whether hardware that is replaced serves others until the end of its life: 1 or 0.",
    valid="[0, 1]",
    default=0,
    source="scrapped unless given",
    provenance="assumed",
    integer=True,
)
declare(
    "sparsity_gain",
    "1",
    "Advertised gain of the peak rate from structured sparsity; 1 for none.",
    valid="[1, inf)",
)
declare(
    "device_mtbf",
    "device-hour",
    "Device-hours between failures that stop a training.",
    valid="(0, inf)",
    default=50700,
    source="Llama 3: 419 unexpected interruptions in 54 days on 16,384 devices (read); OPT-175B about 13,000, BLOOM "
    "about 43,000 (recalled): log-normal, a factor of 2",
)
declare(
    "checkpoint_time",
    "s",
    "Time that training stands still for one checkpoint; about 5 s if it is written beside the training.",
    default=30,
    source="assumed",
    provenance="assumed",
)
declare(
    "restart_time",
    "s",
    "Time from a failure to the next step.",
    default=600,
    source="assumed",
    provenance="assumed",
)
