"""Fine-tuning and sharding in groups: what frozen weights spare, and what groups exchange, counted by hand."""

from __future__ import annotations

from typing import Any

import pytest

import carbonsweep as cs
from carbonsweep.grid.training_notes import training_notes
from carbonsweep.kernels.training import communication, frozen_weights, gradient_exchange

LLAMA_70B = {"model": "llama-3-70b", "tokens": 1e9, "sequence_length": 4096, "accelerator": "A100", "devices": 16}
GIVEN = {
    **LLAMA_70B,
    "tensor_parallel": 8,
    "pipeline_parallel": 1,
    "data_parallel": 2,
    "microbatch": 1,
    "global_batch": 64,
    "zero_stage": 3,
    "recomputation": "full",
}


def test_adapters_spare_the_gradients_of_frozen_weights() -> None:
    """Two of three passes are left: forward, and gradients of activations."""
    names = ["training_flops", "hardware_training_flops", "step_time"]
    full, lora = (cs.estimate(**GIVEN, trainable_fraction=share, quantities=names) for share in (1.0, 0.01))
    assert lora["training_flops"] == pytest.approx(full["training_flops"] * 2.01 / 3)
    assert 0.7 < lora["step_time"] / full["step_time"] < 0.9


def test_of_frozen_weights_neither_gradients_nor_states_are_kept() -> None:
    """70.6e9 weights over 8 devices, nothing sharded: 2 + 4 + 12 bytes each, or 2 and a hundredth of 16."""
    names = ["state_memory"]
    full, lora, small = (
        cs.estimate(**{**GIVEN, "zero_stage": 0}, **more, quantities=names)["state_memory"]
        for more in ({}, {"trainable_fraction": 0.01}, {"trainable_fraction": 0.01, "frozen_bytes": 0.5})
    )
    assert lora / full == pytest.approx((2 + 0.16) / 18)
    assert small / full == pytest.approx((0.02 + 0.5 * 0.99 + 0.16) / 18)
    assert full == pytest.approx(18 * 70.55e9 / 8, rel=0.01)


def test_a_70b_model_is_fine_tuned_on_8_devices_only_with_frozen_weights() -> None:
    eight = {**LLAMA_70B, "devices": 8}
    assert cs.estimate(**eight, trainable_fraction=0.01, quantities=["feasible"])["feasible"] == 1
    assert cs.estimate(**eight, quantities=["feasible"])["feasible"] == 0


def test_only_the_head_is_trained() -> None:
    """The backward pass stops above the frozen layers: (1 + 2 x 0.02) / 3 of the operations."""
    names = ["training_flops", "activation_memory"]
    full = cs.estimate(**GIVEN, quantities=names)
    head = cs.estimate(**GIVEN, trainable_fraction=0.02, backward_reach=0.02, quantities=names)
    assert head["training_flops"] == pytest.approx(full["training_flops"] * 1.04 / 3)
    assert head["activation_memory"] < full["activation_memory"]
    assert frozen_weights.backward_passes(0.02, 0.02) == 0.04


def test_weights_below_the_reach_of_the_backward_pass_are_frozen() -> None:
    """All above the middle is trained, though nothing says which share: half, not all."""
    assert frozen_weights.trained_share(1.0, 0.5) == 0.5
    half = cs.estimate(**GIVEN, backward_reach=0.5, quantities=["training_flops"])["training_flops"]
    assert half == cs.estimate(**GIVEN, quantities=["training_flops"])["training_flops"] * 2 / 3
    assert "frozen weights" in training_notes({"backward_reach": (0.5, 0.5)})[0]


def test_groups_that_shard_gather_inside_and_reduce_across() -> None:
    """128 replicas in groups of one node: weights are gathered at 400 GB/s, shards reduced at 25 GB/s."""
    nodes: dict[str, Any] = {**GIVEN, "tensor_parallel": 1, "data_parallel": 128, "devices": 128, "global_batch": 512}
    names = ["gradient_exchange_time", "state_memory", "feasible", "infeasibility"]
    whole, groups, odd = (
        cs.estimate(**nodes, **more, quantities=names) for more in ({}, {"shard_group": 8}, {"shard_group": 24})
    )
    assert groups["gradient_exchange_time"] < whole["gradient_exchange_time"]
    assert groups["state_memory"] == pytest.approx(whole["state_memory"] * 16)
    assert "shard_group" in odd["infeasibility"]
    assert cs.estimate(**{**nodes, "zero_stage": 4}, quantities=names) == groups
    saved = cs.estimate(**nodes, quantities=["group_saving"])["group_saving"]
    assert saved == pytest.approx(whole["gradient_exchange_time"] - groups["gradient_exchange_time"], rel=1e-9)
    assert "shards in groups" in training_notes({"zero_stage": (1.0, 4.0)})[0]


def test_copies_of_shards_are_reduced_among_groups() -> None:
    """128 replicas in groups of 8, a node each: 16 copies of each eighth meet over one adapter of 25 GB/s."""
    assert gradient_exchange.shard_copies(128.0, 1.0, 8.0) == gradient_exchange.expert_shard_copies(128.0, 8.0) == 16
    ring = gradient_exchange.dense_copies_ring_time(16.0, 8.0, 1.0, 8.0, 400e9, 25e9)
    assert ring == pytest.approx(15 / 16 / 25e9)
    assert gradient_exchange.expert_copies_ring_time(16.0, 8.0, 1.0, 1.0, 8.0, 400e9, 25e9) == ring
    hops = gradient_exchange.copies_hops_time(16.0, 8.0, 1.0, 8.0, 10.0, 1e-6)
    assert hops == pytest.approx(2 * 10 * 15 * 1e-6)
    seconds = gradient_exchange.copies_exchange_time(4.0, 8e9, 8.0, ring, 16e9, 8.0, ring, hops)
    assert seconds == pytest.approx(2 * 4 * 3e9 * ring + hops)
    assert [gradient_exchange.group_exchange_time(g, 7.0) for g in (0.0, 1.0)] == [0, 7]


def test_one_group_of_all_replicas_is_no_group() -> None:
    names = ["step_time", "memory_per_device"]
    assert cs.estimate(**GIVEN, shard_group=2, quantities=names) == cs.estimate(**GIVEN, quantities=names)


def test_plain_dispatch_sends_a_copy_for_each_expert() -> None:
    """Eight experts of 64 ranks in eight nodes: 8 x 7/8 copies leave the node, 8 x 7/64 stay in it."""
    once = communication.crossings_per_token(64.0, 8.0, 8.0, 0.0, 0.0)
    plain = communication.crossings_per_token(64.0, 8.0, 8.0, 0.0, 1.0)
    assert plain == 7
    assert once == pytest.approx(8 * (1 - (7 / 8) ** 8) * 7 / 8)
    seconds = communication.expert_exchange_time(64.0, 1e9, 8.0, plain, 8.0, 1e9, 1e30, 1.0, 0.0, 1.0)
    assert seconds == pytest.approx(8 * 7 / 64)
