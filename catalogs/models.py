"""What a row of models leaves blank: completed by a rule that is listed, or refused. Blank is not zero."""

from __future__ import annotations

import math

from carbonsweep.catalogs.files import Cell
from carbonsweep.catalogs.schema import LINEAR_KINDS
from carbonsweep.foundation.errors import CatalogError

_OF_EXPERTS = (
    "top_k",
    "n_moe_layers",
    "n_shared_experts",
    "d_ff_expert",
    "d_ff_shared_total",
    "d_ff_parallel_dense",
    "expert_latent",
    "zero_experts",
)
_SIZES_OF_MIXERS = {
    "gated_delta": ("linear_heads", "linear_head_dim", "linear_key_heads", "linear_key_head_dim", "linear_conv"),
    "kda": ("linear_heads", "linear_head_dim", "linear_conv"),
    "mamba2": ("linear_heads", "linear_head_dim", "linear_state_size", "linear_groups", "linear_conv"),
    "mamba1": ("linear_heads", "linear_head_dim", "linear_state_size", "linear_rank", "linear_conv"),
    "lightning": ("linear_heads", "linear_head_dim"),
    "short_conv": ("linear_conv",),
}
_OF_LATENT = ("qk_nope_dim", "qk_rope_dim", "v_head_dim")
GATES = ("full", "head")


def complete(values: dict[str, Cell], where: str) -> tuple[str, ...]:
    """Fill the blank cells of a row that a rule determines, and say which.

    Parameters
    ----------
    values
        The row's cells, changed in place.
    where
        File and line, for errors.

    Raises
    ------
    CatalogError
        If cells contradict each other, or a cell is blank that no rule determines.
    """
    other, active = values["other_params_m"], values["other_active_m"]
    if active is not None and (other is None or float(active) > float(other)):
        raise CatalogError(f"{where}: column 'other_active_m': more than other_params_m; correct one")
    tied: list[str] = []
    if values["tied_embeddings"] is None and values["vocab_size"] is not None:
        values["tied_embeddings"] = True
        tied = ["tied_embeddings = True (one matrix)"]
    said = [*tied, *_heads(values, where), *_blocks(values, where), *_experts(values, where), *_network(values)]
    return tuple(said)


def _heads(values: dict[str, Cell], where: str) -> list[str]:
    said = []
    heads, width, groups = (_number(values[column]) for column in ("n_heads", "d_model", "n_kv_heads"))
    latent = values["kv_lora_rank"] not in (None, 0)
    if values["attention"] in ("mla", "mfa", "csa"):
        needed = {"mla": ("kv_lora_rank",), "mfa": ("q_lora_rank",), "csa": ("q_lora_rank", "o_lora_rank", "o_groups")}
        _need(values, needed[str(values["attention"])], f"attention is {values['attention']}", where)
    if latent:
        _need(values, _OF_LATENT, f"kv_lora_rank = {values['kv_lora_rank']}", where)
    if heads and groups and heads % groups:
        raise CatalogError(
            f"{where}: column 'n_kv_heads': {heads} query heads do not divide among {groups}; correct it"
        )
    if heads and not groups:
        values["n_kv_heads"] = heads
        said.append(f"n_kv_heads = {heads} (one a query head)")
    if heads and width and values["d_head"] is None and not latent:
        if width % heads:
            raise CatalogError(
                f"{where}: column 'd_head': blank, and d_model = {width} is no multiple of {heads} heads"
            )
        values["d_head"] = width // heads
        said.append(f"d_head = {width // heads} (d_model / n_heads)")
    elif latent and values["d_head"] is None:
        values["d_head"] = sum(_number(values[column]) for column in _OF_LATENT[:2])
    return said


def _blocks(values: dict[str, Cell], where: str) -> list[str]:
    """Attention blocks with and without windows, and blocks without attention."""
    said = []
    layers, encoder, decoder = (_number(values[c]) for c in ("n_layers", "n_enc_layers", "n_dec_layers"))
    if encoder and decoder and layers and encoder + decoder != layers:
        raise CatalogError(f"{where}: column 'n_dec_layers': {encoder} + {decoder} blocks are not n_layers = {layers}")
    linear, local = _number(values["linear_layers"]), _number(values["local_layers"])
    if linear:
        if values["linear_kind"] is None:
            raise CatalogError(
                f"{where}: column 'linear_kind': blank, while linear_layers = {linear}; give one of "
                f"{', '.join(LINEAR_KINDS)}"
            )
        _need(values, _SIZES_OF_MIXERS[str(values["linear_kind"])], f"linear_kind = {values['linear_kind']}", where)
        if values["attention_layers"] is None:
            if linear > layers:
                raise CatalogError(f"{where}: column 'linear_layers': {linear} of {layers} blocks; correct one")
            values["attention_layers"] = layers - linear
            said.append(f"attention_layers = {layers - linear} (n_layers - linear_layers)")
    elif values["linear_kind"] is not None:
        raise CatalogError(f"{where}: column 'linear_layers': blank, while linear_kind is given; give their number")
    attention = layers if values["attention_layers"] is None else _number(values["attention_layers"])
    window = values["attention_window"] if values["attention_window"] is not None else values["attention_chunk"]
    if values["attention_window"] is not None and values["attention_chunk"] is not None:
        raise CatalogError(f"{where}: column 'attention_chunk': given beside attention_window; keep one of them")
    if local and window is None:
        raise CatalogError(
            f"{where}: column 'attention_window': blank, while local_layers = {local}; give it or attention_chunk"
        )
    if window is not None and values["local_layers"] is None and values["attention"] != "csa":
        values["local_layers"] = attention
        said.append(f"local_layers = {attention} (every attention block has the window)")
    if local > attention > 0:
        raise CatalogError(f"{where}: column 'local_layers': {local} of {attention} attention blocks; correct one")
    return said


def _experts(values: dict[str, Cell], where: str) -> list[str]:
    said: list[str] = []
    experts = _number(values["n_experts"])
    if not experts:
        for column in _OF_EXPERTS:
            if _number(values[column]):
                raise CatalogError(
                    f"{where}: column 'n_experts': blank or 0, while {column} = {values[column]}; give the number of "
                    f"routed experts of a layer, or leave {column} out"
                )
        values["n_moe_layers"] = 0 if values["n_moe_layers"] is None else values["n_moe_layers"]
        values["expert_gated"] = values["ffn_gated"] if values["expert_gated"] is None else values["expert_gated"]
        return said
    _need(values, ("top_k", "d_ff_expert"), f"n_experts = {experts}", where)
    if _number(values["top_k"]) > experts:
        raise CatalogError(f"{where}: column 'top_k': {values['top_k']} of {experts} experts; correct one")
    if values["n_moe_layers"] is None:
        of = "ffn_layers" if values["ffn_layers"] is not None else "n_layers"
        values["n_moe_layers"] = values[of]
        said.append(f"n_moe_layers = {values[of]} (all of {of})")
    if values["expert_gated"] is None:
        _need(values, ("ffn_gated",), "expert_gated is blank as well", where)
        values["expert_gated"] = values["ffn_gated"]
        said.append(f"expert_gated = {values['ffn_gated']} (as ffn_gated)")
    shared = values["n_shared_experts"]
    if values["d_ff_shared_total"] is None:
        values["d_ff_shared_total"] = _number(shared) * _number(values["d_ff_expert"])
        if shared is None:
            said.append("d_ff_shared_total = 0 (no shared experts are named)")
        elif shared:
            said.append(f"d_ff_shared_total = {values['d_ff_shared_total']} (n_shared_experts x d_ff_expert)")
    elif shared == 0 and values["d_ff_shared_total"]:
        raise CatalogError(f"{where}: column 'n_shared_experts': 0, while d_ff_shared_total is given; correct one")
    return said


def _network(values: dict[str, Cell]) -> list[str]:
    """The dense network: where every layer has experts its width acts on nothing, and is then the usual one."""
    width, moe = _number(values["d_model"]), _number(values["n_moe_layers"])
    blocks = values["n_layers"] if values["ffn_layers"] is None else values["ffn_layers"]
    if values["d_ff"] is None and width and moe and moe >= _number(blocks):
        values["d_ff"] = 4 * width
    elif values["d_ff"] is None and width and _number(blocks):
        values["d_ff"] = 4 * width
        return [f"d_ff = {4 * width} (4 d_model)"]
    elif values["ffn_gated"] is None and values["d_ff"]:
        return ["ffn_gated = False (two matrices)"]
    return []


def _need(values: dict[str, Cell], columns: tuple[str, ...], since: str, where: str) -> None:
    for column in columns:
        if values[column] is None:
            raise CatalogError(f"{where}: column {column!r}: blank, while {since}; give it")


def _number(cell: Cell) -> int:
    return int(cell) if isinstance(cell, int | float) else 0


def model_inputs(values: dict[str, Cell]) -> dict[str, float]:
    """What a row says to the equations that no column alone does: positions, mixer, gate, share of indexers."""
    position = values["position"]
    learned = position == "learned"
    share, other, active = (values[column] for column in ("index_layer_fraction", "other_params_m", "other_active_m"))
    rows = values["position_rows"] if values["position_rows"] is not None else values["seq_len"]
    return {
        "learned_positions": math.nan if position is None else float(learned),
        "transformer_xl_positions": math.nan if position is None else float(position == "relative_txl"),
        "position_rows": _rows_of_positions(learned, rows),
        "other_idle_parameters": 0.0 if active is None else 1e6 * (float(other or 0.0) - float(active)),
        "index_layer_fraction": 1.0 if share is None else float(share),
        "linear_kind": float(LINEAR_KINDS.index(str(values["linear_kind"])) + 1) if values["linear_kind"] else math.nan,
        "attention_gate": float(GATES.index(str(values["attention_gate"])) + 1)
        if values["attention_gate"]
        else math.nan,
    }


def _rows_of_positions(learned: bool, rows: Cell) -> float:
    """Rows of the table; 0 without one, so that the length of the sequence does not matter."""
    if not learned:
        return 0.0
    return float(rows) if isinstance(rows, int | float) else math.nan
