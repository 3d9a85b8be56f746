"""Choices and constants of the step-time and memory model."""

from __future__ import annotations

from carbonsweep.kernels.constants import CONSTANTS
from carbonsweep.kernels.registry import declare

declare(
    "recomputation",
    "1",
    "Activations computed again in the backward pass; auto is the least with which the layout fits in memory.",
    choices=("none", "selective", "full", "auto"),
    default="auto",
    source="what trainings do: no more than memory asks for",
    provenance="assumed",
)
declare(
    "sequence_parallel",
    "1",
    "Whether tensor-parallel ranks also split norms and dropouts along the sequence.",
    valid="[0, 1]",
    default=1,
    source="Korthikanti et al. 2022; usual since",
    integer=True,
)
declare(
    "uneven_stages",
    "1",
    "Whether pipeline stages may differ by a layer; the fullest sets the pace.",
    valid="[0, 1]",
    default=1,
    source="Llama 3 (2024) and DeepSeek-V3 (2024) train so",
    integer=True,
)
declare(
    "batch_tokens_per_device",
    "token",
    "Tokens of a global batch for each device, where it is not given and devices are many.",
    valid="(0, inf)",
    default=1024,
    source="Llama 3: 16 million on 16,384 devices",
    provenance="assumed",
)
declare(
    "gradient_bytes",
    "B",
    "Bytes of one gradient, kept and exchanged.",
    valid="(0, 8]",
    default=4,
    source="gradients accumulated in fp32, Megatron-LM's default for bf16",
)
declare(
    "optimizer_bytes",
    "B",
    "Bytes of optimiser states for each parameter.",
    default=12,
    source="Adam in mixed precision: fp32 master copy and two moments (Rajbhandari et al. 2020)",
)
declare(
    "framework_memory",
    "GB",
    "Memory that framework, communication buffers and fragmentation take.",
    default=4,
    source="CUDA context, NCCL buffers and allocator slack",
    provenance="assumed",
)
declare(
    "expert_imbalance",
    "1",
    "Tokens of the busiest expert rank relative to the mean.",
    valid="[1, inf)",
    default=1.1,
    source="balanced routers; capacity factors of 1 to 1.25 are usual",
    provenance="assumed",
)
declare(
    "expert_overlap",
    "1",
    "Share of the all-to-alls between experts that runs beside computation.",
    valid="[0, 1]",
    default=0.5,
    source="from none (DeepSpeed-MoE) to nearly all (DeepSeek-V3)",
    provenance="assumed",
)
declare(
    "data_parallel_overlap",
    "1",
    "Share of the exchange between replicas that may run beside computation.",
    valid="[0, 1]",
    default=0.6,
    source="between none (Megatron-LM in 2021) and all but the first and last buckets (FSDP)",
    provenance="assumed",
)
for _constant in CONSTANTS.values():
    if _constant.name != "attainable_fraction":
        declare(
            _constant.name,
            _constant.unit,
            _constant.description,
            valid=f"[{_constant.low!r}, {_constant.high!r}]",
            default=_constant.value,
            source=_constant.source,
            provenance="extension",
        )
