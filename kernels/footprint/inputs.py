"""Sites, prices, manufacturing, and how hardware is accounted for."""

from __future__ import annotations

from carbonsweep.kernels.registry import declare

declare("sample", "1", "Number of the joint sample of what is uncertain.", valid="[0, inf)", integer=True)
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
declare(
    "logic_dies",
    "1",
    "Logic dies in one accelerator package.",
    valid="[1, inf)",
    integer=True,
    default=1,
    source="one die",
    provenance="assumed",
)
declare(
    "defect_density",
    "1/cm2",
    "Defects of the process of the accelerator's logic dies.",
)
declare(
    "yield_defect_share",
    "1",
    "Share of defects that kill a die sold with spare units off; 0 to 1.",
    valid="[0, 1]",
    default=0.5,
    source="parts are sold with spare units off",
    provenance="assumed",
)
declare(
    "memory_kind",
    "1",
    "Kind of the memory of the accelerator.",
    choices=("other", "hbm2", "hbm2e", "hbm3", "gddr", "dram", "on_die"),
    default="hbm3",
    source="accelerators of 2022 and later",
    provenance="assumed",
)
declare(
    "hbm2_carbon_density",
    "kgCO2e/GB",
    "Manufacturing carbon of HBM2; 0.86 to 2.85.",
    default=1.9,
    source="A100 40 GB: (0.81 x 127.6 - 27.9) / 40 (Falk et al. 2025), derived",
    provenance="extension",
)
declare(
    "hbm2e_carbon_density",
    "kgCO2e/GB",
    "Manufacturing carbon of HBM2e; 0.7 to 2.85.",
    default=1.1,
    source="between HBM2 and HBM3",
    provenance="assumed",
)
declare(
    "hbm3_carbon_density",
    "kgCO2e/GB",
    "Manufacturing carbon of HBM3 and later; 0.6 to 2.85.",
    default=0.86,
    source="NVIDIA HGX H100: 0.42 x 1,312 kg / 640 GB, derived",
    provenance="extension",
)
declare(
    "gddr_carbon_density",
    "kgCO2e/GB",
    "Manufacturing carbon of GDDR; 0.1 to 1.39.",
    default=0.45,
    source="between ACT and Dell's DRAM",
    provenance="assumed",
)
declare(
    "packaging_carbon",
    "kgCO2e",
    "Carbon of packaging one logic die.",
    default=0.15,
    source="ACT, a packaged chip",
)
declare(
    "interposer_carbon",
    "kgCO2e",
    "Manufacturing carbon of the interposer of one accelerator.",
    default=1,
    source="no source",
    provenance="assumed",
)
declare(
    "module_carbon_fixed",
    "kgCO2e",
    "Manufacturing carbon of a module beside what grows with its power; 4.4 to 11.1.",
    default=7.4,
    source="NVIDIA's thermal share 0.18 x 164 kg / 700 W, Falk et al. 24.2 kg at 400 W, derived",
    provenance="extension",
)
declare(
    "module_carbon_per_watt",
    "kgCO2e/W",
    "Manufacturing carbon of a module for each watt of design power; 0.025 to 0.063.",
    default=0.042,
    source="NVIDIA's thermal share 0.18 x 164 kg / 700 W, Falk et al. 24.2 kg at 400 W, derived",
    provenance="extension",
)
declare(
    "on_baseboard",
    "1",
    "Whether devices share a base board.",
    valid="[0, 1]",
    integer=True,
    default=0,
    source="a card of its own",
    provenance="assumed",
)
declare(
    "baseboard_carbon_share",
    "kgCO2e",
    "Share of one accelerator in the carbon of a common base board; 13.7 to 41.",
    default=27.5,
    source="NVIDIA HGX H100: what is left of 164 kg, derived",
    provenance="extension",
)
declare(
    "server_cpu_carbon_per_area",
    "kgCO2e/cm2",
    "Manufacturing carbon of the silicon of a server's CPUs; 1.4 to 2.76.",
    default=1.97,
    source="Boavizta",
)
declare(
    "cpu_package_carbon",
    "kgCO2e",
    "Manufacturing carbon of one CPU beside its silicon.",
    default=9.14,
    source="Boavizta",
)
declare(
    "chassis_carbon",
    "kgCO2e",
    "Manufacturing carbon of motherboard, case and assembly of one server; 156 to 312.",
    default=223,
    source="Boavizta: motherboard 66.1, case 150, assembly 6.7",
)
declare(
    "power_supply_carbon",
    "kgCO2e/kW",
    "Manufacturing carbon of a server's power supplies; 23 to 46.",
    default=33,
    source="24.3 kg/kg (Boavizta) x 0.9 kg/kW x 1.5; mass assumed",
    provenance="extension",
)
declare(
    "nic_carbon",
    "kgCO2e/unit",
    "Manufacturing carbon of one network adapter; 10 to 40.",
    default=20,
    source="no source",
    provenance="assumed",
)
declare(
    "server_dram_factor",
    "1",
    "Manufacturing carbon of a gigabyte of a server's memory over that of DDR; 0.75 for LPDDR.",
    default=1,
    source="DDR",
    provenance="assumed",
)
declare(
    "network_embodied_per_device",
    "kgCO2e",
    "Manufacturing carbon of switches and optics outside the servers for each accelerator; 10 to 60.",
    default=25,
    source="no source",
    provenance="assumed",
)
declare(
    "storage_per_device",
    "TB",
    "Storage servers' capacity for each accelerator; Llama 3 had 10 TB.",
    default=0,
    source="none unless given",
    provenance="assumed",
)
declare(
    "building_embodied_per_watt",
    "kgCO2e/W",
    "Carbon of a data centre's building for each watt of mean power; 0.3 to 0.5.",
    default=0.4,
    source="Schneider et al. 2025: 59 kg / 148 W, 59 / 146, 109 / 272, derived",
    provenance="extension",
)
declare(
    "building_life",
    "year",
    "Years over which the building's carbon is charged.",
    valid="(0, inf)",
    default=6,
    source="Schneider et al. 2025",
)
declare(
    "node_mass",
    "kg",
    "Mass of one server.",
    default=110,
    source="a server of eight accelerators",
    provenance="assumed",
)
declare(
    "transport_carbon_density",
    "kgCO2e/kg",
    "Carbon of carrying a server to its site; 0.1 to 0.6.",
    default=0.26,
    source="Boavizta",
)
declare(
    "end_of_life_carbon_density",
    "kgCO2e/kg",
    "Carbon of scrapping a server; 0.5 to 2.",
    default=1.51,
    source="Boavizta",
)
declare(
    "replacement_rate",
    "1/year",
    "Share of the hardware replaced in a year.",
    default=0,
    source="none unless given",
    provenance="assumed",
)
declare(
    "spare_fraction",
    "1",
    "Idle spares kept for the training over its devices; their energy is part of idle_energy_ratio.",
    default=0,
    source="none unless given",
    provenance="assumed",
)
declare(
    "idle_energy_ratio",
    "1",
    "Energy of idle and spare hardware over that of the work.",
    default=0,
    source="none unless given",
    provenance="assumed",
)
declare(
    "downtime_power_fraction",
    "1",
    "Power in time lost to faults over device_power; 0.3 to 1.",
    valid="[0, 1]",
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
for _name, _what in (
    ("average", "the region's hourly average carbon intensity"),
    ("marginal", "the region's hourly short-run marginal carbon intensity"),
    ("purchase", "what contracts supply in every hour"),
):
    declare(f"{_name}_curve", "1", f"Place of the profile of {_what} among those of the plan.", optional=True)
declare(
    "start_month",
    "1",
    "Month in which training starts, on its first day.",
    valid="[1, 12]",
    integer=True,
)
declare(
    "run_fraction",
    "1",
    "Share of the hours in which training runs: those of least carbon intensity, of the year or, with a start, from "
    "there to the end. It is paused in others.",
    valid="(0, 1]",
)
declare(
    "pausing_hardware",
    "1",
    "Whether hardware stands by while training is paused, or is released to others.",
    choices=("held", "released"),
    default="held",
    source="owned and reserved devices stand by",
    provenance="assumed",
)
declare(
    "scale_profile_to",
    "1",
    "Whether an hourly profile is taken as it is, or scaled to the yearly carbon intensity of the region's row.",
    choices=("none", "row"),
    default="none",
    source="a profile is that of its own year",
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
    "ownership",
    "1",
    "Whether hardware is rented by the hour, so that its idle time is the provider's, or owned.",
    choices=("rented", "owned"),
    default="rented",
    source="LLMCarbon's code charges no idle time",
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
declare("stage_devices", "device", "Accelerators that work in a stage.", valid="[1, inf)", integer=True)
declare("stage_peak_flops", "FLOP/s", "Peak rate of the accelerators of a stage of another kind.", valid="(0, inf)")
for _name, _unit, _what in (
    ("device_hours", "device-hour", "Time that all accelerators together work in"),
    ("hardware_energy", "kWh", "Energy that servers use in"),
    ("facility_energy", "kWh", "Energy that the facility uses for"),
    ("operational_carbon", "kgCO2e", "Carbon of the electricity of"),
    ("embodied_carbon", "kgCO2e", "Embodied carbon of"),
    ("water", "l", "Water of the electricity of"),
):
    declare(
        f"stages_{_name}",
        _unit,
        f"{_what} all stages besides the final run: the sum over the tables [[stages]] of a plan.",
        default=0,
        source="none unless a plan has stages",
        provenance="assumed",
    )
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
PRICE_MARKETS = ("hyperscaler", "specialised", "marketplace", "purchase")
"""Where accelerators are rented on demand, or that they are bought."""
declare(
    "price_market",
    "1",
    "Market of whose prices, of the catalog of prices, the accelerators' are taken: clouds, or that they are bought.",
    choices=PRICE_MARKETS,
)
declare(
    "price_position",
    "1",
    "Where a price is taken between the lowest and the highest that were seen on its market: 0 to 1.",
    valid="[0, 1]",
    default=0.5,
    source="the middle",
    provenance="assumed",
)
for _market in PRICE_MARKETS:
    _unit = "USD" if _market == "purchase" else "USD/device-hour"
    for _end, _word in (("low", "Lowest"), ("high", "Highest")):
        _what = "purchase price" if _market == "purchase" else f"rent of one accelerator on the market {_market}"
        declare(f"{_market}_price_{_end}", _unit, f"{_word} {_what} that was seen.", optional=True)
declare(
    "functional_units",
    "unit",
    "Units of work R over which a footprint is reported: tokens, pages, score-years.",
    valid="(0, inf)",
)
declare(
    "embodied_boundary",
    "1",
    "What embodied carbon of a device holds: the accelerator; server, network, transport, end of life as well; storage "
    "and building too; or what LLMCarbon counts. One a plan.",
    choices=("device", "hardware", "facility", "llmcarbon"),
    default="hardware",
    source="what serves the device alone",
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
declare(
    "base_year",
    "year",
    "Calendar year of the carbon intensity and of the prices given, from which curves over years go on.",
    valid="[1990, 2100]",
    integer=True,
)
for _name, _what in (
    ("grid", "carbon intensity"),
    ("electricity_price", "the price of electricity"),
    ("device_price", "the price of one accelerator of a year"),
):
    declare(f"{_name}_years", "1", f"Place of the curve of {_what} by year among those of the plan.", optional=True)
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
