import numpy as np
import pytest

from carbonsweep.kernels.transformer import parameter_parts


def test_transformer_xl_adds_a_square_per_layer():
    assert parameter_parts.attention_parameters(10.0, 10.0, 4.0, 0.0, 0.0, 0.0, 4.0, 8.0, 1.0, 1.0) == 40 + 4 * 64


def test_windowed_blocks_have_their_own_projections():
    assert parameter_parts.attention_parameters(10.0, 7.0, 4.0, 3.0, 5.0, 6.0, 4.0, 8.0, 0.0, 1.0) == 10 + 3 * 7 + 11
    assert np.isnan(parameter_parts.attention_parameters(10.0, 7.0, 2.0, 3.0, 0.0, 0.0, 4.0, 8.0, 0.0, 1.0))


@pytest.mark.parametrize(
    ("layers", "experts", "hidden", "expert_ffn", "billions"),
    [
        (18, 2048, 1024, 8192, 618.475),  # GShard, recalled from LLMCarbon as 618.47
        (30, 2048, 2048, 6144, 1546.188),  # Switch, two stacks of 15 layers, recalled as 1546.19
    ],
)
def test_expert_mass(layers, experts, hidden, expert_ffn, billions):
    each = parameter_parts.parameters_per_expert(hidden, expert_ffn, 0.0, 0.0)
    assert parameter_parts.routed_expert_parameters(layers, experts, each) / 1e9 == pytest.approx(billions, abs=5e-4)


def test_feed_forward_and_the_rest():
    assert parameter_parts.ffn_parameters(2.0, 0.0, 10.0, 40.0, 0.0, 0.0, 1.0) == 2 * 8 * 10**2
    assert parameter_parts.ffn_parameters(2.0, 1.0, 10.0, 40.0, 1.0, 20.0, 1.0) == 3 * 10 * (40 + 20)
    assert np.isnan(parameter_parts.ffn_parameters(2.0, 3.0, 10.0, 40.0, 0.0, 0.0, 1.0))
    assert parameter_parts.shared_expert_parameters(58.0, 7168.0, 2048.0, 1.0) == 58 * 3 * 7168 * 2048
    assert parameter_parts.router_parameters(58.0, 7168.0, 256.0, 0.0, 0.0) == 58 * 7168 * 256
    assert parameter_parts.embedding_parameters(100.0, 10.0, 1.0, 0.0) == 1000
    assert parameter_parts.embedding_parameters(100.0, 10.0, 0.0, 500.0) == 2500
    assert parameter_parts.inactive_expert_parameters(2.0, 8.0, 2.0, 0.0, 5.0) == 60
    assert parameter_parts.inactive_expert_parameters(2.0, 8.0, 2.0, 8.0, 5.0) == 70  # half of the picked do nothing
    assert np.isnan(parameter_parts.inactive_expert_parameters(2.0, 8.0, 9.0, 0.0, 5.0))
    assert np.isnan(parameter_parts.inactive_expert_parameters(2.0, 8.0, 0.0, 0.0, 5.0))


def test_learned_positions_need_rows_and_others_no_sequence():
    assert parameter_parts.position_parameters(10.0, 0.0, np.nan) == 0
    assert parameter_parts.position_parameters(10.0, 1.0, 514.0) == 5140  # BERT's table
    assert parameter_parts.position_rows_unknown(0.0) == 0
    assert np.isnan(parameter_parts.position_rows_unknown(1.0))


def test_experts_without_a_layer_are_no_model():
    assert np.isnan(parameter_parts.routed_expert_parameters(0.0, 8.0, 5.0))
    assert parameter_parts.routed_expert_parameters(0.0, 0.0, 5.0) == 0


def test_latent_experts_of_nemotron_3_super():
    # experts of width 1,024 in a model of width 4,096; the projections in and out stand with the router
    assert parameter_parts.parameters_per_expert(4096.0, 2688.0, 0.0, 1024.0) == 2 * 1024 * 2688
    assert parameter_parts.router_parameters(40.0, 4096.0, 512.0, 0.0, 1024.0) == 40 * 4096 * (512 + 2 * 1024)
