"""Power of a device with its share of the server while training: by its work, by the server's maximum, by parts."""

import numpy as np

from carbonsweep.kernels.registry import default, equals, equation
from carbonsweep.kernels.units import FLOP, GB, B, B_per_s, FLOP_per_s, W, W_per_GB, device, number, s, token

SYSTEMS = "five DGX machines: maximum over parts 1.18 to 1.47 (this project, derived)"


def share_of_design_power(static, memory, compute, clock):
    """Power over design power: the memory's part falls with half the square of the clock, that of products faster."""
    return static + memory * 0.5 * (1.0 + clock * clock) + compute * clock**2.4


equals(
    "server_devices",
    "node_devices",
    device,
    "Accelerators that share a server's processors, memory, supplies and fans.",
    notes="Those of the physical server, which a cloud instance may have a part of.",
    valid="[1, inf)",
    variant="node",
    source="the catalog of nodes",
)
equals(
    "server_devices",
    "devices_per_node",
    device,
    "Accelerators that share a server's processors, memory, supplies and fans.",
    notes="As many as the plan says are in a server.",
    valid="[1, inf)",
    variant="layout",
    source="the plan",
)


@equation(
    valid="(0, inf)",
    source=SYSTEMS,
    formula="factor (n TDP + server_cpus cpu_design_power + dram_power_density server_dram + 25 nics)",
    provenance="extension",
)
def node_power_from_parts(
    thermal_design_power: W,
    server_devices: device,
    server_cpus: number,
    cpu_design_power: W,
    server_dram: GB,
    dram_power_density: W_per_GB,
    nics: number,
    node_parts_factor: number,
    tdp_includes_host: number,
) -> W:
    """Maximum power of a server where none is published, from the design power of its parts.

    Fans, supplies, switches and storage are in the factor, +-15 %. A design power that holds the host is all there is.
    """
    if tdp_includes_host > 0.0:
        return server_devices * thermal_design_power
    host = server_cpus * cpu_design_power + server_dram * dram_power_density + 25.0 * nics
    return node_parts_factor * (server_devices * thermal_design_power + host)


@equation(
    valid="(0, inf)",
    source="makers' data sheets through the catalogs of nodes and accelerators; " + SYSTEMS,
    formula="node_max_power if published, else node_power_from_parts",
    variant="published_or_parts",
    provenance="extension",
)
def node_maximum_power(node_max_power: W, node_power_from_parts: W) -> W:
    """Maximum power of a server with its accelerators."""
    if np.isnan(node_max_power):
        return 1.0 * node_power_from_parts
    return 1.0 * node_max_power


equals(
    "node_maximum_power",
    "node_power_from_parts",
    W,
    "Maximum power of a server with its accelerators.",
    notes="No server is named: that of its parts.",
    valid="(0, inf)",
    variant="parts",
    source=SYSTEMS,
    provenance="extension",
)


@equation(
    source="definition",
    formula="max(node_maximum_power / n - thermal_design_power, 0); 0 if the design power holds the host",
    provenance="extension",
)
def node_overhead_per_device(
    node_maximum_power: W, server_devices: device, thermal_design_power: W, tdp_includes_host: number
) -> W:
    """Share of one accelerator in the maximum power of everything else in its server."""
    if tdp_includes_host > 0.0:
        return 0.0
    return np.maximum(node_maximum_power / server_devices - thermal_design_power, 0.0)


@equation(
    source="fitted on measured nodes by benchmarks/fit_power.py",
    formula="node_overhead_fraction node_overhead_per_device",
    provenance="extension",
)
def node_overhead_power(node_overhead_fraction: number, node_overhead_per_device: W) -> W:
    """Share of one accelerator in the mean power of everything else in its server while it works."""
    return node_overhead_fraction * node_overhead_per_device


@equation(
    source="bare idle of A100 and H100 measured; share of the rest assumed, BLOOM's idle nodes 16 % above",
    formula="idle_device_power, else idle_fraction TDP, + idle_overhead_fraction node_overhead_per_device",
    variant="server",
    provenance="assumed",
)
def idle_power_per_device(
    idle_device_power: W,
    idle_fraction: number,
    thermal_design_power: W,
    idle_overhead_fraction: number,
    node_overhead_per_device: W,
) -> W:
    """Power of an idle accelerator with its share of the server."""
    idle = idle_fraction * thermal_design_power
    if not np.isnan(idle_device_power):
        idle = 1.0 * idle_device_power
    return idle + idle_overhead_fraction * node_overhead_per_device


default(
    "idle_power_per_device",
    0.0,
    W,
    "Power of an idle accelerator with its share of the server.",
    source="idle base power left out, as Bashir et al. 2024 leave it out of oSCI",
    provenance="assumed",
)


@equation(
    valid="[0, 1]",
    source="definition",
    formula="token FLOP (3 + repeated) T share / (t full_clock_work_time peak), at most 1",
    provenance="extension",
)
def training_compute_share(
    forward_flops_per_token: FLOP,
    repeated_share: number,
    microbatch_tokens: token,
    stage_share: number,
    tensor_parallel: number,
    full_clock_work_time: s,
    peak_flops: FLOP_per_s,
) -> number:
    """Share of the peak rate that a device uses while it works on a microbatch, recomputation included.

    At the highest clock.
    """
    flops = forward_flops_per_token * (3.0 + repeated_share) * microbatch_tokens * stage_share / tensor_parallel
    return np.minimum(flops / (full_clock_work_time * peak_flops), 1.0)


@equation(
    valid="[0, 1]",
    source="definition",
    formula="layers_traffic (3 + repeated) share / (full_clock_work_time memory_bandwidth), at most 1",
    provenance="extension",
)
def training_memory_share(
    layers_traffic: B,
    repeated_share: number,
    stage_share: number,
    full_clock_work_time: s,
    memory_bandwidth: B_per_s,
) -> number:
    """Share of memory bandwidth that a device uses while it works on a microbatch.

    At the highest clock.
    """
    moved = layers_traffic * (3.0 + repeated_share) * stage_share
    return np.minimum(moved / (full_clock_work_time * memory_bandwidth), 1.0)


@equation(
    valid="(0, 1]",
    source="power of switching grows with clock and squared voltage: exponent 2.4 assumed [2, 3]",
    formula="min(clock_fraction, clip(((cap - f) / min(p_c u_c^x, 1 - f))^(1/2.4), 0.4, 1)), f = p_0 + p_m u_m^x",
    variant="capped",
    provenance="assumed",
    when_given=("power_cap_fraction",),
)
def training_clock_fraction(
    clock_fraction: number,
    power_cap_fraction: number,
    static_power_share: number,
    memory_power_share: number,
    training_compute_power_share: number,
    power_exponent: number,
    training_memory_share: number,
    training_compute_share: number,
) -> number:
    """Clock of a device that trains over its highest, with its own limit or that of power.

    A cap takes from products alone: reading memory draws what it did. What is measured at full power already runs at
    the clock that design power leaves. An H100 at 600 of 700 W loses a tenth of its speed; its maker says 10 to 15 %.
    """
    fixed = static_power_share + memory_power_share * training_memory_share**power_exponent
    compute = np.minimum(training_compute_power_share * training_compute_share**power_exponent, 1.0 - fixed)
    left = np.maximum(power_cap_fraction - fixed, 0.0)
    allowed = np.minimum(left / np.maximum(compute, 1e-9), 1.0)
    return np.minimum(clock_fraction, np.maximum(allowed ** (1.0 / 2.4), 0.4))


equals(
    "training_clock_fraction",
    "clock_fraction",
    number,
    "Clock of a device that trains over its highest, with its own limit or that of power.",
    valid="(0, 1]",
    variant="given",
    source="the plan",
    provenance="extension",
)


@equation(
    valid="(0, inf)",
    source="the law of serving, fitted on ML.ENERGY's measurements of accelerators alone",
    formula="TDP min(cap, p_0 + p_m u_m^x + p_c clock^2.4 u_c^x)",
    provenance="extension",
)
def training_busy_power(
    thermal_design_power: W,
    static_power_share: number,
    memory_power_share: number,
    training_compute_power_share: number,
    power_exponent: number,
    training_memory_share: number,
    training_compute_share: number,
    training_clock_fraction: number,
    power_cap_fraction: number,
) -> W:
    """Mean power of a device while it computes or moves memory in training.

    The constants of serving, but for that of matrix products: those of training draw more than the serving rows say.
    On devices of others than NVIDIA it is an extrapolation.
    """
    memory = memory_power_share * training_memory_share**power_exponent
    compute = training_compute_power_share * training_compute_share**power_exponent
    share = static_power_share + memory + compute * training_clock_fraction**2.4
    return thermal_design_power * np.minimum(share, power_cap_fraction)


@equation(
    valid="(0, inf)",
    source="definition",
    formula="waiting_power_fraction thermal_design_power",
    provenance="extension",
)
def waiting_power(thermal_design_power: W, waiting_power_fraction: number) -> W:
    """Power of a device that waits for others in training: its clocks stay up while collectives run."""
    return waiting_power_fraction * thermal_design_power


@equation(
    valid="(0, inf)",
    source="definition",
    formula="u training_busy_power + (1 - u) waiting_power",
    provenance="extension",
)
def accelerator_power(device_utilisation: number, training_busy_power: W, waiting_power: W) -> W:
    """Mean power of one accelerator alone over a training step."""
    return device_utilisation * training_busy_power + (1.0 - device_utilisation) * waiting_power


@equation(
    valid="(0, inf)",
    source="this project: work of the step model, the serving law of power, maxima of servers",
    formula="(accelerator_power + node_overhead_power) (1 + network_power_fraction)",
    quantity="device_power",
    variant="work",
    provenance="extension",
)
def device_power_work(accelerator_power: W, node_overhead_power: W, network_power_fraction: number) -> W:
    """Mean power for each accelerator from the work of its step, shares of server and network included."""
    return (accelerator_power + node_overhead_power) * (1.0 + network_power_fraction)


@equation(
    valid="(0, inf)",
    source="Newkirk et al. 2025 (76 % of the maximum of a DGX H100 while training)",
    formula="training_nameplate_fraction node_maximum_power / n (1 + network_power_fraction)",
    quantity="device_power",
    variant="nameplate",
    provenance="extension",
)
def device_power_nameplate(
    training_nameplate_fraction: number,
    node_maximum_power: W,
    server_devices: device,
    network_power_fraction: number,
) -> W:
    """Mean power for each accelerator as a share of its server's maximum, share of the network included.

    One share for every load: light ones draw less.
    """
    return training_nameplate_fraction * node_maximum_power / server_devices * (1.0 + network_power_fraction)


POWER_BASES = (
    "given",
    "nameplate",
    "measured",
    "components",
    "work",
    "measured_or_components",
    "tdp",
    "utilisation",
    "mlco2",
)
for _basis in POWER_BASES:
    default(
        "power_basis",
        float(POWER_BASES.index(_basis)),
        number,
        "What the mean power of a device is of: the variant of device_power that is taken, or that it is given.",
        source="definition",
        valid=f"[0, {len(POWER_BASES) - 1}]",
        variant=_basis,
        choices=POWER_BASES,
    )
