"""Expressions over axes and constants: they follow at every point, are held to their range, and run nothing."""

from __future__ import annotations

import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import carbonsweep as cs
from carbonsweep.grid.bind import bind
from carbonsweep.kernels.equations_of_plans import of_plan
from carbonsweep.nest.equation_source import function_source
from carbonsweep.plan.expression import arithmetic_source, parse_arithmetic

SHAPE = {
    "hidden_size": 4096,
    "attention_heads": 32,
    "vocabulary_size": 32000,
    "sequence_length": 4096,
    "tokens": 1e12,
    "experts_per_token": 2,
}


def plan(axes: dict[str, Any], constants: dict[str, Any] | None = None, **rest: Any) -> cs.Plan:
    output = {"quantities": ["parameters", "training_flops"]}
    return cs.Plan(**{"axes": axes, "constants": {**SHAPE, **(constants or {})}, "output": output, **rest})


def test_the_value_follows_at_every_point() -> None:
    table = plan({"layers": [8, 32], "moe_layers": "layers - 3", "experts": [8, 16]}, {"ffn_size": "4 * hidden_size"})
    frame = cs.to_pandas(table)
    assert [*frame.columns] == ["layers", "experts", "moe_layers", "parameters", "training_flops"]
    for row in frame.to_dict("records"):
        assert row["moe_layers"] == row["layers"] - 3
        shape = {"layers": row["layers"], "experts": row["experts"], "moe_layers": row["moe_layers"], "ffn_size": 16384}
        assert row["parameters"] == cs.estimate(**shape, **SHAPE, quantities=["parameters"])["parameters"]
    found = cs.search(table, minimize="training_flops")
    expected = frame.sort_values("training_flops", ignore_index=True)
    pd.testing.assert_frame_equal(found, expected)


def test_constants_of_constants_are_constants() -> None:
    grid = bind(plan({"layers": [8, 32]}, {"ffn_size": "4 * hidden_size", "kv_heads": "attention_heads / (2 + 2)"}))
    assert grid.constants["ffn_size"] == 16384
    assert grid.constants["kv_heads"] == 8


def test_a_row_gives_what_an_expression_changes() -> None:
    frame = cs.to_pandas(
        cs.Plan(
            axes={"model": ["llama-3-8b", "llama-3-70b"]},
            constants={"tokens": "20 * parameters", "kv_heads": "attention_heads"},
            output={"quantities": ["layers", "kv_heads", "attention_heads", "tokens", "parameters"]},
        )
    )
    assert frame["kv_heads"].tolist() == frame["attention_heads"].tolist()
    assert frame["tokens"].tolist() == (20 * frame["parameters"]).tolist()


def test_a_layout_may_follow_from_others() -> None:
    constants = {"model": "llama-3-8b", "accelerator": "H100", "tokens": 1e12, "pipeline_parallel": 1}
    frame = cs.to_pandas(
        cs.Plan(
            axes={"tensor_parallel": [2, 8]},
            constants={**constants, "devices": 64, "data_parallel": "devices / tensor_parallel"},
            output={"quantities": ["training_days"]},
        )
    )
    for row in frame.to_dict("records"):
        layout = {
            "tensor_parallel": row["tensor_parallel"],
            "data_parallel": 64 / row["tensor_parallel"],
            "devices": 64,
        }
        alone = cs.estimate(**constants, **layout, quantities=["training_days"])
        assert row["training_days"] == alone["training_days"]


def test_what_leaves_the_range_has_no_value_and_is_said() -> None:
    table = plan({"layers": [2, 8], "experts": [8]}, {"moe_layers": "layers - 3"})
    assert "moe_layers = layers - 3 has no value at 1 of 2 values of layers: outside [0, inf)" in bind(table).notes
    assert cs.to_pandas(table)["parameters"].isna().tolist() == [True, False]
    constants = {name: SHAPE[name] for name in ("vocabulary_size", "sequence_length", "tokens")}
    axes = {"hidden_size": [4096, 4160], "attention_heads": "hidden_size / 128"}
    half = bind(cs.Plan(axes=axes, constants={**constants, "layers": 4}, output={"quantities": ["parameters"]}))
    rule = "at 1 of 2 values of hidden_size: outside [1, inf) or not whole"
    assert f"attention_heads = hidden_size / 128 has no value {rule}" in half.notes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("layrs - 3", "constants.moe_layers: unknown name 'layrs' in 'layrs - 3'; did you mean 'layers'"),
        ("num_gpus / 8", "'num_gpus' in 'num_gpus / 8' is called 'devices' here; write that"),
        ("layers // 2", r"an operator other than \+ - \* / is not allowed"),
        ("max(layers, 3)", "a call is not allowed"),
        ("__import__('os').system('true')", "a call is not allowed"),
        ("layers.real", "attribute access is not allowed"),
        ("layers > 3", "'layers > 3' is not a number; use names, numbers"),
        ("layers - True", "is not a number; use names, numbers"),
        ("not layers", "is not a number; use names, numbers"),
        ("accelerator + 1", "accelerator in 'accelerator \\+ 1' is no number"),
        ("precision + 1", "precision in 'precision \\+ 1' is no number"),
        ("moe_layers - 1", "moe_layers -> moe_layers is a circle; give one of them as a number"),
        ("experts", "moe_layers -> experts -> moe_layers is a circle"),
        ("layers - 1000", "'layers - 1000' is outside \\[0, inf\\) at all values of layers; change it, or the axes"),
        ("1 - hidden_size", "'1 - hidden_size': -4095 is outside \\[0, inf\\), the valid range of moe_layers"),
        ("hidden_size / 0", "'hidden_size / 0' has no value; it divides by zero"),
        ("+".join(["layers"] * 150), "more than 100 operations in each other"),
        ("60 days", "'60 days' is in 'days'; moe_layers is a number"),
        ("seventy", "'seventy' is text; moe_layers is a number"),
    ],
)
def test_what_is_no_arithmetic_of_known_numbers_is_refused(text: str, message: str) -> None:
    with pytest.raises(cs.PlanError, match=message):
        bind(plan({"layers": [8, 32]}, {"moe_layers": text, "experts": "moe_layers + 1"}))


def test_circles_through_quantities_and_choices_are_refused() -> None:
    with pytest.raises(cs.PlanError, match="cyclic dependency parameters -> layers -> parameters"):
        bind(plan({"kv_heads": [8, 32]}, {"layers": "parameters / 1e9"}))
    constants = {"model": "llama-3-8b", "accelerator": "H100", "tokens": 1e12, "devices": 64}
    with pytest.raises(cs.PlanError, match="the expression of tensor_parallel depends on what is chosen with it"):
        bind(
            cs.Plan(
                axes={"pue": [1.1, 1.2]},
                constants={**constants, "tensor_parallel": "8 / pipeline_parallel"},
                output={"quantities": ["training_days"]},
            )
        )


def test_a_name_is_given_once() -> None:
    with pytest.raises(cs.PlanError, match="'moe_layers' is both an axis and a constant; remove one"):
        plan({"layers": [8], "moe_layers": "layers - 3"}, {"moe_layers": 4})
    with pytest.raises(cs.PlanError, match="tokens is computed by '2 \\* layers'; remove equations.tokens"):
        bind(plan({"layers": [8]}, {"tokens": "2 * layers"}, equations={"tokens": "published"}))
    with pytest.raises(cs.PlanError, match="accelerator carries a number of devices, and devices is an expression"):
        bind(plan({"accelerator": ["8xH100"]}, {"devices": "2 * layers"}))


def test_a_run_says_where_the_column_comes_from(tmp_path: Path) -> None:
    import pyarrow.dataset as ds

    (tmp_path / "plan.toml").write_text(
        "[axes]\nparameters = [1e9, 2e9]\ntokens = '20 * parameters'\n[output]\nquantities = ['training_flops']\n"
    )
    read = cs.Plan.load(tmp_path / "plan.toml")
    assert cs.Plan(**read.canonical()).content_hash == read.content_hash
    cs.run(read, tmp_path / "run")
    metadata = ds.dataset(tmp_path / "run", exclude_invalid_files=True).schema.field("tokens").metadata
    assert metadata[b"source"] == b"plan: tokens = 20 * parameters"


NUMBERS = st.floats(-1e6, 1e6, allow_nan=False).map(repr)
TEXTS = st.recursive(
    st.one_of(NUMBERS, st.sampled_from(["layers", "tokens", "pue"])),
    lambda part: st.one_of(
        st.builds("({} {} {})".format, part, st.sampled_from("+-*/"), part), st.builds("(-{})".format, part)
    ),
    max_leaves=12,
)


@given(TEXTS, st.floats(1, 1e3), st.floats(1, 1e15), st.floats(1, 3))
def test_the_equation_is_the_expression(text: str, layers: float, tokens: float, pue: float) -> None:
    parsed = parse_arithmetic(text, "here")
    values = {name: np.float64(value) for name, value in {"layers": layers, "tokens": tokens, "pue": pue}.items()}
    with np.errstate(all="ignore"):
        expected = parsed.evaluate(values)
        equation = of_plan("hidden_size", parsed.names, arithmetic_source(parsed), text)
        found = equation.function(*(values[name] for name in parsed.names)) if expected is not None else math.nan
    fits = expected is not None and 1 <= expected < math.inf and expected == math.floor(expected)
    assert (found == expected) if fits else math.isnan(found)
    compile(function_source(equation.function, "one"), "nest", "exec")


def test_other_processes_make_the_same_equation() -> None:
    grid = bind(plan({"layers": [8, 32], "moe_layers": "layers - 3"}))
    sent = pickle.loads(pickle.dumps(grid))
    assert sent.graph.equations == grid.graph.equations


def test_a_run_is_extended_only_with_the_same_expressions(tmp_path: Path) -> None:
    def tokens(text: str, parameters: list[float]) -> cs.Plan:
        constants = {"tokens": text}
        return cs.Plan(axes={"parameters": parameters}, constants=constants, output={"quantities": ["training_flops"]})

    cs.run(tokens("20 * parameters", [1e9]), tmp_path / "run")
    assert cs.run(tokens("20 * parameters", [1e9, 2e9]), tmp_path / "run", extend=True).rows == 2
    with pytest.raises(cs.PlanError, match="the expression of tokens differs"):
        cs.run(tokens("30 * parameters", [1e9, 2e9, 3e9]), tmp_path / "run", extend=True)
