"""Every input: its unit, meaning, range and, where one can be defended, its default with the source."""

from __future__ import annotations

from carbonsweep.kernels.registry import declare

# ---- model architecture (a row of the catalog of models) ------------------------------------------------

declare("layers", "1", "Transformer blocks; encoder and decoder together.", valid="[1, inf)", integer=True)
declare(
    "encoder_layers",
    "1",
    "Blocks of the encoder of an encoder-decoder model; 0 for a single stack.",
    default=0,
    source="single stack unless given",
    provenance="assumed",
    integer=True,
)
declare("hidden_size", "1", "Width of the residual stream.", valid="[1, inf)", integer=True)
declare(
    "gated_ffn",
    "1",
    "Whether the feed-forward network is gated (three matrices instead of two).",
    valid="[0, 1]",
    default=0,
    source="LLMCarbon's 8 h^2 (two matrices)",
    integer=True,
)
declare("attention_heads", "1", "Query heads of one attention block.", valid="[1, inf)", integer=True)
declare("vocabulary_size", "1", "Rows of the token embedding.", valid="[1, inf)", integer=True)
declare("sequence_length", "token", "Tokens in one training sequence.", valid="[1, inf)", integer=True)
declare(
    "tied_embeddings",
    "1",
    "Whether input and output embeddings are one matrix.",
    valid="[0, 1]",
    default=1,
    source="one V h term in LLMCarbon's parameter counts",
    provenance="assumed",
    integer=True,
)
declare(
    "learned_positions",
    "1",
    "Whether positions are a learned table of sequence_length rows.",
    valid="[0, 1]",
    default=0,
    source="rotary, relative or no position table unless given",
    provenance="assumed",
    integer=True,
)
declare(
    "transformer_xl_positions",
    "1",
    "Whether each block projects relative positions as Transformer-XL does (one h x h matrix).",
    valid="[0, 1]",
    default=0,
    source="no such projection unless given",
    provenance="assumed",
    integer=True,
)
declare(
    "q_lora_rank",
    "1",
    "Rank of the query compression of multi-head latent attention; 0 for none.",
    default=0,
    source="no latent attention unless given",
    provenance="assumed",
    integer=True,
)
declare(
    "kv_lora_rank",
    "1",
    "Rank of the key-value compression of multi-head latent attention; 0 for ordinary attention.",
    default=0,
    source="no latent attention unless given",
    provenance="assumed",
    integer=True,
)
declare(
    "qk_nope_size",
    "1",
    "Query-key head size without positions, latent attention only.",
    default=0,
    source="no latent attention unless given",
    provenance="assumed",
    integer=True,
)
declare(
    "qk_rope_size",
    "1",
    "Query-key head size with rotary positions, latent attention only.",
    default=0,
    source="no latent attention unless given",
    provenance="assumed",
    integer=True,
)
declare(
    "value_head_size",
    "1",
    "Value head size, latent attention only.",
    default=0,
    source="no latent attention unless given",
    provenance="assumed",
    integer=True,
)
declare(
    "experts",
    "1",
    "Routed experts in one mixture-of-experts layer; 0 for a dense model.",
    default=0,
    source="dense unless given",
    provenance="assumed",
    integer=True,
)
declare(
    "experts_per_token",
    "1",
    "Routed experts that work on each token.",
    default=0,
    source="dense unless given",
    provenance="assumed",
    integer=True,
)
declare(
    "moe_layers",
    "1",
    "Blocks whose feed-forward network is a mixture of experts.",
    default=0,
    source="dense unless given",
    provenance="assumed",
    integer=True,
)
declare(
    "expert_ffn_size",
    "1",
    "Hidden size of one routed expert.",
    default=0,
    source="dense unless given",
    provenance="assumed",
    integer=True,
)
declare(
    "shared_expert_ffn_size",
    "1",
    "Hidden size of the shared experts of one layer, all together.",
    default=0,
    source="no shared expert unless given",
    provenance="assumed",
    integer=True,
)
declare(
    "gated_experts",
    "1",
    "Whether routed and shared experts are gated (three matrices instead of two).",
    valid="[0, 1]",
    default=0,
    source="LLMCarbon's 8 h^2 N_e (two matrices)",
    integer=True,
)
declare(
    "parallel_dense_ffn_size",
    "1",
    "Hidden size of a dense network that runs beside the experts of every mixture-of-experts layer.",
    default=0,
    source="none unless given",
    provenance="assumed",
    integer=True,
)
declare("published_parameters", "parameter", "Parameter count that the model's makers state.", valid="(0, inf)")
declare(
    "published_active_parameters",
    "parameter",
    "Active parameter count that the model's makers state.",
    valid="(0, inf)",
)
declare("published_tokens", "token", "Training tokens that the model's makers state.", valid="(0, inf)")

# ---- operations ---------------------------------------------------------------------------------------

declare(
    "causal_attention",
    "1",
    "Whether the attention kernel skips the masked half of the decoder's score matrix.",
    valid="[0, 1]",
    default=0,
    source="full square, as Narayanan et al. 2021 count",
    integer=True,
)
declare(
    "recomputation",
    "1",
    "Activations computed again in the backward pass; auto is the least with which the layout fits in memory.",
    choices=("none", "selective", "full", "auto"),
    default="auto",
    source="what trainings do: no more than memory asks for",
    provenance="assumed",
)

# ---- scaling law (a row of the catalog of scaling laws) -----------------------------------------------

declare(
    "loss_irreducible",
    "nat/token",
    "E of L = E + A/N^alpha + B/D^beta.",
    default=1.69,
    source="Hoffmann et al. 2022, approach 3, as LLMCarbon uses it",
)
declare(
    "loss_parameter_coefficient",
    "nat/token",
    "A of L = E + A/N^alpha + B/D^beta.",
    valid="(0, inf)",
    default=406.4,
    source="Hoffmann et al. 2022, approach 3, as LLMCarbon uses it",
)
declare(
    "loss_token_coefficient",
    "nat/token",
    "B of L = E + A/N^alpha + B/D^beta.",
    valid="(0, inf)",
    default=410.7,
    source="Hoffmann et al. 2022, approach 3, as LLMCarbon uses it",
)
declare(
    "loss_parameter_exponent",
    "1",
    "alpha of L = E + A/N^alpha + B/D^beta.",
    valid="(0, inf)",
    default=0.34,
    source="Hoffmann et al. 2022, approach 3, as LLMCarbon uses it",
)
declare(
    "loss_token_exponent",
    "1",
    "beta of L = E + A/N^alpha + B/D^beta.",
    valid="(0, inf)",
    default=0.28,
    source="Hoffmann et al. 2022, approach 3, as LLMCarbon uses it",
)
declare(
    "moe_dense_equivalence",
    "1",
    "Size ratio of a mixture-of-experts model and the dense model of equal loss.",
    valid="[1, inf)",
    default=8,
    source="LLMCarbon, as recalled (an observation of DeepSpeed-MoE)",
    provenance="recalled",
)

# ---- accelerator (a row of the catalog of accelerators) -----------------------------------------------

declare("process_node", "nm", "Nominal node of the accelerator's logic dies.", valid="(0, inf)")
declare("die_area", "cm2", "Logic silicon in one accelerator package.", valid="(0, inf)")
declare("device_memory", "GB", "Memory of one accelerator.", valid="(0, inf)")
for _precision in ("fp32", "tf32", "bf16", "fp16", "fp8", "int8"):
    declare(
        f"peak_flops_{_precision}",
        "FLOP/s",
        f"Dense peak rate of one accelerator in {_precision}; unknown where the device has no such unit.",
        valid="(0, inf)",
        optional=True,
    )
declare(
    "precision",
    "1",
    "Number format whose peak rate counts; half is bf16 where the device has it, else fp16.",
    choices=("half", "bf16", "fp16", "tf32", "fp32", "fp8", "int8"),
    default="half",
    source="LLMCarbon's peaks are half-precision tensor rates",
)
declare(
    "thermal_design_power",
    "W",
    "Design power of one accelerator; unknown for some devices that only their maker uses.",
    valid="(0, inf)",
    optional=True,
)
declare(
    "measured_device_power",
    "W",
    "Measured mean power for each accelerator, host share included; unknown for most devices.",
    valid="(0, inf)",
    optional=True,
)
declare(
    "devices_per_node",
    "device",
    "Accelerators in one server.",
    valid="[1, inf)",
    default=8,
    source="LLMCarbon's node: 8 accelerators, 1 CPU, 256 GB, 32 TB",
    integer=True,
)
declare(
    "relative_efficiency",
    "1",
    "Efficiency of the accelerator relative to the A100 at its own optimum.",
    valid="(0, inf)",
    default=1,
    source="A100; LLMCarbon's code has 1 - 7.76/33.46 for the V100",
)
declare(
    "device_count_factor",
    "1",
    "Optimal number of devices relative to the 80 GB A100.",
    valid="(0, inf)",
    default=1,
    source="A100-80GB; LLMCarbon's code has 2.5 for the V100 and 2 for the 40 GB A100",
)
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

# ---- server ---------------------------------------------------------------------------------------------

declare(
    "power_fraction",
    "1",
    "Mean power of the accelerator relative to its design power.",
    valid="(0, inf)",
    default=1,
    source="design power as the mean: LLMCarbon's CO2EQ notebook",
)
declare(
    "server_cpus",
    "1",
    "CPUs in one server.",
    default=1,
    source="LLMCarbon's node: 8 accelerators, 1 CPU, 256 GB, 32 TB",
)
declare(
    "server_dram",
    "GB",
    "DRAM in one server.",
    default=256,
    source="LLMCarbon's node: 8 accelerators, 1 CPU, 256 GB, 32 TB",
)
declare(
    "server_ssd",
    "TB",
    "SSD capacity in one server.",
    default=32,
    source="LLMCarbon's node: 8 accelerators, 1 CPU, 256 GB, 32 TB",
)
declare(
    "cpu_power",
    "W",
    "Mean power of one CPU.",
    default=200,
    source="design power usual for a server CPU; LLMCarbon's sources give none",
    provenance="assumed",
)
declare("dram_power_density", "W/GB", "Mean power of DRAM.", default=0.392, source="Cloud Carbon Footprint")
declare("ssd_power_density", "W/TB", "Mean power of SSD.", default=1.2, source="Cloud Carbon Footprint")

# ---- parallelism and efficiency -------------------------------------------------------------------------

declare(
    "moe_expert_parallel",
    "1",
    "Devices over which the experts of a mixture-of-experts model are spread.",
    valid="[1, inf)",
    default=64,
    source="LLMCarbon, as recalled (after Chen et al. 2023, arXiv 2304.11414)",
    provenance="recalled",
    integer=True,
)
declare(
    "moe_data_parallel",
    "1",
    "Data-parallel replicas of a mixture-of-experts model.",
    valid="[1, inf)",
    default=1,
    source="LLMCarbon, as recalled (after Chen et al. 2023, arXiv 2304.11414)",
    provenance="recalled",
    integer=True,
)
declare(
    "moe_relative_efficiency",
    "1",
    "Optimal efficiency of a mixture-of-experts model relative to its dense counterpart.",
    valid="(0, 1]",
    default=0.8,
    source="LLMCarbon, as recalled (host-device swapping)",
    provenance="recalled",
)
declare(
    "efficiency_gamma0",
    "1",
    "gamma0 of LLMCarbon Eq. 6: fewer devices than the optimum.",
    valid="(0, inf)",
    default=18.592,
    source="calibrated here: GPT-3 on 16 A100 at 9.26 % (no published value)",
    provenance="assumed",
)
declare(
    "efficiency_gamma1",
    "1",
    "gamma1 of LLMCarbon Eq. 6: more devices than the optimum, falling part.",
    default=0.6882656,
    source="calibrated here: GPT-3 on 10,000 V100 at 19.7 % and continuity (no published value)",
    provenance="assumed",
)
declare(
    "efficiency_gamma2",
    "1",
    "gamma2 of LLMCarbon Eq. 6: more devices than the optimum, constant part.",
    default=0.1474998,
    source="calibrated here: GPT-3 on 10,000 V100 at 19.7 % and continuity (no published value)",
    provenance="assumed",
)

# ---- site -------------------------------------------------------------------------------------------------

declare("pue", "1", "Facility energy over hardware energy (power usage effectiveness).", valid="[1, inf)")
declare("carbon_intensity", "gCO2e/kWh", "Carbon intensity of the site's electricity.")

# ---- embodied carbon --------------------------------------------------------------------------------------

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

# ---- experimentation, inference requests and storage ------------------------------------------------------

declare(
    "inference_training_ratio",
    "1",
    "Device-hours of inference for each device-hour of training, where inference goes by proportion.",
    default=3.5,
    source="experimentation : training : inference = 10 : 20 : 70, Wu et al. 2022, as recalled",
    provenance="recalled",
)
declare(
    "experimentation_training_ratio",
    "1",
    "Device-hours of experimentation for each device-hour of training.",
    default=0.5,
    source="experimentation : training : inference = 10 : 20 : 70, Wu et al. 2022, as recalled",
    provenance="recalled",
)
declare("request_batch", "sequence", "Sequences served together.", valid="(0, inf)")
declare("request_tokens", "token", "Tokens processed for each sequence of a request batch.", valid="(0, inf)")
declare("stored_data", "TB", "Data kept in storage.", default=0, source="none unless given", provenance="assumed")
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
