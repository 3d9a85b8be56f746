"""How near the analytic model comes to published numbers, with the stored constants."""

from __future__ import annotations

import numpy as np
import pytest

import carbonsweep as cs
from carbonsweep.evidence.accuracy import errors, fitted_goodput, published_predictions
from carbonsweep.evidence.calibration import FITTED, deviations, fit, leave_one_out, throughput_rows
from carbonsweep.kernels import REGISTRY
from carbonsweep.kernels.constants import CONSTANTS


def test_megatron_table() -> None:
    """Narayanan et al. 2021, Table 1: the ten rows on which the constants are fitted."""
    rows = throughput_rows()
    found = np.abs(deviations(rows, {name: CONSTANTS[name].value for name in FITTED}))
    assert len(found) == 10
    assert found.mean() <= 0.02
    assert found.max() <= 0.05
    assert np.abs(leave_one_out(rows)).mean() <= 0.035


def test_stored_constants_are_the_fit() -> None:
    fitted = fit(throughput_rows())
    for name, value in fitted.items():
        constant = CONSTANTS[name]
        assert constant.low <= value <= constant.high
        assert constant.value == pytest.approx(value, rel=0.01), name


def test_published_runs() -> None:
    predictions = published_predictions()
    counted = [p for p in predictions if not p.reason]
    assert len(counted) == 17
    median = {method: float(np.median(errors(predictions, method))) for method in ("analytic", "llmcarbon", "naive")}
    assert median["analytic"] <= 0.20
    assert median["analytic"] < median["llmcarbon"] < median["naive"]
    assert fitted_goodput(predictions, CONSTANTS["typical_goodput"].value) == pytest.approx(
        CONSTANTS["typical_goodput"].value, abs=0.005
    )


def test_runs_left_out_have_their_reason() -> None:
    reasons = {p.id: p.reason for p in published_predictions() if p.reason}
    assert reasons["t5-11b-patterson"].startswith("encoder-decoder")
    assert reasons["llama-3.2-1b"].startswith("distillation")
    assert all(reasons.values())


@pytest.mark.parametrize(
    ("layers", "hidden_size", "heads", "pipeline", "interleave", "batch", "microbatch", "mfu"),
    [(48, 6144, 64, 1, 1, 4, 4, 0.415), (96, 12288, 96, 8, 3, 64, 1, 0.514), (105, 20480, 128, 35, 3, 280, 1, 0.56)],
)
def test_runs_it_was_not_fitted_to(layers, hidden_size, heads, pipeline, interleave, batch, microbatch, mfu) -> None:
    """Korthikanti et al. 2022, Table 5 (recalled): selective recomputation and sequence parallelism, within 12 %."""
    found = cs.estimate(
        layers=layers, hidden_size=hidden_size, attention_heads=heads, vocabulary_size=51200, sequence_length=2048,
        accelerator="a100-sxm4-80gb", tensor_parallel=8, pipeline_parallel=pipeline, data_parallel=1,
        context_parallel=1, expert_parallel=1, microbatch=microbatch, interleave=interleave, zero_stage=0,
        global_batch=batch, recomputation="selective", fused_attention=0, gradient_bytes=2,
        quantities=["model_flops_utilisation"],
    )  # fmt: skip
    assert found["model_flops_utilisation"] == pytest.approx(mfu, rel=0.12)


def test_constants_have_units_bounds_and_sources() -> None:
    for constant in CONSTANTS.values():
        assert constant.low <= constant.value <= constant.high
        assert constant.unit
        assert constant.source
        assert constant.date
        name = "matmul_fraction" if constant.name == "attainable_fraction" else constant.name
        assert REGISTRY.inputs[name].default == constant.value
