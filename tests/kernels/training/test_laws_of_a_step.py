"""Time of a step: laws over random configurations, and the reasons of those that are not possible."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import carbonsweep as cs
from carbonsweep.kernels.layout.rules import REASONS

MACHINE = {"accelerator": "h100-sxm5", "precision": "bf16"}
FIXED = {"context_parallel": 1, "expert_parallel": 1, "zero_stage": 1, "interleave": 1, "recomputation": "none"}
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
        "recomputation": st.sampled_from(["none", "scores", "modules", "operators", "full"]),
        "fused_attention": st.sampled_from([0, 1]),
        "sequence_parallel": st.sampled_from([0, 1]),
    }
)
WANTED = [
    "step_time", "model_flops_utilisation", "forward_flops_per_token", "matrix_rate", "memory_per_device",
    "state_memory", "tensor_parallel_time", "expert_parallel_time", "context_parallel_time", "pipeline_transfer_time",
    "gradient_exchange_time", "stage_time", "microbatches", "infeasibility", "global_batch", "sequence_length",
    "devices", "stage_work_time", "layer_activation_memory", "bare_sequence_time", "least_sequence_time",
    "piped_sequence_time", "paced_sequence_time", "sequence_time", "states_fit", "fits_in_memory",
]  # fmt: skip


def run(layout, **more):
    given = {**MACHINE, **FIXED, **layout, **more}
    heads, count = given.pop("heads"), given.pop("m")
    given |= {"attention_heads": heads, "hidden_size": 128 * heads, "vocabulary_size": 51200}
    given.setdefault("sequence_length", 2048)
    given.setdefault("global_batch", given["data_parallel"] * given["microbatch"] * count)
    given.setdefault("device_memory", 1e5)
    return cs.estimate(**given, quantities=WANTED)


@settings(max_examples=12)
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
    # What spares the search its inner loops is never above what it bounds.
    assert found["bare_sequence_time"] <= found["piped_sequence_time"] * (1 + 1e-12)
    assert found["least_sequence_time"] <= found["piped_sequence_time"] <= found["paced_sequence_time"]
    assert max(found["bare_sequence_time"], found["paced_sequence_time"]) <= found["sequence_time"]
    assert found["states_fit"] >= found["fits_in_memory"]
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
    # Nor are more operations a second.
    assert run(layout, peak_flops_16bit=2e15)["step_time"] < found["step_time"]


@settings(max_examples=12)
@given(layouts)
def test_bubble_vanishes_with_microbatches(layout):
    def share(m):
        found = run({**layout, "m": m})
        return (found["microbatches"] * found["stage_time"]) / found["step_time"]

    # What is left is the exchange and the optimiser, once a step.
    assert share(64) < share(4096) <= 1
    assert share(10**5) == pytest.approx(1, abs=2e-2)


@settings(max_examples=25)
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
        ({"interleave": 9}, 5),
        ({"interleave": 5, "uneven_stages": 0}, 5),
        ({"interleave": 5}, 0),
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
