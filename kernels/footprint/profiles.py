"""When and where to run: carbon intensity by the hour of the year, pausing, and contracts matched by the hour."""

import numpy as np

from carbonsweep.kernels.curves import curve_mean, lowest_mean, mean_below, mean_over_window, pauses, threshold
from carbonsweep.kernels.lowest_hours import lowest_of_window, window_pauses, window_threshold
from carbonsweep.kernels.registry import default, equals, equation
from carbonsweep.kernels.units import W, day, device, device_hour, gCO2e_per_kWh, kgCO2e, kWh, number, s, year

OWN = "this project"


@equation(
    source="the columns profile_average and profile_marginal of the catalog of regions",
    formula="the region's profile of the kind that accounting names",
    provenance="extension",
)
def profile_curve(accounting: number, average_curve: number, marginal_curve: number) -> number:
    """Place of the hourly profile among those of the plan.

    Average profiles answer what a footprint is, marginal ones when to run.
    """
    if accounting == 0.0:
        return 1.0 * average_curve
    if accounting == 3.0:
        return 1.0 * marginal_curve
    return np.nan


@equation(source="definition", formula="24 (floor((367 month - 362) / 12) - 2 (month > 2))", valid="[0, 8760)")
def start_hour(start_month: number) -> number:
    """Hour of the year at which training starts, in the clock of the profile: the first of its month.

    Of a year of 365 days.
    """
    days = np.floor((367.0 * start_month - 362.0) / 12.0)
    if start_month > 2.0:
        return 24.0 * (days - 2.0)
    return 24.0 * days


for _variant, _input in (
    ("location_lifecycle", "lifecycle_intensity"),
    ("location_direct", "direct_intensity"),
    ("market", "market_intensity"),
    ("short_run_marginal", "short_run_marginal_intensity"),
    ("long_run_marginal", "long_run_marginal_intensity"),
    ("as_listed", "listed_intensity"),
):
    equals(
        "row_intensity",
        _input,
        gCO2e_per_kWh,
        "Yearly carbon intensity of the region, to which a profile may be scaled.",
        variant=_variant,
        source="the catalog of regions",
    )

default(
    "profile_scale",
    1.0,
    number,
    "Factor on the hourly profile.",
    source="profiles are taken as they are, unless scale_profile_to says otherwise",
)


@equation(
    source="definition",
    formula="row_intensity / mean of the profile",
    quantity="profile_scale",
    variant="row",
    provenance="extension",
    by_name=True,
)
def profile_scale_to_row(row_intensity: gCO2e_per_kWh, profile_curve: number) -> number:
    """Factor on the hourly profile that gives it the yearly mean of the region's row.

    The shape of one year with the level of another: a grid that is cleaner now than then also varies otherwise.
    """
    return row_intensity / curve_mean(profile_curve)


@equation(source="definition", formula="profile_scale mean of the profile", provenance="extension")
def profile_mean(profile_curve: number, profile_scale: number) -> gCO2e_per_kWh:
    """Mean carbon intensity of the hourly profile over its year."""
    return curve_mean(profile_curve) * profile_scale


@equation(
    source="definition",
    formula="profile_mean",
    quantity="carbon_intensity",
    variant="profile_mean",
    provenance="extension",
    by_name=True,
)
def carbon_intensity_of_profile(profile_mean: gCO2e_per_kWh) -> gCO2e_per_kWh:
    """Carbon intensity of the site's electricity, the mean over the year of an hourly profile."""
    return 1.0 * profile_mean


@equation(
    source="definition",
    formula="(P(start_hour + 24 training_days) - P(start_hour)) / (24 training_days) profile_scale",
    quantity="carbon_intensity",
    variant="window",
    provenance="extension",
    by_name=True,
)
def carbon_intensity_of_window(
    profile_curve: number, start_hour: number, training_days: day, profile_scale: number
) -> gCO2e_per_kWh:
    """Carbon intensity of the site's electricity, the mean over the hours in which training runs.

    P are sums of the profile, which repeats every year. Power is constant over the run. NaN where the run is shorter
    than what the profile tells anything of.
    """
    return mean_over_window(profile_curve, start_hour, 24.0 * training_days) * profile_scale


@equation(
    source="definition",
    formula="mean of the profile over the run_fraction of its hours with the lowest, profile_scale",
    quantity="carbon_intensity",
    variant="paused",
    provenance="extension",
    by_name=True,
)
def carbon_intensity_paused(profile_curve: number, run_fraction: number, profile_scale: number) -> gCO2e_per_kWh:
    """Carbon intensity of the site's electricity, the mean over the hours in which training is not paused.

    The threshold is that of the whole year, known beforehand: a run shorter than a season meets other hours.
    """
    return lowest_mean(profile_curve, run_fraction) * profile_scale


@equation(
    source="definition",
    formula="mean of the profile over the run_fraction of the hours from start to end with the lowest, profile_scale",
    quantity="carbon_intensity",
    variant="paused_window",
    provenance="extension",
    by_name=True,
)
def carbon_intensity_paused_in_window(
    profile_curve: number, start_hour: number, calendar_days: day, run_fraction: number, profile_scale: number
) -> gCO2e_per_kWh:
    """Carbon intensity of the site's electricity, the mean over the hours from start to end in which training runs.

    The lowest hours of the very time that training takes, pauses included, as if they were known beforehand.
    """
    return lowest_of_window(profile_curve, start_hour, 24.0 * calendar_days, run_fraction) * profile_scale


@equation(source="definition", formula="quantile run_fraction of the profile, profile_scale", provenance="extension")
def run_threshold(profile_curve: number, run_fraction: number, profile_scale: number) -> gCO2e_per_kWh:
    """Carbon intensity above which training is paused."""
    return threshold(profile_curve, run_fraction) * profile_scale


@equation(
    source="definition",
    formula="quantile run_fraction of the profile from start to end, profile_scale",
    quantity="run_threshold",
    variant="window",
    provenance="extension",
    by_name=True,
)
def run_threshold_of_window(
    profile_curve: number, start_hour: number, calendar_days: day, run_fraction: number, profile_scale: number
) -> gCO2e_per_kWh:
    """Carbon intensity above which training is paused, of the hours from its start to its end."""
    return window_threshold(profile_curve, start_hour, 24.0 * calendar_days, run_fraction) * profile_scale


equals(
    "calendar_intensity",
    "profile_mean",
    gCO2e_per_kWh,
    "Mean carbon intensity from the start of training to its end, pauses included; of the whole year without a start.",
    variant="year",
    source="definition",
)


@equation(
    source="definition",
    formula="mean of the profile over 24 calendar_days hours from start_hour, profile_scale",
    quantity="calendar_intensity",
    variant="window",
    provenance="extension",
    by_name=True,
)
def calendar_intensity_of_window(
    profile_curve: number, start_hour: number, calendar_days: day, profile_scale: number
) -> gCO2e_per_kWh:
    """Mean carbon intensity from the start of training to its end, pauses included."""
    return mean_over_window(profile_curve, start_hour, 24.0 * calendar_days) * profile_scale


@equation(
    source="definition",
    formula="(calendar_intensity - run_fraction carbon_intensity) / (1 - run_fraction); calendar_intensity if never"
    " paused",
    provenance="extension",
)
def paused_intensity(
    calendar_intensity: gCO2e_per_kWh, run_fraction: number, carbon_intensity: gCO2e_per_kWh
) -> gCO2e_per_kWh:
    """Mean carbon intensity of the hours in which training is paused."""
    if run_fraction < 1.0:
        return (calendar_intensity - run_fraction * carbon_intensity) / (1.0 - run_fraction)
    return 1.0 * calendar_intensity


@equation(source="definition", formula="training_days / run_fraction", provenance="extension")
def calendar_days(training_days: day, run_fraction: number) -> day:
    """Time from the start of training to its end, pauses included."""
    return training_days / run_fraction


@equation(source="the profile", formula="pauses a year calendar_days / 365", provenance="extension")
def pause_count(profile_curve: number, run_fraction: number, calendar_days: day) -> number:
    """How often training is paused.

    As often as the profile rises above the threshold, which is more than once a day in some grids.
    """
    return pauses(profile_curve, run_fraction) * calendar_days / 365.0


@equation(
    source="the profile",
    formula="hours that run before one that does not, from start to end",
    quantity="pause_count",
    variant="window",
    provenance="extension",
    by_name=True,
)
def pause_count_of_window(
    profile_curve: number, start_hour: number, calendar_days: day, run_fraction: number
) -> number:
    """How often training is paused: as often as the profile rises above the threshold of its own time."""
    return window_pauses(profile_curve, start_hour, 24.0 * calendar_days, run_fraction)


@equation(source="definition", formula="idle_power_per_device / device_power", provenance="extension")
def idle_power_ratio(idle_power_per_device: W, device_power: W) -> number:
    """Power of hardware that waits over that of hardware that trains."""
    return idle_power_per_device / device_power


@equation(
    source="definition",
    formula="devices device_power (checkpoint_time + restart_time) / 3.6e6",
    provenance="extension",
)
def restart_energy(devices: device, device_power: W, checkpoint_time: s, restart_time: s) -> kWh:
    """Energy that one pause costs: writing a checkpoint and starting again, at full power."""
    return devices * device_power * (checkpoint_time + restart_time) / 3.6e6


@equation(
    source="definition",
    formula="facility_energy idle_power_ratio (1 / run_fraction - 1); 0 if hardware is released",
    provenance="extension",
)
def paused_energy(
    facility_energy: kWh, idle_power_ratio: number, run_fraction: number, pausing_hardware: number
) -> kWh:
    """Energy that hardware uses while training is paused.

    Hardware that is released works for others meanwhile. Published idle power is rare: this term is uncertain by a
    third.
    """
    if pausing_hardware == 1.0:
        return 0.0
    return facility_energy * idle_power_ratio * (1.0 / run_fraction - 1.0)


@equation(
    source="LLMCarbon Eq. 10, for a run that pauses",
    formula="(facility_energy carbon_intensity + paused_energy paused_intensity"
    " + pause_count restart_energy pue calendar_intensity) / 1000",
    quantity="operational_carbon",
    variant="paused",
    provenance="extension",
    when_given=("run_fraction",),
)
def operational_carbon_paused(
    facility_energy: kWh,
    carbon_intensity: gCO2e_per_kWh,
    paused_energy: kWh,
    paused_intensity: gCO2e_per_kWh,
    pause_count: number,
    restart_energy: kWh,
    pue: number,
    calendar_intensity: gCO2e_per_kWh,
) -> kgCO2e:
    """Carbon of the electricity that training uses, that of pauses and restarts included."""
    restarts = pause_count * restart_energy * pue * calendar_intensity
    return (facility_energy * carbon_intensity + paused_energy * paused_intensity + restarts) / 1000.0


@equation(
    source="LLMCarbon Eq. 12 (t_i / lifetime_i)",
    formula="training_days / (365 lifetime_years fleet_utilisation), over run_fraction if hardware is held",
    quantity="lifetime_share",
    variant="paused",
    provenance="extension",
    when_given=("run_fraction",),
)
def lifetime_share_paused(
    training_days: day, lifetime_years: year, fleet_utilisation: number, run_fraction: number, pausing_hardware: number
) -> number:
    """Share of the hardware's working life that training takes; hardware that is held ages in pauses too."""
    share = training_days / (365.0 * lifetime_years * fleet_utilisation)
    if pausing_hardware == 1.0:
        return share
    return share / run_fraction


@equation(
    source="LLMCarbon Eq. 12, for device-hours that are known",
    formula="device_hours (1 + spare_fraction) / (8760 lifetime_years fleet_utilisation) device_embodied,"
    " over run_fraction if hardware is held",
    quantity="embodied_carbon",
    variant="device_hours_paused",
    provenance="extension",
    when_given=("device_hours", "run_fraction"),
)
def embodied_carbon_of_device_hours_paused(
    device_hours: device_hour,
    device_embodied: kgCO2e,
    lifetime_years: year,
    fleet_utilisation: number,
    spare_fraction: number,
    run_fraction: number,
    pausing_hardware: number,
) -> kgCO2e:
    """Embodied carbon of device-hours that are known; hardware that is held ages in pauses too."""
    carbon = device_hours * (1.0 + spare_fraction) / (8760.0 * lifetime_years * fleet_utilisation) * device_embodied
    if pausing_hardware == 1.0:
        return carbon
    return carbon / run_fraction


@equation(
    valid="[0, 1]",
    source="definition; load is the same in every hour",
    formula="mean over hours of min(1, contracted_share w), w the purchase profile over its mean",
    provenance="extension",
)
def matched_share(purchase_curve: number, contracted_share: number) -> number:
    """Share of the electricity that contracts supply in the hour in which it is used.

    A year's purchase of solar power as large as a year's load matches less than half of it. Nothing is stored.
    """
    if contracted_share <= 0.0:
        return 0.0
    mean = curve_mean(purchase_curve)
    return np.minimum(contracted_share * mean_below(purchase_curve, mean / contracted_share) / mean, 1.0)


@equation(
    source="24/7 matching",
    formula="matched_share contracted_intensity + (1 - matched_share) residual_intensity",
    quantity="market_intensity",
    variant="hourly",
    provenance="extension",
    when_given=("purchase_curve",),
)
def market_intensity_by_the_hour(
    matched_share: number, contracted_intensity: gCO2e_per_kWh, residual_intensity: gCO2e_per_kWh
) -> gCO2e_per_kWh:
    """Carbon intensity by contracts, matched in every hour: what is bought in other hours counts for nothing."""
    return matched_share * contracted_intensity + (1.0 - matched_share) * residual_intensity


@equation(
    source="definition",
    formula="facility_energy residual_intensity (1 - matched_share - max(0, 1 - contracted_share)) / 1000",
    provenance="extension",
)
def matching_overclaim(
    facility_energy: kWh, residual_intensity: gCO2e_per_kWh, matched_share: number, contracted_share: number
) -> kgCO2e:
    """Carbon of training that matching over a year leaves out and matching by the hour counts."""
    unmatched = np.maximum(1.0 - matched_share - np.maximum(1.0 - contracted_share, 0.0), 0.0)
    return facility_energy * residual_intensity * unmatched / 1000.0
