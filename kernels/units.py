"""Units by the name that equations annotate with; `number` is a pure number: a count, a ratio, a flag."""

from dataclasses import dataclass
from typing import Annotated, Any


@dataclass(frozen=True)
class Unit:
    """A unit as catalogs, columns and reports write it."""

    symbol: str


def unit_of(annotation: Any) -> str:
    """The unit that an annotation of `units` stands for."""
    metadata: tuple[Any, ...] = getattr(annotation, "__metadata__", ())
    if len(metadata) != 1 or not isinstance(metadata[0], Unit):
        raise ValueError(f"{annotation!r} is no unit of carbonsweep.kernels.units")
    return metadata[0].symbol


number = Annotated[float, Unit("1")]
B = Annotated[float, Unit("B")]
B_per_s = Annotated[float, Unit("B/s")]
EFLOP = Annotated[float, Unit("EFLOP")]
FLOP = Annotated[float, Unit("FLOP")]
FLOP_per_s = Annotated[float, Unit("FLOP/s")]
GB = Annotated[float, Unit("GB")]
J = Annotated[float, Unit("J")]
J_per_B = Annotated[float, Unit("J/B")]
J_per_FLOP = Annotated[float, Unit("J/FLOP")]
MAC = Annotated[float, Unit("MAC")]
TB = Annotated[float, Unit("TB")]
USD = Annotated[float, Unit("USD")]
USD_per_device_hour = Annotated[float, Unit("USD/device-hour")]
USD_per_kWh = Annotated[float, Unit("USD/kWh")]
USD_per_token = Annotated[float, Unit("USD/token")]
W = Annotated[float, Unit("W")]
Wh = Annotated[float, Unit("Wh")]
W_per_GB = Annotated[float, Unit("W/GB")]
W_per_TB = Annotated[float, Unit("W/TB")]
bit = Annotated[float, Unit("bit")]
cm2 = Annotated[float, Unit("cm2")]
day = Annotated[float, Unit("day")]
device = Annotated[float, Unit("device")]
device_hour = Annotated[float, Unit("device-hour")]
gCO2e = Annotated[float, Unit("gCO2e")]
gCO2e_per_EFLOP = Annotated[float, Unit("gCO2e/EFLOP")]
gCO2e_per_kWh = Annotated[float, Unit("gCO2e/kWh")]
gCO2e_per_unit = Annotated[float, Unit("gCO2e/unit")]
kWh = Annotated[float, Unit("kWh")]
kWh_per_cm2 = Annotated[float, Unit("kWh/cm2")]
kg = Annotated[float, Unit("kg")]
kgCO2e = Annotated[float, Unit("kgCO2e")]
kgCO2e_day = Annotated[float, Unit("kgCO2e day")]
kgCO2e_per_GB = Annotated[float, Unit("kgCO2e/GB")]
kgCO2e_per_W = Annotated[float, Unit("kgCO2e/W")]
kgCO2e_per_cm2 = Annotated[float, Unit("kgCO2e/cm2")]
kgCO2e_per_kW = Annotated[float, Unit("kgCO2e/kW")]
kgCO2e_per_kg = Annotated[float, Unit("kgCO2e/kg")]
kgCO2e_per_unit = Annotated[float, Unit("kgCO2e/unit")]
litre = Annotated[float, Unit("l")]
litre_per_kWh = Annotated[float, Unit("l/kWh")]
nat_per_token = Annotated[float, Unit("nat/token")]
nm = Annotated[float, Unit("nm")]
parameter = Annotated[float, Unit("parameter")]
per_cm2 = Annotated[float, Unit("1/cm2")]
per_s = Annotated[float, Unit("1/s")]
per_year = Annotated[float, Unit("1/year")]
s = Annotated[float, Unit("s")]
s_per_B = Annotated[float, Unit("s/B")]
sequence = Annotated[float, Unit("sequence")]
token = Annotated[float, Unit("token")]
unit = Annotated[float, Unit("unit")]
unit_per_s = Annotated[float, Unit("unit/s")]
year = Annotated[float, Unit("year")]
