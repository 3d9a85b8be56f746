"""Years ahead: grids that change, and hardware that is replaced by better hardware every few years."""

import numpy as np

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import USD, USD_per_kWh, W, device, gCO2e_per_kWh, kgCO2e, number, per_year, year
from carbonsweep.kernels.years import mean_of_years, sum_until, year_value

OWN = "this project"


def mean_over_years(intensity, decline, start, years):
    """Mean of an intensity that falls by a share a year, over some years from a start."""
    if decline < 1e-6 and decline > -1e-6:  # where the difference of two powers near one says little
        return intensity * (1.0 - decline * (start + 0.5 * (years - 1.0)))
    return intensity * (1.0 - decline) ** start * (1.0 - (1.0 - decline) ** years) / (decline * years)


def carbon_of_generations(horizon, kept, devices, device, operation, sold_on, life, decline, gain, growth):
    """Carbon of generations of hardware: each bought for the largest demand until the next, working as demand is.

    `device` is the carbon of making one, `operation` that of a year of one at the intensity of the first year.
    """
    total = 0.0
    start = 0.0
    while start < horizon * (1.0 - 1e-12):
        years = np.minimum(kept, horizon - start)
        share = 1.0
        if sold_on > 0.0:
            share = np.minimum(years / life, 1.0)
        needed = devices * (growth / (1.0 + gain)) ** start
        bought = needed * np.maximum(growth, 1.0) ** np.maximum(years - 1.0, 0.0)
        worked = (1.0 - decline) ** start * mean_over_years(1.0, 1.0 - growth * (1.0 - decline), 0.0, years) * years
        total = total + bought * device * share + needed * operation * worked
        start = start + kept
    return total


def of_generations_by_year(
    horizon, kept, devices, device, operation, sold_on, life, gain, growth, base, offset, bought_by, used_by
):
    """The same where what a device costs when it is bought, and a year of its operation, go by curves over years.

    Curves are relative to the base year; a place below zero is none. A year's operation is that of the calendar years
    it lies in.
    """
    total = 0.0
    start = 0.0
    while start < horizon * (1.0 - 1e-12):
        years = np.minimum(kept, horizon - start)
        share = 1.0
        if sold_on > 0.0:
            share = np.minimum(years / life, 1.0)
        needed = devices * (growth / (1.0 + gain)) ** start
        bought = needed * np.maximum(growth, 1.0) ** np.maximum(years - 1.0, 0.0)
        if bought_by >= 0.0:
            bought = bought * year_value(bought_by, base + offset + start) / year_value(bought_by, base)
        worked = 0.0
        passed = 0.0
        while passed < years * (1.0 - 1e-12):
            first = base + offset + start + passed
            part = np.minimum(years - passed, 1.0)
            worked = worked + growth**passed * (sum_until(used_by, first + part) - sum_until(used_by, first))
            passed = passed + 1.0
        total = total + bought * device * share + needed * operation * worked / year_value(used_by, base)
        start = start + kept
    return total


@equation(
    source="geometric series",
    formula="carbon_intensity (1 - r)^start (1 - (1 - r)^years) / (r years); r = 0: carbon_intensity",
    provenance="extension",
)
def horizon_intensity(
    carbon_intensity: gCO2e_per_kWh, grid_decline_rate: per_year, start_year_offset: year, horizon_years: year
) -> gCO2e_per_kWh:
    """Mean carbon intensity over the years ahead, if it falls by the same share every year.

    In steps of a year: the first is as it is today. Of 32 zones from 2021 to 2024 the median fell by 1.2 % a year, a
    tenth by 19 %, and a tenth rose by 9.5 %: no decline holds everywhere.
    """
    return mean_over_years(carbon_intensity, grid_decline_rate, start_year_offset, horizon_years)


@equation(
    source="definition",
    formula="carbon_intensity mean of grid_by_year over the years ahead / its value in base_year",
    quantity="horizon_intensity",
    variant="by_year",
    provenance="extension",
    when_given=("grid_years",),
)
def horizon_intensity_by_year(
    carbon_intensity: gCO2e_per_kWh, grid_years: number, base_year: year, start_year_offset: year, horizon_years: year
) -> gCO2e_per_kWh:
    """Mean carbon intensity over the years ahead, if it goes as a curve over calendar years says.

    A scenario of a grid's planner rather than a steady decline. All of a calendar year has the same.
    """
    ahead = mean_of_years(grid_years, base_year + start_year_offset, horizon_years)
    return carbon_intensity * ahead / year_value(grid_years, base_year)


@equation(
    source="definition",
    formula="device_power pue 8.76 horizon_intensity horizon_years fleet_utilisation / 1000",
    provenance="extension",
)
def horizon_operational_carbon(
    device_power: W, pue: number, horizon_intensity: gCO2e_per_kWh, horizon_years: year, fleet_utilisation: number
) -> kgCO2e:
    """Carbon of the electricity of one device over the years ahead.

    Years of 8,760 hours; a device that does not work draws nothing.
    """
    return device_power * pue * 8.76 * horizon_intensity * horizon_years * fleet_utilisation / 1000.0


@equation(
    source=OWN,
    formula="sum over generations g of bought_g device_embodied share_g + needed_g operation over its years",
    provenance="extension",
)
def refresh_carbon(
    horizon_years: year,
    replacement_years: year,
    devices: device,
    device_embodied: kgCO2e,
    device_power: W,
    pue: number,
    carbon_intensity: gCO2e_per_kWh,
    fleet_utilisation: number,
    sold_on: number,
    lifetime_years: year,
    grid_decline_rate: per_year,
    generation_gain: per_year,
    demand_growth: number,
) -> kgCO2e:
    """Carbon of doing the work of these devices for years ahead, with hardware replaced every so many years.

    Each generation does more work a device at the same power. It is bought for the largest demand until the next and
    works as demand is, so that every choice does the same work: the best of an axis of replacement_years says whether
    to keep or to replace. Demand and grid change in steps of a year. The first generation is made too; what is sold on
    is charged by the share of its life.
    """
    operation = device_power * pue * 8.76 * carbon_intensity * fleet_utilisation / 1000.0
    return carbon_of_generations(
        horizon_years,
        replacement_years,
        devices,
        device_embodied,
        operation,
        sold_on,
        lifetime_years,
        grid_decline_rate,
        generation_gain,
        demand_growth,
    )


@equation(
    source=OWN,
    formula="as of a steady decline, operation of every year by grid_by_year over its value in base_year",
    quantity="refresh_carbon",
    variant="by_year",
    provenance="extension",
    when_given=("grid_years",),
)
def refresh_carbon_by_year(
    horizon_years: year,
    replacement_years: year,
    devices: device,
    device_embodied: kgCO2e,
    device_power: W,
    pue: number,
    carbon_intensity: gCO2e_per_kWh,
    fleet_utilisation: number,
    sold_on: number,
    lifetime_years: year,
    generation_gain: per_year,
    demand_growth: number,
    base_year: year,
    start_year_offset: year,
    grid_years: number,
) -> kgCO2e:
    """Carbon of doing the work of these devices for years ahead, on a grid that goes as a curve over years says."""
    operation = device_power * pue * 8.76 * carbon_intensity * fleet_utilisation / 1000.0
    return of_generations_by_year(
        horizon_years,
        replacement_years,
        devices,
        device_embodied,
        operation,
        sold_on,
        lifetime_years,
        generation_gain,
        demand_growth,
        base_year,
        start_year_offset,
        -1.0,
        grid_years,
    )


@equation(
    source=OWN,
    formula="sum over generations g of bought_g device_price share_g + needed_g electricity over its years",
    provenance="extension",
)
def refresh_cost(
    horizon_years: year,
    replacement_years: year,
    devices: device,
    device_price: USD,
    device_power: W,
    pue: number,
    electricity_price: USD_per_kWh,
    fleet_utilisation: number,
    sold_on: number,
    lifetime_years: year,
    generation_gain: per_year,
    demand_growth: number,
) -> USD:
    """Cost of doing the work of these devices for years ahead: hardware that is bought, and its electricity.

    The counterpart of refresh_carbon at steady prices; nothing is discounted. What is sold on is charged by the share
    of its life.
    """
    operation = device_power * pue * 8.76 * electricity_price * fleet_utilisation
    return carbon_of_generations(
        horizon_years,
        replacement_years,
        devices,
        device_price,
        operation,
        sold_on,
        lifetime_years,
        0.0,
        generation_gain,
        demand_growth,
    )


@equation(
    source=OWN,
    formula="the same, prices by their curves over years, relative to base_year",
    quantity="refresh_cost",
    variant="by_year",
    provenance="extension",
    when_given=("electricity_price_years", "device_price_years"),
)
def refresh_cost_by_year(
    horizon_years: year,
    replacement_years: year,
    devices: device,
    device_price: USD,
    device_power: W,
    pue: number,
    electricity_price: USD_per_kWh,
    fleet_utilisation: number,
    sold_on: number,
    lifetime_years: year,
    generation_gain: per_year,
    demand_growth: number,
    base_year: year,
    start_year_offset: year,
    electricity_price_years: number,
    device_price_years: number,
) -> USD:
    """Cost of doing the work of these devices for years ahead, at prices that go as curves over years say."""
    operation = device_power * pue * 8.76 * electricity_price * fleet_utilisation
    return of_generations_by_year(
        horizon_years,
        replacement_years,
        devices,
        device_price,
        operation,
        sold_on,
        lifetime_years,
        generation_gain,
        demand_growth,
        base_year,
        start_year_offset,
        device_price_years,
        electricity_price_years,
    )
