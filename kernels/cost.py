"""What training, inference and the life cycle cost: hardware rented by the hour, or owned and its electricity paid.

The variants of a total are `rented` (the price of a device-hour holds its electricity) and `owned` (electricity and
the share of the purchase used up). None counts electricity twice.
"""

from __future__ import annotations

from carbonsweep.kernels.registry import equation

PRICES = "arithmetic on the prices given"


@equation(unit="USD", source=PRICES, formula="facility_energy * electricity_price")
def electricity_cost(facility_energy, electricity_price):
    """Cost of the electricity that training uses.

    Parameters
    ----------
    facility_energy : kWh
    electricity_price : USD/kWh

    Returns
    -------
    USD

    Notes
    -----
    The whole facility's energy at one price; demand charges do not enter.
    """
    return facility_energy * electricity_price


@equation(unit="USD", source=PRICES, formula="device_hours * device_hour_price")
def rental_cost(device_hours, device_hour_price):
    """Cost of renting the accelerators for training.

    Parameters
    ----------
    device_hours : device-hour
    device_hour_price : USD/device-hour

    Returns
    -------
    USD

    Notes
    -----
    The price holds the server's share, electricity and the provider's margin.
    """
    return device_hours * device_hour_price


@equation(unit="USD", source=PRICES, formula="devices * device_price * lifetime_share")
def hardware_cost(devices, device_price, lifetime_share):
    """Share of the purchase of the hardware that training uses up.

    Parameters
    ----------
    devices : device
    device_price : USD
    lifetime_share : 1

    Returns
    -------
    USD

    Notes
    -----
    Linear over the hardware's life, as embodied carbon is. The price holds the server's share.
    """
    return devices * device_price * lifetime_share


@equation(unit="USD", source=PRICES, formula="total_cost = rental_cost", variant="rented")
def total_cost(rental_cost):
    """Cost of training.

    Parameters
    ----------
    rental_cost : USD

    Returns
    -------
    USD

    Notes
    -----
    On rented hardware: electricity is in the price.
    """
    return 1.0 * rental_cost


@equation(unit="USD", source=PRICES, formula="electricity_cost + hardware_cost", quantity="total_cost", variant="owned")
def total_cost_owned(electricity_cost, hardware_cost):
    """Cost of training on hardware of one's own.

    Parameters
    ----------
    electricity_cost : USD
    hardware_cost : USD

    Returns
    -------
    USD

    Notes
    -----
    Staff, buildings and network are left out.
    """
    return electricity_cost + hardware_cost


@equation(unit="USD", source=PRICES, formula="inference_device_hours * device_hour_price", variant="rented")
def inference_cost(inference_device_hours, device_hour_price):
    """Cost of inference.

    Parameters
    ----------
    inference_device_hours : device-hour
    device_hour_price : USD/device-hour

    Returns
    -------
    USD

    Notes
    -----
    On rented hardware, billed for busy time.
    """
    return inference_device_hours * device_hour_price


@equation(
    unit="USD",
    source=PRICES,
    formula="energy * electricity_price + devices device_price days / (365 lifetime_years fleet_utilisation)",
    quantity="inference_cost",
    variant="owned",
)
def inference_cost_owned(
    inference_facility_energy,
    electricity_price,
    inference_devices,
    device_price,
    inference_days,
    lifetime_years,
    fleet_utilisation,
):
    """Cost of inference on hardware of one's own.

    Parameters
    ----------
    inference_facility_energy : kWh
    electricity_price : USD/kWh
    inference_devices : device
    device_price : USD
    inference_days : day
    lifetime_years : year
    fleet_utilisation : 1

    Returns
    -------
    USD

    Notes
    -----
    Charged for busy time.
    """
    share = inference_days / (365.0 * lifetime_years * fleet_utilisation)
    return inference_facility_energy * electricity_price + inference_devices * device_price * share


@equation(unit="USD", source=PRICES, formula="lifecycle_facility_energy * electricity_price")
def lifecycle_electricity_cost(lifecycle_facility_energy, electricity_price):
    """Cost of electricity over the life cycle.

    Parameters
    ----------
    lifecycle_facility_energy : kWh
    electricity_price : USD/kWh

    Returns
    -------
    USD

    Notes
    -----
    Training, inference, experimentation and storage at one price.
    """
    return lifecycle_facility_energy * electricity_price
