"""Upcycling: a mixture of experts grown from a dense checkpoint, and whether the checkpoint's carbon counts.

The dense parent is sunk where it exists and avoidable where it is still to be trained.
"""

from carbonsweep.kernels.registry import equals, equation
from carbonsweep.kernels.units import kgCO2e, number

UPCYCLING = "Komatsuzaki et al. 2023 (Sparse Upcycling, arXiv 2212.05055), abstract"


@equation(source="definition of the ratio", formula="parent_ratio * total_carbon", provenance="extension")
def parent_carbon(parent_ratio: number, total_carbon: kgCO2e) -> kgCO2e:
    """Carbon of pre-training the dense parent.

    A known footprint may be given instead.
    """
    return parent_ratio * total_carbon


@equation(source=UPCYCLING, formula="C_up = u C_dense")
def upcycling_carbon(upcycle_fraction: number, parent_carbon: kgCO2e) -> kgCO2e:
    """Carbon of upcycling the dense parent: the increment.

    At half of the parent's cost the upcycled model beats its parent.
    """
    return upcycle_fraction * parent_carbon


@equation(source=UPCYCLING, formula="C_dense + C_up")
def upcycled_lifecycle_carbon(parent_carbon: kgCO2e, upcycling_carbon: kgCO2e) -> kgCO2e:
    """Carbon of the upcycled model with that of its dense parent.

    Never less than the increment.
    """
    return parent_carbon + upcycling_carbon


@equation(
    source="Bashir et al. 2024, Section 5, in this project's reading",
    formula="C_up (+ C_dense if to_train)",
    provenance="extension",
)
def upcycled_ranking_carbon(checkpoint_status: number, parent_carbon: kgCO2e, upcycling_carbon: kgCO2e) -> kgCO2e:
    """Carbon of the upcycled model by which a choice may be ranked.

    The parent's is sunk where it exists already.
    """
    if checkpoint_status >= 1.0:
        return parent_carbon + upcycling_carbon
    return 1.0 * upcycling_carbon


equals(
    "scratch_carbon",
    "parent_carbon",
    kgCO2e,
    "Carbon of a mixture of experts from scratch with the parent's budget, which upcycling at a half beats.",
    notes="A lower bound of training from scratch to the same quality.",
    formula="C_scratch = C_dense",
    source=UPCYCLING,
)


@equation(
    valid="(-inf, 1]",
    source="definition",
    formula="1 - upcycled_ranking_carbon / scratch_carbon",
    provenance="extension",
)
def upcycling_saving(upcycled_ranking_carbon: kgCO2e, scratch_carbon: kgCO2e) -> number:
    """Share of the carbon of training from scratch that upcycling saves.

    Below zero where the parent would have to be trained for it.
    """
    return 1.0 - upcycled_ranking_carbon / scratch_carbon
