import numpy as np
import pytest

from carbonsweep.kernels import architecture


def test_shapes_of_gpt3():
    # Brown et al. 2020 Table 2.1
    assert architecture.ffn_size(12288.0) == 49152
    assert architecture.head_size(12288.0, 96.0) == 128
    assert architecture.kv_heads(96.0) == 96


@pytest.mark.parametrize(("layers", "encoder", "blocks"), [(48, 0, 48), (48, 24, 72), (24, 24, np.nan)])
def test_decoder_behind_encoder_has_two_attentions(layers, encoder, blocks):
    assert architecture.attention_blocks(layers, encoder) == pytest.approx(blocks, nan_ok=True)


def test_expert_ratios():
    assert architecture.moe_layer_fraction(12.0, 54.0) == 12 / 54
    assert np.isnan(architecture.moe_layer_fraction(55.0, 54.0))
    assert architecture.granularity(16384.0, 2048.0) == 8
    assert np.isnan(architecture.granularity(16384.0, 0.0))
    assert architecture.expert_expansion(0.0, 0.0) == 1
    assert architecture.expert_expansion(64.0, 2.0) == 32
    assert np.isnan(architecture.expert_expansion(8.0, 16.0))
