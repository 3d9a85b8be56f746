"""Every equation keeps the contract that lets it run as Python and compile as it is."""

from __future__ import annotations

import ast
import builtins
import symtable
from dataclasses import replace

import numba
import numpy as np
import pytest

from carbonsweep.kernels import REGISTRY, Equation, units
from carbonsweep.kernels.curves import looking_up
from carbonsweep.kernels.preferences import PREFERENCES
from carbonsweep.kernels.registry import check_units, prefer
from carbonsweep.nest.equation_source import called_functions, function_tree
from tests.curves import TABLE, curve_at

EQUATIONS = [equation for group in REGISTRY.quantities.values() for equation in group if not equation.choice]
SCALES = {  # where "any positive number" would be far from any model
    "parameter": (1e7, 2e12),
    "token": (1e3, 1e14),
    "FLOP": (1e9, 1e26),
    "FLOP/s": (1e12, 1e16),
    "device": (1, 1e5),
    "kgCO2e": (1, 1e7),
    "kWh": (1, 1e8),
    "nm": (2, 40),
    "day": (0.1, 1000),
    "year": (1990, 2040),
}


def source(equation: Equation) -> str:
    return ast.unparse(function_tree(equation.function))


def called(equation: Equation) -> dict[str, str]:
    """Text by name of the model's own functions that an equation calls."""
    return {f.__name__: ast.unparse(function_tree(f)) for f in called_functions(equation.function)}


def random_value(name: str, random: np.random.Generator) -> float:
    item = REGISTRY.inputs.get(name)
    valid = REGISTRY.valid(name)
    if name in ("profile_curve", "purchase_curve"):
        return float(random.integers(0, len(TABLE)))
    if item is not None and item.optional and random.random() < 0.3:
        return np.nan
    if np.isfinite(valid.low) and np.isfinite(valid.high):
        value = random.uniform(valid.low + 1e-9 * (valid.high - valid.low), valid.high)
        if item is not None and item.integer:
            value = float(random.integers(int(valid.low), int(valid.high) + 1))
        return value
    if valid.low == 0.0 and not valid.low_open and random.random() < 0.25:
        return 0.0
    low, high = SCALES.get(REGISTRY.unit(name), (0.1, 200.0))
    value = float(np.exp(random.uniform(np.log(max(low, valid.low)), np.log(high))))
    return np.ceil(value) if item is not None and item.integer else value


@pytest.mark.parametrize("equation", EQUATIONS, ids=lambda e: e.function.__name__)
def test_compiles_alone_and_agrees_with_python(equation):
    namespace = {"np": np, "curve_at": curve_at}
    for name, text in called(equation).items():
        exec(text, namespace)  # noqa: S102
        namespace[name] = numba.njit(error_model="numpy")(namespace[name])
    exec(source(equation), namespace)  # noqa: S102
    alone = namespace[equation.function.__name__]
    signature = numba.float64(*[numba.float64] * len(equation.inputs))
    compiled = numba.njit(signature, error_model="numpy")(alone)
    random = np.random.default_rng(2026)
    for _ in range(200):
        arguments = [np.float64(random_value(name, random)) for name in equation.inputs]
        with np.errstate(all="ignore"), looking_up(TABLE):
            expected = equation.function(*arguments)
        assert isinstance(expected, float)
        np.testing.assert_allclose(compiled(*arguments), expected, rtol=1e-12, err_msg=str(arguments))
        if called(equation):  # bounds rely on it: their text is not followed
            assert np.isnan(expected) or expected in equation.valid


@pytest.mark.parametrize("equation", EQUATIONS, ids=lambda e: e.function.__name__)
def test_is_pure(equation):
    # An equation may call functions of the model, by name; they keep the same rules and are compiled with it.
    texts = called(equation)
    for text in (source(equation), *texts.values()):
        (scope,) = symtable.symtable(text, "equation", "exec").get_children()
        assert set(scope.get_globals()) <= {"np", "curve_at", *texts}
        assert not any(isinstance(node, ast.Mod | ast.FloorDiv) for node in ast.walk(ast.parse(text)))
        assert not set(scope.get_identifiers()) & set(dir(builtins))


def test_called_functions_have_one_name_each():
    functions = {f for equation in EQUATIONS for f in called_functions(equation.function)}
    assert len({f.__name__ for f in functions}) == len(functions)
    assert all(f.__module__.startswith("carbonsweep.kernels.") for f in functions)


@pytest.mark.parametrize("equation", EQUATIONS, ids=lambda e: e.function.__name__)
def test_is_documented(equation):
    assert equation.description.endswith(".")
    assert equation.formula
    assert equation.source
    if equation.provenance == "recalled" and "LLMCarbon" in equation.source:
        assert "LLMCarbon, as recalled; unverified against the paper" in " ".join(equation.notes.split())


def test_annotations_say_the_unit_of_every_parameter():
    written = [equation for equation in EQUATIONS if "equation_text" not in equation.function.__dict__]
    assert len(written) > 250
    for equation in written:
        assert [*equation.function.__annotations__] == [*equation.inputs, "return"]
    check_units()  # what the import of `kernels` calls: it raises at a unit that differs


def test_a_wrong_unit_cannot_be_imported(monkeypatch):
    def facility_energy(hardware_energy, pue):
        return hardware_energy * pue

    facility_energy.__annotations__ = {"hardware_energy": units.kgCO2e, "pue": units.number, "return": units.kWh}
    wrong = replace(REGISTRY.quantities["facility_energy"][0], function=facility_energy)
    monkeypatch.setitem(REGISTRY.quantities, "facility_energy", (wrong,))
    with pytest.raises(ValueError, match="hardware_energy is in kWh, not kgCO2e"):
        check_units()


@pytest.mark.parametrize(
    "equation",
    [equation for equation in EQUATIONS if "equation_text" in equation.function.__dict__],
    ids=lambda e: f"{e.quantity}:{e.variant}",
)
def test_one_line_declarations_are_what_they_say(equation):
    arguments = [3.5] * len(equation.inputs)
    value = float(equation.function(*arguments))
    assert np.isnan(value) if equation.formula == "NaN" else value == (arguments or [float(equation.formula)])[0]


def test_preferences_name_every_quantity_with_variants():
    assert {n for n, group in REGISTRY.quantities.items() if len(group) > 1} == set(PREFERENCES)
    for name, order in PREFERENCES.items():
        assert tuple(equation.variant for equation in REGISTRY.quantities[name]) == order
    with pytest.raises(ValueError, match="test_loss has the variants"):
        prefer({**PREFERENCES, "test_loss": ("scaling_law",)})
    with pytest.raises(ValueError, match="disagree on"):
        prefer({name: order for name, order in PREFERENCES.items() if name != "test_loss"})


def test_names_are_known_once():
    assert not set(REGISTRY.inputs) & set(REGISTRY.quantities)
    used = {name for equation in EQUATIONS for name in equation.inputs}
    assert used <= set(REGISTRY.names())
    # What decides or describes at binding which of others is taken.
    at_binding = {"pue_fallback", "pue_is_fallback", "embodied_boundary", "scale_profile_to"}
    samples = {"sample"}  # the axis of joint samples
    assert set(REGISTRY.inputs) - used == at_binding | samples, "an input that no equation uses"
    assert all(REGISTRY.unit(name) for name in REGISTRY.names())


def test_preferred_variants_have_no_cycle():
    state = dict.fromkeys(REGISTRY.inputs, "done")

    def visit(name):
        assert state.get(name) != "open", f"cycle through {name}"
        if name not in state:
            state[name] = "open"
            # Variants for what is given have no circle through it: it is no equation then.
            first = next(equation for equation in REGISTRY.quantities[name] if not equation.when_given)
            for needed in first.inputs:
                visit(needed)
            state[name] = "done"

    for name in REGISTRY.quantities:
        visit(name)


def test_defaults_have_sources_and_descriptions_end():
    for item in REGISTRY.inputs.values():
        assert item.description.endswith("."), item.name
        assert item.default is None or item.source, item.name
        assert item.default is None or not item.optional, item.name
