"""What a transformer is: widths, counts of layers, heads and experts, and what its makers published."""

from __future__ import annotations

from carbonsweep.kernels.registry import declare

LINEAR_KINDS = ("none", "gated_delta", "kda", "mamba2", "mamba1", "lightning", "short_conv")
"""Mixers without attention: gated delta (Qwen3-Next), KDA (Kimi Linear), Mamba, lightning attention, convolutions."""
GATES = ("none", "full", "head")
_NONE = "none unless given"

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
    "Whether positions are a learned table, of position_rows or else sequence_length rows.",
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
    "Value head size; 0: that of queries and keys.",
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
for _what, _year in (("model", 2026), ("accelerator", 2022)):
    declare(
        f"{_what}_year",
        "year",
        f"Year in which the {_what} came out.",
        valid="[1990, inf)",
        default=_year,
        source="the year of this release, and an accelerator in use then, unless the catalog says otherwise",
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

# --- attention that is not full, layers without attention, further parts -------------------------------------------

declare(
    "index_layer_fraction",
    "1",
    "Share of attention blocks with an indexer of their own.",
    valid="[0, 1]",
    default=1,
    source="all of them unless given",
    provenance="assumed",
)
declare(
    "linear_kind", "1", "Mixer of the layers without attention.", choices=LINEAR_KINDS, default="none", source=_NONE
)
declare("attention_gate", "1", "Gate on the output of attention.", choices=GATES, default="none", source=_NONE)
declare(
    "keys_as_values",
    "1",
    "Whether attention blocks without a window use their keys as values.",
    valid="[0, 1]",
    default=0,
    source=_NONE,
    integer=True,
)
declare(
    "linear_full_rank_gate",
    "1",
    "Whether the output gate of KDA is one matrix instead of two of low rank.",
    valid="[0, 1]",
    default=0,
    source=_NONE,
    integer=True,
)
for _name, _unit, _what in (
    ("attention_layers", "1", "Attention blocks, where not every layer has just one; 0: those that are no mixers."),
    ("ffn_layers", "1", "Feed-forward networks and mixtures; 0: one a layer."),
    ("local_heads", "1", "Query heads of windowed blocks; 0: as in the others."),
    ("local_kv_heads", "1", "Key-value heads of windowed blocks; 0: as in the others."),
    ("local_head_size", "1", "Head size of windowed blocks; 0: as in the others."),
    ("local_layers", "1", "Attention blocks that see a window or a chunk only."),
    ("attention_window", "token", "Tokens that a windowed attention block sees."),
    ("attention_chunk", "token", "Tokens of the chunks within which such a block attends instead."),
    ("o_lora_rank", "1", "Rank of the output compression (DeepSeek-V4)."),
    ("o_groups", "1", "Groups of that compression."),
    ("index_heads", "1", "Heads of the indexer of sparse attention."),
    ("index_head_size", "1", "Size of a head of the indexer."),
    ("index_topk", "1", "Keys that the indexer picks for a query."),
    ("linear_layers", "1", "Layers with a recurrent, linear or convolutional mixer."),
    ("linear_heads", "1", "Heads of that mixer; for Mamba heads x size is the inner width."),
    ("linear_head_size", "1", "Size of a head of that mixer."),
    ("linear_key_heads", "1", "Key heads of that mixer."),
    ("linear_key_head_size", "1", "Size of a key head of that mixer."),
    ("linear_state_size", "1", "State of a channel (Mamba)."),
    ("linear_groups", "1", "Groups that share input and output maps (Mamba-2)."),
    ("linear_convolution", "1", "Tokens of the short convolution of that mixer."),
    ("linear_rank", "1", "Rank of the step size (Mamba-1)."),
    ("expert_latent", "1", "Width to which tokens are projected before the experts; 0: the hidden size."),
    ("zero_experts", "1", "Experts that do nothing and are picked as well."),
    ("mtp_layers", "1", "Modules of multi-token prediction."),
    ("other_parameters", "parameter", "Parameters that nothing else describes."),
    ("other_idle_parameters", "parameter", "Those of other_parameters that a token does not use."),
):
    declare(_name, _unit, _what, default=0, source=_NONE, provenance="assumed", integer=_unit == "1")
