"""config.json of Hugging Face: the fixtures of the gathered map, defaults of the library, and what is refused."""

import csv
import json
from pathlib import Path

import pytest

from carbonsweep.catalogs import load, model_row_from_config
from carbonsweep.catalogs.hf_config import _defaults
from carbonsweep.foundation.errors import CatalogError

FOLDER = Path(__file__).parent / "hf_config"
FIXTURES = list(csv.DictReader((FOLDER / "expected.csv").read_text(encoding="utf-8").splitlines()))


@pytest.fixture
def config(tmp_path):
    def write(**fields):
        path = tmp_path / "config.json"
        path.write_text(json.dumps(fields), encoding="utf-8")
        return path

    return write


@pytest.fixture
def count(evaluate):
    def billions(path, quantity="parameters"):
        inputs = {name: value for name, value in model_row_from_config(path).inputs.items() if value == value}
        return evaluate(quantity, **inputs) / 1e9

    return billions


@pytest.fixture(scope="session")
def evaluate():
    from tests.kernels.conftest import _evaluate

    return _evaluate


@pytest.mark.parametrize("expected", FIXTURES, ids=[row["fixture"] for row in FIXTURES])
def test_fixtures_within_a_fifth_of_a_per_cent(expected, count) -> None:
    """Expected values are an independent count, equal to the models that transformers 5.24.0 builds."""
    path = FOLDER / f"{expected['fixture']}.json"
    for quantity, column in (
        ("parameters", "total"),
        ("active_parameters", "active"),
        ("working_parameters", "active_without_input_embedding"),
        ("non_embedding_parameters", "active_without_embeddings"),
        ("mtp_parameters", "mtp"),
    ):
        assert count(path, quantity) * 1e9 == pytest.approx(float(expected[column]), rel=2e-3), quantity
    cells = model_row_from_config(path).values
    assert (cells["attention_layers"] or cells["n_layers"]) == int(expected["attention_layers"])
    assert (cells["local_layers"] or 0) == int(expected["local_layers"])
    assert str(cells["attention_window"] or "") == expected["attention_window"]
    assert (cells["linear_layers"] or 0) == int(expected["linear_layers"])
    assert (cells["linear_kind"] or "") == expected["linear_kind"]
    assert cells["n_moe_layers"] == int(expected["moe_layers"])
    assert cells["weights_format"] == (expected["weights_format"] or "bfloat16")


@pytest.mark.parametrize(
    ("fields", "total"),
    [
        # counts of the models that transformers builds from these, in billions
        ({"model_type": "llama"}, 6.738),
        ({"model_type": "falcon"}, 6.922),
        ({"model_type": "gpt_neox"}, 20.554),
        ({"model_type": "olmo3"}, 6.888),
        ({"model_type": "jamba"}, 51.570),
        ({"model_type": "longcat_flash"}, 560.665),
        ({"model_type": "mimo_v2_flash"}, 308.779),
        ({"model_type": "llama4_text"}, 107.770),
        ({"model_type": "glm_moe_dsa"}, 743.911),
        ({"model_type": "gemma3n_text"}, 6.8352),
        (
            {
                "model_type": "gemma3n_text",
                "num_hidden_layers": 30,
                "intermediate_size": 8192,
                "num_kv_shared_layers": 10,
            },
            4.4352,
        ),
        ({"model_type": "deepseek_v4", "compress_ratios": [0, 0] + [4, 128] * 20 + [4]}, 284.3322),
        ({"model_type": "qwen3_5", "text_config": {"model_type": "qwen3_5_text"}}, 8.9538),
    ],
)
def test_defaults_of_the_library_are_applied_and_listed(fields, total, config, count) -> None:
    path = config(**fields)
    assert count(path) == pytest.approx(total, rel=1e-3)
    row = model_row_from_config(path)
    assert len(row.assumed) >= 3
    assert all(note.endswith(" in transformers)") for note in row.assumed if "default" in note)


def test_rows_of_the_catalog_follow_from_their_files(config) -> None:
    """Gemma 4 26B-A4B: a nested file whose full blocks have heads of their own."""
    text = {"model_type": "gemma4_text", "hidden_size": 2816, "num_hidden_layers": 30, "num_attention_heads": 16}
    text |= {"num_key_value_heads": 8, "head_dim": 256, "global_head_dim": 512, "num_global_key_value_heads": 2}
    text |= {"attention_k_eq_v": True, "intermediate_size": 2112, "num_experts": 128, "top_k_experts": 8}
    text |= {"moe_intermediate_size": 704, "enable_moe_block": True, "hidden_size_per_layer_input": 0}
    text |= {"sliding_window": 1024, "vocab_size": 262144}
    cells = model_row_from_config(config(model_type="gemma4", tie_word_embeddings=True, text_config=text)).values
    known = load("models").get("gemma-4-26b-a4b").values
    for name in known:
        if name in ("n_layers", "n_heads", "k_equals_v", "d_ff_expert") or name.startswith(
            ("local", "n_", "d_", "top")
        ):
            assert (cells[name] or 0) == (known[name] or 0), name


def test_absent_heads_follow_from_the_others(config) -> None:
    """Not from the class's own size: TinyLlama has 32 heads in 2,048."""
    row = model_row_from_config(config(model_type="llama", hidden_size=2048, num_attention_heads=32))
    assert (row.values["d_head"], row.values["n_kv_heads"]) == (64, 32)
    assert model_row_from_config(config(model_type="qwen3", hidden_size=1024)).values["d_head"] == 128


def test_windows_count_where_they_are_used(config) -> None:
    assert model_row_from_config(config(model_type="mistral")).values["local_layers"] == 32
    assert model_row_from_config(config(model_type="mistral", sliding_window=None)).values["local_layers"] is None
    used = {"num_hidden_layers": 32, "sliding_window": 4096, "max_window_layers": 28}
    assert (
        model_row_from_config(config(model_type="qwen2", use_sliding_window=True, **used)).values["local_layers"] == 4
    )
    assert (
        model_row_from_config(config(model_type="qwen2", use_sliding_window=False, **used)).values["local_layers"]
        is None
    )


def test_every_model_type_has_a_row_from_its_defaults_or_says_what_is_missing(config) -> None:
    silent = {"deepseek_v2": "num_experts_per_tok", "lfm2_moe": "layer_types", "glm4_moe": "add head_dim"}
    for model_type in _defaults():
        path = config(model_type=model_type)
        if model_type in silent:
            with pytest.raises(CatalogError, match=silent[model_type]):
                model_row_from_config(path)
        else:
            assert model_row_from_config(path).values["family"] == model_type


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "no model_type; give the config.json of a model"),
        ({"model_type": "lama"}, "model_type 'lama' is not known; did you mean 'llama'"),
        ({"model_type": "rwkv7"}, "model_type 'rwkv7' is not known; give its numbers in a catalog file"),
        ({"model_type": "llava", "text_config": {"model_type": "rwkv7"}}, "model_type 'rwkv7' is not known"),
        ({"model_type": "llama", "num_local_experts": 8}, "field 'num_local_experts' = '8' is not understood"),
        ({"model_type": "llama", "kv_lora_rank": 512}, "field 'kv_lora_rank' = '512' is not understood"),
        ({"model_type": "qwen3", "memory_head_dim": 64}, "field 'memory_head_dim' = '64' is not understood"),
        ({"model_type": "llama", "num_hidden_layers": "many"}, "num_hidden_layers = 'many' is not a whole number"),
        (
            {"model_type": "llama", "num_attention_heads": 33, "hidden_size": 64},
            "hidden_size = 64 is no multiple of 33",
        ),
        ({"model_type": "gemma2", "layer_types": ["spiral"]}, "layer_types: 'spiral' is not understood"),
        ({"model_type": "gemma2", "num_hidden_layers": 4, "layer_types": ["full_attention"]}, "1 entries for 4 blocks"),
        ({"model_type": "nemotron_h", "hybrid_override_pattern": "MX"}, "'X' in the pattern of blocks"),
        ({"model_type": "gpt2", "n_embd": 768, "hidden_size": 512}, "contradicts hidden_size = 512"),
        ({"model_type": "llama", "num_key_value_heads": 5}, "32 query heads do not divide among 5"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(fields, says, config) -> None:
    with pytest.raises(CatalogError) as error:
        model_row_from_config(config(**fields))
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_what_is_no_configuration(tmp_path) -> None:
    path = tmp_path / "config.json"
    for content, says in (
        (b"{", "not JSON"),
        (b"[1]", "not a configuration"),
        (b"\xff", "not JSON"),
        (b"[" * 99999, "not"),
    ):
        path.write_bytes(content)
        with pytest.raises(CatalogError, match=says):
            model_row_from_config(path)
    with pytest.raises(CatalogError, match="cannot read"):
        model_row_from_config(tmp_path / "none.json")


def test_the_row_has_a_name_and_a_source(config) -> None:
    row = model_row_from_config(config(model_type="llama"))
    assert row.id == config(model_type="llama").parent.name
    assert row.source == "user file config.json"
    assert model_row_from_config(FOLDER / "gpt2.json").id == "gpt2"


def test_a_configuration_is_a_file_of_models_too(tmp_path, config) -> None:
    path = tmp_path / "mine_config.json"
    path.write_text((FOLDER / "gpt2.json").read_text(encoding="utf-8"), encoding="utf-8")
    models = load("models", [path])
    assert models.get("mine").values["d_model"] == 768
    assert models.content_hash != load("models").content_hash
