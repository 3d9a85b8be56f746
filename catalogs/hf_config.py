"""A config.json of Hugging Face as a row of models: what a model's own file says, and what `transformers` assumes."""

from __future__ import annotations

import csv
import functools
import hashlib
import json
import math
import re
from pathlib import Path
from typing import Any

from carbonsweep.catalogs.files import Cell, read_bytes, shown
from carbonsweep.catalogs.hf_layers import Blocks, blocks
from carbonsweep.catalogs.models import complete, model_inputs
from carbonsweep.catalogs.rows import Row, column_inputs
from carbonsweep.catalogs.schema import MODELS
from carbonsweep.foundation.errors import CatalogError, suggestion

DEFAULTS = Path(__file__).parent / "hf_config.csv"
"""What the classes of transformers 5.24.0 assume for a field that a file leaves out, for each model type."""

SAME_AS = {
    "kimi_k2": "deepseek_v3",
    "kimi_k25": "deepseek_v3",
    "code_llama": "llama",
    "mt5": "t5",
    "solar_open": "glm4_moe",
}
"""Model types that have the shape, and here the defaults, of another."""

NAMES: dict[str, tuple[str, ...]] = {
    "num_hidden_layers": ("num_hidden_layers", "num_layers", "n_layer", "n_layers"),
    "hidden_size": ("hidden_size", "n_embd", "d_model"),
    "intermediate_size": ("intermediate_size", "n_inner", "ffn_hidden_size", "ffn_dim", "d_ff", "block_ff_dim"),
    "num_attention_heads": ("num_attention_heads", "n_head", "num_heads"),
    "num_key_value_heads": ("num_key_value_heads", "num_kv_heads"),
    "head_dim": ("head_dim", "d_kv"),
    "num_experts": ("num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts"),
    "num_experts_per_tok": (
        "num_experts_per_tok",
        "num_experts_per_token",
        "experts_per_token",
        "moe_k",
        "moe_topk",
        "top_k_experts",
    ),
    "moe_intermediate_size": ("moe_intermediate_size", "expert_ffn_hidden_size"),
    "n_shared_experts": ("n_shared_experts", "num_shared_experts", "num_shared_expert", "moe_num_shared_experts"),
    "shared_width": (
        "shared_expert_intermediate_size",
        "moe_shared_expert_intermediate_size",
        "shared_intermediate_size",
        "share_expert_dim",
    ),
    "mtp_layers": ("num_nextn_predict_layers", "num_mtp_layers", "mtp_num_hidden_layers", "num_mtp_modules"),
    "layer_types": ("layer_types", "layers_block_type"),
    "mamba_heads": ("mamba_num_heads", "mamba_n_heads"),
    "mamba_head_dim": ("mamba_head_dim", "mamba_d_head"),
    "mamba_state": ("ssm_state_size", "mamba_d_state"),
    "mamba_groups": ("mamba_n_groups", "n_groups"),
    "mamba_conv": ("mamba_d_conv", "conv_kernel"),
    "mamba_expand": ("mamba_expand", "expand"),
    "linear_conv": ("linear_conv_kernel_dim", "short_conv_kernel_size"),
    "expert_latent": ("moe_latent_size", "routed_expert_hidden_size"),
    "local_heads": ("swa_num_attention_heads", "num_sliding_attention_heads"),
    "local_kv_heads": ("swa_num_key_value_heads",),
}
"""Other names of a field in files and in versions of the library."""

EXPERTS_IN_INTERMEDIATE = (
    "mixtral",
    "phimoe",
    "minimax",
    "minimax_m2",
    "gpt_oss",
    "llama4",
    "granitemoehybrid",
    "jamba",
    "olmoe",
    "hunyuan_v1_moe",
)
"""Model types whose `intermediate_size` is the width of an expert."""
GATED_ATTENTION = ("qwen3_next", "qwen3_5", "qwen3_5_moe")
LEARNED_POSITIONS = {"gpt2": 0, "bert": 0, "opt": 2}
"""Model types with a table of positions, and the rows that it has beyond the longest sequence."""

_SHAPE = re.compile(
    r"hidden|intermediate|ffn|inner|head|layer|expert|moe|lora|rank|window|chunk|mamba|ssm|conv|state|linear|latent|"
    r"index|compress|shared?_|mtp|nextn|embed|width|_dim"
)
"""Words of fields that may change a model's shape."""
_HARMLESS = re.compile(
    r"max_window_layers|rotary_dim|.*(token|dropout|multiplier|scal|coef|eps|theta|prob|rope|init|alpha|beta|scale|"
    r"chunk_size|vision|audio|image|video|media|loss|group|parallel|output_|return|num_labels|ignore|softcap|jitter|"
    r"clip|block_size|sparsity|temperature|quant).*|mtp_transformer_layers|max_position_embeddings|model_max_length|"
    r"chunk_size_feed_forward|n_group|conv_dim(_out)?|head_type|num_hidden_groups|embd_pdrop|moe_router.*|"
    r"num_logits_to_keep|original_max_position_embeddings|initial_context_length|num_ln_in_parallel_attn|altup_active_idx"
)
_SHAPE_FLAGS = ("attn_output_gate", "use_mla", "use_gated_attention", "tie_encoder_decoder")


LARGEST = 1e15
"""No number of a configuration is larger."""


class Fields:
    """The fields of one file, by the names of the library, with the class's defaults where the file is silent."""

    def __init__(self, data: dict[str, Any], model_type: str, where: str) -> None:
        self.data = data
        self.type = model_type
        self.where = where
        self.defaults = _defaults()[model_type]
        self.read: set[str] = set()
        self.last = "model_type"
        self.assumed: list[str] = []

    def given(self, name: str) -> Any:
        """The value in the file; None where it is absent or null."""
        found = None
        for one in NAMES.get(name, (name,)):
            self.read.add(one)
            if one in self.data:
                self.last = one
            value = self.data.get(one)
            if value is None:
                continue
            if found is not None and value != found[1]:
                raise CatalogError(
                    f"{self.where}: {one} = {value!r} contradicts {found[0]} = {found[1]!r}; correct one"
                )
            found = found or (one, value)
        return None if found is None else found[1]

    def get(self, name: str) -> Any:
        """The value in the file or, where the file does not mention the field, what the class assumes."""
        value = self.given(name)
        if value is not None or any(one in self.data for one in NAMES.get(name, (name,))):
            return value
        value = self.defaults.get(name)
        if value not in (None, []) and (note := f"{name} = {json.dumps(value)}") not in self.assumed:
            self.assumed.append(note)
        return value

    def whole(self, name: str) -> int | None:
        """A whole number of at least 0; the first of a list."""
        value = self.get(name)
        value = value[0] if isinstance(value, list) and value else value
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value) or value < 0:
            raise CatalogError(f"{self.where}: {name} = {value!r} is not a whole number; correct the file")
        return int(value)

    def need(self, name: str) -> int:
        """A whole number that the model cannot be without."""
        value = self.whole(name)
        if not value:
            raise CatalogError(f"{self.where}: {name} is missing, and {self.type} has no usual one; add it to the file")
        return value

    def unread(self) -> str:
        """The first field that may change the shape and that nothing here understands; empty if there is none."""
        for name, value in self.data.items():
            if name in self.read or _HARMLESS.fullmatch(name):
                continue
            number = (
                isinstance(value, int | float) and not isinstance(value, bool) and value == int(value) and value > 1
            )
            listed = isinstance(value, list) and bool(value) and all(isinstance(one, int | str) for one in value)
            if (number or listed) and _SHAPE.search(name):
                return name
            if value is True and name in _SHAPE_FLAGS:
                return name
        return ""


def model_row_from_config(path: str | Path, at: str = "") -> Row:
    """The row of `models` that a config.json describes; `Row.assumed` lists what the file left unsaid.

    Parameters
    ----------
    path
        The file.
    at
        Where the path stands, for errors: a plan and its key, with ``: `` at the end.

    Raises
    ------
    CatalogError
        If the file is no configuration, its model type is unknown, or a field that matters is not understood.
    """
    path = Path(path)
    try:
        return _row(path)
    except CatalogError as error:
        raise CatalogError(f"{at}{error}") from None


def _row(path: Path) -> Row:
    data = _text_model(_parsed(path), path)
    where = str(path)
    model_type = str(data["model_type"]).removesuffix("_text")
    model_type = SAME_AS.get(model_type, model_type)
    if model_type not in _defaults():
        hint = suggestion(model_type, _defaults()) or "; give its numbers in a catalog file of models instead"
        raise CatalogError(f"{where}: model_type {shown(model_type)} is not known{hint}")
    fields = Fields(data, model_type, where)
    try:
        values = _values(fields)
    except CatalogError:
        raise
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        # A list where a number stands, or the like: it was met at the last field that was read, if not before.
        said = shown(json.dumps(data.get(fields.last)))
        raise CatalogError(
            f"{where}: cannot be read as a {model_type}: {fields.last} = {said} is of another kind, or does not fit "
            "what was read before; correct the file"
        ) from None
    if name := fields.unread():
        raise CatalogError(
            f"{where}: field {name!r} = {shown(json.dumps(data[name]))} is not understood for model_type {model_type}; "
            "remove it if it does not change the shape, or give the numbers in a catalog file of models"
        )
    values["id"] = re.sub(r"[-_. ]?config$", "", path.stem) or path.resolve().parent.name or "config"
    values["source"] = f"user file {path.name}"
    assumed = complete(values, where)
    listed = [f"{note} (default of {model_type} in transformers)" for note in fields.assumed]
    listed += [note for note in assumed if not note.startswith("d_ff ")]
    inputs = column_inputs(values, MODELS) | model_inputs(values)
    return Row("models", str(values["id"]), values, inputs, where, 1, tuple(listed))


def file_hash(path: str | Path) -> str:
    """SHA-256 of the content of a file, as hexadecimal text."""
    return hashlib.sha256(read_bytes(Path(path))).hexdigest()


def _parsed(path: Path) -> dict[str, Any]:
    def number(text: str) -> float:
        value = float(text)
        if not abs(value) <= LARGEST:
            raise CatalogError(f"{path}: {shown(text)} is no number that a model has; correct the file")
        return int(text) if text.lstrip("-").isdecimal() else value

    content = read_bytes(path)
    try:
        # Infinity is a limit of time steps in some; as text it is no number of a shape.
        data = json.loads(content.decode("utf-8-sig"), parse_int=number, parse_float=number, parse_constant=str)
    except CatalogError:
        raise
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise CatalogError(f"{path}: not JSON; give the config.json of a model") from None
    if not isinstance(data, dict):
        raise CatalogError(f"{path}: not a configuration; give the config.json of a model")
    return data


def _text_model(data: dict[str, Any], path: Path) -> dict[str, Any]:
    """The language model of the file: a nested one decides, and takes from around it only what it lacks."""
    for key in ("text_config", "llm_config", "language_config"):
        inner = data.get(key)
        if isinstance(inner, dict):
            outer: dict[str, Any] = {name: data[name] for name in ("tie_word_embeddings", "model_type") if name in data}
            data = {**outer, **inner}
            break
    if not isinstance(data.get("model_type"), str):
        raise CatalogError(f"{path}: no model_type; give the config.json of a model, or add its type")
    return data


@functools.cache
def _defaults() -> dict[str, dict[str, Any]]:
    """Defaults by model type and field."""
    found: dict[str, dict[str, Any]] = {}
    with DEFAULTS.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            found.setdefault(line["model_type"], {})[line["field"]] = json.loads(line["default"])
    return found


def _values(fields: Fields) -> dict[str, Cell]:
    """The cells of the row, as far as the file and its class determine them."""
    values: dict[str, Cell] = dict.fromkeys(MODELS)
    found = blocks(fields)
    encoder = fields.type == "bert"
    values |= {
        "arch": "encoder" if encoder else "encoder-decoder" if found.encoder else "decoder",
        "family": fields.type,
        "n_layers": found.layers,
        "n_enc_layers": found.encoder or None,
        "n_dec_layers": found.layers - found.encoder if found.encoder else None,
        "d_model": fields.need("hidden_size"),
        "n_heads": fields.need("num_attention_heads"),
        "vocab_size": fields.need("vocab_size"),
        "tied_embeddings": bool(fields.get("tie_word_embeddings")),
        "attention_layers": found.attention if found.linear or found.attention != found.layers else None,
        "linear_layers": found.linear or None,
        "ffn_layers": found.networks if found.networks != found.layers else None,
        "weights_format": _format(fields),
    }
    _attention(values, fields, found)
    _networks(values, fields, found)
    _mixer(values, fields, found)
    _positions(values, fields)
    _other(values, fields, found)
    return values


def _format(fields: Fields) -> str:
    quantised = fields.data.get("quantization_config")
    if isinstance(quantised, dict):
        return str(quantised.get("quant_method") or "quantised")
    return str(fields.data.get("dtype") or fields.data.get("torch_dtype") or "bfloat16")


def _attention(values: dict[str, Cell], fields: Fields, found: Blocks) -> None:
    heads, width = fields.need("num_attention_heads"), fields.need("hidden_size")
    latent = fields.whole("kv_lora_rank") if "kv_lora_rank" in fields.defaults else None
    values["n_kv_heads"] = fields.whole("num_key_value_heads") or heads
    if fields.type == "falcon" and not fields.get("new_decoder_architecture"):
        values["n_kv_heads"] = 1 if fields.get("multi_query") else heads
    if latent:
        values |= {"attention": "mla", "kv_lora_rank": latent, "q_lora_rank": fields.whole("q_lora_rank") or None}
        values |= {"qk_nope_dim": fields.need("qk_nope_head_dim"), "qk_rope_dim": fields.need("qk_rope_head_dim")}
        values["v_head_dim"] = fields.need("v_head_dim")
        fields.given("head_dim")
        fields.given("qk_head_dim")
    else:
        size = fields.whole("head_dim")
        if not size and width % heads:
            raise CatalogError(f"{fields.where}: hidden_size = {width} is no multiple of {heads} heads; add head_dim")
        values["d_head"] = size or width // heads
    if fields.type == "mimo_v2_flash":
        values["v_head_dim"] = fields.need("v_head_dim")
        values["local_kv_heads"] = fields.whole("local_kv_heads") or 2 * fields.need("num_key_value_heads")
        for name in ("swa_head_dim", "swa_v_head_dim"):
            fields.given(name)
    if fields.type == "deepseek_v4":
        values |= {"attention": "csa", "q_lora_rank": fields.need("q_lora_rank")}
        values |= {"o_lora_rank": fields.need("o_lora_rank"), "o_groups": fields.need("o_groups")}
        fields.given("qk_rope_head_dim")
    if fields.type == "gemma4":
        values |= {"local_head_dim": values["d_head"], "local_kv_heads": values["n_kv_heads"]}
        values["d_head"] = fields.need("global_head_dim")
        values["k_equals_v"] = bool(fields.get("attention_k_eq_v"))
        if values["k_equals_v"]:
            values["n_kv_heads"] = fields.whole("num_global_key_value_heads") or values["n_kv_heads"]
    if fields.type in GATED_ATTENTION:
        fields.given("attn_output_gate")
        values["attention_gate"] = "full"
    if fields.type == "bailing_hybrid":
        values["attention_gate"] = "head"
    if "index_topk" in fields.defaults and fields.whole("index_topk"):
        values |= {"index_heads": fields.need("index_n_heads"), "index_head_dim": fields.need("index_head_dim")}
        values["index_topk"] = fields.need("index_topk")
        every = fields.whole("index_topk_freq") or 1
        if every > 1:
            values["index_layer_fraction"] = math.ceil(found.attention / every) / found.attention
    values["local_layers"] = found.local or None
    values["attention_window"] = found.window or None
    values["attention_chunk"] = found.chunk or None


def _networks(values: dict[str, Cell], fields: Fields, found: Blocks) -> None:
    values["ffn_gated"] = bool(fields.defaults["gated"])
    if fields.type == "t5":
        values["ffn_gated"] = str(fields.data.get("feed_forward_proj", "")).startswith("gated")
    width = fields.whole("intermediate_size")
    experts = (fields.whole("num_experts") or 0) if "num_experts" in fields.defaults else 0
    if experts > 1 and found.moe:
        inside = fields.type in EXPERTS_IN_INTERMEDIATE
        own = fields.whole("moe_intermediate_size")
        values |= {
            "n_experts": experts,
            "top_k": fields.need("num_experts_per_tok"),
            "n_moe_layers": found.moe,
            "d_ff_expert": own or (width if inside else None) or fields.need("moe_intermediate_size"),
            "expert_gated": values["ffn_gated"],
            "expert_latent": fields.whole("expert_latent"),
            "zero_experts": fields.whole("zero_expert_num"),
        }
        _shared(values, fields)
        if fields.type == "gemma4":
            values["d_ff_parallel_dense"], width = width, None
        width = width if fields.type != "llama4" else fields.whole("intermediate_size_mlp")
        if found.moe >= found.networks:
            width = None
    elif "num_experts" in fields.defaults:
        for name in ("num_experts_per_tok", "moe_intermediate_size", "n_shared_experts", "expert_latent"):
            fields.given(name)
        if fields.type == "granitemoehybrid":
            width = fields.whole("shared_width")
        fields.given("shared_width")
    values["d_ff"] = width if width or values["n_experts"] else 4 * fields.need("hidden_size")
    if fields.type == "lfm2" and width and fields.get("block_auto_adjust_ff_dim"):
        multiple = fields.need("block_multiple_of")
        inner = int(2 * width / 3 * float(fields.get("block_ffn_dim_multiplier") or 1))
        values["d_ff"] = multiple * math.ceil(inner / multiple)
    if fields.given("mtp_layers") is not None or "mtp_layers" in fields.defaults:
        values["mtp_layers"] = fields.whole("mtp_layers") or None


def _shared(values: dict[str, Cell], fields: Fields) -> None:
    """Shared experts: a width for all of them, a width for each, or a number of experts like the routed ones."""
    number, width = fields.whole("n_shared_experts"), fields.whole("shared_width")
    if fields.type == "llama4":
        number, width = 1, int(values["d_ff_expert"] or 0)
    if fields.type == "hunyuan_v1_moe" and number is None:
        number = 1
    if fields.type == "nemotron_h" and width:
        width *= number or 1
    if width is None:
        width = (number or 0) * int(values["d_ff_expert"] or 0)
    values["d_ff_shared_total"] = width
    values["n_shared_experts"] = number if number is not None else int(width > 0)
    if not width:
        values["n_shared_experts"] = 0


def _mixer(values: dict[str, Cell], fields: Fields, found: Blocks) -> None:
    """Sizes of the mixer of layers without attention."""
    if not found.linear:
        return
    width = fields.need("hidden_size")
    values["linear_kind"] = found.kind
    if found.kind == "gated_delta":
        values |= {"linear_heads": fields.need("linear_num_value_heads"), "linear_conv": fields.need("linear_conv")}
        values |= {"linear_key_heads": fields.need("linear_num_key_heads")}
        values |= {"linear_head_dim": fields.need("linear_value_head_dim")}
        values |= {"linear_key_head_dim": fields.need("linear_key_head_dim")}
    elif found.kind == "kda":
        nested = fields.data.get("linear_attn_config")
        nested = nested if isinstance(nested, dict) else {}
        fields.read.add("linear_attn_config")
        values["linear_heads"] = nested.get("num_heads") or fields.need("linear_num_heads")
        values["linear_head_dim"] = nested.get("head_dim") or fields.need("linear_head_dim")
        values["linear_conv"] = nested.get("short_conv_kernel_size") or fields.need("linear_conv")
        values["linear_full_rank_gate"] = fields.type == "bailing_hybrid"
    elif found.kind == "mamba1":
        rank = fields.get("mamba_dt_rank")
        values |= {"linear_heads": fields.need("mamba_expand") * width, "linear_head_dim": 1}
        values |= {"linear_state_size": fields.need("mamba_state"), "linear_conv": fields.need("mamba_conv")}
        values["linear_rank"] = math.ceil(width / 16) if rank in (None, "auto") else int(rank)
    elif found.kind == "mamba2":
        heads, size = fields.need("mamba_heads"), fields.get("mamba_head_dim")
        inner = fields.whole("mamba_d_ssm") if fields.type == "falcon_h1" else None
        if size in (None, "auto"):
            size = (inner or fields.need("mamba_expand") * width) // heads
        fields.given("mamba_expand")
        values |= {"linear_heads": heads, "linear_head_dim": int(size)}
        values |= {"linear_state_size": fields.need("mamba_state"), "linear_groups": fields.need("mamba_groups")}
        values["linear_conv"] = fields.need("mamba_conv")
    elif found.kind == "lightning":
        heads = fields.need("num_attention_heads")
        values |= {"linear_heads": heads, "linear_head_dim": values["d_head"]}
    elif found.kind == "short_conv":
        values["linear_conv"] = fields.need("conv_L_cache")


def _positions(values: dict[str, Cell], fields: Fields) -> None:
    if fields.type in LEARNED_POSITIONS:
        rows = fields.whole("n_positions") or fields.need("max_position_embeddings")
        values |= {"position": "learned", "position_rows": rows + LEARNED_POSITIONS[fields.type]}
    elif fields.type in ("bloom", "falcon", "t5", "nemotron_h", "jamba"):
        values["position"] = "none"
    else:
        values["position"] = "rope"
    rope = fields.data.get("rope_scaling")
    original = rope.get("original_max_position_embeddings") if isinstance(rope, dict) else None
    if isinstance(original, int) and not isinstance(original, bool) and original > 0:
        values |= {"seq_len": original, "seq_len_how": "original_max_position_embeddings of the file"}


def _other(values: dict[str, Cell], fields: Fields, found: Blocks) -> None:
    """Parameters of no column: per-layer embeddings, alternating updates, segments and poolers, connections."""
    width = fields.need("hidden_size")
    if fields.type in ("gemma3n", "gemma4"):
        small, rows = fields.whole("hidden_size_per_layer_input") or 0, fields.need("vocab_size_per_layer_input")
        shared = fields.whole("num_kv_shared_layers") or 0
        used = 3 * width * small * found.layers - _shared_keys(values, found, shared)
        if fields.type == "gemma3n":
            streams = fields.need("altup_num_inputs")
            used += 2 * width * fields.need("laurel_rank") * found.layers + 2 * (streams - 1) * width * width
            used += found.layers * streams * width
        elif fields.get("use_double_wide_mlp"):
            used += shared * 3 * width * int(values["d_ff"] or 0)
        table = rows * small * found.layers
        values |= {"other_params_m": (table + used) / 1e6, "other_active_m": used / 1e6}
    if fields.type == "bert":
        values["other_params_m"] = width * (width + 1 + fields.need("type_vocab_size")) / 1e6
    if fields.type == "opt" and (inner := fields.whole("word_embed_proj_dim")) and inner != width:
        raise CatalogError(
            f"{fields.where}: word_embed_proj_dim = {inner} beside hidden_size = {width} is not understood"
        )
    if fields.type == "deepseek_v4":
        values["other_params_m"] = _connections(values, fields, found) / 1e6


def _shared_keys(values: dict[str, Cell], found: Blocks, shared: int) -> int:
    """Key and value projections that the last blocks take from blocks before."""
    width, kinds = int(values["d_model"] or 0), found.kinds[len(found.kinds) - shared :] if shared else []
    total = 0
    for kind in kinds:
        local = kind == "sliding_attention"
        heads = int((values["local_kv_heads"] if local else None) or values["n_kv_heads"] or 0)
        size = int((values["local_head_dim"] if local else None) or values["d_head"] or 0)
        total += width * heads * size * (1 if values["k_equals_v"] and not local else 2)
    return total


def _connections(values: dict[str, Cell], fields: Fields, found: Blocks) -> float:
    """DeepSeek-V4: compressors of keys, indexers of the sparse blocks, hyper-connections."""
    width, size = fields.need("hidden_size"), int(values["d_head"] or 0)
    heads, inner, streams = (fields.need(name) for name in ("index_n_heads", "index_head_dim", "hc_mult"))
    sparse = found.kinds.count("compressed_sparse_attention")
    heavy = found.kinds.count("heavily_compressed_attention")
    compressor = 4 * (width + 2) * size
    indexer = fields.need("q_lora_rank") * heads * inner + width * heads + 4 * (width + 2) * inner
    coarse = (2 * width + 128) * size
    mixing = streams * width * (2 * found.layers * streams * (2 + streams) + streams)
    return float(sparse * (compressor + indexer) + heavy * coarse + mixing)
