import numpy as np
import pytest

from carbonsweep.kernels.transformer import linear_mixers


def layer(kind, hidden, heads=0, size=0, key_heads=0, key_size=0, state=0, groups=0, conv=0, rank=0, full=0):
    return linear_mixers.mixer_parameters_per_layer(
        kind, hidden, heads, size, key_heads, key_size, state, groups, conv, rank, full
    )


@pytest.mark.parametrize(
    ("given", "known"),
    [
        # by hand from the shapes of the checkpoints
        (
            (1, 2048, 32, 128, 16, 128, 0, 0, 4),
            2048 * (2 * 2048 + 2 * 4096 + 64) + 8192 * 4 + 4096 * 2048,
        ),  # Qwen3-Next
        ((3, 4096, 128, 64, 0, 0, 128, 8, 4), 4096 * (2 * 8192 + 2048 + 128) + 10240 * 5 + 8192 * 4096),  # Nemotron-H
        ((4, 4096, 8192, 1, 0, 0, 16, 0, 4, 256), 3 * 4096 * 8192 + 8192 * (5 + 2 * 256 + 32 + 1 + 16 + 1)),  # Jamba
        ((5, 6144, 64, 128), 5 * 6144 * 8192),  # MiniMax-Text-01
        ((6, 2048, 0, 0, 0, 0, 0, 0, 3), 4 * 2048**2 + 2048 * 3),  # LFM2
    ],
)
def test_layers_of_published_models(given, known):
    assert layer(*given) == known


def test_kda_gates_of_low_and_full_rank():
    low = layer(2, 2304, 32, 128, conv=4)
    assert low == 4 * 2304 * 4096 + 3 * 4096 * 4 + 2 * 128 * (2304 + 4096) + 2304 * 32
    assert layer(2, 2304, 32, 128, conv=4, full=1) - low == 2304 * 4096 - 128 * (2304 + 4096)


def test_a_mixer_without_a_kind_is_unknown_and_none_is_nothing():
    assert np.isnan(layer(0, 2048, 32, 128))
    assert linear_mixers.mixer_parameters(0.0, np.nan) == 0
    assert linear_mixers.mixer_parameters(36.0, 5.0) == 180


def test_state_and_operations():
    assert linear_mixers.mixer_state_elements(1.0, 32, 128, 128, 0) == 32 * 128 * 128
    assert linear_mixers.mixer_state_elements(3.0, 128, 64, 0, 128) == 128 * 64 * 128
    assert linear_mixers.mixer_state_elements(6.0, 0, 0, 0, 0) == 0
    assert linear_mixers.scan_flops_per_token(3.0, 1.0, 100.0) == 6 * 300
    assert linear_mixers.scan_flops_per_token(3.0, 3.0, 100.0) == 4 * 300
    assert linear_mixers.mixer_flops_per_token(10.0, 1800.0) == 20 + 1800
