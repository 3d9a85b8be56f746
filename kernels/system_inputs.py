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

# ---- N:M sparsity (SLoPe) ---------------------------------------------------------------------------------

declare(
    "nm_sparsity",
    "1",
    "Pattern N:M of weight matrices: N of M neighbours are kept.",
    choices=("dense", "1:2", "2:4", "2:8"),
)
declare(
    "sparse_scope",
    "1",
    "Matrices that are sparse.",
    choices=("none", "mlp", "mlp_attention"),
    default="mlp_attention",
    source="SLoPe: all but embeddings and heads",
)
declare(
    "adapter_rank_ratio",
    "1",
    "Rank of the adapters of sparse matrices over the hidden size.",
    valid="[0, 1]",
    default=0,
    source="no adapters unless given",
    provenance="assumed",
)
declare(
    "lazy_fraction",
    "1",
    "Share of training steps, the last ones, in which adapters are trained.",
    valid="[0, 1]",
    default=0.01,
    source="SLoPe",
)
declare("spmm_speedup", "1", "Speed of the sparse matrix product over the dense one.", valid="[1, 2]")
declare(
    "sparse_power_factor",
    "1",
    "Mean power with sparse kernels over that with dense ones; SLoPe measures no power.",
    valid="(0, inf)",
    default=1,
    source="as with dense kernels",
    provenance="assumed",
)
for _name, _what in {
    "measured_sparse_training_speedup": "Measured speed of 2:4-sparse training over dense",
    "measured_sparse_speedup": "Measured speed of 2:4-sparse inference over dense, without adapters",
    "measured_sparse_speedup_rank_156": "The same with adapters of rank 1.56 %",
    "measured_sparse_speedup_rank_625": "The same with adapters of rank 6.25 %",
    "measured_sparse_training_memory": "Measured memory of 2:4-sparse training over dense",
    "measured_sparse_memory": "Measured memory of 2:4-sparse inference over dense, without adapters",
    "measured_sparse_memory_rank_156": "The same with adapters of rank 1.56 %",
    "measured_sparse_memory_rank_625": "The same with adapters of rank 6.25 %",
}.items():
    declare(_name, "1", f"{_what}; unknown for most models.", valid="(0, inf)", optional=True)
declare("measured_sparse_peak", "FLOP/s", "Peak of the device of these measurements.", valid="(0, inf)", optional=True)

# ---- structured matrices (Einsum search, BTT-MoE) -----------------------------------------------------------

declare(
    "linear_structure",
    "1",
    "Structure of weight matrices.",
    choices=("dense", "low_rank", "kronecker", "tensor_train", "monarch", "btt", "einsum", "btt_moe"),
)
declare(
    "structure_scope",
    "1",
    "Matrices that are structured.",
    choices=("ffn", "all_but_last"),
    default="all_but_last",
    source="Potapczynski et al. 2024: all but the output head",
)
declare("linear_in", "1", "Width of the input of one matrix.", valid="[1, inf)")
declare("linear_out", "1", "Width of the output of one matrix.", valid="[1, inf)")
declare(
    "btt_moe_experts",
    "1",
    "BTT experts in each matrix.",
    valid="[1, inf)",
    default=1,
    source="no experts unless given",
    provenance="assumed",
    integer=True,
)
declare(
    "btt_moe_top_k",
    "1",
    "BTT experts that work on each token.",
    valid="[1, inf)",
    default=2,
    source="Potapczynski et al. 2024, code",
    integer=True,
)
declare(
    "kernel_efficiency",
    "1",
    "Rate of structured kernels over dense ones; below one at widths of about 1000, say the authors.",
    valid="(0, 1]",
    default=1,
    source="as fast as dense",
    provenance="assumed",
)

# ---- multimodal models (CuMo) and upcycling -----------------------------------------------------------------

declare("vision_hidden_size", "1", "Width of the vision encoder's residual stream.", valid="[1, inf)", integer=True)
declare("vision_layers", "1", "Blocks of the vision encoder.", valid="[1, inf)", integer=True)
declare("vision_ffn_size", "1", "Width of the vision encoder's feed-forward network.", valid="[1, inf)", integer=True)
declare("image_size", "1", "Side of the square image that the encoder takes, pixels.", valid="[1, inf)", integer=True)
declare("patch_size", "1", "Side of one square patch, pixels.", valid="[1, inf)", integer=True)
declare(
    "vision_tile_scale",
    "1",
    "Largest scale at which an image is seen, cut into tiles, beside the whole; 1 for the whole alone.",
    valid="[1, inf)",
    default=1,
    source="one pass unless given (CuMo: 3)",
    provenance="assumed",
    integer=True,
)
for _module, _where in {"vision": "each block of the vision encoder", "connector": "the connector"}.items():
    declare(
        f"{_module}_experts",
        "1",
        f"Experts of {_where}; 0 for a dense one.",
        default=0,
        source="dense unless given",
        provenance="assumed",
        integer=True,
    )
    declare(
        f"{_module}_experts_per_token",
        "1",
        f"Experts of {_where} that work on each token; nothing in a dense one.",
        default=2,
        source="CuMo: top 2",
        integer=True,
    )
for _module, _what in {"vision": "vision encoder", "connector": "connector", "llm": "language model"}.items():
    declare(
        f"{_module}_training",
        "1",
        f"Cost of the {_what} in forward passes: 3 trained, 2 frozen but passed by gradients, 1 frozen and upstream.",
        valid="[0, 3]",
    )
declare("sample_text_tokens", "token", "Text tokens of one sample, beside its image.")
declare("stage_samples", "sequence", "Samples seen in the stage of training, one image each.", valid="(0, inf)")
declare("parent_ratio", "1", "Carbon of pre-training the dense parent over that of the training of the sweep.")
declare(
    "upcycle_fraction",
    "1",
    "Cost of upcycling over that of the dense parent's pre-training.",
    default=0.5,
    source="Komatsuzaki et al. 2023 (Sparse Upcycling), abstract",
)
declare(
    "checkpoint_status",
    "1",
    "Whether the dense parent exists already.",
    choices=("owned", "to_train"),
)
