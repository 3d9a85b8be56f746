"""Rules of a layout, its replicas and its batch."""

import math

import pytest

import carbonsweep as cs
from carbonsweep.kernels.layout.rules import REASONS

MODEL = {"layers": 24, "hidden_size": 2048, "attention_heads": 16, "vocabulary_size": 32000, "sequence_length": 2048}
LAYOUT = {"tensor_parallel": 2, "pipeline_parallel": 4, "context_parallel": 1, "expert_parallel": 1}
LAYOUT |= {"microbatch": 1, "interleave": 1, "zero_stage": 1}
GIVEN = {**MODEL, **LAYOUT, "accelerator": "a100-sxm4-80gb", "devices": 64}


def rule(**changes):
    found = cs.estimate(**{**GIVEN, **changes}, quantities=["broken_rule", "keeps_rules", "infeasibility"])
    assert found["keeps_rules"] == (found["broken_rule"] == 0)
    assert REASONS.index(found["infeasibility"]) in (found["broken_rule"], 10)
    return found["broken_rule"]


def test_each_rule_has_its_code():
    assert rule() == 0
    assert rule(tensor_parallel=1.5) == 2
    assert rule(devices=7) == 1  # not one replica, so no batch either
    assert rule(data_parallel=9) == 3
    assert rule(attention_heads=17) == 4
    assert rule(pipeline_parallel=25) == 5
    assert rule(global_batch=12, data_parallel=8) == 6
    assert rule(interleave=2, global_batch=16, data_parallel=8) == 7
    assert rule(experts=8, expert_parallel=3) == 8
    assert rule(sequence_length=2047) == 9


def test_spare_devices_are_allowed_unless_replicas_are_given():
    names = ["spare_devices", "idle_devices", "broken_rule"]
    free = cs.estimate(**{**GIVEN, "devices": 70}, quantities=names)
    assert (free["spare_devices"], free["idle_devices"], free["broken_rule"]) == (1, 6, 0)
    given = cs.estimate(**{**GIVEN, "devices": 70}, data_parallel=8, quantities=names)
    assert (given["spare_devices"], given["idle_devices"], given["broken_rule"]) == (0, 6, 3)


def test_a_layout_that_is_given_settles_the_devices():
    layout = {"tensor_parallel": 2, "pipeline_parallel": 4, "data_parallel": 8}
    assert cs.estimate(**layout, quantities=["devices"])["devices"] == 64
    assert cs.estimate(**layout, context_parallel=2, quantities=["devices"])["devices"] == 128


@pytest.mark.parametrize(("batch", "replicas"), [(96, 8), (100, 5), (13, 1)])
def test_replicas_share_a_batch_that_is_given(batch, replicas):
    found = cs.estimate(**GIVEN, global_batch=batch, quantities=["data_parallel", "batch_near_target"])
    assert found == {"data_parallel": replicas, "batch_near_target": 1}


def test_a_batch_is_near_its_target_or_small():
    values = {"sequence_length": 4096, "batch_tokens": 2**20}
    near = [
        cs.estimate(**GIVEN | values, data_parallel=d, quantities=["batch_near_target"])["batch_near_target"]
        for d in (8, 512, 513)
    ]
    assert near == [1, 1, 0]


def test_time_of_a_sequence():
    found = cs.estimate(**GIVEN, quantities=["sequence_time", "step_time", "global_batch"])
    assert found["sequence_time"] == found["step_time"] / found["global_batch"]


def test_the_peak_that_utilisation_refers_to(evaluate):
    """An eight-bit training at 60 % of its peak is at 120 % of half as high a peak: no share of that."""
    given = {"forward_flops_per_token": 200.0, "attention_score_flops_per_token": 0, "causal_score_flops_per_token": 0}
    given |= {"mtp_flops_per_token": 0, "sequence_length": 1, "global_batch": 1, "devices": 1, "infeasibility": 0}
    given |= {"backward_passes": 2, "peak_flops": 2000, "unquantised_peak_flops": 1000}
    share = {
        (peak, seconds): evaluate("model_flops_utilisation", **given, mfu_peak=peak, step_time=seconds)
        for peak in (0, 1)
        for seconds in (0.5, 1.0)
    }
    peaks = {"peak_flops": 2000, "unquantised_peak_flops": 1000}
    assert [evaluate("utilisation_peak_flops", **peaks, mfu_peak=peak) for peak in (0, 1)] == [2000, 1000]
    assert share[0, 0.5] == pytest.approx(0.6)
    assert math.isnan(share[1, 0.5])
    assert (share[0, 1.0], share[1, 1.0]) == (pytest.approx(0.3), pytest.approx(0.6))
