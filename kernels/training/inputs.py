"""Software, kernels and messages of a training, and the constants fitted on measured steps."""

from __future__ import annotations

from carbonsweep.kernels.constants import CONSTANTS
from carbonsweep.kernels.registry import declare

ATTENTION_KERNELS = (
    "auto",
    "unfused",
    "A100",
    "H100_first",
    "H100_fa2",
    "H100_own",
    "B200_own",
    "B300_own",
    "TPU",
    "CDNA",
)
"""Classes of attention kernels: scores through memory, FlashAttention on A100, first ports, FlashAttention-2 and own
kernels on H100, own kernels of B200 and B300, Pallas on TPUs, CK or AITER on AMD."""

declare(
    "software_level",
    "1",
    "Whether software and layout are the stock ones of research frameworks, or tuned as in vendors' recipes.",
    choices=("typical", "tuned"),
    default="typical",
    source="tuned: vendor recipes and MLPerf submissions alone",
    provenance="assumed",
)
declare(
    "launch",
    "1",
    "How kernels are launched: one by one by the host, as CUDA graphs, or compiled by XLA.",
    choices=("auto", "eager", "graph", "xla"),
    default="auto",
    source="auto: xla on TPUs, else eager",
    provenance="assumed",
)
declare(
    "attention_kernel",
    "1",
    "Class of the attention kernel; auto is what the generation of the accelerator had at the time.",
    choices=ATTENTION_KERNELS,
    default="auto",
    source="FlashAttention 1 to 3, cuDNN, Pallas, AITER by their dates",
    provenance="assumed",
)
declare(
    "stage_balance",
    "1",
    "Stages with the same number of layers and the head on the last; fitted, where chunks differ by a layer; balanced.",
    choices=("auto", "equal", "fit", "balanced"),
    default="auto",
    source="auto: balanced in tuned software, else fit",
    provenance="assumed",
)
declare(
    "routing_node_limit",
    "1",
    "Nodes over which the experts of a token may lie at most; 0: any number.",
    default=0,
    source="no limit; DeepSeek-V3 has 4",
    integer=True,
)
declare(
    "expert_dispatch",
    "1",
    "Whether a token crosses to a node once for all its experts there, or once for each of them.",
    choices=("once", "plain"),
    default="once",
    source="DeepEP, HybridEP; plain all-to-all sends a copy for each expert",
)
declare(
    "shard_group",
    "1",
    "Replicas over which ZeRO shards; the groups hold copies of each other (HSDP, MiCS). All replicas unless given.",
    valid="[1, inf)",
    integer=True,
)
declare(
    "trainable_fraction",
    "1",
    "Share of the weights that is trained; adapters (LoRA) count by their size, the rest is frozen.",
    valid="(0, 1]",
    default=1,
    source="pre-training and full fine-tuning",
)
declare(
    "backward_reach",
    "1",
    "Share of the layers through which the backward pass goes: those from the lowest trained weights up.",
    valid="(0, 1]",
    default=1,
    source="all layers, as with LoRA in every layer",
)
declare(
    "frozen_bytes",
    "B",
    "Bytes of one weight that is not trained; 0.5 in QLoRA.",
    valid="(0, 8]",
    default=2,
    source="16-bit weights",
)
declare(
    "recomputed_share",
    "1",
    "Share of the forward pass that is computed again, where it is known better than by the name of a practice.",
    valid="[0, 1]",
)
declare(
    "expert_imbalance",
    "1",
    "Tokens of the busiest expert rank relative to the mean.",
    valid="[1, inf)",
    default=1,
    source="steps are measured with balanced routing; imbalance of whole runs is in steady_goodput",
    provenance="assumed",
)
for _constant in CONSTANTS.values():
    declare(
        _constant.name,
        _constant.unit,
        _constant.description,
        valid=f"[{_constant.low!r}, {_constant.high!r}]",
        default=_constant.value,
        source=_constant.source,
        provenance="extension",
    )
