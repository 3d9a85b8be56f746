"""Choices and assumptions of layout and memory."""

from __future__ import annotations

from carbonsweep.kernels.registry import declare

declare(
    "recomputation",
    "1",
    "Activations computed again in the backward pass; auto is the least with which the layout fits in memory.",
    choices=("none", "scores", "modules", "operators", "full", "custom", "unstated", "selective", "auto"),
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
    "usual_days",
    "day",
    "Days in which a training is to end whose number of devices is not given.",
    valid="(0, inf)",
    default=30,
    source="median of 34 published trainings: 20 days; 30 because long ones matter most",
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
    "flexible_schedule",
    "1",
    "Whether an interleaved schedule warms up with no more microbatches than 1F1B.",
    valid="[0, 1]",
    default=0,
    source="Megatron-LM's interleaved schedule; Llama 3's and DualPipe are flexible",
    integer=True,
)
declare(
    "activation_offload",
    "1",
    "Share of the kept activations that waits in the host's memory; its way there and back is taken to be hidden.",
    valid="[0, 1]",
    default=0,
    source="none unless given",
    provenance="assumed",
)
declare(
    "mfu_peak",
    "1",
    "Peak that model_flops_utilisation refers to: that of the precision, or of 16 bits whatever the precision.",
    choices=("precision", "16bit"),
    default="precision",
    source="a share of the peak that the training could reach, never above 1; many publications refer to 16 bits",
    provenance="assumed",
)
