"""How long training takes."""

from __future__ import annotations

from carbonsweep.kernels.registry import equation


@equation(
    unit="day",
    source="LLMCarbon Eq. 7",
    formula="t = TFLOP / (n_dev FLOP_peak eff) * training_time_factor",
)
def training_days(training_flops, devices, peak_flops, hardware_efficiency, training_time_factor):
    """Time to train the model.

    Parameters
    ----------
    training_flops : FLOP
    devices : device
    peak_flops : FLOP/s
    hardware_efficiency : 1
    training_time_factor : 1

    Returns
    -------
    day

    Notes
    -----
    All devices work all the time; failures and restarts are not counted. The factor is 1 for dense kernels.
    """
    return training_flops / (devices * peak_flops * hardware_efficiency) / 86400.0 * training_time_factor


@equation(
    unit="device-hour",
    source="LLMCarbon Eq. 8 (n_i t_i)",
    formula="device_hours = devices * training_days * 24",
)
def device_hours(devices, training_days):
    """Time that all accelerators together work in training.

    Parameters
    ----------
    devices : device
    training_days : day

    Returns
    -------
    device-hour

    Notes
    -----
    Elapsed time, not busy time.
    """
    return devices * training_days * 24.0
