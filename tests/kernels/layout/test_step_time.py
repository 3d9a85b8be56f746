"""Time of a step: terms by hand, and laws over random configurations."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import carbonsweep as cs
from carbonsweep.kernels.layout.rules import REASONS

MACHINE = {"accelerator": "h100-sxm5", "precision": "bf16"}
FIXED = {"context_parallel": 1, "expert_parallel": 1, "zero_stage": 1, "interleave": 1, "recomputation": "none"}
NETWORK = {"scale_up_bandwidth": 300e9, "scale_out_bandwidth": 25e9, "network_efficiency": 0.5, "call_latency": 1e-5}


def test_tensor_parallel_by_hand(evaluate):
    """4 all-reduces a layer of 2 (t - 1)/t x 2 s b h bytes at half of 300 GB/s, 10 us x log2 8 each."""
    given = {"tensor_parallel": 8, "context_parallel": 1, "sequence_length": 2048, "microbatch": 4, "hidden_size": 6144}
    given |= {"layers": 48, "attention_blocks": 48, "stage_share": 0.5, "recomputation_level": 0, **NETWORK}
    calls = 4 * 24
    each = 2 * 7 / 8 * 2 * 2048 * 4 * 6144 / 150e9 + 3e-5
    assert evaluate("tensor_parallel_time", **given) == pytest.approx(calls * each, rel=1e-12)
    assert evaluate("tensor_parallel_time", **{**given, "recomputation_level": 2}) == pytest.approx(1.5 * calls * each)
    slow = evaluate("tensor_parallel_time", **{**given, "tensor_parallel": 16})
    assert slow == pytest.approx(calls * (2 * 15 / 16 * 2 * 2048 * 4 * 6144 / 12.5e9 + 4e-5))


def test_pipeline_transfer_by_hand(evaluate):
    given = {"pipeline_parallel": 4, "interleave": 2, "tensor_parallel": 8, "context_parallel": 1, "data_parallel": 2}
    given |= {"sequence_length": 2048, "microbatch": 1, "hidden_size": 12288, **NETWORK}
    assert evaluate("pipeline_transfer_time", **given) == pytest.approx(4 * (2 * 2048 * 12288 / 8 / 12.5e9 + 1e-5))


def test_gradient_exchange_by_hand(evaluate):
    """1e9 parameters, 16 replicas of t = 4 in servers of 8: two near, eight far."""
    given = {"device_dense_parameters": 1e9, "device_expert_parameters": 0, "tensor_parallel": 4, "context_parallel": 1}
    given |= {"data_parallel": 16, "expert_parallel": 1, "zero_stage": 0, "microbatches": 4, "gradient_bytes": 4}
    given |= {"layers": 10, "stage_share": 1, "hop_latency": 0, **NETWORK}
    seconds = 8e9 * (1 / 2 / 300e9 + 7 / 8 / (2 * 25e9)) / 0.5
    assert evaluate("gradient_exchange_time", **given) == pytest.approx(seconds, rel=1e-12)
    sharded = evaluate("gradient_exchange_time", **{**given, "zero_stage": 3, "microbatches": 1, "gradient_bytes": 2})
    plain = evaluate("gradient_exchange_time", **{**given, "zero_stage": 1, "gradient_bytes": 2})
    assert sharded == pytest.approx(1.5 * plain)  # Rajbhandari et al. 2020: half as much again


def test_all_to_all_by_hand(evaluate):
    """16 ranks, 8 near: 4 all-to-alls a layer of T k h bytes, 7/16 near and 8/16 far."""
    given = {"expert_parallel": 16, "tensor_parallel": 1, "context_parallel": 1, "sequence_length": 4096}
    given |= {"microbatch": 1, "hidden_size": 7168, "moe_layers": 10, "experts_per_token": 8, "stage_share": 1}
    given |= {"recomputation_level": 0, "expert_imbalance": 1, "expert_overlap": 0, **NETWORK}
    size = 4096 * 8 * 7168 * 2
    each = size * (7 / 16 / 150e9 + 8 / 16 / 12.5e9) + 4e-5
    assert evaluate("expert_parallel_time", **given) == pytest.approx(40 * each, rel=1e-12)


def test_bubble(evaluate):
    """Narayanan et al. 2021: (p - 1)/(v m) of the work."""
    given = {
        "stage_time": 2.0,
        "exposed_exchange_time": 0,
        "optimizer_time": 0,
        "pipeline_parallel": 8,
        "microbatches": 16,
    }
    assert evaluate("step_time", **given, interleave=1) == pytest.approx(32 * (1 + 7 / 16))
    assert evaluate("step_time", **given, interleave=2) == pytest.approx(32 * (1 + 7 / 32))


def test_optimizer_by_hand(evaluate):
    given = {"device_dense_parameters": 1e9, "device_expert_parameters": 0, "data_parallel": 8, "context_parallel": 1}
    given |= {"expert_parallel": 1, "memory_bandwidth": 1e12}
    assert evaluate("optimizer_time", **given, zero_stage=0) == pytest.approx(30e9 / 1e12)
    assert evaluate("optimizer_time", **given, zero_stage=1) == pytest.approx(30e9 / 8e12)


powers = st.sampled_from([1, 2, 4, 8])
layouts = st.fixed_dictionaries(
    {
        "layers": st.sampled_from([16, 32, 48, 96]),
        "heads": st.sampled_from([16, 32, 64]),
        "tensor_parallel": powers,
        "pipeline_parallel": powers,
        "data_parallel": powers,
        "microbatch": powers,
        "m": st.sampled_from([8, 16, 64]),
        "recomputation": st.sampled_from(["none", "selective", "full"]),
        "fused_attention": st.sampled_from([0, 1]),
        "sequence_parallel": st.sampled_from([0, 1]),
    }
)
WANTED = [
    "step_time", "model_flops_utilisation", "forward_flops_per_token", "matrix_rate", "memory_per_device",
    "state_memory", "tensor_parallel_time", "expert_parallel_time", "context_parallel_time", "pipeline_transfer_time",
    "gradient_exchange_time", "stage_time", "microbatches", "infeasibility", "global_batch", "sequence_length",
    "devices", "stage_work_time", "layer_activation_memory",
]  # fmt: skip


def run(layout, **more):
    given = {**MACHINE, **FIXED, **layout, **more}
    heads, count = given.pop("heads"), given.pop("m")
    given |= {"attention_heads": heads, "hidden_size": 128 * heads, "vocabulary_size": 51200}
    given.setdefault("sequence_length", 2048)
    given.setdefault("global_batch", given["data_parallel"] * given["microbatch"] * count)
    given.setdefault("device_memory", 1e5)
    return cs.estimate(**given, quantities=WANTED)


@settings(max_examples=60)
@given(layouts)
def test_laws(layout):
    found = run(layout)
    assert found["infeasibility"] == REASONS[0]
    assert 0 < found["model_flops_utilisation"] <= 1
    # Never below the roofline of its operations alone.
    tokens = found["global_batch"] * found["sequence_length"]
    bound = 3 * found["forward_flops_per_token"] * tokens / (found["devices"] * found["matrix_rate"])
    if layout["fused_attention"]:  # counts the masked half that it skips
        bound /= 2
    assert found["step_time"] > bound
    # FLOPs do not depend on the layout.
    assert found["forward_flops_per_token"] == run({**layout, "tensor_parallel": 1})["forward_flops_per_token"]
    # More bandwidth is never slower.
    for name, value in (("memory_bandwidth", 1e13), ("scale_up_bandwidth", 2e12), ("scale_out_bandwidth", 1e12)):
        assert run(layout, **{name: value})["step_time"] <= found["step_time"] * (1 + 1e-12)
    # Sharding takes memory: more tensor parallelism, a higher ZeRO stage.
    if layout["tensor_parallel"] < 8:
        wider = run({**layout, "tensor_parallel": 2 * layout["tensor_parallel"]})
        assert wider["memory_per_device"] <= found["memory_per_device"]
        assert wider["layer_activation_memory"] <= found["layer_activation_memory"]
    for stage in (2, 3):
        assert run(layout, zero_stage=stage)["state_memory"] <= run(layout, zero_stage=stage - 1)["state_memory"]
    # Less recomputation is never slower.
    assert run({**layout, "recomputation": "none"})["step_time"] <= found["step_time"]


@given(layouts)
def test_bubble_vanishes_with_microbatches(layout):
    def share(m):
        found = run({**layout, "m": m})
        return (found["microbatches"] * found["stage_time"]) / found["step_time"]

    # What is left is the exchange and the optimiser, once a step.
    assert share(64) < share(4096) <= 1
    assert share(10**5) == pytest.approx(1, abs=2e-2)


@given(layouts)
def test_one_device_does_not_communicate(layout):
    found = run({**layout, "tensor_parallel": 1, "pipeline_parallel": 1, "data_parallel": 1})
    for part in ("tensor", "expert", "context"):
        assert found[f"{part}_parallel_time"] == 0
    assert found["pipeline_transfer_time"] == found["gradient_exchange_time"] == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, 0),
        ({"tensor_parallel": 1.5}, 2),
        ({"devices": 100}, 3),
        ({"tensor_parallel": 3}, 4),
        ({"pipeline_parallel": 64}, 5),
        ({"interleave": 5}, 5),
        ({"pipeline_parallel": 5, "uneven_stages": 0}, 5),
        ({"global_batch": 33}, 6),
        ({"interleave": 2, "pipeline_parallel": 8, "global_batch": 8}, 7),
        ({"experts": 8, "experts_per_token": 2, "moe_layers": 32, "expert_ffn_size": 64, "expert_parallel": 3}, 8),
        ({"sequence_length": 2049}, 9),
        ({"device_memory": 8}, 10),
    ],
)
def test_reasons(change, code):
    layout = {"layers": 32, "heads": 32, "tensor_parallel": 2, "pipeline_parallel": 4, "data_parallel": 4}
    layout |= {"microbatch": 1, "m": 8}
    found = run(layout, **change)
    assert found["infeasibility"] == REASONS[code]
    assert (found["model_flops_utilisation"] is None) == (code != 0)
