"""Coefficients of scaling laws."""

from __future__ import annotations

from carbonsweep.kernels.registry import declare

declare(
    "loss_irreducible",
    "nat/token",
    "E of L = E + A/N^alpha + B/D^beta.",
    default=1.69,
    source="Hoffmann et al. 2022, approach 3, as LLMCarbon uses it",
)
declare(
    "loss_parameter_coefficient",
    "nat/token",
    "A of L = E + A/N^alpha + B/D^beta.",
    valid="(0, inf)",
    default=406.4,
    source="Hoffmann et al. 2022, approach 3, as LLMCarbon uses it",
)
declare(
    "loss_token_coefficient",
    "nat/token",
    "B of L = E + A/N^alpha + B/D^beta.",
    valid="(0, inf)",
    default=410.7,
    source="Hoffmann et al. 2022, approach 3, as LLMCarbon uses it",
)
declare(
    "loss_parameter_exponent",
    "1",
    "alpha of L = E + A/N^alpha + B/D^beta.",
    valid="(0, inf)",
    default=0.34,
    source="Hoffmann et al. 2022, approach 3, as LLMCarbon uses it",
)
declare(
    "loss_token_exponent",
    "1",
    "beta of L = E + A/N^alpha + B/D^beta.",
    valid="(0, inf)",
    default=0.28,
    source="Hoffmann et al. 2022, approach 3, as LLMCarbon uses it",
)
declare(
    "moe_dense_equivalence",
    "1",
    "Size ratio of a mixture-of-experts model and the dense model of equal loss.",
    valid="[1, inf)",
    default=8,
    source="LLMCarbon, as recalled (an observation of DeepSpeed-MoE)",
    provenance="recalled",
)
