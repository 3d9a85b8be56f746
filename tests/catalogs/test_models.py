"""What rows of models leave blank: completed by a listed rule, or refused."""

import pytest

import carbonsweep as cs
from carbonsweep.catalogs import SCHEMAS, load
from carbonsweep.foundation.errors import CatalogError

QWEN3 = {
    "n_layers": 94,
    "d_model": 4096,
    "d_ff": 12288,
    "ffn_gated": True,
    "n_heads": 64,
    "n_kv_heads": 4,
    "d_head": 128,
    "vocab_size": 151936,
    "tied_embeddings": False,
    "n_experts": 128,
    "top_k": 8,
    "d_ff_expert": 1536,
}
GLM = {
    "n_layers": 47,
    "d_model": 2048,
    "d_ff": 10240,
    "ffn_gated": True,
    "n_heads": 20,
    "n_kv_heads": 20,
    "vocab_size": 154880,
    "tied_embeddings": False,
    "q_lora_rank": 768,
    "kv_lora_rank": 512,
    "qk_nope_dim": 192,
    "qk_rope_dim": 64,
    "v_head_dim": 256,
    "n_experts": 64,
    "top_k": 4,
    "n_moe_layers": 46,
    "n_shared_experts": 1,
    "d_ff_expert": 1536,
}


@pytest.fixture
def own(user_file):
    """A row of one's own, and what the equations make of it."""

    def write(**cells):
        kept = {name: cell for name, cell in cells.items() if cell is not None}
        path = user_file("models", ",".join(["id", *kept]) + "\n" + ",".join(["mine", *map(str, kept.values())]) + "\n")
        return load("models", path).get("mine"), path

    return write


def count(path) -> tuple[float, float]:
    found = cs.estimate(model="mine", catalogs={"models": str(path)}, quantities=["parameters", "active_parameters"])
    return found["parameters"] / 1e9, found["active_parameters"] / 1e9


def test_a_mixture_whose_cells_are_blank_is_completed_and_says_so(own) -> None:
    """Qwen3-235B-A22B: 235.09e9 and 22.19e9 (published 235 and 22)."""
    row, path = own(**QWEN3)
    assert row.assumed == (
        "n_moe_layers = 94 (all of n_layers)",
        "expert_gated = True (as ffn_gated)",
        "d_ff_shared_total = 0 (no shared experts are named)",
    )
    assert count(path) == (pytest.approx(235.09, rel=1e-4), pytest.approx(22.19, rel=1e-3))


def test_shared_experts_are_as_wide_as_routed_ones(own) -> None:
    """GLM-4.7-Flash: 29.94e9 and 3.90e9 by an independent count."""
    row, path = own(**GLM)
    assert row.values["d_ff_shared_total"] == 1536
    assert count(path) == (pytest.approx(29.94, rel=1e-3), pytest.approx(3.90, rel=2e-3))


def test_no_sequence_length_is_needed_without_learned_positions(own) -> None:
    """Llama-3-8B without seq_len: 8.03e9."""
    _, path = own(
        n_layers=32,
        d_model=4096,
        d_ff=14336,
        ffn_gated=True,
        n_heads=32,
        n_kv_heads=8,
        vocab_size=128256,
        tied_embeddings=False,
    )
    assert count(path)[0] == pytest.approx(8.03, rel=1e-3)


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({**QWEN3, "top_k": None}, "column 'top_k': blank, while n_experts = 128; give it"),
        ({**QWEN3, "d_ff_expert": None}, "column 'd_ff_expert': blank, while n_experts = 128; give it"),
        ({**QWEN3, "n_experts": None}, "column 'n_experts': blank or 0, while top_k = 8; give the number of routed"),
        ({**QWEN3, "top_k": 200}, "column 'top_k': 200 of 128 experts; correct one"),
        ({**QWEN3, "n_kv_heads": 5}, "column 'n_kv_heads': 64 query heads do not divide among 5; correct it"),
        ({**QWEN3, "d_head": None, "n_heads": 60, "n_kv_heads": 4}, "column 'd_head': blank, and d_model = 4096 is no"),
        ({**GLM, "v_head_dim": None}, "column 'v_head_dim': blank, while kv_lora_rank = 512; give it"),
        ({"n_layers": 8, "attention": "mla"}, "column 'kv_lora_rank': blank, while attention is mla; give it"),
        ({"n_layers": 8, "linear_layers": 4}, "column 'linear_kind': blank, while linear_layers = 4; give one of"),
        ({"n_layers": 8, "linear_kind": "kda"}, "column 'linear_layers': blank, while linear_kind is given"),
        (
            {"n_layers": 8, "linear_layers": 4, "linear_kind": "lightning"},
            "column 'linear_heads': blank, while linear_kind = lightning; give it",
        ),
        ({"n_layers": 8, "local_layers": 4}, "column 'attention_window': blank, while local_layers = 4; give it or"),
        ({"n_layers": 8, "local_layers": 9, "attention_window": 64}, "column 'local_layers': 9 of 8 attention blocks"),
        ({"n_layers": 8, "attention_window": 64, "attention_chunk": 64}, "column 'attention_chunk': given beside"),
        ({"other_active_m": 5}, "column 'other_active_m': more than other_params_m; correct one"),
        (
            {"n_layers": 9, "n_enc_layers": 4, "n_dec_layers": 4},
            "column 'n_dec_layers': 4 + 4 blocks are not n_layers = 9",
        ),
    ],
)
def test_what_no_rule_determines_is_refused(own, cells, says) -> None:
    with pytest.raises(CatalogError) as error:
        own(**cells)
    assert f": line 2: {says}" in str(error.value)


def test_rules_that_say_what_they_assumed(own) -> None:
    row, _ = own(n_layers=8, d_model=64, n_heads=4, attention_window=16)
    assert row.assumed == (
        "n_kv_heads = 4 (one a query head)",
        "d_head = 16 (d_model / n_heads)",
        "local_layers = 8 (every attention block has the window)",
        "d_ff = 256 (4 d_model)",
    )
    row, _ = own(n_layers=8, d_ff=64, linear_layers=6, linear_kind="short_conv", linear_conv=3)
    assert row.assumed == ("attention_layers = 2 (n_layers - linear_layers)", "ffn_gated = False (two matrices)")


def test_every_number_and_flag_of_a_model_acts() -> None:
    """It supplies an input, or completes or checks other cells; texts describe or pick."""
    completing = {"n_dec_layers", "n_shared_experts", "position_rows", "other_active_m"}
    silent = {name for name, column in SCHEMAS["models"].items() if column.kind != "text" and not column.input}
    assert silent == completing


def test_lengths_are_those_of_pre_training() -> None:
    """Extended contexts stood there: 65,536, 131,072, 32,768, 32,768, 16,384."""
    lengths = [
        load("models").get(name).values["seq_len"]
        for name in ("mixtral-8x22b", "mistral-nemo-12b", "qwen1.5-7b", "mixtral-8x7b", "starcoder2-15b")
    ]
    assert lengths == [4096, 8192, 4096, 4096, 4096]


def test_tying_embeddings_does_not_change_operations() -> None:
    """An embedding look-up is no operation."""
    shape = {"layers": 28, "hidden_size": 1024, "ffn_size": 3072, "gated_ffn": 1, "attention_heads": 16, "kv_heads": 8}
    shape |= {"head_size": 128, "vocabulary_size": 151936, "tokens": 1e12}
    flops = [
        cs.estimate(**shape, tied_embeddings=tied, quantities=["training_flops"])["training_flops"] for tied in (0, 1)
    ]
    assert flops[0] == flops[1]
    known = {"parameters": 70e9, "tokens": 1e12, "quantities": ["training_flops"]}
    assert cs.estimate(**known)["training_flops"] == 6 * 70e9 * 1e12  # a count alone: LLMCarbon's 6 N D


def test_experts_given_by_hand_are_in_every_layer_and_gated_as_the_model() -> None:
    shape = {"layers": 32, "hidden_size": 4096, "ffn_size": 14336, "gated_ffn": 1, "attention_heads": 32, "kv_heads": 8}
    shape |= {"vocabulary_size": 32000, "tied_embeddings": 0, "expert_ffn_size": 14336, "experts_per_token": 2}
    found = cs.estimate(**shape, experts=8, quantities=["parameters", "active_parameters"])
    assert found["parameters"] / 1e9 == pytest.approx(46.70, abs=0.01)  # Mixtral 8x7B
    assert found["active_parameters"] / 1e9 == pytest.approx(12.88, abs=0.01)
