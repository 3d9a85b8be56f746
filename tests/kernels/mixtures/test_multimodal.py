"""CuMo (Li et al. 2024): NeurIPS Table 7 in billions, recomputed from the dimensions in the authors' code."""

import math

import pytest

from tests.kernels.rows import row

CLIP = {**row("vision_encoders", "clip-vit-l-14-336"), "vision_tile_scale": 3}
MISTRAL = {"hidden_size": 4096, "parameters": 7.25e9, "active_parameters": 7.25e9}  # as the table prints them
MIXTRAL = {"hidden_size": 4096, "parameters": 46.70e9, "active_parameters": 12.90e9}
VISION_MOE, CONNECTOR_MOE = {"vision_experts": 4}, {"connector_experts": 4}


def billions(evaluate, name, **given):
    return evaluate(name, **CLIP, **given) / 1e9


def test_vision_encoder(evaluate):
    assert billions(evaluate, "vision_parameters") == pytest.approx(0.30, abs=0.005)
    assert billions(evaluate, "vision_parameters") == pytest.approx(0.3035, abs=5e-5)  # recomputed from the code
    assert billions(evaluate, "vision_active_parameters") == billions(evaluate, "vision_parameters")
    assert billions(evaluate, "vision_parameters", **VISION_MOE) == pytest.approx(0.91, abs=0.005)
    assert billions(evaluate, "vision_parameters", **VISION_MOE) == pytest.approx(0.90795, abs=1e-5)
    assert billions(evaluate, "vision_active_parameters", **VISION_MOE) == pytest.approx(0.50, abs=0.0055)
    assert billions(evaluate, "vision_active_parameters", **VISION_MOE) == pytest.approx(0.50505, abs=1e-5)


def test_connector(evaluate):
    assert billions(evaluate, "connector_parameters", **MISTRAL) == pytest.approx(0.025, abs=0.0005)
    moe = {**MISTRAL, **CONNECTOR_MOE}
    assert billions(evaluate, "connector_parameters", **moe) == pytest.approx(0.10, abs=0.001)
    assert billions(evaluate, "connector_active_parameters", **moe) == pytest.approx(0.05, abs=0.001)


@pytest.mark.parametrize(
    ("given", "total", "active"),
    [
        (MISTRAL, 7.58, 7.58),
        ({**MISTRAL, **CONNECTOR_MOE}, 7.65, 7.60),
        ({**MISTRAL, **CONNECTOR_MOE, **VISION_MOE}, 8.26, 7.80),
        ({**MIXTRAL, **CONNECTOR_MOE, **VISION_MOE}, 47.71, 13.45),
    ],
)
def test_table_7(evaluate, given, total, active):
    assert billions(evaluate, "multimodal_parameters", **given) == pytest.approx(total, abs=0.01)
    assert billions(evaluate, "multimodal_active_parameters", **given) == pytest.approx(active, abs=0.01)


def test_passes_and_tokens(evaluate):
    """Scales 1 and 3: one pass and nine tiles; 576 visual tokens."""
    assert evaluate("vision_passes", **CLIP) == 10
    assert evaluate("vision_passes", **{**CLIP, "vision_tile_scale": 1}) == 1
    assert evaluate("visual_tokens", **CLIP) == 576
    assert evaluate("connector_input_size", **CLIP) == 2048


def test_operations_of_an_image(evaluate):
    given = {**CLIP, **MISTRAL, "sample_text_tokens": 100}
    parts = [evaluate(f"{part}_active_parameters", **given) for part in ("vision", "connector")]
    expected = 2 * (parts[0] * 5770 + parts[1] * 576 + 7.25e9 * 676)
    assert evaluate("image_flops", **given) == pytest.approx(expected)
    trained = {"vision_training": 3, "connector_training": 3, "llm_training": 3, "stage_samples": 1000}
    assert evaluate("multimodal_stage_flops", **given, **trained) == pytest.approx(3000 * expected)


def test_what_is_frozen_costs_less(evaluate):
    """Pre-training: the connector alone is trained, gradients pass through the language model, not through CLIP."""
    stage = row("training_stages", "cumo-pt")
    given = {**CLIP, **MISTRAL, **stage, "sample_text_tokens": 100}
    parts = [evaluate(f"{part}_active_parameters", **given) for part in ("vision", "connector")]
    expected = 558e3 * 2 * (parts[0] * 5770 + 3 * parts[1] * 576 + 2 * 7.25e9 * 676)
    assert evaluate("multimodal_stage_flops", **given) == pytest.approx(expected)
    flops = evaluate("training_flops", {"training_flops": "multimodal_stage"}, **given)
    assert flops == pytest.approx(expected)


@pytest.mark.parametrize(("stage", "steps"), [("cumo-pt", 2180), ("cumo-pft", 5531), ("cumo-vit", 6440)])
def test_steps_of_an_epoch(stage, steps):
    from carbonsweep.catalogs import load

    cells = load("training_stages").get(stage).values
    assert cells["samples"] / cells["batch"] == pytest.approx(cells["steps"], abs=1)
    assert cells["steps"] == pytest.approx(steps, abs=2)


def test_more_experts_at_work_than_there_are(evaluate):
    assert math.isnan(evaluate("vision_active_parameters", **CLIP, vision_experts=4, vision_experts_per_token=5))
    too_many = {**CLIP, **MISTRAL, "connector_experts": 1}
    assert math.isnan(evaluate("connector_active_parameters", **too_many))
