import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonsweep.kernels.mixtures import upcycling


def test_half_of_the_parent(evaluate):
    """Komatsuzaki et al. 2023, abstract: about 50 % extra of the dense pre-training."""
    assert evaluate("upcycling_carbon", parent_carbon=1000) == 500
    assert evaluate("upcycled_lifecycle_carbon", parent_carbon=1000) == 1500
    owned, to_train = 0, 1
    assert evaluate("upcycled_ranking_carbon", parent_carbon=1000, checkpoint_status=owned) == 500
    assert evaluate("upcycled_ranking_carbon", parent_carbon=1000, checkpoint_status=to_train) == 1500
    assert evaluate("upcycling_saving", total_carbon=1000, parent_ratio=1, checkpoint_status=owned) == 0.5
    assert evaluate("upcycling_saving", total_carbon=1000, parent_ratio=1, checkpoint_status=to_train) == pytest.approx(
        -0.5
    )


carbon = st.floats(0, 1e9)


@given(carbon, st.floats(0, 5), st.sampled_from([0.0, 1.0]))
def test_never_cheaper_than_its_increment(parent, fraction, status):
    increment = upcycling.upcycling_carbon(fraction, parent)
    whole = upcycling.upcycled_lifecycle_carbon(parent, increment)
    assert whole >= increment
    assert increment <= upcycling.upcycled_ranking_carbon(status, parent, increment) <= whole
