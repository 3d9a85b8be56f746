import numpy as np
import pytest

from carbonsweep.kernels.transformer import parameter_parts


def test_attention_per_block():
    plain = parameter_parts.attention_parameters_per_block(12288, 96, 96, 128, 0, 0, 0, 0, 0)
    assert plain == 4 * 12288**2  # LLMCarbon: 3 h^2 for QKV and h^2 out
    grouped = parameter_parts.attention_parameters_per_block(8192, 64, 8, 128, 0, 0, 0, 0, 0)
    assert grouped == 2 * 8192**2 + 2 * 8192 * 1024


def test_latent_attention_of_deepseek_v3():
    # shapes of the checkpoint: q_a, q_b, kv_a (with rope), kv_b, o
    known = 7168 * 1536 + 1536 * 128 * 192 + 7168 * 576 + 512 * 128 * 256 + 128 * 128 * 7168
    assert parameter_parts.attention_parameters_per_block(7168, 128, 128, 192, 1536, 512, 128, 64, 128) == known
    uncompressed = parameter_parts.attention_parameters_per_block(2048, 16, 16, 192, 0, 512, 128, 64, 128)
    assert uncompressed == 2048 * 16 * 192 + 2048 * 576 + 512 * 16 * 256 + 16 * 128 * 2048


def test_transformer_xl_adds_a_square_per_layer():
    assert parameter_parts.attention_parameters(10.0, 4.0, 4.0, 8.0, 1.0, 1.0) == 40 + 4 * 64


@pytest.mark.parametrize(
    ("layers", "experts", "hidden", "expert_ffn", "billions"),
    [
        (18, 2048, 1024, 8192, 618.475),  # GShard, recalled from LLMCarbon as 618.47
        (30, 2048, 2048, 6144, 1546.188),  # Switch, two stacks of 15 layers, recalled as 1546.19
    ],
)
def test_expert_mass(layers, experts, hidden, expert_ffn, billions):
    each = parameter_parts.parameters_per_expert(hidden, expert_ffn, 0.0)
    assert parameter_parts.routed_expert_parameters(layers, experts, each) / 1e9 == pytest.approx(billions, abs=5e-4)


def test_feed_forward_and_the_rest():
    assert parameter_parts.ffn_parameters(2.0, 0.0, 10.0, 40.0, 0.0, 0.0, 1.0) == 2 * 8 * 10**2
    assert parameter_parts.ffn_parameters(2.0, 1.0, 10.0, 40.0, 1.0, 20.0, 1.0) == 3 * 10 * (40 + 20)
    assert np.isnan(parameter_parts.ffn_parameters(2.0, 3.0, 10.0, 40.0, 0.0, 0.0, 1.0))
    assert parameter_parts.shared_expert_parameters(58.0, 7168.0, 2048.0, 1.0) == 58 * 3 * 7168 * 2048
    assert parameter_parts.router_parameters(58.0, 7168.0, 256.0) == 58 * 7168 * 256
    assert parameter_parts.embedding_parameters(100.0, 10.0, 1.0, 0.0, 50.0) == 1000
    assert parameter_parts.embedding_parameters(100.0, 10.0, 0.0, 1.0, 50.0) == 2500
    assert parameter_parts.inactive_expert_parameters(2.0, 8.0, 2.0, 5.0) == 60
    assert np.isnan(parameter_parts.inactive_expert_parameters(2.0, 8.0, 9.0, 5.0))
