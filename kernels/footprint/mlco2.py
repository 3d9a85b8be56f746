"""The method of the ML CO2 Impact calculator: design power, hours and carbon intensity, and nothing else.

A baseline, taken only where a plan names it (`"*" = "mlco2"`). The calculator takes device-hours as its user gives
them; it knows neither model nor tokens, so a mixture of experts counts as the hours that it took. Where a plan does not
give `device_hours` they are those of the other equations.
"""

from carbonsweep.kernels.registry import default, equals
from carbonsweep.kernels.units import W, kgCO2e, kWh

MLCO2 = "Lacoste et al. 2019 (ML CO2 Impact)"

equals(
    "device_power",
    "thermal_design_power",
    W,
    "Design power of the accelerator, taken as its mean power.",
    notes="The host and the rest of the server are left out; a device that does not work at its limit draws less.",
    valid="(0, inf)",
    variant="mlco2",
    source=MLCO2,
    by_name=True,
)
equals(
    "facility_energy",
    "hardware_energy",
    kWh,
    "Energy of the hardware, taken as that of the facility.",
    notes="No PUE: cooling and power conversion are left out.",
    variant="mlco2",
    source=MLCO2,
    by_name=True,
)
default(
    "embodied_carbon",
    0.0,
    kgCO2e,
    "Embodied carbon, which is not counted.",
    variant="mlco2",
    source=MLCO2,
    by_name=True,
)
