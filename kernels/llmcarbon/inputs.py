"""Regression coefficients and scaling factors of LLMCarbon."""

from __future__ import annotations

from carbonsweep.kernels.registry import declare

declare(
    "relative_efficiency",
    "1",
    "Efficiency of the accelerator relative to the A100 at its own optimum.",
    valid="(0, inf)",
    default=1,
    source="A100; LLMCarbon's code has 1 - 7.76/33.46 for the V100",
)
declare(
    "device_count_factor",
    "1",
    "Optimal number of devices relative to the 80 GB A100.",
    valid="(0, inf)",
    default=1,
    source="A100-80GB; LLMCarbon's code has 2.5 for the V100 and 2 for the 40 GB A100",
)
declare(
    "moe_expert_parallel",
    "1",
    "Devices over which the experts of a mixture-of-experts model are spread.",
    valid="[1, inf)",
    default=64,
    source="LLMCarbon, as recalled (after Chen et al. 2023, arXiv 2304.11414)",
    provenance="recalled",
    integer=True,
)
declare(
    "moe_data_parallel",
    "1",
    "Data-parallel replicas of a mixture-of-experts model.",
    valid="[1, inf)",
    default=1,
    source="LLMCarbon, as recalled (after Chen et al. 2023, arXiv 2304.11414)",
    provenance="recalled",
    integer=True,
)
declare(
    "moe_relative_efficiency",
    "1",
    "Optimal efficiency of a mixture-of-experts model relative to its dense counterpart.",
    valid="(0, 1]",
    default=0.8,
    source="LLMCarbon, as recalled (host-device swapping)",
    provenance="recalled",
)
declare(
    "efficiency_gamma0",
    "1",
    "gamma0 of LLMCarbon Eq. 6: fewer devices than the optimum.",
    valid="(0, inf)",
    default=18.592,
    source="calibrated here: GPT-3 on 16 A100 at 9.26 % (no published value)",
    provenance="assumed",
)
declare(
    "efficiency_gamma1",
    "1",
    "gamma1 of LLMCarbon Eq. 6: more devices than the optimum, falling part.",
    default=0.6882656,
    source="calibrated here: GPT-3 on 10,000 V100 at 19.7 % and continuity (no published value)",
    provenance="assumed",
)
declare(
    "efficiency_gamma2",
    "1",
    "gamma2 of LLMCarbon Eq. 6: more devices than the optimum, constant part.",
    default=0.1474998,
    source="calibrated here: GPT-3 on 10,000 V100 at 19.7 % and continuity (no published value)",
    provenance="assumed",
)
