import numpy as np
import pytest

from carbonsweep.kernels import REGISTRY
from carbonsweep.kernels.transformer import parameters

# LLMCarbon analysis/all_data.csv, V = 51200, s = 2048, 64 experts, rho = 1/2: h, l, dense, sparse
MEGATRON = [
    (2304, 24, 1652226048, 33695824896),
    (3072, 30, 3562162176, 74824885248),
    (4096, 36, 7467778048, 159560671232),
    (6144, 40, 18449743872, 398791827456),
    (8192, 48, 39096025088, 850624184320),
    (10240, 60, 76050718720, 1661221007360),
    (12288, 80, 145622237184, 3189346762752),
    (16384, 96, 310130507776, 6803674628096),
    (20480, 105, 529600778240, 11627169925120),
    (25600, 128, 1008038707200, 22146627993600),
]


@pytest.mark.parametrize(("hidden", "layers", "dense", "sparse"), MEGATRON)
def test_counts_of_the_notebook(hidden, layers, dense, sparse):
    assert parameters.parameters_narayanan(layers, hidden, 51200.0, 2048.0) == dense
    assert parameters.parameters_llmcarbon_moe(layers, hidden, 51200.0, 2048.0, 64.0, 0.5) == sparse


@pytest.mark.parametrize(
    ("name", "hidden", "layers", "vocabulary", "billions"),
    [  # 12 l h^2 + V h on LLMCarbon data/Dense_model.csv
        ("GPT3", 12288, 96, 51200, 174.575),
        ("XLM", 1024, 24, 250000, 0.558),
        ("PaLM", 18432, 118, 256000, 485.788),
        ("Gopher", 16384, 80, 51200, 258.537),
        ("Chinchilla", 8192, 80, 51200, 64.844),
        ("Jurassic-1", 13824, 76, 51200, 174.994),
        ("MT-NLG", 20480, 105, 51200, 529.531),
        ("Bloom", 14336, 70, 51200, 173.372),
        ("GLM", 12288, 70, 51200, 127.465),
        ("LaMDA", 8192, 64, 51200, 51.959),
        ("T5", 1024, 24, 32000, 0.335),
    ],
)
def test_equation_1(name, hidden, layers, vocabulary, billions):
    count = parameters.parameters_llmcarbon_paper(layers, hidden, vocabulary)
    assert count / 1e9 == pytest.approx(billions, abs=5.1e-4)


def test_general_forms(evaluate):
    # LLMCarbon's appendix, reconstructed on data/Dense_model.csv and MoE_model.csv, billions
    t5 = {"layers": 48, "encoder_layers": 24, "hidden_size": 1024, "ffn_size": 65536, "attention_heads": 128}
    t5 |= {"head_size": 128, "vocabulary_size": 32000, "sequence_length": 512}
    assert evaluate("parameters", **t5) / 1e9 == pytest.approx(11.307, abs=5e-4)
    lamda = {"layers": 64, "hidden_size": 8192, "ffn_size": 65536, "gated_ffn": 1, "attention_heads": 128}
    lamda |= {"head_size": 128, "vocabulary_size": 51200, "sequence_length": 2048}
    assert evaluate("parameters", **lamda) / 1e9 == pytest.approx(137.858, abs=5e-4)
    facebook = {
        "layers": 32,
        "hidden_size": 4096,
        "attention_heads": 32,
        "vocabulary_size": 51200,
        "moe_layers": 16,
    }
    facebook |= {"experts": 512, "experts_per_token": 2, "expert_ffn_size": 16384, "sequence_length": 2048}
    parts = ("attention_parameters", "ffn_parameters", "routed_expert_parameters")
    assert sum(evaluate(part, **facebook) for part in parts) / 1e9 == pytest.approx(1103.807, abs=5e-4)
    glam = {"layers": 64, "hidden_size": 8192, "attention_heads": 128, "head_size": 128, "moe_layers": 32}
    glam |= {"experts": 64, "experts_per_token": 2, "expert_ffn_size": 32768}
    parts = ("attention_parameters", "routed_expert_parameters")
    assert sum(evaluate(part, **glam) for part in parts) / 1e9 == pytest.approx(1133.871, abs=5e-4)


def test_published_sizes(evaluate):
    # catalog of models: formula columns, billions
    v3 = {
        "layers": 61,
        "hidden_size": 7168,
        "ffn_size": 18432,
        "gated_ffn": 1,
        "attention_heads": 128,
        "head_size": 192,
    }
    v3 |= {"vocabulary_size": 129280, "sequence_length": 4096, "tied_embeddings": 0, "q_lora_rank": 1536}
    v3 |= {
        "kv_lora_rank": 512,
        "qk_nope_size": 128,
        "qk_rope_size": 64,
        "value_head_size": 128,
        "experts": 256,
    }
    v3 |= {"experts_per_token": 8, "moe_layers": 58, "expert_ffn_size": 2048, "shared_expert_ffn_size": 2048}
    v3 |= {"gated_experts": 1}
    assert evaluate("parameters", **v3) / 1e9 == pytest.approx(671.025, abs=5e-4)
    assert evaluate("active_parameters", **v3) / 1e9 == pytest.approx(37.551, abs=5e-4)


def test_variants_fall_back(evaluate):
    assert evaluate("active_parameters", parameters=11e9) == 11e9
    assert evaluate("parameters", published_parameters=7e9) == 7e9
    assert evaluate("non_embedding_parameters", parameters=11e9) == 11e9
    assert evaluate("parameters", {"parameters": "compute_optimal"}, compute_budget=1e23) == pytest.approx(
        2.9487e10, rel=5e-5
    )


def test_impossible_is_nan():
    assert np.isnan(parameters.active_parameters(1e9, 2e9, 0.0, 0.0))
    assert np.isnan(parameters.non_embedding_parameters(1e9, 1e9))
    assert parameters.non_embedding_parameters(3e9, 1e9) == 2e9
    assert np.isnan(parameters.working_parameters(1e9, 1e9))
    assert parameters.working_parameters(3e9, 1e9) == 2e9
    published = next(e for e in REGISTRY.quantities["active_parameters"] if e.variant == "published")
    assert published.function(2e9) == 2e9
