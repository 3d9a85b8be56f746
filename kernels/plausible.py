"""What values make sense for a name, within what is possible: outside it a value is most likely in another unit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plausible:
    """The values of a name that anyone would give.

    Attributes
    ----------
    low, high
        The smallest and the largest of them; zero is always plausible where it is possible, as a limit.
    mistake
        What a value outside most likely is, with the remedy.
    whole
        Whether only whole numbers make sense.
    """

    low: float
    high: float
    mistake: str
    whole: bool = False

    def holds(self, value: float) -> bool:
        return (value == 0.0 or self.low <= value <= self.high) and not (self.whole and value != int(value))


_COUNT = "a count of {}, not of thousands or billions: write 300B or 300e9"
_RATE = "a rate in FLOP/s: 989 TFLOP/s are 989e12"
_WATTS = "power of one device in W: 0.7 kW are 700"
_BANDWIDTH = "a rate in B/s: 900 GB/s are 900e9"
_SHARE = "a share of the peak rate: 40 % are 0.4, and trainings reach 0.2 to 0.6"

PLAUSIBLE: dict[str, Plausible] = {
    "tokens": Plausible(1e6, 1e17, _COUNT.format("tokens")),
    "inference_tokens": Plausible(1e3, 1e20, _COUNT.format("tokens")),
    "parameters": Plausible(1e4, 1e16, _COUNT.format("parameters")),
    "active_parameters": Plausible(1e4, 1e16, _COUNT.format("parameters")),
    "devices": Plausible(1, 1e8, "a number of devices is whole", whole=True),
    "layers": Plausible(1, 1e4, "the number of blocks"),
    "hidden_size": Plausible(1, 1e6, "the width of the model, not its parameters"),
    "sequence_length": Plausible(1, 1e9, "the tokens of one sequence"),
    "vocabulary_size": Plausible(2, 1e8, "the rows of the token embedding"),
    "global_batch": Plausible(1, 1e7, "in sequences: divide tokens by sequence_length"),
    "pue": Plausible(1, 4, "a ratio such as 1.1, not per cent: 110 % are 1.1"),
    **dict.fromkeys(
        (
            "carbon_intensity",
            "lifecycle_intensity",
            "direct_intensity",
            "residual_intensity",
            "short_run_marginal_intensity",
            "long_run_marginal_intensity",
            "listed_intensity",
        ),
        Plausible(1, 3000, "in gCO2e/kWh: 0.4 kg/kWh are 400"),
    ),
    "hardware_efficiency": Plausible(1e-4, 0.95, _SHARE),
    "inference_efficiency": Plausible(1e-5, 0.95, _SHARE),
    "device_power": Plausible(3, 3e4, _WATTS),
    "thermal_design_power": Plausible(3, 3e4, _WATTS),
    "measured_device_power": Plausible(3, 3e4, _WATTS),
    "peak_flops": Plausible(1e10, 1e18, _RATE),
    "memory_bandwidth": Plausible(1e9, 1e18, _BANDWIDTH),
    "interconnect_bandwidth": Plausible(1e8, 1e16, _BANDWIDTH),
    "scale_out_bandwidth": Plausible(1e7, 1e13, _BANDWIDTH),
    "device_memory": Plausible(0.1, 1e5, "memory of one device in GB"),
    "die_area": Plausible(0.1, 1000, "in cm2: 814 mm2 are 8.14"),
    "lifetime_years": Plausible(0.1, 50, "in years: 1,825 days are 5"),
    "training_days": Plausible(1e-3, 1e4, "in days"),
    "electricity_price": Plausible(1e-3, 3, "in USD/kWh: 8 cents are 0.08"),
    "device_hour_price": Plausible(1e-3, 1e3, "in USD for one device and hour"),
    "input_tokens": Plausible(1, 1e8, "tokens of one prompt"),
    "output_tokens": Plausible(1, 1e7, "tokens of one answer"),
    "request_rate": Plausible(1e-6, 1e8, "requests a second: a million a day are 11.6"),
    "serving_batch": Plausible(0.01, 1e6, "sequences that a replica works on at once"),
    "ttft_limit": Plausible(1e-3, 3600, "in s: 500 ms are 0.5"),
    "tpot_limit": Plausible(1e-5, 10, "in s: 50 ms are 0.05"),
    "serving_tensor_parallel": Plausible(1, 1024, "a number of devices is whole", whole=True),
    "serving_pipeline_parallel": Plausible(1, 256, "a number of stages is whole", whole=True),
    "serving_data_parallel": Plausible(1, 1024, "a number of ranks is whole", whole=True),
    "wue": Plausible(1e-3, 50, "water at the site in l/kWh"),
    "grid_water_intensity": Plausible(1e-3, 500, "water of power plants in l/kWh"),
}
"""Plausible values by name; a name that is not here has only possible ones."""
