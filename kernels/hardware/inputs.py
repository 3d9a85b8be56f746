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
    "Mean power of the whole node for each accelerator, measured while training; unknown for most devices.",
    valid="(0, inf)",
    optional=True,
)
declare(
    "listed_device_power",
    "W",
    "Mean power that the catalog lists for each accelerator, whatever it is the power of; unknown for most.",
    valid="(0, inf)",
    optional=True,
)
declare(
    "node_max_power",
    "W",
    "Maximum power of one server with its accelerators; unknown where none is published.",
    valid="(0, inf)",
    optional=True,
)
declare("node_devices", "device", "Accelerators in the physical server of the catalog.", valid="[1, inf)", integer=True)
declare(
    "tdp_includes_host",
    "1",
    "Whether the design power of the accelerator holds processor and memory of its host, as a superchip's does.",
    valid="[0, 1]",
    default=0,
    source="accelerators beside a host",
    integer=True,
)
declare(
    "cpu_design_power",
    "W",
    "Design power of one CPU.",
    default=270,
    source="a server processor of 2022",
    provenance="assumed",
)
declare("nics", "1", "Network adapters of one server.", default=8, source="one an accelerator", provenance="assumed")
declare(
    "node_parts_factor",
    "1",
    "Maximum power of a server over the design power of its parts; 1.18 to 1.47.",
    valid="[1, inf)",
    default=1.38,
    source="DGX A100 1.38, H100 1.39, B200 1.47, B300 1.32, DGX-1 1.18 (derived)",
    provenance="extension",
)
declare(
    "training_nameplate_fraction",
    "1",
    "Mean power of a server while training over its maximum; 0.66 to 0.82.",
    valid="(0, 1]",
    default=0.76,
    source="Newkirk et al. 2025 (0.76); MLPerf Power 0.66, Latif et al. 2025 at most 0.82; V100 0.754 and 0.782",
)
declare(
    "network_power_fraction",
    "1",
    "Power of switches and optics outside the servers over that of the servers; 0.03 to 0.10.",
    default=0.05,
    source="optics 0.039 of a site (read), with switches and storage about 0.10; the value between is assumed",
    provenance="assumed",
)
declare(
    "idle_overhead_fraction",
    "1",
    "Power of the rest of an idle server over its maximum beside the accelerators; 0.2 to 0.5.",
    valid="[0, 1]",
    default=0.35,
    source="BLOOM's idle infrastructure, 237 W for each A100, would be 0.44",
    provenance="assumed",
)
declare(
    "node_overhead_fraction",
    "1",
    "Mean power of the rest of a server while it trains over its maximum beside the accelerators; 0.5 to 0.75.",
    valid="[0, 1]",
    default=0.66,
    source="fitted by benchmarks/fit_power.py; H100 0.55 to 0.65, V100 0.65 to 0.74 (derived)",
    provenance="extension",
)
declare(
    "training_compute_power_share",
    "1",
    "Power of training's matrix products at the peak rate, relative to design power; 0.7 to 0.9.",
    default=0.8,
    source="with it an H100 that computes without waiting draws its design power, as measured nodes do",
    provenance="assumed",
)
declare(
    "waiting_power_fraction",
    "1",
    "Power of a device that waits in training over its design power; 0.17 to 0.45.",
    valid="[0, 1]",
    default=0.45,
    source="fitted by benchmarks/fit_power.py, at its bound; a live context draws 0.17 to 0.29, collectives more",
    provenance="extension",
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
