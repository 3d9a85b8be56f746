"""Carbon for each EFLOP of useful work (compute carbon intensity, CCI), and carbon times delay."""

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import (
    EFLOP,
    FLOP,
    FLOP_per_s,
    W,
    day,
    gCO2e_per_EFLOP,
    gCO2e_per_kWh,
    kgCO2e,
    kgCO2e_day,
    number,
    year,
)

SCHNEIDER = "Schneider et al. 2025 (arXiv 2502.01671)"


@equation(source="definition", formula="peak_flops hardware_efficiency goodput", provenance="extension")
def achieved_flops(peak_flops: FLOP_per_s, hardware_efficiency: number, goodput: number) -> FLOP_per_s:
    """Operations of the model that one accelerator does in a second of elapsed time.

    What failures, restarts and slow steps cost is taken out; recomputed operations do not count.
    """
    return peak_flops * hardware_efficiency * goodput


@equation(source=SCHNEIDER, formula="achieved_flops fleet_utilisation lifetime_years 31,557,600 / 1e18")
def lifetime_utilised_flops(achieved_flops: FLOP_per_s, lifetime_years: year, fleet_utilisation: number) -> EFLOP:
    """Operations that one accelerator does over its life.

    Google's figures come to 10.5 % of the bf16 peak over six years (v5e, v6e) and 13.0 % (v4i): that much are
    hardware_efficiency and fleet_utilisation together in a fleet.
    """
    return achieved_flops * fleet_utilisation * lifetime_years * 31557600.0 / 1e18


@equation(source=SCHNEIDER, formula="1000 device_embodied / lifetime_utilised_flops")
def embodied_cci(device_embodied: kgCO2e, lifetime_utilised_flops: EFLOP) -> gCO2e_per_EFLOP:
    """Manufacturing carbon for each EFLOP of useful work over the life of the hardware.

    Google's way; NVIDIA's, of the peak over four years without a pause, is two orders below it: the two do not compare.
    """
    return 1000.0 * device_embodied / lifetime_utilised_flops


@equation(source=SCHNEIDER, formula="device_power pue carbon_intensity / 3.6e6 / (achieved_flops / 1e18)")
def operational_cci(
    device_power: W, pue: number, carbon_intensity: gCO2e_per_kWh, achieved_flops: FLOP_per_s
) -> gCO2e_per_EFLOP:
    """Carbon of electricity for each EFLOP of useful work.

    While the hardware works; idle time draws no power here.
    """
    return device_power * pue * carbon_intensity / 3.6e6 / (achieved_flops / 1e18)


@equation(source=SCHNEIDER, formula="embodied_cci + operational_cci")
def cci(embodied_cci: gCO2e_per_EFLOP, operational_cci: gCO2e_per_EFLOP) -> gCO2e_per_EFLOP:
    """Compute carbon intensity: embodied and operational carbon for each EFLOP of useful work.

    Of the hardware in general, whatever is trained on it: training_cci is that of one training.
    """
    return embodied_cci + operational_cci


@equation(
    source="NVIDIA, product carbon footprint summary of HGX H100",
    formula="1000 accelerator_unit_embodied / (peak_flops sparsity_gain 4 x 31,557,600 / 1e18)",
)
def embodied_cci_nvidia(
    accelerator_unit_embodied: kgCO2e, peak_flops: FLOP_per_s, sparsity_gain: number
) -> gCO2e_per_EFLOP:
    """Manufacturing carbon for each EFLOP at the sparse peak over four years without a pause, as NVIDIA states it.

    Of the accelerator alone. A figure for brochures: no training comes near it. H100 with its maker's 164 kg: 0.66.
    """
    return 1000.0 * accelerator_unit_embodied / (peak_flops * sparsity_gain * 4.0 * 31557600.0 / 1e18)


@equation(source="definition", formula="1000 total_carbon / (training_flops / 1e18)", provenance="extension")
def training_cci(total_carbon: kgCO2e, training_flops: FLOP) -> gCO2e_per_EFLOP:
    """Carbon of training for each EFLOP of the model."""
    return 1000.0 * total_carbon / (training_flops / 1e18)


@equation(
    source="Elgamal et al. 2025 (CORDOBA), as recalled", formula="total_carbon training_days", provenance="recalled"
)
def tcdp(total_carbon: kgCO2e, training_days: day) -> kgCO2e_day:
    """Total carbon times delay of training.

    Weighs a day as much as a share of the carbon: of two designs the better is the one that is less in both, or gains
    more in one than it loses in the other, in proportion.
    """
    return total_carbon * training_days
