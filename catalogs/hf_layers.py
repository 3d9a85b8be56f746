"""Which blocks a configuration of Hugging Face has: attention, windows, mixers, feed-forward networks, experts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from carbonsweep.catalogs.files import shown
from carbonsweep.foundation.errors import CatalogError

if TYPE_CHECKING:
    from carbonsweep.catalogs.hf_config import Fields

ATTENTION = {
    "full_attention": "full",
    "attention": "full",
    "indexed_attention": "full",
    "heavily_compressed_attention": "full",
    "compressed_sparse_attention": "full",
    "sliding_attention": "local",
    "chunked_attention": "chunked",
    "linear_attention": "linear",
    "mamba": "linear",
    "conv": "linear",
    "hybrid": "both",
}
"""Kinds of blocks as files name them."""
MIXERS = {
    "qwen3_next": "gated_delta",
    "qwen3_5": "gated_delta",
    "qwen3_5_moe": "gated_delta",
    "kimi_linear": "kda",
    "bailing_hybrid": "kda",
    "minimax": "lightning",
    "granitemoehybrid": "mamba2",
    "bamba": "mamba2",
    "falcon_h1": "mamba2",
    "nemotron_h": "mamba2",
    "jamba": "mamba1",
    "lfm2": "short_conv",
    "lfm2_moe": "short_conv",
}
"""What the blocks without attention of a model type are."""
EVERY = {
    "gemma2": 2,
    "gpt_oss": 2,
    "gemma3": 6,
    "gemma3n": 5,
    "gemma4": 6,
    "olmo3": 4,
    "cohere2": 4,
    "exaone4": 4,
    "qwen3_next": 4,
    "qwen3_5": 4,
    "qwen3_5_moe": 4,
    "kimi_linear": 4,
}
"""Model types of which every k-th block has full attention unless the file says otherwise."""
WINDOW_EVERYWHERE = ("mistral", "mixtral", "ministral3", "phi3", "phimoe", "starcoder2")
WINDOW_IF_USED = ("qwen2", "qwen2_moe", "qwen3", "qwen3_moe", "smollm3")


@dataclass(frozen=True)
class Blocks:
    """Numbers of blocks of each kind; a block of Falcon-H1 counts as attention and as mixer.

    Attributes
    ----------
    layers, encoder
        Blocks in all, and those of an encoder before a decoder.
    attention, local, window, chunk
        Attention blocks, those of them with a window or chunks, and how long these are.
    linear, kind
        Blocks with another mixer, and which.
    networks, moe
        Feed-forward networks, mixtures included, and mixtures.
    kinds
        The kind of each block in its order, where it is known.
    """

    layers: int
    attention: int
    networks: int
    moe: int
    encoder: int = 0
    local: int = 0
    window: int = 0
    chunk: int = 0
    linear: int = 0
    kind: str = ""
    kinds: list[str] = field(default_factory=list)


MOST_LAYERS = 100_000
"""More are a mistake, and would be listed one by one."""


def blocks(fields: Fields) -> Blocks:
    """The blocks that a file describes."""
    if fields.type == "nemotron_h":
        return _nemotron(fields)
    layers = fields.need("num_hidden_layers")
    if layers > MOST_LAYERS:
        raise CatalogError(f"{fields.where}: num_hidden_layers = {layers:.3g} is no number of layers; correct the file")
    if fields.type == "t5":
        decoder = fields.whole("num_decoder_layers") or layers
        return Blocks(layers + decoder, layers + 2 * decoder, layers + decoder, 0, encoder=layers)
    if fields.type == "longcat_flash":
        return Blocks(layers, 2 * layers, 3 * layers, layers)
    kinds = _kinds(fields, layers)
    meant = [ATTENTION[kind] for kind in kinds]
    both = layers if fields.type == "falcon_h1" else 0
    linear = meant.count("linear") + both
    local, chunked = meant.count("local"), meant.count("chunked")
    window = (fields.whole("sliding_window") or 0) if "sliding_window" in fields.defaults else 0
    if fields.type == "deepseek_v4":
        local = kinds.count("sliding_attention")
    if (local and not window) or (fields.type == "exaone4" and not window):
        local, window = 0, 0
    if not local and fields.type != "deepseek_v4":
        window = 0
    chunk = (fields.whole("attention_chunk_size") or 0) if chunked else 0
    if not chunk:
        chunked = 0
    return Blocks(
        layers,
        layers - meant.count("linear"),
        layers,
        _mixtures(fields, layers),
        local=local + chunked,
        window=window,
        chunk=chunk,
        linear=linear,
        kind=MIXERS[fields.type] if linear else "",
        kinds=kinds,
    )


def _kinds(fields: Fields, layers: int) -> list[str]:
    """The kind of every block, from the file's list or pattern, else as the class makes it."""
    listed = fields.given("layer_types")
    if isinstance(listed, list) and fields.type != "falcon_h1":
        for kind in listed:
            if kind not in ATTENTION:
                raise CatalogError(
                    f"{fields.where}: layer_types: {shown(str(kind))} is not understood; see its model card"
                )
        return _of_length(fields, "layer_types", listed, layers)
    kinds = _pattern(fields, layers)
    if kinds is None:
        return ["full_attention"] * layers
    if any(ATTENTION[kind] == "linear" for kind in kinds) and fields.type not in MIXERS:
        raise CatalogError(f"{fields.where}: blocks without attention are not understood for {fields.type}")
    return kinds


def _pattern(fields: Fields, layers: int) -> list[str] | None:
    """Kinds by the pattern of a model type; None where every block has full attention."""
    kind = fields.type
    if kind in WINDOW_EVERYWHERE:
        return ["sliding_attention"] * layers if fields.get("sliding_window") else None
    if kind in WINDOW_IF_USED:
        if not fields.get("use_sliding_window") or not fields.get("sliding_window"):
            return None
        full = fields.given("max_window_layers")
        full = 28 if full is None else full
        return ["full_attention" if i < full else "sliding_attention" for i in range(layers)]
    if kind == "mimo_v2_flash":
        fields.given("add_swa_attention_sink_bias")
        if (flags := fields.given("hybrid_layer_pattern")) is not None:
            named = {1: "sliding_attention", 0: "full_attention"}
            return [named[flag] for flag in _of_length(fields, "hybrid_layer_pattern", flags, layers)]
        return ["full_attention" if i == 0 or (i + 1) % 6 == 0 else "sliding_attention" for i in range(layers)]
    if kind == "llama4":
        flags = fields.given("no_rope_layers") or None
        every = fields.whole("no_rope_layer_interval") or 4
        flags = flags or [int((i + 1) % every != 0) for i in range(layers)]
        named = {1: "chunked_attention", 0: "full_attention"}
        return [named[int(flag)] for flag in _of_length(fields, "no_rope_layers", flags, layers)]
    if kind == "deepseek_v4":
        ratios = fields.given("compress_ratios")
        named = {0: "sliding_attention", 4: "compressed_sparse_attention", 128: "heavily_compressed_attention"}
        if ratios is None:
            first = ["heavily_compressed_attention"] * 2
            return (first + [named[4] if i % 2 else named[128] for i in range(2, layers)])[:layers]
        try:
            return [named[int(one)] for one in ratios[:layers]]
        except (KeyError, TypeError, ValueError):
            raise CatalogError(
                f"{fields.where}: compress_ratios must be 0, 4 or 128 for every block; correct it"
            ) from None
    return _mixed(fields, layers)


def _mixed(fields: Fields, layers: int) -> list[str] | None:
    """Kinds of hybrids of attention with other mixers, and of every k-th full block."""
    kind = fields.type
    if kind == "jamba":
        period, offset = fields.need("attn_layer_period"), fields.whole("attn_layer_offset") or 0
        return ["full_attention" if i % period == offset else "mamba" for i in range(layers)]
    if kind == "bamba":
        with_attention = fields.get("attn_layer_indices") or []
        return ["full_attention" if i in with_attention else "mamba" for i in range(layers)]
    if kind == "granitemoehybrid":
        return ["mamba"] * layers
    if kind == "minimax":
        flags = fields.given("attn_type_list") or [(i + 1) % 2 for i in range(layers)]
        named = {1: "full_attention", 0: "linear_attention"}
        return [named[int(flag)] for flag in _of_length(fields, "attn_type_list", flags, layers)]
    if kind == "lfm2":
        with_attention = fields.given("full_attn_idxs")
        if with_attention is None:
            return None
        return ["full_attention" if i in with_attention else "conv" for i in range(layers)]
    if kind == "lfm2_moe":
        raise CatalogError(f"{fields.where}: layer_types is missing, and {kind} has no usual ones; add it to the file")
    if kind == "bailing_hybrid":
        every = fields.need("layer_group_size")
        return ["full_attention" if (i + 1) % every == 0 else "linear_attention" for i in range(layers)]
    nested = fields.data.get("linear_attn_config")
    if kind == "kimi_linear" and isinstance(nested, dict) and nested.get("full_attn_layers"):
        return ["full_attention" if i + 1 in nested["full_attn_layers"] else "linear_attention" for i in range(layers)]
    if kind not in EVERY:
        return None
    every = fields.given("full_attention_interval") or _every(fields)
    other = "linear_attention" if kind in MIXERS else "sliding_attention"
    kinds = [other if (i + 1) % every else "full_attention" for i in range(layers)]
    if kind == "gemma4":
        kinds[-1] = "full_attention"
    return kinds


def _every(fields: Fields) -> int:
    """How often a block has full attention: `sliding_window_pattern`, a number or a string such as LLLG."""
    pattern: Any = None
    for name in ("sliding_window_pattern", "_sliding_window_pattern"):
        pattern = fields.given(name) if pattern is None else pattern
    if isinstance(pattern, str) and set(pattern) <= set("LG") and pattern.count("G") == 1:
        return len(pattern)
    if pattern is None:
        return EVERY[fields.type]
    if not isinstance(pattern, int) or isinstance(pattern, bool) or pattern < 1:
        raise CatalogError(f"{fields.where}: sliding_window_pattern = {pattern!r} is not understood; give layer_types")
    return pattern


def _mixtures(fields: Fields, layers: int) -> int:
    """Blocks whose network is a mixture of experts."""
    if "num_experts" not in fields.defaults:
        return 0
    if (fields.whole("num_experts") or 0) <= 1:
        for name in (
            "first_k_dense_replace",
            "moe_layer_freq",
            "decoder_sparse_step",
            "mlp_only_layers",
            "num_dense_layers",
        ):
            fields.given(name)
        fields.given("mlp_layer_types")
        return 0
    if (listed := fields.given("mlp_layer_types")) is not None:
        return sum(kind != "dense" for kind in _of_length(fields, "mlp_layer_types", listed, layers))
    if fields.type == "gemma4":
        return layers if fields.get("enable_moe_block") is not False else 0
    if fields.type == "jamba":
        period, offset = fields.need("expert_layer_period"), fields.whole("expert_layer_offset") or 0
        return sum(i % period == offset for i in range(layers))
    if fields.type == "llama4":
        if (listed := fields.given("moe_layers")) is not None:
            return len(listed)
        return layers // (fields.whole("interleave_moe_layer_step") or 1)
    if fields.type == "ernie4_5_moe":
        start, every = fields.whole("moe_layer_start_index") or 0, fields.whole("moe_layer_interval") or 1
        end = fields.get("moe_layer_end_index")
        last = layers - 1 if end in (None, -1) else int(end)
        return sum(start <= i <= last and (i + 1) % every == 0 for i in range(layers))
    if fields.type.startswith(("qwen2_moe", "qwen3_moe", "qwen3_next", "qwen3_5_moe")):
        step, dense = fields.whole("decoder_sparse_step") or 1, fields.get("mlp_only_layers") or []
        return sum((i + 1) % step == 0 and i not in dense for i in range(layers))
    first = fields.whole("first_k_dense_replace")
    if first is None:
        first = fields.whole("num_dense_layers")
    if first is None:
        first = {"kimi_linear": 1, "glm4_moe_lite": 1, "mimo_v2_flash": 1, "hy_v3": 1}.get(fields.type, 0)
        if first:
            fields.assumed.append(f"first_k_dense_replace = {first}")
    every = fields.given("moe_layer_freq")
    if isinstance(every, list):
        return sum(bool(flag) for flag in _of_length(fields, "moe_layer_freq", every, layers))
    return sum(i >= first and i % int(every or 1) == 0 for i in range(layers))


def _nemotron(fields: Fields) -> Blocks:
    """Nemotron-H: every letter of the pattern is a block of its own."""
    pattern = fields.given("hybrid_override_pattern")
    words = {"M": "mamba", "*": "attention", "-": "mlp", "E": "moe"}
    if isinstance(pattern, str):
        listed = [words.get(letter, letter) for letter in pattern]
    else:
        named = {"linear_attention": "mamba", "full_attention": "attention"}
        listed = [named.get(str(word), str(word)) for word in fields.get("layer_types")]
    for word in listed:
        if word not in words.values():
            raise CatalogError(f"{fields.where}: {shown(word)} in the pattern of blocks is not understood")
    given = fields.given("num_hidden_layers")
    if given is not None and given != len(listed):
        raise CatalogError(f"{fields.where}: num_hidden_layers = {given}, while the pattern has {len(listed)} blocks")
    moe, dense, linear = listed.count("moe"), listed.count("mlp"), listed.count("mamba")
    return Blocks(len(listed), listed.count("attention"), dense + moe, moe, linear=linear, kind="mamba2", kinds=[])


def _of_length(fields: Fields, name: str, listed: Any, layers: int) -> list[Any]:
    """The list, if it has one entry a block."""
    if not isinstance(listed, list) or len(listed) != layers:
        length = len(listed) if isinstance(listed, list) else 1
        raise CatalogError(f"{fields.where}: {name} has {length} entries for {layers} blocks; correct one")
    return listed
