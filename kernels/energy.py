"""Energy of training, at the hardware and at the facility's meter."""

from __future__ import annotations

from carbonsweep.kernels.registry import equation


@equation(
    unit="kWh",
    source="LLMCarbon Eq. 8, with the mean power of the authors' code",
    formula="energy_hard = device_hours * device_power * power_factor",
)
def hardware_energy(device_hours, device_power, power_factor):
    """Energy that servers use in training.

    Parameters
    ----------
    device_hours : device-hour
    device_power : W
    power_factor : 1

    Returns
    -------
    kWh

    Notes
    -----
    The mean power already holds the efficiency of each part and the host's share. The factor is 1 for dense kernels.
    """
    return device_hours * device_power / 1000.0 * power_factor


@equation(unit="kWh", source="LLMCarbon Eq. 9", formula="energy_oper = energy_hard * PUE")
def facility_energy(hardware_energy, pue):
    """Energy that the facility uses for training, cooling and power conversion included.

    Parameters
    ----------
    hardware_energy : kWh
    pue : 1

    Returns
    -------
    kWh

    Notes
    -----
    A yearly mean PUE; part load raises it.
    """
    return hardware_energy * pue
