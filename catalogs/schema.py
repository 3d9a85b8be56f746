"""The columns of every catalog: type, unit, meaning, range, and the equation input each one supplies.

Parsing, validation, data frames and the `catalog` command are all driven by these tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Kind = Literal["number", "integer", "flag", "text"]


@dataclass(frozen=True)
class Column:
    """One column of a catalog file.

    Attributes
    ----------
    kind
        Type of its cells: a number, a whole number, a flag (True or False) or text.
    description
        What it holds.
    unit
        Unit of a number ("" if it has none).
    low, high
        The smallest and largest number allowed; with `positive`, zero is not.
    positive
        Whether a number must be above zero.
    choices
        The texts allowed; empty if any.
    required
        Whether a file must have the column and a value in every row.
    input
        The equation input that the column supplies ("" if none): the cell times `scale`.
    scale, divide
        Factor, or divisor, from the column's unit to the input's.
    also
        Other names of the column in users' files, with the factor from their unit to the column's.
    link
        The catalog of the row that a cell names and from which this row takes inputs ("" if none).
    overview
        Whether a list of rows shows it: the few columns that tell rows apart.
    """

    kind: Kind
    description: str
    unit: str = ""
    low: float = float("-inf")
    high: float = float("inf")
    positive: bool = False
    choices: tuple[str, ...] = ()
    required: bool = False
    input: str = ""
    scale: float = 1.0
    divide: float = 1.0
    also: Mapping[str, float] = field(default_factory=dict)
    link: str = ""
    overview: bool = False

    def other_names(self) -> dict[str, float]:
        """Other names that a file may use: those of `also`, and the input in the input's unit."""
        own = {self.input: self.divide / self.scale} if self.input else {}
        return {**own, **self.also}


def _text(description: str, *choices: str, required: bool = False) -> Column:
    return Column("text", description, choices=choices, required=required)


def _number(
    description: str, unit: str = "", *, low: float = 0.0, high: float = float("inf"), name: str = ""
) -> Column:
    return Column("number", description, unit, low, high, input=name)


def _above(description: str, unit: str, name: str = "", scale: float = 1.0, divide: float = 1.0) -> Column:
    return Column("number", description, unit, positive=True, input=name, scale=scale, divide=divide)


def _count(description: str, name: str = "", *, low: float = 0.0) -> Column:
    return Column("integer", description, low=low, input=name)


def _flag(description: str, name: str = "") -> Column:
    return Column("flag", description, input=name)


def _shown(column: Column) -> Column:
    """The column as one of those that a list of rows shows."""
    return replace(column, overview=True)


LINEAR_KINDS = ("gated_delta", "kda", "mamba2", "mamba1", "lightning", "short_conv")
"""Mixers without attention, in the order of the choices of `linear_kind`, which has "none" before them."""

GENERATIONS = (
    "V100",
    "A100",
    "H100",
    "B200",
    "B300",
    "TPUv4",
    "TPUv5e",
    "TPUv5p",
    "TPUv6e",
    "TPUv7",
    "TPU",
    "CDNA3",
    "CDNA4",
)
"""Generations of accelerators, in the order of the choices of `generation`, which has "other" before them."""

POWER_ENGINES = ("vllm-2024-server", "vllm-2025")
"""Engines with which power was measured, in the order of the choices of `power_engine`, with "none" before them."""

_ID = _shown(_text("Unique id of the row.", required=True))
_PROVENANCE = {
    "source": _text("Where the row comes from."),
    "licence": _text("Licence of the source, or 'facts'."),
    "confidence": _shown(_text("How far the row can be trusted.", "high", "medium", "low")),
    "note": _text("Anything a user should know."),
}

POWER_BASES = (
    "device_tdp",
    "device_training",
    "node_training",
    "node_nameplate",
    "node_max_observed",
    "device_max",
    "device_idle",
    "device_idle_context",
    "device_decode",
    "fleet_mean",
)
"""What a power is measured on, and when: devices alone or the whole node, training, at most, idle, or over years."""

NODE_MAXIMA = ("published", "parts", "device", "unknown")
"""How the maximum power of a node is known."""

ACCELERATORS = {
    "id": _ID,
    "name": _text("Product name."),
    "vendor": _text("Maker."),
    "kind": _text("gpu, tpu, asic, apu, superchip or wafer."),
    "year": _shown(_count("Year of release.", "accelerator_year", low=1990)),
    "form_factor": _text("Board or socket."),
    "process_nm": _shown(_above("Nominal process node.", "nm", "process_node")),
    "process_name": _text("The foundry's name of the process."),
    "die_area_mm2": _above("All logic silicon in the package.", "mm2", "die_area", divide=100.0),
    "n_logic_dies": _count("Logic dies in the package.", "logic_dies"),
    "die_note": _text("How the area was counted."),
    "mem_type": _text("Kind of device memory."),
    "mem_gb": _shown(_above("Device memory.", "GB", "device_memory")),
    "mem_stacks": _count("HBM stacks."),
    "mem_bw_gbs": _above("Device memory bandwidth.", "GB/s", "memory_bandwidth", 1e9),
    "fp32_tflops": _above("Dense vector peak, fp32.", "TFLOP/s", "peak_flops_fp32", 1e12),
    "tf32_tflops": _above("Dense tensor peak, tf32.", "TFLOP/s", "peak_flops_tf32", 1e12),
    "bf16_tflops": _shown(_above("Dense tensor peak, bf16.", "TFLOP/s", "peak_flops_bf16", 1e12)),
    "fp16_tflops": _shown(_above("Dense tensor peak, fp16.", "TFLOP/s", "peak_flops_fp16", 1e12)),
    "fp8_tflops": _above("Dense tensor peak, fp8.", "TFLOP/s", "peak_flops_fp8", 1e12),
    "fp4_tflops": _above("Dense tensor peak, fp4.", "TFLOP/s", "peak_flops_fp4", 1e12),
    "int8_tops": _above("Dense tensor peak, int8.", "TOP/s", "peak_flops_int8", 1e12),
    "sparsity_x": _number("Advertised gain from structured sparsity; 1 = none.", low=1.0, name="sparsity_gain"),
    "tdp_w": _shown(_above("Thermal design power.", "W", "thermal_design_power")),
    "mean_power_w": _above("Mean power for each device; power_basis says of what.", "W", "listed_device_power"),
    "idle_power_w": _above("Idle power.", "W", "idle_device_power"),
    "interconnect": _text("Link between devices."),
    "interconnect_gbs": _above(
        "Link bandwidth per device, both directions together.", "GB/s", "interconnect_bandwidth", 1e9
    ),
    "devices_per_node": _count("Devices in one server.", "devices_per_node", low=1),
    "scaleup_domain": _count("Devices in one fast domain.", "scale_up_devices", low=1),
    "node_max_power_w": _above(
        "Maximum power of the whole server, where it is not that of its node.", "W", "node_max_power"
    ),
    **_PROVENANCE,
    "tdp_basis": _text("What the design power is: published, estimated, measured maximum, system peak."),
    "node_overhead_w_per_device": _number("Share of the server's maximum power beside the devices.", "W"),
    "fields_crosschecked": _text("Columns that agree with independent tables."),
    "fields_disagreeing": _text("Columns that do not, with the other value."),
    "relative_efficiency": _above("Efficiency relative to the A100 in LLMCarbon's rule.", "", "relative_efficiency"),
    "device_count_factor": _above("Devices relative to the 80 GB A100 in LLMCarbon's rule.", "", "device_count_factor"),
    "matmul_fraction": _number(
        "Share of the half-precision peak that the largest isolated matrix products sustain.",
        high=1.0,
        name="isolated_matmul_fraction",
    ),
    "network_gbs": _above(
        "Usual network per device between fast domains, one direction.", "GB/s", "scale_out_bandwidth", 1e9
    ),
    "fused_attention": _flag(
        "Whether a fused attention kernel for training exists; blank where it does.", "fused_attention_kernel"
    ),
    "product_footprint_id": replace(
        _text("Row of `embodied` with a maker's footprint or LCA of the device."), link="embodied"
    ),
    "boavizta_id": replace(
        _text("Row of `embodied` with a bottom-up footprint of the device (an upper bound)."), link="embodied"
    ),
    "generation": replace(
        _text("Generation whose measured steps tell what it sustains; blank: no measured one.", *GENERATIONS),
        input="generation",
    ),
    "power_measured_with": replace(
        _text("Engine with which its power while serving was measured; blank: it was not.", *POWER_ENGINES),
        input="power_measured_with",
    ),
    "sold_as": _text("What differs between servers that hold it, and what is taken: said wherever the row is used."),
    "system_id": replace(_text("Row of `nodes`: the server that usually holds it."), link="nodes"),
    "power_basis": _text("What mean_power_w is the power of.", *POWER_BASES),
    "power_id": replace(_text("Row of `power`: mean power of the node for each device while training."), link="power"),
    "tdp_includes_host": _flag(
        "Whether the design power holds processor and memory of the host; blank where it does not.",
        "tdp_includes_host",
    ),
    "die_area_assumed_mm2": _above("Logic silicon where nobody publishes it, for embodied carbon only.", "mm2"),
    "process_assumed_nm": _above("Process node where nobody publishes it, for embodied carbon only.", "nm"),
    "physical_mem_gb": _above("Memory in the package, where a part of it is not usable.", "GB"),
    "on_baseboard": _flag("Whether devices share a base board; blank where they do not.", "on_baseboard"),
    "product_footprint_basis": _text("What the product footprint counts: footprints of one basis compare."),
    "hour_price_usd": _above("Price of renting one for an hour, server included.", "USD", "device_hour_price"),
    "price_usd": _above("Price of one with its share of the server.", "USD", "device_price"),
}

MODELS = {
    "id": replace(_ID, link="sparse_speedups"),
    "name": _text("Name of the model."),
    "org": _text("Maker."),
    "year": _shown(_count("Year of publication.", "model_year", low=1990)),
    "family": _text("Family of models."),
    "arch": replace(_shown(_text("Kind of stack.", "decoder", "encoder", "encoder-decoder")), input="stack"),
    "n_layers": _count("Blocks, encoder and decoder together.", "layers", low=1),
    "n_enc_layers": _count("Blocks of the encoder of an encoder-decoder.", "encoder_layers"),
    "n_dec_layers": _count("Blocks of its decoder: the rest of them."),
    "d_model": _count("Width of the residual stream.", "hidden_size", low=1),
    "d_ff": _count("Width of the dense feed-forward network.", "ffn_size"),
    "ffn_gated": _flag("Whether that network has three matrices.", "gated_ffn"),
    "n_heads": _count("Query heads.", "attention_heads", low=1),
    "n_kv_heads": _count("Key-value heads; blank: as many as query heads.", "kv_heads", low=1),
    "d_head": _count("Size of a query-key head; blank: d_model / n_heads.", "head_size", low=1),
    "vocab_size": _count("Rows of the token embedding.", "vocabulary_size", low=1),
    "seq_len": _count("Pre-training sequence length, not the extended context.", "sequence_length", low=1),
    "seq_len_how": _text("How that length is known."),
    "tied_embeddings": _flag("Whether input and output embeddings are one.", "tied_embeddings"),
    "attention": _text(
        "Kind of attention: mla compresses keys and values, mfa shares one key and value head behind a query of low "
        "rank, csa is the compressed sparse attention of DeepSeek-V4.",
        "mha",
        "gqa",
        "mqa",
        "mla",
        "mfa",
        "csa",
    ),
    "attention_layers": _count("Attention blocks, where not every block has just one.", "attention_layers"),
    "local_layers": _count("Attention blocks that see a window or a chunk only.", "local_layers"),
    "attention_window": _count("Tokens that a windowed block sees.", "attention_window", low=1),
    "attention_chunk": _count("Tokens of the chunks within which such a block attends.", "attention_chunk", low=1),
    "local_heads": _count("Query heads of those blocks; blank: n_heads.", "local_heads", low=1),
    "local_kv_heads": _count("Key-value heads of those blocks; blank: n_kv_heads.", "local_kv_heads", low=1),
    "local_head_dim": _count("Head size of those blocks; blank: d_head.", "local_head_size", low=1),
    "k_equals_v": _flag("Whether blocks with full attention use keys as values.", "keys_as_values"),
    "attention_gate": _text("Gate on the output of attention: one a channel (full) or one a head.", "full", "head"),
    "q_lora_rank": _count("Rank of the query compression (MLA, MFA, CSA).", "q_lora_rank"),
    "kv_lora_rank": _count("Rank of the key-value compression (MLA).", "kv_lora_rank"),
    "qk_nope_dim": _count("Head size without positions (MLA).", "qk_nope_size"),
    "qk_rope_dim": _count("Head size with rotary positions (MLA).", "qk_rope_size"),
    "v_head_dim": _count("Value head size; blank: as d_head.", "value_head_size"),
    "o_lora_rank": _count("Rank of the output compression (CSA).", "o_lora_rank"),
    "o_groups": _count("Groups of that compression.", "o_groups"),
    "index_heads": _count("Heads of the indexer that picks keys (sparse attention).", "index_heads"),
    "index_head_dim": _count("Their size.", "index_head_size"),
    "index_topk": _count("Keys that it picks for a query.", "index_topk"),
    "index_layer_fraction": _number(
        "Share of attention blocks with an indexer of their own; blank: all.", high=1.0, name="index_layer_fraction"
    ),
    "position": _text("Kind of position encoding."),
    "position_rows": _count("Rows of a learned position table; blank: seq_len.", low=1),
    "linear_layers": _count("Blocks with a recurrent, linear or convolutional mixer.", "linear_layers"),
    "linear_kind": _text("That mixer.", *LINEAR_KINDS),
    "linear_heads": _count("Its heads.", "linear_heads"),
    "linear_key_heads": _count("Its key heads, where they are fewer.", "linear_key_heads"),
    "linear_head_dim": _count("Size of a head.", "linear_head_size"),
    "linear_key_head_dim": _count("Size of a key head.", "linear_key_head_size"),
    "linear_state_size": _count("Size of the state of a channel (Mamba).", "linear_state_size"),
    "linear_groups": _count("Groups that share input and output maps (Mamba-2).", "linear_groups"),
    "linear_conv": _count("Tokens of its short convolution.", "linear_convolution"),
    "linear_rank": _count("Rank of the step size (Mamba-1).", "linear_rank"),
    "linear_full_rank_gate": _flag(
        "Whether its output gate is one matrix instead of two of low rank (KDA).", "linear_full_rank_gate"
    ),
    "ffn_layers": _count("Feed-forward networks and mixtures, where not every block has just one.", "ffn_layers"),
    "n_experts": _count("Routed experts per mixture layer.", "experts"),
    "top_k": _count("Routed experts per token.", "experts_per_token"),
    "n_moe_layers": _count("Blocks with experts.", "moe_layers"),
    "n_shared_experts": _count("Experts that work on every token."),
    "d_ff_expert": _count("Width of a routed expert.", "expert_ffn_size"),
    "d_ff_shared_total": _count("Width of the shared experts together.", "shared_expert_ffn_size"),
    "expert_gated": _flag("Whether experts have three matrices.", "gated_experts"),
    "d_ff_parallel_dense": _count("Width of a dense network beside the experts.", "parallel_dense_ffn_size"),
    "expert_latent": _count("Width to which tokens are projected before the experts; blank: d_model.", "expert_latent"),
    "zero_experts": _count("Further experts that do nothing, which the router picks as well.", "zero_experts"),
    "mtp_layers": _count("Modules of multi-token prediction, in no total.", "mtp_layers"),
    "other_params_m": Column(
        "number", "Parameters that no other column describes.", "million", 0.0, input="other_parameters", scale=1e6
    ),
    "other_active_m": Column(
        "number",
        "Those of them that a token uses; blank: all.",
        "million",
        0.0,
    ),
    "params_total_b": _shown(_above("Published parameters.", "billion", "published_parameters", 1e9)),
    "params_active_b": _shown(_above("Published active parameters.", "billion", "published_active_parameters", 1e9)),
    "published_active_basis": _text("What the published active count leaves out."),
    "training_tokens_b": _shown(_above("Published training tokens.", "billion", "published_tokens", 1e9)),
    "weights_format": _text("Format of the published weights."),
    "hf_id": _text("Id on Hugging Face."),
    **_PROVENANCE,
}
"""Every number and flag acts: it supplies an input, or completes one that is blank (see `models`)."""

_HUGGING_FACE = {
    "n_layers": ("num_hidden_layers",),
    "d_ff": ("intermediate_size",),
    "n_heads": ("num_attention_heads",),
    "n_kv_heads": ("num_key_value_heads",),
    "d_head": ("head_dim",),
    "tied_embeddings": ("tie_word_embeddings",),
    "qk_nope_dim": ("qk_nope_head_dim",),
    "qk_rope_dim": ("qk_rope_head_dim",),
    "top_k": ("num_experts_per_tok",),
    "d_ff_expert": ("moe_intermediate_size",),
    "d_ff_shared_total": ("shared_expert_intermediate_size",),
    "attention_window": ("sliding_window",),
    "attention_chunk": ("attention_chunk_size",),
    "mtp_layers": ("num_nextn_predict_layers",),
    "n_experts": ("num_experts", "num_local_experts", "n_routed_experts"),
}
for _column, _names in _HUGGING_FACE.items():
    MODELS[_column] = replace(MODELS[_column], also=dict.fromkeys(_names, 1.0))

REGIONS = {
    "id": _ID,
    "kind": _text("country, area, us_state, cn_province, bidding_zone, grid_zone, cloud_region, ..."),
    "provider": _text("Cloud provider."),
    "code": _text("Code of the place (ISO 3166 alpha-3, cloud region, state, ...)."),
    "name": _shown(_text("Name of the place.")),
    "country_iso3": _text("Country, ISO 3166 alpha-3."),
    "grid_zone": _text("Electricity Maps zone key."),
    "year": _shown(_count("Year that the intensity describes.", low=1990)),
    "is_default": _flag("Whether this is the row to use for the place (one of several years or sources)."),
    "ci_g_per_kwh": replace(
        _shown(_number("Yearly mean carbon intensity, of the kind that ci_basis says.", "gCO2e/kWh")),
        input="listed_intensity",
        also={"ci_kg_per_kwh": 1000.0, "carbon_intensity": 1.0},
    ),
    "ci_basis": _shown(_text("What the intensity counts: life cycle, direct stack, operational, net, ...")),
    "cfe_frac": _number("Carbon-free share of electricity.", high=1.0),
    "pue": _shown(_number("Power usage effectiveness.", low=1.0, name="pue")),
    "pue_year": _count("Year of the PUE.", low=1990),
    "wue_site_l_per_kwh": _number("Water at the site per IT energy.", "l/kWh", name="wue"),
    "wue_year": _count("Year of the site water.", low=1990),
    "wue_grid_l_per_kwh": _number("Water of electricity generation.", "l/kWh", name="grid_water_intensity"),
    **_PROVENANCE,
    "electricity_usd_per_kwh": _above("Price of electricity at the meter.", "USD/kWh", "electricity_price"),
    "ci_location_lifecycle": _number(
        "Mean of the grid over the life cycle of its plants; blank: ci_g_per_kwh where ci_basis says life cycle.",
        "gCO2e/kWh",
        name="lifecycle_intensity",
    ),
    "ci_location_lifecycle_source": _text("Where that is from."),
    "ci_location_lifecycle_year": _count("Year that it describes.", low=1990),
    "ci_location_lifecycle_confidence": _text("How far it can be trusted.", "high", "medium", "low"),
    "ci_location_direct": _number(
        "Mean of the grid at the stacks; blank: ci_g_per_kwh where ci_basis says direct, operational or CO2 only.",
        "gCO2e/kWh",
        name="direct_intensity",
    ),
    "ci_location_direct_source": _text("Where that is from."),
    "ci_location_direct_year": _count("Year that it describes.", low=1990),
    "ci_residual": _number("Mix of the grid without contracts.", "gCO2e/kWh", name="residual_intensity"),
    "ci_residual_source": _text("Where that is from."),
    "ci_short_run_marginal": _number("Emissions of the next kWh.", "gCO2e/kWh", name="short_run_marginal_intensity"),
    "ci_short_run_marginal_source": _text("Where that is from."),
    "ci_long_run_marginal": _number("Emissions of lasting load.", "gCO2e/kWh", name="long_run_marginal_intensity"),
    "ci_long_run_marginal_source": _text("Where that is from."),
    "pue_kind": _text("Whose PUE it is; blank: the site's.", "site", "fleet", "assumed"),
    "contracted_share": _number("Share of electricity that contracts supply.", name="contracted_share"),
    "contracted_g_per_kwh": _number(
        "Carbon intensity of what is contracted.", "gCO2e/kWh", name="contracted_intensity"
    ),
    "profile_average": _text("Id of the hourly profile of its average intensity over the life cycle, in profiles."),
    "profile_marginal": _text("Id of the hourly profile of its short-run marginal intensity, in profiles."),
}

PROFILE_KINDS = (
    "location_lifecycle",
    "location_direct",
    "market",
    "short_run_marginal",
    "long_run_marginal",
    "cfe",
)
"""What the values of a profile are: a kind of carbon intensity, or a carbon-free share."""

PROFILES = {
    "id": _ID,
    "area": _shown(_text("The grid that it is of.")),
    "kind": _shown(_text("What its values count; cfe: the share of carbon-free power.", *PROFILE_KINDS, required=True)),
    "year": _shown(_count("Year of the data.", low=1990)),
    "clock": _shown(_text("Clock of its hours: the first is that from midnight on 1 January.", "UTC", "local")),
    "hours": _count("Hours that it has: 8760, 29 February left out.", low=1),
    "unit": _shown(_text("Unit of its values.", "gCO2e/kWh", "1")),
    "mean": _shown(Column("number", "Mean over the year.")),
    "shortest_window_h": _number("Shortest window that the data tell anything of; blank: any.", "h"),
    "filled_hours": _count("Hours without data that were filled between their neighbours."),
    **_PROVENANCE,
}

EMBODIED = {
    "id": _ID,
    "category": _shown(_text("What kind of factor it is.", required=True)),
    "item": _shown(_text("What it is the factor of.")),
    "process_nm": _shown(_above("Process node, where it matters.", "nm")),
    "value": _shown(Column("number", "The factor, in the unit of the row.", low=0.0, required=True)),
    "unit": _shown(_text("Unit of the factor.", required=True)),
    "value_low": _number("Low end, where given."),
    "value_high": _number("High end, where given."),
    "year": _count("Year of publication.", low=1990),
    "basis": _text("What the factor counts."),
    "used_in_llmcarbon": _flag("Whether LLMCarbon's code uses it."),
    **_PROVENANCE,
}

SCALING_LAWS = {
    "law_id": _text("Law that the constant belongs to; one row a constant.", required=True),
    "paper": _shown(_text("Paper.")),
    "year": _count("Year of publication.", low=1990),
    "form": _shown(_text("The law as a formula.", required=True)),
    "symbol": _text("The constant's symbol in it.", required=True),
    "value": Column("number", "The constant as printed.", required=True),
    "value_exact": Column("number", "The constant unrounded, where known."),
    "std_err": _number("Standard error."),
    "unit": _text("Unit of the constant."),
    "n_definition": _text("What the law's N counts."),
    "d_definition": _text("What the law's D counts."),
    "applies_to": _text("Models and data it was fitted on."),
    **_PROVENANCE,
}

PUBLISHED_RUNS = {
    "id": _ID,
    "model": _shown(_text("Model as the publication names it.")),
    "split": _text("calibrate: constants may be fitted to it."),
    "org": _text("Who ran it."),
    "year": _count("Year.", low=1990),
    "model_id": _text("Row of `models`."),
    "phase": _shown(_text("pretrain, throughput, project total, life cycle, architecture search or inference.")),
    "params_b": _above("Parameters.", "billion"),
    "active_params_b": _above("Active parameters.", "billion"),
    "tokens_b": _above("Tokens.", "billion"),
    "total_flop_zetta": _above("Floating-point operations.", "zettaFLOP"),
    "accelerator_id": _shown(_text("Row of `accelerators`.")),
    "accelerator": _text("Accelerator as the publication names it."),
    "n_devices": _shown(_count("Devices.", low=1)),
    "days": _shown(_above("Wall time.", "day")),
    "device_hours": _shown(_above("Device-hours.", "device-hour")),
    "device_power_w": _above("Power per device.", "W"),
    "power_basis": _text("What that power is."),
    "achieved_tflops": _above("Achieved rate per device.", "TFLOP/s"),
    "peak_tflops": _above("Peak rate per device.", "TFLOP/s"),
    "mfu": _number("Model FLOPs utilisation.", high=1.0),
    "pue": _number("Power usage effectiveness.", low=1.0),
    "ci_kg_per_kwh": _number("Carbon intensity.", "kgCO2e/kWh"),
    "ci_basis": _text("What the intensity counts."),
    "energy_mwh": _above("Energy.", "MWh"),
    "energy_includes_pue": _flag("Whether that energy is facility energy."),
    "tco2e": _shown(_number("Emissions.", "tCO2e")),
    "tco2e_scope": _text("What the emissions count."),
    "water_m3": _number("Water.", "m3"),
    "region_id": _text("Row of `regions`."),
    "in_llmcarbon_validation": _flag("Whether LLMCarbon validates against it."),
    **_PROVENANCE,
    "llmcarbon_use": _text("What LLMCarbon uses it for."),
    "hours_eff": _number("Device-hours, stated or from devices and days.", "device-hour"),
    "check_energy_mwh": _number("Energy recomputed when the catalog was made.", "MWh"),
    "check_energy_dev_pct": _number("Its deviation.", "%", low=float("-inf")),
    "check_tco2e": _number("Emissions recomputed likewise.", "tCO2e"),
    "check_tco2e_dev_pct": _number("Their deviation.", "%", low=float("-inf")),
    "check_6nd_zetta": _number("6 N D.", "zettaFLOP"),
    "implied_tflops_per_device": _number("Rate implied by 6 N D and the time.", "TFLOP/s"),
    "implied_mfu": _number("Utilisation implied likewise."),
}

INSTANCES = {
    "id": _ID,
    "provider": _shown(_text("Cloud provider.")),
    "accelerator": _shown(_text("Row of `accelerators` that it carries.", required=True)),
    "devices": _shown(Column("integer", "Accelerators in it.", low=1, required=True, input="devices_per_node")),
    "vcpus": _count("Virtual processors of the host."),
    "memory_gb": _number("Memory of the host.", "GB"),
    "network_gbps": _number("Network of the whole instance, one direction.", "Gbit/s"),
    **_PROVENANCE,
}

NODES = {
    "id": _ID,
    "name": _text("Name of the server."),
    "devices": _shown(_count("Accelerators in it.", "devices_per_node", low=1)),
    "server_cpus": _shown(_count("Processors.", "server_cpus")),
    "cpu_model": _text("Processor."),
    "cpu_die_area_mm2": _above("Silicon of one processor.", "mm2", "cpu_area", divide=100.0),
    "cpu_tdp_w": _number("Design power of one processor.", "W", name="cpu_design_power"),
    "server_dram_gb": _shown(_number("Memory of the host.", "GB", name="server_dram")),
    "dram_type": _text("Kind of that memory."),
    "server_ssd_tb": _shown(_number("Solid-state storage.", "TB", name="server_ssd")),
    "nics": _number("Network adapters.", name="nics"),
    "nic_gbit_s": _number("Rate of one of them.", "Gbit/s"),
    "node_max_power_w": _shown(_above("Maximum power of the server, where it is published.", "W", "node_max_power")),
    "node_max_basis": _shown(
        _text("How that is known: parts is 1.38 times the sum of parts, device the device alone.", *NODE_MAXIMA)
    ),
    "mass_kg": _number("Mass.", "kg", name="node_mass"),
    "other_area_cm2": _number("Silicon of all other chips by LLMCarbon, which uses it.", "cm2", name="other_area"),
    **_PROVENANCE,
    "how_known": _text("Which figures were read, recalled or assumed."),
}

POWER = {
    "id": _ID,
    "accelerator_id": _shown(_text("Row of `accelerators`.", required=True)),
    "power_w": _shown(Column("number", "Power for each device.", "W", positive=True, required=True)),
    "power_high_w": _number("Upper end, where it is a range.", "W"),
    "power_basis": _shown(_text("What it is the power of.", *POWER_BASES, required=True)),
    "workload": _shown(_text("What ran.")),
    **_PROVENANCE,
    "how_known": _text("Whether it was read, recalled or derived."),
}

HUMAN_BASELINES = {
    "id": _ID,
    "name": _shown(_text("Who writes.")),
    "country_iso3": _text("Country, ISO 3166 alpha-3."),
    "page_kwh": _shown(_above("Energy of one page.", "kWh", "human_page_energy")),
    "page_gco2e": _shown(_above("Carbon of one page.", "gCO2e", "human_page_carbon")),
    "page_water_l": _shown(_above("Water of one page.", "l", "human_page_water")),
    "page_usd": _shown(_above("Cost of one page.", "USD", "human_page_cost")),
    **_PROVENANCE,
}

SERVERS = {
    "id": _ID,
    "name": _text("Name of the server or its processor."),
    "fleet": _shown(_text("Fleet that it belongs to; `carbonsweep place` takes all servers of one.")),
    "year": _count("Year of purchase.", low=1970),
    "age_years": _shown(_number("Age.", "year", name="server_age")),
    "count": _shown(_count("How many there are; blank means one.", low=1)),
    "embodied_kg": _shown(
        Column("number", "Manufacturing carbon of one.", "kgCO2e", low=0.0, required=True, input="server_embodied")
    ),
    "performance": _shown(
        Column(
            "number",
            "Work that one can do, as a rate: a benchmark's score.",
            "score",
            positive=True,
            required=True,
            input="server_performance",
        )
    ),
    "tdp_w": _shown(
        Column("number", "Power of one at full load.", "W", positive=True, required=True, input="server_power")
    ),
    "cores": _count("Cores.", low=1),
    "threads": _count("Threads.", low=1),
    **_PROVENANCE,
}

SPARSE_SPEEDUPS = {
    "id": _ID,
    "name": _text("Model as the source names it."),
    "accelerator_id": _shown(_text("Row of `accelerators` it was measured on.")),
    "peak_tflops": _above("Dense peak of that accelerator.", "TFLOP/s", "measured_sparse_peak", 1e12),
    "training": _shown(_above("Speed-up of training over dense.", "", "measured_sparse_training_speedup")),
    "inference": _shown(_above("Speed-up of inference without adapters.", "", "measured_sparse_speedup")),
    "inference_rank_156": _above("The same with adapters of rank 1.56 %.", "", "measured_sparse_speedup_rank_156"),
    "inference_rank_625": _above("The same with adapters of rank 6.25 %.", "", "measured_sparse_speedup_rank_625"),
    "training_memory": _shown(_above("Memory of training over dense.", "", "measured_sparse_training_memory")),
    "inference_memory": _above("Memory of inference without adapters.", "", "measured_sparse_memory"),
    "inference_memory_rank_156": _above("The same, rank 1.56 %.", "", "measured_sparse_memory_rank_156"),
    "inference_memory_rank_625": _above("The same, rank 6.25 %.", "", "measured_sparse_memory_rank_625"),
    **_PROVENANCE,
}

VISION_ENCODERS = {
    "id": _ID,
    "name": _text("Name of the encoder."),
    "hidden_size": _shown(_count("Width of the residual stream.", "vision_hidden_size", low=1)),
    "layers": _shown(_count("Blocks.", "vision_layers", low=1)),
    "ffn_size": _shown(_count("Width of the feed-forward network.", "vision_ffn_size", low=1)),
    "image_size": _shown(_count("Side of the square image, pixels.", "image_size", low=1)),
    "patch_size": _shown(_count("Side of a square patch, pixels.", "patch_size", low=1)),
    **_PROVENANCE,
}

TRAINING_STAGES = {
    "id": _ID,
    "name": _text("Name of the stage."),
    "kind": _shown(
        _text(
            "What is done in it.",
            "pretrain",
            "midtrain",
            "sft",
            "preference",
            "rl",
            "distill",
            "synthetic_data",
            "evaluation",
            "experiments",
        )
    ),
    "tokens": _number("Tokens that it learns from.", "token", name="stage_tokens"),
    "device_hours": _number("Device-hours, where they are known.", "device-hour", name="stage_device_hours"),
    "multiple": _number("Device-hours over those of the final run.", name="stage_multiple"),
    "samples": _shown(_count("Samples seen, one image each.", "stage_samples", low=1)),
    "max_tokens": _count("Longest sequence."),
    "vision_passes": _shown(
        _number("Cost of the vision encoder in forward passes.", low=0.0, high=3.0, name="vision_training")
    ),
    "connector_passes": _shown(
        _number("Cost of the connector, likewise.", low=0.0, high=3.0, name="connector_training")
    ),
    "llm_passes": _shown(_number("Cost of the language model, likewise.", low=0.0, high=3.0, name="llm_training")),
    "vision_experts": _count("Experts in each block of the vision encoder.", "vision_experts"),
    "vision_top_k": _count("Experts per token of it.", "vision_experts_per_token"),
    "connector_experts": _count("Experts of the connector.", "connector_experts"),
    "connector_top_k": _count("Experts per token of it.", "connector_experts_per_token"),
    "batch": _count("Samples in a batch.", low=1),
    "devices": _count("Devices used.", low=1),
    "steps": _count("Optimiser steps."),
    **_PROVENANCE,
}

PRICES = {
    "id": _ID,
    "accelerator_id": _shown(_text("The accelerator, a row of the catalog of accelerators.", required=True)),
    "market": _shown(
        _text(
            "Where it is rented or how it is bought.",
            "hyperscaler",
            "specialised",
            "marketplace",
            "purchase",
            "purchase_node_share",
            "purchase_rack_share",
            required=True,
        )
    ),
    "usd_low": _shown(_above("Lowest price seen.", "")),
    "usd_high": _shown(_above("Highest price seen.", "")),
    "unit": _shown(_text("Unit of the prices.", "USD/device-hour", "USD", required=True)),
    "date": _shown(_text("When it was read.")),
    **_PROVENANCE,
}

ENGINES = {
    "id": _ID,
    "name": _text("Name of the software."),
    "version": _shown(_text("Version that was measured.")),
    "mode": _text("How it was driven.", "offline", "server"),
    "date": _shown(_text("Month of the measurements, or the quarters that they span.", required=True)),
    "layer_time_us": _shown(
        Column(
            "number",
            "Time of a layer beside its work, for one pass.",
            "us",
            0.0,
            required=True,
            input="engine_layer_time",
            divide=1e6,
        )
    ),
    "sequence_time_us": _shown(
        Column(
            "number",
            "Time that each sequence adds to a pass of its rank.",
            "us",
            0.0,
            required=True,
            input="engine_sequence_time",
            divide=1e6,
        )
    ),
    "unfused_layer_time_us": _shown(
        Column(
            "number",
            "Further time of a mixture layer whose experts have no tuned kernel.",
            "us",
            0.0,
            required=True,
            input="unfused_layer_time",
            divide=1e6,
        )
    ),
    "rocm_time_factor": _above(
        "Time on AMD devices over the model's; blank where it does not run there.", "", "rocm_time_factor"
    ),
    "measured_on": _text("Rows that its constants were fitted on."),
    "power_engine": replace(
        _text("Itself, where power was measured with it; blank: it was not.", *POWER_ENGINES), input="power_engine"
    ),
    **_PROVENANCE,
}

OWN = (
    "hour_price_usd",
    "price_usd",
    "electricity_usd_per_kwh",
    "ci_residual",
    "ci_residual_source",
    "ci_long_run_marginal",
    "ci_long_run_marginal_source",
    "contracted_share",
    "contracted_g_per_kwh",
)
"""Columns for files of users only: no built-in row has a price, a contract, or a figure without a free licence."""

SCHEMAS: dict[str, dict[str, Column]] = {
    "accelerators": ACCELERATORS,
    "embodied": EMBODIED,
    "engines": ENGINES,
    "human_baselines": HUMAN_BASELINES,
    "instances": INSTANCES,
    "models": MODELS,
    "nodes": NODES,
    "power": POWER,
    "prices": PRICES,
    "profiles": PROFILES,
    "published_runs": PUBLISHED_RUNS,
    "regions": REGIONS,
    "scaling_laws": SCALING_LAWS,
    "servers": SERVERS,
    "sparse_speedups": SPARSE_SPEEDUPS,
    "training_stages": TRAINING_STAGES,
    "vision_encoders": VISION_ENCODERS,
}

NAMED_BY = {"accelerators": "instances"}
"""Catalogs whose rows are also meant by the names in another."""

LINKS: dict[str, tuple[str, ...]] = {
    name: linked
    for name, columns in SCHEMAS.items()
    if (
        linked := tuple(
            dict.fromkeys(
                [column.link for column in columns.values() if column.link]
                + ([NAMED_BY[name]] if name in NAMED_BY else [])
            )
        )
    )
}
"""Catalogs whose rows take values from rows of others, or are named in them, and those others."""

FILES: dict[str, str] = {
    "accelerators": "GPUs, TPUs and other accelerators: peaks, memory, power, silicon",
    "embodied": "carbon factors of chips, memory, storage, servers and products",
    "engines": "serving software by version and date: its overheads as measured",
    "human_baselines": "energy, carbon, water and cost of a page that a human writes",
    "instances": "cloud instance types: accelerators, host, network",
    "models": "architectures of published language models",
    "nodes": "servers of accelerators: processors, memory, storage, adapters, maximum power, mass",
    "power": "power of accelerators and their nodes, each with what was measured",
    "prices": "what accelerators cost to rent and to buy: taken where a plan names a price_market",
    "profiles": "carbon intensity of grids by the hour of a year, average and marginal",
    "published_runs": "published training runs with hours, energy and carbon",
    "regions": "carbon intensity and PUE of countries, states and cloud regions",
    "scaling_laws": "fitted laws of loss against parameters and tokens",
    "servers": "servers of one's own with embodied carbon, performance and power",
    "sparse_speedups": "measured speed and memory of N:M-sparse language models",
    "training_stages": "stages of training: of multimodal models as published, and of one's own in hours or tokens",
    "vision_encoders": "architectures of vision encoders",
}

RETIRED: dict[str, tuple[tuple[str, ...], str]] = {
    "is_moe": (("n_experts",), "n_experts, top_k, n_moe_layers and d_ff_expert say what a mixture of experts is"),
    "moe_layer_fraction": (("n_moe_layers",), "give n_moe_layers, the number of blocks with experts"),
    "local_layer_fraction": (("local_layers",), "give local_layers, the number of windowed blocks"),
    "max_position_embeddings": (
        ("seq_len",),
        "give seq_len, the length of pre-training, which is often shorter than the context that a model accepts",
    ),
    "max_position": (("seq_len",), "give seq_len, the length of pre-training"),
}
"""Names that look like columns but are none, with the columns that say it and the remedy."""

ALIASES: dict[str, Column] = {
    "catalog": _text("Catalog of the row.", *SCHEMAS, required=True),
    "alias": _text("What people call it, in any case and punctuation.", required=True),
    "id": _text("Id of the row.", required=True),
    "devices": _count("Devices that the name stands for, where it is more than a type.", low=1),
    "note": _text("Which of several it stands for, and why."),
}
"""Columns of `aliases.csv`, which is no catalog."""

RECORDS: dict[str, str] = {
    "model": "models",
    "accelerator": "accelerators",
    "region": "regions",
    "scaling_law": "scaling_laws",
    "server": "servers",
    "human_baseline": "human_baselines",
    "vision_encoder": "vision_encoders",
    "training_stage": "training_stages",
    "engine": "engines",
    "system": "nodes",
    "profile": "profiles",
    "purchase_profile": "profiles",
    "sites": "profiles",
    "load_profile": "profiles",
    "grid_by_year": "profiles",
    "electricity_price_by_year": "profiles",
    "device_price_by_year": "profiles",
}
"""Inputs that are catalog rows, and the catalog of each."""

ASSUMED_ROWS: dict[str, tuple[str, str]] = {"engine": ("vllm-2025", "output_tokens")}
"""Rows that are taken, and said, where a plan names none but gives the input that needs them."""
