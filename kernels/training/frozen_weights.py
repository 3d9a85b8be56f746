"""Fine-tuning: what frozen weights spare the backward pass, memory and exchange."""

import numpy as np

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import B, number

CHAIN_RULE = "chain rule: gradients of activations pass every layer above trained weights; only those have their own"


@equation(source=CHAIN_RULE, formula="min(trainable_fraction, backward_reach)", provenance="extension", valid="(0, 1]")
def trained_share(trainable_fraction: number, backward_reach: number) -> number:
    """Share of the weights that is trained: no more than lies in layers that the backward pass reaches."""
    return np.minimum(trainable_fraction, backward_reach)


@equation(source=CHAIN_RULE, formula="backward_reach + trained_share", provenance="extension", valid="(0, 2]")
def backward_passes(backward_reach: number, trained_share: number) -> number:
    """Operations on weights in the backward pass, in forward passes: 2 where all weights are trained, 1 with LoRA."""
    return backward_reach + trained_share


@equation(
    source=CHAIN_RULE, formula="f element_bytes + (1 - f) frozen_bytes, f = trained_share", provenance="extension"
)
def held_weight_bytes(element_bytes: B, frozen_bytes: B, trained_share: number) -> B:
    """Bytes of one weight on a device, mean of trained and frozen ones."""
    return element_bytes * trained_share + frozen_bytes * (1.0 - trained_share)


@equation(source=CHAIN_RULE, formula="trained_share gradient_bytes", provenance="extension")
def trained_gradient_bytes(gradient_bytes: B, trained_share: number) -> B:
    """Bytes of gradients for each weight; frozen ones have none."""
    return gradient_bytes * trained_share


@equation(source=CHAIN_RULE, formula="trained_share optimizer_bytes", provenance="extension")
def trained_optimizer_bytes(optimizer_bytes: B, trained_share: number) -> B:
    """Bytes of optimiser states for each weight; frozen ones have none."""
    return optimizer_bytes * trained_share
