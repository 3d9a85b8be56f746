"""Energy of training, at the hardware and at the facility's meter."""

from carbonsweep.kernels.registry import default, equation
from carbonsweep.kernels.units import W, device_hour, kWh, number


@equation(
    source="LLMCarbon Eq. 8, with the mean power of the authors' code",
    formula="energy_hard = device_hours device_power power_factor (1 + idle_energy_ratio) downtime_energy_factor",
)
def hardware_energy(
    device_hours: device_hour,
    device_power: W,
    power_factor: number,
    idle_energy_ratio: number,
    downtime_energy_factor: number,
) -> kWh:
    """Energy that servers use in training.

    The mean power already holds the efficiency of each part and the host's share. The factors are 1 for dense kernels,
    without idle hardware, and where time lost to faults draws as much power as work.
    """
    work = device_hours * device_power / 1000.0 * power_factor
    return work * (1.0 + idle_energy_ratio) * downtime_energy_factor


@equation(
    valid="(0, 1]",
    source="definition",
    formula="goodput + (1 - goodput) downtime_power_fraction",
    variant="goodput",
    provenance="extension",
    when_given=("downtime_power_fraction",),
)
def downtime_energy_factor(goodput: number, downtime_power_fraction: number) -> number:
    """Energy of a training over what it would be if time lost to faults drew as much power as work."""
    return goodput + (1.0 - goodput) * downtime_power_fraction


default(
    "downtime_energy_factor",
    1.0,
    number,
    "Energy of a training over what it would be if time lost to faults drew as much power as work.",
    source="it does, unless downtime_power_fraction is given: most of it is slower work",
    valid="(0, 1]",
    provenance="assumed",
)


@equation(source="LLMCarbon Eq. 9", formula="energy_oper = energy_hard * PUE")
def facility_energy(hardware_energy: kWh, pue: number) -> kWh:
    """Energy that the facility uses for training, cooling and power conversion included.

    A yearly mean PUE; part load raises it.
    """
    return hardware_energy * pue
