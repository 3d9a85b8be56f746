"""Inputs of the analytic model: layout, memory, network and the constants of its file."""

from __future__ import annotations

from carbonsweep.kernels.constants import CONSTANTS
from carbonsweep.kernels.registry import declare

for _name, _unit, _text in (
    ("tensor_parallel", "1", "Tensor parallelism"),
    ("pipeline_parallel", "1", "Pipeline parallelism"),
    ("data_parallel", "1", "Data parallelism"),
    ("context_parallel", "1", "Context parallelism"),
    ("expert_parallel", "1", "Expert parallelism"),
    ("interleave", "1", "Interleave"),
    ("microbatch", "sequence", "Microbatch"),
    ("zero_stage", "1", "ZeRO stage"),
    ("global_batch", "sequence", "Global batch"),
):
    declare(
        f"given_{_name}",
        _unit,
        f"{_text} where a plan gives it, else {-1 if _name == 'zero_stage' else 0}: it follows {_name} by itself.",
        valid="[-1, inf)" if _name == "zero_stage" else "[0, inf)",
        default=-1 if _name == "zero_stage" else 0,
        source="the layout is chosen unless given",
        provenance="assumed",
        mirrors=_name,
    )
declare(
    "given_hardware_efficiency",
    "1",
    "Hardware efficiency where a plan gives it, else 0: it follows hardware_efficiency by itself.",
    valid="[0, 1]",
    default=0,
    source="efficiency is predicted unless given",
    provenance="assumed",
    mirrors="hardware_efficiency",
)
declare("memory_bandwidth", "B/s", "Bandwidth of device memory.", valid="(0, inf)", optional=True)
declare(
    "interconnect_bandwidth",
    "B/s",
    "Bandwidth of one accelerator's links to its neighbours, both directions together.",
    valid="(0, inf)",
    optional=True,
)
declare(
    "scale_up_devices",
    "device",
    "Accelerators in one fast domain: a server, a rack, a slice of a TPU mesh.",
    valid="[1, inf)",
    default=8,
    source="servers of eight",
    integer=True,
)
declare(
    "scale_out_bandwidth",
    "B/s",
    "Bandwidth of one accelerator to those of other fast domains, one direction.",
    valid="(0, inf)",
    default=25e9,
    source="one 200 Gbit/s adapter for each accelerator (DGX A100); the catalog gives other generations theirs",
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
    "fused_attention_kernel",
    "1",
    "Whether a fused attention kernel for training exists for the accelerator.",
    valid="[0, 1]",
    default=1,
    source="FlashAttention-2 (Dao 2023) needs an A100 or newer; later TPUs and AMD devices have their own",
    integer=True,
)
for _what in ("model", "accelerator"):
    declare(
        f"{_what}_year",
        "year",
        f"Year in which the {_what} came out.",
        valid="[1990, inf)",
        default=2024,
        source="recent unless the catalog says otherwise",
        provenance="assumed",
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
declare(
    "matmul_fraction",
    "1",
    "Share of the peak rate that the largest matrix products sustain.",
    valid="(0, 1]",
    default=CONSTANTS["attainable_fraction"].value,
    source=CONSTANTS["attainable_fraction"].source,
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
declare(
    "idle_device_power", "W", "Power of an idle accelerator; unknown for most devices.", valid="(0, inf)", optional=True
)
declare(
    "idle_fraction",
    "1",
    "Idle power relative to design power, where it is not known.",
    valid="[0, 1]",
    default=0.15,
    source="A100 and H100 idle at 50 to 70 W",
    provenance="assumed",
)
