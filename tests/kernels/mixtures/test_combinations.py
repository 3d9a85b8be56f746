import pytest

from tests.kernels.rows import row

OPT = {**row("models", "opt-30b"), "peak_flops": 312e12}
GPT3 = {**row("models", "gpt3-175b"), "peak_flops": 312e12}
MIXTRAL = row("models", "mixtral-8x7b")
SPARSE, MONARCH = {"nm_sparsity": 2}, {"linear_structure": 4}


@pytest.mark.parametrize(
    ("given", "marked"),
    [
        ({}, 0),
        (MIXTRAL, 0),
        (GPT3, 0),
        ({**OPT, "nm_sparsity": 0}, 0),
        ({**OPT, **SPARSE}, 0),  # measured
        ({**OPT, **SPARSE, "peak_flops": 989.4e12}, 1),  # on another device
        ({**GPT3, **SPARSE}, 1),  # another model
        ({**OPT, **MONARCH}, 0),
        ({**OPT, **SPARSE, **MONARCH}, 1),
        ({**MIXTRAL, **MONARCH}, 1),
    ],
)
def test_what_no_paper_tested_is_marked(evaluate, given, marked):
    assert evaluate("extrapolated", **given) == marked


def test_factors_multiply(evaluate):
    given = {**OPT, **SPARSE, **MONARCH, "kernel_efficiency": 0.5}
    assert evaluate("training_time_factor", **given) == pytest.approx(2 / 1.22)
    assert evaluate("inference_time_factor", **given) == pytest.approx(2 / 1.53)
    assert evaluate("training_time_factor") == evaluate("inference_time_factor") == 1
