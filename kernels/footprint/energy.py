"""Energy of training, at the hardware and at the facility's meter."""

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import W, device_hour, kWh, number


@equation(
    source="LLMCarbon Eq. 8, with the mean power of the authors' code",
    formula="energy_hard = device_hours * device_power * power_factor",
)
def hardware_energy(device_hours: device_hour, device_power: W, power_factor: number) -> kWh:
    """Energy that servers use in training.

    The mean power already holds the efficiency of each part and the host's share. The factor is 1 for dense kernels.
    """
    return device_hours * device_power / 1000.0 * power_factor


@equation(source="LLMCarbon Eq. 9", formula="energy_oper = energy_hard * PUE")
def facility_energy(hardware_energy: kWh, pue: number) -> kWh:
    """Energy that the facility uses for training, cooling and power conversion included.

    A yearly mean PUE; part load raises it.
    """
    return hardware_energy * pue
