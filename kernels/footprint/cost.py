"""What training, inference and the life cycle cost: hardware rented by the hour, or owned and its electricity paid.

Prices are given, or are those of a market that a plan names; none is taken by itself.

The variants of a total are `rented` (the price of a device-hour holds its electricity) and `owned` (electricity and
the share of the purchase used up). None counts electricity twice.
"""

import numpy as np

from carbonsweep.kernels.registry import equals, equation
from carbonsweep.kernels.units import USD, USD_per_device_hour, USD_per_kWh, day, device, device_hour, kWh, number, year

PRICES = "arithmetic on the prices given"
SEEN = "the catalog of prices: public pages of 2026, which conflict"


@equation(source=SEEN, formula="lowest rent seen on the market; NaN where hardware is bought")
def lowest_rent(
    price_market: number,
    hyperscaler_price_low: USD_per_device_hour,
    specialised_price_low: USD_per_device_hour,
    marketplace_price_low: USD_per_device_hour,
) -> USD_per_device_hour:
    """Lowest rent of one accelerator that was seen on the market of the plan."""
    if price_market >= 3.0:
        return np.nan
    if price_market >= 2.0:
        return 1.0 * marketplace_price_low
    return 1.0 * specialised_price_low if price_market >= 1.0 else 1.0 * hyperscaler_price_low


@equation(source=SEEN, formula="highest rent seen on the market; NaN where hardware is bought")
def highest_rent(
    price_market: number,
    hyperscaler_price_high: USD_per_device_hour,
    specialised_price_high: USD_per_device_hour,
    marketplace_price_high: USD_per_device_hour,
) -> USD_per_device_hour:
    """Highest rent of one accelerator that was seen on the market of the plan."""
    if price_market >= 3.0:
        return np.nan
    if price_market >= 2.0:
        return 1.0 * marketplace_price_high
    return 1.0 * specialised_price_high if price_market >= 1.0 else 1.0 * hyperscaler_price_high


@equation(source=SEEN, formula="(1 - price_position) lowest_rent + price_position highest_rent", variant="market")
def device_hour_price(
    lowest_rent: USD_per_device_hour, highest_rent: USD_per_device_hour, price_position: number
) -> USD_per_device_hour:
    """Rent of one accelerator with its share of the server, electricity included.

    Given, or between the lowest and the highest price that was seen on a market.
    """
    return (1.0 - price_position) * lowest_rent + price_position * highest_rent


@equation(source=SEEN, formula="(1 - price_position) lowest + price_position highest; NaN if rented", variant="market")
def device_price(
    price_market: number, purchase_price_low: USD, purchase_price_high: USD, price_position: number
) -> USD:
    """Purchase price of one accelerator with its share of the server.

    Given, or between the lowest and the highest price that was seen; some are of the device without its server.
    """
    if price_market < 3.0:
        return np.nan
    return (1.0 - price_position) * purchase_price_low + price_position * purchase_price_high


@equation(source=PRICES, formula="facility_energy * electricity_price")
def electricity_cost(facility_energy: kWh, electricity_price: USD_per_kWh) -> USD:
    """Cost of the electricity that training uses.

    The whole facility's energy at one price; demand charges do not enter.
    """
    return facility_energy * electricity_price


@equation(source=PRICES, formula="device_hours * device_hour_price")
def rental_cost(device_hours: device_hour, device_hour_price: USD_per_device_hour) -> USD:
    """Cost of renting the accelerators for training.

    The price holds the server's share, electricity and the provider's margin.
    """
    return device_hours * device_hour_price


@equation(source=PRICES, formula="devices * device_price * lifetime_share")
def hardware_cost(devices: device, device_price: USD, lifetime_share: number) -> USD:
    """Share of the purchase of the hardware that training uses up.

    Linear over the hardware's life, as embodied carbon is. The price holds the server's share.
    """
    return devices * device_price * lifetime_share


equals(
    "total_cost",
    "rental_cost",
    USD,
    "Cost of training.",
    notes="On rented hardware: electricity is in the price.",
    variant="rented",
    source=PRICES,
)


@equation(source=PRICES, formula="electricity_cost + hardware_cost", quantity="total_cost", variant="owned")
def total_cost_owned(electricity_cost: USD, hardware_cost: USD) -> USD:
    """Cost of training on hardware of one's own.

    Staff, buildings and network are left out.
    """
    return electricity_cost + hardware_cost


@equation(source=PRICES, formula="inference_device_hours * device_hour_price", variant="rented")
def inference_cost(inference_device_hours: device_hour, device_hour_price: USD_per_device_hour) -> USD:
    """Cost of inference.

    On rented hardware, billed for busy time.
    """
    return inference_device_hours * device_hour_price


@equation(
    source=PRICES,
    formula="energy * electricity_price + devices device_price days / (365 lifetime_years fleet_utilisation)",
    quantity="inference_cost",
    variant="owned",
)
def inference_cost_owned(
    inference_facility_energy: kWh,
    electricity_price: USD_per_kWh,
    inference_devices: device,
    device_price: USD,
    inference_days: day,
    lifetime_years: year,
    fleet_utilisation: number,
) -> USD:
    """Cost of inference on hardware of one's own.

    Charged for busy time.
    """
    share = inference_days / (365.0 * lifetime_years * fleet_utilisation)
    return inference_facility_energy * electricity_price + inference_devices * device_price * share


@equation(source=PRICES, formula="lifecycle_facility_energy * electricity_price")
def lifecycle_electricity_cost(lifecycle_facility_energy: kWh, electricity_price: USD_per_kWh) -> USD:
    """Cost of electricity over the life cycle.

    Training, inference, experimentation and storage at one price.
    """
    return lifecycle_facility_energy * electricity_price
