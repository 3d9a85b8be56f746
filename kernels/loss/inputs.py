"""Inputs of the laws of loss."""

from __future__ import annotations

from carbonsweep.kernels.registry import declare

declare(
    "moe_dense_equivalence",
    "1",
    "Size ratio of a mixture-of-experts model and the dense model of equal loss.",
    valid="[1, inf)",
    default=8,
    source="LLMCarbon, as recalled (an observation of DeepSpeed-MoE)",
    provenance="recalled",
)
declare(
    "target_loss",
    "nat/token",
    "Test loss that training is to reach: tokens follow from it, or parameters where tokens are given.",
    valid="(0, inf)",
)
