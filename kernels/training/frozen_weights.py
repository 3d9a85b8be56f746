"""Fine-tuning: what frozen weights spare the backward pass, memory and exchange."""

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import B, number

CHAIN_RULE = "chain rule: gradients of activations pass every layer above trained weights; only those have their own"


@equation(source=CHAIN_RULE, formula="backward_reach + trainable_fraction", provenance="extension", valid="(0, 2]")
def backward_passes(backward_reach: number, trainable_fraction: number) -> number:
    """Operations on weights in the backward pass, in forward passes: 2 where all weights are trained, 1 with LoRA."""
    return backward_reach + trainable_fraction


@equation(source=CHAIN_RULE, formula="f element_bytes + (1 - f) frozen_bytes", provenance="extension")
def held_weight_bytes(element_bytes: B, frozen_bytes: B, trainable_fraction: number) -> B:
    """Bytes of one weight on a device, mean of trained and frozen ones."""
    return element_bytes * trainable_fraction + frozen_bytes * (1.0 - trainable_fraction)


@equation(source=CHAIN_RULE, formula="trainable_fraction gradient_bytes", provenance="extension")
def trained_gradient_bytes(gradient_bytes: B, trainable_fraction: number) -> B:
    """Bytes of gradients for each weight; frozen ones have none."""
    return gradient_bytes * trainable_fraction


@equation(source=CHAIN_RULE, formula="trainable_fraction optimizer_bytes", provenance="extension")
def trained_optimizer_bytes(optimizer_bytes: B, trainable_fraction: number) -> B:
    """Bytes of optimiser states for each weight; frozen ones have none."""
    return optimizer_bytes * trainable_fraction
