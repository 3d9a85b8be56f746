"""The chosen layout is the best of an explicit sweep of all candidates."""

import itertools

import pytest

import carbonsweep as cs
from carbonsweep.kernels.layout.rules import REASONS

DEGREES = ["tensor_parallel", "pipeline_parallel", "context_parallel", "expert_parallel", "microbatch", "interleave"]
DEGREES += ["zero_stage"]
SMALL = {"layers": 12, "hidden_size": 2048, "attention_heads": 16, "vocabulary_size": 32000, "sequence_length": 2048}
MOE = {**SMALL, "experts": 8, "experts_per_token": 2, "moe_layers": 12, "expert_ffn_size": 4096, "gated_experts": 1}


def explicit(values):
    """The best feasible layout by a sweep of the axes, in the order of the search."""
    pipelines = [p for p in range(1, 13) if 12 % p == 0 or p in (1, 2, 4, 8)]
    plan = cs.Plan(
        axes={
            "tensor_parallel": [1, 2, 4, 8],
            "pipeline_parallel": pipelines,
            "expert_parallel": [1, 2, 4, 8] if "experts" in values else [1],
            "microbatch": [1, 2, 4, 8, 16],
            "interleave": [1, 2, 4, 8],
            "zero_stage": [1, 3, 4],
        },
        constants={**values, "context_parallel": 1},
        constraints={"where": "feasible == 1 and (zero_stage == 1 or pipeline_parallel == 1)"}
        | {"global_batch": f"<= {2 * values.get('batch_tokens', 4194304) / values['sequence_length']}"},
        output={"quantities": ["step_time", "global_batch", "data_parallel", "recomputation_level"]},
        order="plan",
    )
    frame = cs.to_pandas(plan)
    return (frame["step_time"] / frame["global_batch"]).min(), len(frame)


@pytest.mark.parametrize(
    "values",
    [
        {**SMALL, "accelerator": "a100-sxm4-40gb", "devices": 64},
        {**SMALL, "accelerator": "a100-sxm4-40gb", "devices": 50},
        {**SMALL, "accelerator": "a100-sxm4-40gb", "devices": 64, "device_memory": 7},
        {**SMALL, "accelerator": "h100-sxm5", "devices": 1024},
        {**SMALL, "accelerator": "a100-sxm4-80gb", "devices": 4096, "batch_tokens": 8388608},
        pytest.param(
            {**MOE, "accelerator": "h100-sxm5", "devices": 96, "device_memory": 12, "batch_tokens": 8388608},
            marks=pytest.mark.long,
        ),
        {**MOE, "accelerator": "h100-sxm5", "devices": 512, "batch_tokens": 8388608},
    ],
)
def test_equals_explicit_sweep(values):
    best, candidates = explicit(values)
    found = cs.estimate(**values, quantities=["step_time", "global_batch", "infeasibility", *DEGREES])
    assert candidates > 1
    assert found["infeasibility"] == REASONS[0]
    assert found["step_time"] / found["global_batch"] == pytest.approx(best, rel=1e-9)
    # The degrees that it names give the same step when they are given.
    given = {name: found[name] for name in DEGREES}
    again = cs.estimate(**values, **given, quantities=["step_time", "infeasibility"])
    assert again["step_time"] == pytest.approx(found["step_time"], rel=1e-12)


@pytest.mark.long
@pytest.mark.parametrize(
    ("model", "devices", "sequence_length"), [("llama-3.1-405b", 16384, 131072), ("llama-3.1-70b", 1024, 1048576)]
)
def test_long_sequences_find_the_best_layout(model, devices, sequence_length):
    """No layout of a sweep with the same batch reaches more than what is found, and that is a sensible share."""
    values = {"model": model, "accelerator": "h100-sxm5", "devices": devices, "sequence_length": sequence_length}
    wanted = ["model_flops_utilisation", "global_batch", "infeasibility", "context_parallel"]
    found = cs.estimate(**values, quantities=wanted)
    assert found["infeasibility"] == REASONS[0]
    assert found["context_parallel"] > 1
    assert found["model_flops_utilisation"] > 0.25
    axes = {"tensor_parallel": [1, 2, 4, 8], "pipeline_parallel": [1, 2, 4, 5, 8, 9, 10, 14, 16, 18, 32, 63, 64]}
    axes |= {"context_parallel": [1, 2, 4, 8, 16, 32, 64], "interleave": [1, 2, 3, 4, 5, 6, 8], "zero_stage": [1, 3, 4]}
    constants = {**values, "expert_parallel": 1, "microbatch": 1, "global_batch": found["global_batch"]}
    output = {"quantities": ["model_flops_utilisation"]}
    frame = cs.to_pandas(cs.Plan(axes=axes, constants=constants, constraints={"feasible": "== 1"}, output=output))
    assert len(frame) > 10
    assert found["model_flops_utilisation"] >= 0.95 * frame["model_flops_utilisation"].max()


def test_groups_shard_where_rings_of_all_replicas_are_long():
    """8 B on 8,192 devices: weights are sharded in groups; a stage that is given is kept, and slower."""
    values = {"model": "llama-3.1-8b", "accelerator": "h100-sxm5", "devices": 8192}
    wanted = ["sequence_time", "zero_stage", "group_shards", "data_parallel"]
    found, whole = (cs.estimate(**values, **more, quantities=wanted) for more in ({}, {"zero_stage": 3}))
    assert (found["zero_stage"], found["group_shards"]) == (4, 8)
    assert found["data_parallel"] > 8
    assert found["sequence_time"] < 0.95 * whole["sequence_time"]


def test_given_degrees_are_kept():
    values = {"model": "llama-2-13b", "accelerator": "a100-sxm4-80gb", "devices": 256}
    for name, value in (("tensor_parallel", 4), ("pipeline_parallel", 5), ("microbatch", 2), ("data_parallel", 16)):
        found = cs.estimate(**values, **{name: value}, quantities=["infeasibility", *DEGREES, "data_parallel"])
        assert found[name] == value
        assert found["infeasibility"] == REASONS[0]


@pytest.mark.parametrize("devices", [7, 96, 992, 24576, 10007])
def test_any_number_of_devices(devices):
    found = cs.estimate(
        model="llama-2-7b", accelerator="a100-sxm4-80gb", devices=devices,
        quantities=["infeasibility", "idle_devices", "model_flops_utilisation"],
    )  # fmt: skip
    assert found["infeasibility"] == REASONS[0]
    assert 0 <= found["idle_devices"] <= 0.05 * devices
    # 4 million tokens a step are too few for more than 8,192 devices.
    assert found["model_flops_utilisation"] > (0.25 if devices <= 8192 else 0.05)


def test_what_fits_nowhere_has_no_value_and_a_reason():
    wanted = ["device_hours", "infeasibility", "tensor_parallel", "feasible"]
    found = cs.estimate(model="gpt3-175b", accelerator="v100-sxm2-32gb", devices=8, tokens=1e9, quantities=wanted)
    assert found["infeasibility"] == REASONS[1]
    assert found["feasible"] == 0
    assert found["device_hours"] is None
    assert found["tensor_parallel"] is None


def test_every_training_accelerator_gets_a_sensible_efficiency():
    hardware = ["v100-sxm2-32gb", "a100-sxm4-40gb", "h100-sxm5", "h800-sxm5", "b200", "gb200", "mi250x", "mi300x"]
    hardware += ["tpu-v3", "tpu-v4", "tpu-v5e", "tpu-v5p", "tpu-v6e", "trainium1", "trainium2", "gaudi2"]
    for model, accelerator in itertools.product(["llama-2-13b", "gpt3-175b"], hardware):
        found = cs.estimate(model=model, accelerator=accelerator, devices=1024, quantities=["model_flops_utilisation"])
        assert 0.1 < found["model_flops_utilisation"] < 0.8, (model, accelerator)


def test_a_measured_efficiency_holds_its_losses():
    given = {"model": "llama-2-7b", "accelerator": "a100-sxm4-80gb", "devices": 256, "tokens": 1e12}
    assert cs.estimate(**given, quantities=["goodput"])["goodput"] < 1
    assert cs.estimate(**given, hardware_efficiency=0.4, quantities=["goodput"])["goodput"] == 1
    assert cs.estimate(**given, goodput=0.9, quantities=["goodput"])["goodput"] == 0.9
