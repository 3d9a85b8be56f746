import numpy as np
import pytest

from carbonsweep.kernels.transformer import shapes


def test_shapes_of_gpt3():
    # Brown et al. 2020 Table 2.1
    assert shapes.ffn_size(12288.0) == 49152
    assert shapes.head_size(12288.0, 96.0) == 128


@pytest.mark.parametrize(("layers", "encoder", "blocks"), [(48, 0, 48), (48, 24, 72), (24, 24, np.nan)])
def test_decoder_behind_encoder_has_two_attentions(layers, encoder, blocks):
    assert shapes.attention_blocks(layers, encoder, 0.0, 0.0) == pytest.approx(blocks, nan_ok=True)


def test_layers_of_hybrids():
    assert shapes.attention_blocks(48.0, 0.0, 0.0, 36.0) == 12  # Qwen3-Next
    assert shapes.attention_blocks(44.0, 0.0, 44.0, 44.0) == 44  # Falcon-H1: side by side
    assert np.isnan(shapes.attention_blocks(8.0, 0.0, 0.0, 9.0))
    assert (shapes.ffn_blocks(52.0, 23.0), shapes.ffn_blocks(52.0, 0.0)) == (23, 52)  # Nemotron-3-Nano
    assert (shapes.moe_layers(8.0, 32.0), shapes.moe_layers(0.0, 32.0)) == (32, 0)


def test_expert_ratios():
    assert shapes.moe_layer_fraction(12.0, 54.0) == 12 / 54
    assert np.isnan(shapes.moe_layer_fraction(55.0, 54.0))
    assert shapes.granularity(16384.0, 2048.0) == 8
    assert np.isnan(shapes.granularity(16384.0, 0.0))
    assert shapes.expert_expansion(0.0, 0.0) == 1
    assert shapes.expert_expansion(64.0, 2.0) == 32
    assert np.isnan(shapes.expert_expansion(8.0, 16.0))
