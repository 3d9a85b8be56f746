import pytest

from carbonsweep.kernels.transformer import attention_projections


def block(hidden, heads, kv_heads, size, q=0.0, kv=0.0, nope=0.0, rope=0.0, value=0.0, same=0.0, o=0.0, groups=0.0):
    return attention_projections.attention_parameters_per_block(
        hidden, heads, kv_heads, size, q, kv, nope, rope, value, same, o, groups
    )


def test_grouped_queries():
    assert block(12288, 96, 96, 128) == 4 * 12288**2  # LLMCarbon: 3 h^2 for QKV and h^2 out
    assert block(8192, 64, 8, 128) == 2 * 8192**2 + 2 * 8192 * 1024


def test_values_of_another_size_and_keys_as_values():
    # MiMo-V2-Flash: queries and keys of 192, values of 128; Gemma 4: keys are the values
    assert block(4096, 64, 4, 192, value=128) == 4096 * (64 * 192 + 4 * 192 + 4 * 128 + 64 * 128)
    assert block(2816, 16, 2, 512, same=1.0) == 2816 * 512 * (16 + 2 + 16)


def test_latent_attention_of_deepseek_v3():
    # shapes of the checkpoint: q_a, q_b, kv_a (with rope), kv_b, o
    known = 7168 * 1536 + 1536 * 128 * 192 + 7168 * 576 + 512 * 128 * 256 + 128 * 128 * 7168
    assert block(7168, 128, 128, 192, 1536, 512, 128, 64, 128) == known
    uncompressed = block(2048, 16, 16, 192, 0, 512, 128, 64, 128)
    assert uncompressed == 2048 * 16 * 192 + 2048 * 576 + 512 * 16 * 256 + 16 * 128 * 2048


def test_mfa_and_csa():
    # formulas of the gathered data: Step-3 and DeepSeek-V4-Flash, norms and sinks left out
    assert block(7168, 64, 1, 256, q=2048) == 7168 * 2048 + 2048 * 64 * 256 + 2 * 7168 * 256 + 64 * 256 * 7168
    known = 4096 * 1024 + 1024 * 64 * 512 + 4096 * 512 + 1024 * 64 * 512 + 8 * 1024 * 4096
    assert block(4096, 64, 1, 512, q=1024, o=1024, groups=8) == known


def test_windowed_blocks():
    local = attention_projections.local_attention_parameters_per_block
    full = block(4096, 64, 4, 192, value=128)
    assert local(full, 4096, 64, 4, 192, 128, 0, 0, 0, 0, 0) == full
    assert local(full, 4096, 64, 4, 192, 128, 0, 8, 0, 0, 0) == 4096 * (64 * 320 + 8 * 320)
    assert local(7.0, 4096, 64, 4, 192, 128, 0, 8, 0, 0, 512) == 7  # latent projections are alike in all blocks


def test_gates_and_indexers():
    gate = attention_projections.attention_gate_parameters
    assert gate(0.0, 2048, 16, 0, 256, 0, 12, 0) == 0
    assert gate(1.0, 2048, 16, 0, 256, 0, 12, 0) == 12 * 2048 * 16 * 256  # Qwen3-Next doubles its query matrix
    assert gate(2.0, 4096, 64, 96, 128, 0, 45, 33) == 4096 * (12 * 64 + 33 * 96)  # Step-3.7: one a head
    indexer = attention_projections.indexer_parameters
    # DeepSeek-V3.2: 64 heads of 128 from the query of rank 1,536; the total grows by 0.85 billion
    known = 61 * (1536 * 64 * 128 + 7168 * 128 + 7168 * 64)
    assert indexer(64, 128, 1.0, 7168, 1536, 0, 61) == known
    assert known / 1e9 == pytest.approx(671.8779 - 671.0264, abs=1e-3)
    assert indexer(0, 0, 1.0, 7168, 1536, 0, 61) == 0
