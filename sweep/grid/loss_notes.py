"""What is to be said of a loss: by which law it is, and what the way of counting mixtures of experts makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from carbonsweep.grid.given import Given
from carbonsweep.kernels import Equation
from carbonsweep.kernels.loss.constants import LAWS

CONSTANTS = (
    "loss_irreducible",
    "loss_parameter_coefficient",
    "loss_token_coefficient",
    "loss_parameter_exponent",
    "loss_token_exponent",
)
MOST_LAWS = 3
"""Laws of an axis that are named one by one."""


def loss_notes(
    equations: Iterable[Equation],
    used: Iterable[str],
    owner: Mapping[str, str],
    entries: Mapping[str, Given],
    mixture: bool | None,
) -> list[str]:
    """What is to be said of the loss of one configuration or of a grid; nothing where no law is used.

    Parameters
    ----------
    equations
        The equations used.
    used
        The names used that are given.
    owner, entries
        Which entry gives each name, and what the entries give.
    mixture
        Whether a mixture of experts comes out below its active size; None where that is not known and may be.
    """
    variants = {equation.quantity: equation.variant for equation in equations}
    law = variants.get("test_loss", "scaling_law")
    notes = []
    if law != "scaling_law":
        notes.append(f"loss by {law}")
        if variants.get("tokens") == "target_loss" or variants.get("parameters") == "target_loss":
            notes.append(f"target_loss is reached by another law than test_loss, which is by {law}")
    elif text := _law(variants, [name for name in used if name in CONSTANTS], owner, entries):
        notes.append(f"loss by {text}")
    if variants.get("loss_parameters") == "llmcarbon" and mixture is not False:
        where = "here" if mixture else "wherever that is less than its active ones"
        notes.append(
            "loss_parameters: llmcarbon counts a mixture of experts as parameters / moe_dense_equivalence: "
            f"{where} it comes out worse than a dense model of its active size"
        )
    return notes


def _law(variants: Mapping[str, str], given: list[str], owner: Mapping[str, str], entries: Mapping[str, Given]) -> str:
    """The law that the constants are of."""
    own = [name for name in given if owner[name] != "scaling_law"]
    own += [name for name in CONSTANTS if variants.get(name) == "plan"]
    base = ""
    if len(own) < len(given):
        labels = entries["scaling_law"].labels or ()
        more = f" and {len(labels) - MOST_LAWS} more" if len(labels) > MOST_LAWS else ""
        base = ", ".join(labels[:MOST_LAWS]) + more
    elif named := [LAWS[variants[name]] for name in CONSTANTS if variants.get(name) in LAWS]:
        base = named[0]
    if not own:
        return base
    return f"{base} but for {', '.join(own)}, given" if base else "the constants given"
