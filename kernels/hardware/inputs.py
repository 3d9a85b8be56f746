"""What a data sheet or measurement says of an accelerator and its server."""

from __future__ import annotations

from carbonsweep.kernels.registry import declare

GENERATIONS = (
    "other",
    "V100",
    "A100",
    "H100",
    "B200",
    "B300",
    "TPUv4",
    "TPUv5e",
    "TPUv5p",
    "TPUv6e",
    "TPUv7",
    "TPU",
    "CDNA3",
    "CDNA4",
)
"""Generations of accelerators: H200, H800 and GH200 are of H100, GB200 of B200, A800 of A100; TPU is any other TPU."""

declare("memory_bandwidth", "B/s", "Bandwidth of device memory.", valid="(0, inf)", optional=True)
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
    "fused_attention_kernel",
    "1",
    "Whether a fused attention kernel for training exists for the accelerator.",
    valid="[0, 1]",
    default=1,
    source="FlashAttention-2 (Dao 2023) needs an A100 or newer; later TPUs and AMD devices have their own",
    integer=True,
)
declare("device_memory", "GB", "Memory of one accelerator.", valid="(0, inf)")
declare(
    "devices_per_node",
    "device",
    "Accelerators in one server.",
    valid="[1, inf)",
    default=8,
    source="LLMCarbon's node: 8 accelerators, 1 CPU, 256 GB, 32 TB",
    integer=True,
)
for _precision in ("fp32", "tf32", "bf16", "fp16", "fp8", "int8", "fp4"):
    declare(
        f"peak_flops_{_precision}",
        "FLOP/s",
        f"Dense peak rate of one accelerator in {_precision}; unknown where the device has no such unit.",
        valid="(0, inf)",
        optional=True,
    )
declare(
    "precision",
    "1",
    "Number format of the linear layers, whose peak rate counts; half is bf16 where the device has it, else fp16.",
    choices=("half", "bf16", "fp16", "tf32", "fp32", "fp8", "int8", "mxfp8", "nvfp4"),
    default="half",
    source="LLMCarbon's peaks are half-precision tensor rates",
)
declare(
    "thermal_design_power",
    "W",
    "Design power of one accelerator; unknown for some devices that only their maker uses.",
    valid="(0, inf)",
    optional=True,
)
declare(
    "measured_device_power",
    "W",
    "Measured mean power for each accelerator, host share included; unknown for most devices.",
    valid="(0, inf)",
    optional=True,
)
declare(
    "power_fraction",
    "1",
    "Mean power of the accelerator relative to its design power.",
    valid="(0, inf)",
    default=1,
    source="design power as the mean: LLMCarbon's CO2EQ notebook",
)
declare(
    "server_cpus",
    "1",
    "CPUs in one server.",
    default=1,
    source="LLMCarbon's node: 8 accelerators, 1 CPU, 256 GB, 32 TB",
)
declare(
    "server_dram",
    "GB",
    "DRAM in one server.",
    default=256,
    source="LLMCarbon's node: 8 accelerators, 1 CPU, 256 GB, 32 TB",
)
declare(
    "server_ssd",
    "TB",
    "SSD capacity in one server.",
    default=32,
    source="LLMCarbon's node: 8 accelerators, 1 CPU, 256 GB, 32 TB",
)
declare(
    "cpu_power",
    "W",
    "Mean power of one CPU.",
    default=200,
    source="design power usual for a server CPU; LLMCarbon's sources give none",
    provenance="assumed",
)
declare("dram_power_density", "W/GB", "Mean power of DRAM.", default=0.392, source="Cloud Carbon Footprint")
declare("ssd_power_density", "W/TB", "Mean power of SSD.", default=1.2, source="Cloud Carbon Footprint")
declare(
    "interconnect_bandwidth",
    "B/s",
    "Bandwidth of one accelerator's links to its neighbours, both directions together.",
    valid="(0, inf)",
    optional=True,
)
declare(
    "isolated_matmul_fraction",
    "1",
    "Share of the half-precision peak that the largest isolated matrix products sustain.",
    valid="(0, 1]",
    optional=True,
)
declare(
    "generation",
    "1",
    "Generation of the accelerator, which shares constants fitted on measured steps.",
    choices=GENERATIONS,
    default="other",
    source="the catalog names those that were measured",
    provenance="assumed",
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
