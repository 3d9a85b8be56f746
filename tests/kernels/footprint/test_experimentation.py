import pytest

from carbonsweep.configuration.estimate import evaluate_configuration
from carbonsweep.kernels.footprint import experimentation

RUN = {"operational_carbon": 800.0, "embodied_carbon": 200.0}


def test_by_pipeline(evaluate):
    """OLMo: 159 t beside 312 t; Olmo 3: 0.822 of all is development, 4.62 times the final runs."""
    assert evaluate("experimentation_training_ratio", pipeline=0) == pytest.approx(159 / 312, abs=1e-3)
    assert evaluate("development_share", pipeline=1) == pytest.approx(0.822, abs=1e-4)
    for name in ("device_hours", "hardware_energy", "facility_energy", "operational_carbon", "embodied_carbon"):
        assert evaluate(f"experimentation_{name}", pipeline=0, **{name: 100.0}) == pytest.approx(51.0)
        # Wu et al. 2022, as LLMCarbon has it: experimentation : training = 10 : 20
        assert evaluate(f"experimentation_{name}", {"*": "llmcarbon"}, **{name: 20.0}) == 10.0
    assert experimentation.experimentation_total_carbon(3.0, 4.0) == 7.0


def test_nothing_is_counted_and_said_without_a_pipeline():
    found = evaluate_configuration(RUN, ["experimentation_total_carbon"])
    assert found.quantities["experimentation_total_carbon"] == 0.0
    assert any(note.startswith("development not counted") for note in found.notes)
    for given in ({"pipeline": "reasoning"}, {"experimentation_training_ratio": 1.0}):
        notes = evaluate_configuration({**RUN, **given}, ["experimentation_total_carbon"]).notes
        assert not any("development" in note for note in notes)
