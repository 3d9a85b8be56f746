"""Stages besides the final run: what each costs with its own hardware and site, their sums, and what is refused."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

import carbonsweep as cs
from carbonsweep.configuration.estimate import Estimate, evaluate_configuration, evaluate_plan
from carbonsweep.foundation.errors import PlanError
from carbonsweep.grid.bind import bind
from carbonsweep.kernels import REGISTRY

RUN = {"device_hours": 1e6, "tokens": 5e12, "device_power": 1000, "pue": 1.2, "carbon_intensity": 300}
EMBODIED = {"device_embodied": 438, "lifetime_years": 5}
UNUSED = {"inference_hardware_energy": 0, "inference_embodied_carbon": 0}
WATER = {"wue": 1, "grid_water_intensity": 2}
ROWS = {"accelerator": "H100", "region": "gcp/europe-west9", "device_hours": 1e6, "tokens": 5e12}


def plan(stages: list[dict[str, Any]], quantities: list[str], **constants: Any) -> cs.Plan:
    return cs.Plan(stages=stages, constants={**RUN, **constants}, output={"quantities": quantities})


def values(of: cs.Plan) -> dict[str, float]:
    return evaluate_plan(of).quantities


def test_sizes_and_sums() -> None:
    """A tenth of the tokens is 1e5 hours of 1 kW; its hundredth 1e3; experiments are 2e6: 2.101e6 in all.

    2.52e6 kWh at the facility, 756.36 t, and 2.101e6 / 43,800 x 438 kg; the final run is 1e6 hours, 360 t and 10 t.
    """
    stages = [
        {"kind": "midtrain", "tokens": 5e11, "devices": 1000},
        {"kind": "sft", "multiple": 0.01, "multiple_of": "midtrain"},
        {"kind": "experiments", "multiple": 2},
    ]
    wanted = ["stages_training_ratio", "stages_total_carbon", "lifecycle_total_carbon", "stages_water"]
    wanted += ["stage_device_hours_sft", "stage_total_carbon_midtrain", "stage_days_midtrain"]
    wanted += ["lifecycle_operational_water"]
    found = values(plan(stages, wanted, **EMBODIED, **WATER, **UNUSED))
    assert found["stages_training_ratio"] == pytest.approx(2.101)
    assert found["stages_total_carbon"] == pytest.approx(756.36e3 + 21010)
    assert found["lifecycle_total_carbon"] == pytest.approx(756.36e3 + 21010 + 360e3 + 10e3)
    assert found["stages_water"] == pytest.approx(2.101e6 + 2 * 1.2 * 2.101e6)
    assert found["lifecycle_operational_water"] == pytest.approx(3.101e6 + 2 * 1.2 * 3.101e6)
    assert found["stage_device_hours_sft"] == pytest.approx(1e3)
    assert found["stage_total_carbon_midtrain"] == pytest.approx(36e3 + 1000)
    assert found["stage_days_midtrain"] == pytest.approx(1e5 / 24000)


def test_a_stage_elsewhere_is_a_final_run_there() -> None:
    """On TPUs in another grid a stage of a million hours costs what a training of a million hours does there."""
    there = {"accelerator": "B200", "region": "aws/us-east-1"}
    stages = [{"kind": "rl", "device_hours": 1e6, **there}, {"kind": "pretrain", "device_hours": 1e6}]
    here = cs.Plan(
        stages=stages,
        constants=ROWS,
        output={"quantities": ["stage_total_carbon_rl", "stage_total_carbon_pretrain", "total_carbon"]},
    )
    found = evaluate_plan(here)
    alone = cs.Plan(constants={**ROWS, **there}, output={"quantities": ["total_carbon"]})
    assert found.quantities["stage_total_carbon_rl"] == pytest.approx(values(alone)["total_carbon"])
    assert found.quantities["stage_total_carbon_pretrain"] == pytest.approx(found.quantities["total_carbon"])


def test_tokens_elsewhere_take_as_long_as_the_peak_rates_say() -> None:
    """An A100 does 312 of the H100's 989 TFLOP/s."""
    stages = [{"kind": "sft", "tokens": 5e10, "gpu": "A100"}]
    made = cs.Plan(stages=stages, constants=ROWS, output={"quantities": ["stage_device_hours_sft"]})
    peaks = [
        evaluate_configuration({"accelerator": one}, ["peak_flops"]).quantities["peak_flops"]
        for one in ("H100", "A100")
    ]
    assert values(made)["stage_device_hours_sft"] == pytest.approx(1e4 * peaks[0] / peaks[1])


def test_methods_are_those_of_all_hardware() -> None:
    """A TPU without a maker's footprint puts the GPUs of the final run to their parts, as beside them on an axis."""
    stages = [{"kind": "distill", "tokens": 5e11, "accelerator": "tpu-v5e"}]
    grid = bind(cs.Plan(stages=stages, constants=ROWS, output={"quantities": ["stages_total_carbon", "total_carbon"]}))
    beside = bind(
        cs.Plan(
            axes={"accelerator": ["H100", "tpu-v5e"]},
            constants={name: value for name, value in ROWS.items() if name != "accelerator"},
            output={"quantities": ["total_carbon"]},
        )
    )
    methods = [[note for note in one.notes if note.startswith(("power", "embodied"))] for one in (grid, beside)]
    assert methods[0] == methods[1]
    assert "stages.distill: the passes of the teacher are not counted" in grid.notes


@pytest.fixture(scope="module")
def swept() -> cs.Plan:
    stages = [
        {"kind": "midtrain", "tokens": {"geom": [1e11, 1e12, 2]}},
        {"kind": "midtrain", "tokens": 1e11, "region": ["gcp/europe-west9", "aws/us-east-1"]},
    ]
    constants = {**ROWS, "region": "aws/us-east-1"}
    output = {"quantities": ["stage_operational_carbon_midtrain_2", "stages_total_carbon"]}
    return cs.Plan(stages=stages, constants=constants, output=output)


def test_values_of_stages_are_axes(swept: cs.Plan) -> None:
    rows = cs.to_pandas(swept)
    assert list(rows)[:2] == ["stage_tokens_midtrain", "region_midtrain_2"]
    assert REGISTRY.unit("stage_tokens_midtrain") == "token"
    by_region = rows.groupby("region_midtrain_2", observed=True)["stage_operational_carbon_midtrain_2"].first()
    assert by_region["aws/us-east-1"] > 5 * by_region["gcp/europe-west9"]
    best = rows.loc[rows["stages_total_carbon"].idxmin()]
    found = cs.search(swept, minimize="stages_total_carbon", top=1).iloc[0]
    assert found["region_midtrain_2"] == best["region_midtrain_2"] == "gcp/europe-west9"
    assert found["stages_total_carbon"] == pytest.approx(best["stages_total_carbon"])


def test_a_grid_with_stages_goes_to_other_processes(swept: cs.Plan) -> None:
    graph = bind(swept).graph
    sent = pickle.loads(pickle.dumps(graph.steps))
    assert [one.quantity for one in sent] == [one.quantity for one in graph.steps]
    assert [one.inputs for one in sent] == [one.inputs for one in graph.steps]


def test_experiments_as_a_stage_are_development() -> None:
    """No ratio stands for them, and nothing says that development is not counted."""
    notes = bind(plan([{"kind": "experiments", "multiple": 4}], ["lifecycle_operational_carbon"], **UNUSED)).notes
    assert not [note for note in notes if "development" in note]


def test_a_plan_without_stages_says_nothing_of_them() -> None:
    made = cs.Plan(constants=RUN, output={"quantities": ["operational_carbon"]})
    assert "stages" not in made.canonical()
    found: Estimate = evaluate_plan(cs.Plan(constants=RUN, output={"quantities": ["stages_device_hours"]}))
    assert found.quantities["stages_device_hours"] == 0


@pytest.mark.parametrize(
    ("stages", "constants", "said"),
    [
        ([{"kind": "sft"}], {}, "stages.0: sft: it has no size; give one of tokens, device_hours, multiple"),
        ([{"kind": "sft", "tokens": 1, "multiple": 2}], {}, "tokens and multiple are given; give one of"),
        ([{"kind": "tuning", "tokens": 1e9}], {}, "stages.0.kind: input should be 'pretrain', 'midtrain', 'sft'"),
        ([{"kind": "sft", "tokens": 1e9, "site": 2}], {}, "unknown key 'stages.0.site'; known here: kind, tokens"),
        ([{"kind": "sft", "tokens": 1e9, "multiple_of": "rl"}], {}, "sft: multiple_of needs multiple"),
        ([{"kind": "sft", "multiple": 2, "multiple_of": "rl"}], {}, "there is no stage 'rl' to be a multiple of"),
        ([{"kind": "sft", "multiple": 2, "multiple_of": "sft"}], {}, "sft -> sft are multiples of each other"),
        ([{"kind": "rl", "tokens": 1e9}], {}, "rl: its tokens are not learnt from.*or rl_steps outside of the stages"),
        ([{"kind": "experiments", "multiple": 2}], {"pipeline": "base"}, "stages.experiments: pipeline counts"),
        ([{"kind": "sft", "tokens": -1.0}], {}, r"stages.sft.tokens: -1 is outside \[0, inf\)"),
        ([{"kind": "sft", "tokens": 1e9, "region": "Iceland"}], {}, "the final run names no region; name it"),
        ([{"kind": "sft", "tokens": 1e9, "accelerator": "H100"}], {}, "the final run names no accelerator; name it"),
        (
            [{"kind": "sft", "tokens": 1e9, "region": "Iceland"}],
            {"region": "aws/us-east-1", "start_month": 3},
            "stages.sft.region: start_month is of the hours of the final run",
        ),
    ],
)
def test_refused(stages: list[dict[str, Any]], constants: dict[str, Any], said: str) -> None:
    with pytest.raises(PlanError, match=said):
        bind(plan(stages, ["stages_operational_carbon"], **constants))


def test_what_a_draw_would_not_change_is_refused() -> None:
    made = cs.Plan(
        stages=[{"kind": "sft", "tokens": 1e9, "region": "aws/us-east-1"}],
        constants=ROWS,
        uncertainty={"pue": {"triangular": [1.0, 1.1, 1.2]}},
        output={"quantities": ["stages_operational_carbon"]},
    )
    with pytest.raises(PlanError, match="the stage sft has pue of its own, which no draw changes"):
        bind(made)
