"""What a transformer is: widths, counts of layers, heads and experts, and what its makers published."""

from __future__ import annotations

from carbonsweep.kernels.registry import declare

declare("layers", "1", "Transformer blocks; encoder and decoder together.", valid="[1, inf)", integer=True)
declare("attention_heads", "1", "Query heads of one attention block.", valid="[1, inf)", integer=True)
declare("sequence_length", "token", "Tokens in one training sequence.", valid="[1, inf)", integer=True)
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
    "encoder_layers",
    "1",
    "Blocks of the encoder of an encoder-decoder model; 0 for a single stack.",
    default=0,
    source="single stack unless given",
    provenance="assumed",
    integer=True,
)
declare("hidden_size", "1", "Width of the residual stream.", valid="[1, inf)", integer=True)
declare("vocabulary_size", "1", "Rows of the token embedding.", valid="[1, inf)", integer=True)
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
declare(
    "causal_attention",
    "1",
    "Whether the attention kernel skips the masked half of the decoder's score matrix.",
    valid="[0, 1]",
    default=0,
    source="full square, as Narayanan et al. 2021 count",
    integer=True,
)
for _what in ("model", "accelerator"):
    declare(
        f"{_what}_year",
        "year",
        f"Year in which the {_what} came out.",
        valid="[1990, inf)",
        default=2024,
        source="recent unless the catalog says otherwise",
        provenance="assumed",
        integer=True,
    )
declare(
    "gated_ffn",
    "1",
    "Whether the feed-forward network is gated (three matrices instead of two).",
    valid="[0, 1]",
    default=0,
    source="LLMCarbon's 8 h^2 (two matrices)",
    integer=True,
)
