"""An equation that stands in for a better one is said; where nothing better could be, nothing is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import carbonsweep as cs
from carbonsweep.configuration.estimate import evaluate_configuration
from carbonsweep.grid.bind import bind
from carbonsweep.kernels import REGISTRY
from carbonsweep.kernels.preferences import PREFERENCES, SAID
from tests.manifests import content_of

Command = Callable[..., tuple[int, str, str]]
SHAPE = {"layers": 80, "hidden_size": 8192, "vocabulary_size": 32000, "sequence_length": 4096, "tokens": 1e12}
HEADS = "parameters: narayanan is used; architecture, which is preferred, needs attention_heads"


def notes(values: dict[str, Any], quantity: str, equations: dict[str, str] | None = None) -> list[str]:
    found = evaluate_configuration(values, [quantity], equations).notes
    return [note for note in found if "which is preferred" in note]


@pytest.mark.parametrize(
    ("values", "quantity", "expected"),
    [
        (SHAPE, "training_flops", [HEADS]),
        ({**SHAPE, "attention_heads": 64}, "training_flops", []),
        ({"parameters": 7e9, "tokens": 1e12}, "training_flops", []),
        ({"active_parameters": 7e9, "tokens": 1e12}, "training_flops", []),
        ({"parameters": 7e9, "tokens": 1e12, "hardware_efficiency": 0.4, "accelerator": "H100"}, "device_hours", []),
        (
            {"parameters": 7e9, "tokens": 1e12, "hidden_size": 4096},
            "training_flops",
            ["working_parameters: all is used; counted, which is preferred, needs vocabulary_size"],
        ),
        ({"model": "llama-3-8b", "accelerator": "H100", "devices": 64}, "training_days", []),
    ],
)
def test_what_is_said_of_an_estimate(values: dict[str, Any], quantity: str, expected: list[str]) -> None:
    assert notes(values, quantity) == expected


def test_an_efficiency_that_is_no_prediction_of_the_layout_is_said() -> None:
    (note,) = notes({"parameters": 7e9, "accelerator": "H100", "devices": 64, "tokens": 1e12}, "training_days")
    assert note.startswith("hardware_efficiency: llmcarbon is used; analytic, which is preferred, needs ")
    assert "layers" in note


def test_a_variant_that_was_asked_for_is_not_said() -> None:
    assert notes(SHAPE, "training_flops", {"parameters": "narayanan"}) == []


def test_check_run_and_manifest_say_it(tmp_path: Path, command: Command) -> None:
    constants = "\n".join(f"{name} = {value}" for name, value in SHAPE.items() if name != "layers")
    (tmp_path / "plan.toml").write_text(
        f"[axes]\nlayers = [32, 80]\n[constants]\n{constants}\n[output]\nquantities = ['training_flops']\n"
    )
    assert HEADS in bind(cs.Plan.load(tmp_path / "plan.toml")).notes
    for asked in (["check", tmp_path / "plan.toml"], ["run", tmp_path / "plan.toml", "--out", tmp_path / "run"]):
        code, out, _ = command(*asked)
        assert code == 0
        assert HEADS in " ".join(out.split())
    assert HEADS in content_of(tmp_path / "run")["notes"]


def test_what_is_said_are_quantities_with_variants() -> None:
    assert SAID.keys() <= PREFERENCES.keys()
    assert {name for names in SAID.values() for name in names} <= {*REGISTRY.names()}
