"""What is served, and what was measured of a page."""

from __future__ import annotations

from carbonsweep.kernels.registry import declare
from carbonsweep.kernels.serving.constants import SERVING_CONSTANTS

FORMATS = ("bf16", "fp8", "int8", "int4", "fp4", "mxfp4")
"""Number formats of weights."""
_FITTED = "fitted on measured serving by benchmarks/fit_serving.py"
_NO_SOURCE = "none unless given"

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

# --- requests and their engine ---------------------------------------------------------------------------------------

declare("input_tokens", "token", "Tokens of a prompt; a mean.", valid="[0, inf)")
declare("output_tokens", "token", "Tokens of an answer; a mean.", valid="[1, inf)")
declare("request_rate", "1/s", "Requests of the whole service, mean over time.", valid="(0, inf)")
declare(
    "peak_over_mean",
    "1",
    "Highest request rate that devices are there for, over the mean one.",
    valid="[1, inf)",
    default=1.5,
    source="usual day and night of a service: measure your own",
    provenance="assumed",
)
declare(
    "load_limit",
    "1",
    "Share of a replica's capacity that it is loaded with at the peak.",
    valid="(0, 1)",
    default=0.9,
    source="queues grow without bound near 1",
    provenance="assumed",
)
for _name, _default, _what in (
    ("weight_format", "bf16", "Number format of weights and their products."),
    ("expert_format", "as_weights", "Number format of routed experts."),
):
    declare(
        _name,
        "1",
        _what,
        choices=FORMATS if _default == "bf16" else (*FORMATS, "as_weights"),
        default=_default,
        source="as published, unless quantised",
        provenance="assumed",
    )
declare(
    "kv_format",
    "1",
    "Number format of the key-value cache.",
    choices=("bf16", "fp8"),
    default="bf16",
    source="what engines take unless told otherwise",
    provenance="assumed",
)
declare(
    "batching",
    "1",
    "Whether requests join and leave a batch as they come, or all begin and end together.",
    choices=("continuous", "static"),
    default="continuous",
    source="Yu et al. 2022 (Orca); every engine since 2023",
)
declare(
    "memory_fraction",
    "1",
    "Share of device memory that weights and cache may use.",
    valid="(0, 1]",
    default=0.95,
    source="measured runs of 70 billion parameters on four 40 GB devices fit with no less",
    provenance="assumed",
)
declare(
    "memory_reserve",
    "GB",
    "Memory of a device that is kept for activations and the runtime.",
    default=1,
    source="measured runs of 70 billion parameters on four 40 GB devices fit with no more",
    provenance="assumed",
)
declare(
    "prefix_hit",
    "1",
    "Share of the prompt that is found in a cache of prefixes.",
    valid="[0, 1]",
    default=0,
    source=_NO_SOURCE,
    provenance="assumed",
)
declare(
    "routing_skew",
    "1",
    "Tokens that meet in a mixture layer over tokens that would hit as many experts if they chose at random.",
    valid="[1, inf)",
    default=1,
    source="experts chosen at random",
    provenance="assumed",
)
declare(
    "draft_tokens",
    "token",
    "Tokens that a draft proposes before each pass; 0: no speculative decoding.",
    default=0,
    source=_NO_SOURCE,
    provenance="assumed",
)
declare(
    "acceptance",
    "1",
    "Chance that a proposed token is right, given that those before it are.",
    valid="[0, 1]",
    default=0.7,
    source="published drafts reach 0.6 to 0.8: measure your own",
    provenance="assumed",
)
declare(
    "draft_cost",
    "1",
    "Time of a draft's pass over the model's.",
    valid="[0, inf)",
    default=0.05,
    source="a draft of a twentieth of the size",
    provenance="assumed",
)
declare(
    "disaggregated",
    "1",
    "Whether prompts are computed on devices of their own.",
    valid="[0, 1]",
    default=0,
    source="one pool unless given",
    provenance="assumed",
    integer=True,
)
declare(
    "prefill_load",
    "1",
    "Share of its time that a device of the pool for prompts works, at the peak.",
    valid="(0, 1)",
    default=0.7,
    source="keeps the queue of prompts near the time of one",
    provenance="assumed",
)
for _name, _what in (
    ("ttft_limit", "Longest time to the first token that is allowed, in the quantile of latency_quantile."),
    ("tpot_limit", "Longest time between tokens that is allowed."),
):
    declare(_name, "s", _what, valid="(0, inf)", default=1e6, source="no limit unless given", provenance="assumed")
declare(
    "server_overhead",
    "s",
    "Time of a request in the server beside the model: connection, text to tokens, scheduling.",
    default=0.02,
    source="what short prompts on NVIDIA devices lack in 210 measured rows; 0 without a server",
    provenance="extension",
)
declare(
    "latency_quantile",
    "1",
    "Share of requests that must meet the limit of the first token.",
    valid="(0, 1)",
    default=0.99,
    source="p99, as service levels are usually written",
    provenance="assumed",
)
declare(
    "output_variation",
    "1",
    "Squared coefficient of variation of the length of answers.",
    default=0,
    source="answers of one length",
    provenance="assumed",
)
declare(
    "engine_layer_time",
    "s",
    "Time of a layer beside its work, for one pass of the engine.",
)
declare(
    "engine_sequence_time",
    "s",
    "Time that each sequence adds to a pass of its rank.",
)
declare(
    "unfused_layer_time",
    "s",
    "Further time of a mixture layer whose experts have no tuned kernel: 8-bit ones, and those picked one a token.",
)
declare(
    "rocm_time_factor",
    "1",
    "Time of the engine on AMD devices over the model's; unknown where it does not run there.",
    valid="(0, inf)",
    optional=True,
)
declare(
    "software_stack",
    "1",
    "Software that serves on the accelerator.",
    choices=("cuda", "rocm", "other"),
    default="cuda",
    source="NVIDIA unless the accelerator says otherwise",
    provenance="assumed",
)
declare(
    "stack",
    "1",
    "Kind of stack of the model.",
    choices=("unknown", "decoder", "encoder", "encoder-decoder"),
    default="unknown",
    source="a decoder unless the catalog or encoder_layers say otherwise",
    provenance="assumed",
)
for _name, _what in (
    ("power_measured_with", "Engine with which the power of the accelerator was measured while it served."),
    ("power_engine", "The engine, where power was measured with it on any accelerator."),
):
    declare(
        _name,
        "1",
        _what,
        choices=("none", "vllm-2024-server", "vllm-2025"),
        default="none",
        source="the catalogs name those that were measured",
        provenance="assumed",
    )
declare(
    "clock_fraction",
    "1",
    "Clock of the accelerator over its highest.",
    valid="[0.3, 1]",
    default=1,
    source="not lowered unless given",
    provenance="assumed",
)
declare(
    "power_cap_fraction",
    "1",
    "Limit of the accelerator's power over its design power.",
    valid="(0, 1]",
    default=1,
    source="no lower limit unless given",
    provenance="assumed",
)
declare(
    "serving_idle_fraction",
    "1",
    "Idle power relative to design power of a device with a loaded model, where it is not known.",
    valid="[0, 1]",
    default=0.12,
    source="bare idle of A100 and H100 is 0.10 to 0.13 of design power; with a model loaded up to 0.2",
    provenance="assumed",
)
declare(
    "demand_growth",
    "1",
    "Demand of a year over that of the year before.",
    valid="(0, 10]",
    default=1,
    source="steady unless given",
    provenance="assumed",
)
declare("service_years", "year", "Years for which a model is served.", valid="(0, 100]")
declare("kept_energy_per_request", "Wh", "Energy of the facility for one request on devices that are there already.")
declare(
    "reserve_share",
    "1",
    "Devices kept idle for failures and peaks beyond the planned one, over those that serve.",
    default=0,
    source=_NO_SOURCE,
    provenance="assumed",
)
for _name, _constant in SERVING_CONSTANTS.items():
    declare(
        _name,
        _constant.unit,
        _constant.description,
        valid=f"[{_constant.low:g}, {_constant.high:g}]",
        default=_constant.value,
        source=f"{_FITTED} ({_constant.date})",
        provenance="extension",
    )
