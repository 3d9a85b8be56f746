"""The table `[uncertainty]` of a plan: what is not known for certain, and how it is distributed."""

from __future__ import annotations

import itertools
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Number = Annotated[float, Field(allow_inf_nan=False)]

KINDS = ("uniform", "triangular", "normal", "lognormal", "beta", "quantiles", "values", "table", "shipped")
LENGTHS = {"uniform": (2,), "triangular": (3,), "normal": (2,), "lognormal": (2,), "beta": (2, 4)}
MEANS = {
    "uniform": "[low, high]",
    "triangular": "[low, mode, high]",
    "normal": "[mean, standard deviation]",
    "lognormal": "[median, sigma of the logarithm]",
    "beta": "[a, b] or [a, b, low, high]",
}
LARGEST_SAMPLE = 1 << 16


class Distribution(BaseModel):
    """How one input or quantity is distributed: one of the kinds.

    Attributes
    ----------
    uniform, triangular, normal, lognormal, beta
        Their parameters, as `MEANS` names them.
    quantiles
        Pairs of a probability and its value, ascending; monotone between them, held beyond the ends.
    values, weights
        What may occur, and how often; equally without weights.
    table, column
        A CSV or Parquet file of joint draws, and its column; that of the same name unless given. Names with the same
        file take the same row in every sample; its column `weight` says how often a row occurs.
    shipped
        For `model_error`: the errors found by `validate`.
    times, plus
        Whether a draw multiplies, or is added to, what the plan and its equations give, instead of replacing it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    uniform: tuple[Number, ...] | None = None
    triangular: tuple[Number, ...] | None = None
    normal: tuple[Number, ...] | None = None
    lognormal: tuple[Number, ...] | None = None
    beta: tuple[Number, ...] | None = None
    quantiles: tuple[tuple[Number, Number], ...] | None = None
    values: tuple[Number, ...] | None = None
    weights: tuple[Number, ...] | None = None
    table: Annotated[str, Field(min_length=1)] | None = None
    column: Annotated[str, Field(min_length=1)] | None = None
    columns: tuple[str, str, str] | None = None
    shipped: Literal[True] | None = None
    times: bool = False
    plus: bool = False

    @property
    def kind(self) -> str:
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @model_validator(mode="after")
    def _one_kind(self) -> Distribution:
        kinds = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(kinds) != 1:
            given = f"{' and '.join(kinds)} are given" if kinds else "none is given"
            raise ValueError(f"give one distribution ({', '.join(KINDS[:-1])}); {given}")
        if self.times and self.plus:
            raise ValueError("give times or plus, not both")
        kind = kinds[0]
        if kind in LENGTHS and len(getattr(self, kind)) not in LENGTHS[kind]:
            raise ValueError(f"{kind} takes {MEANS[kind]}")
        _check(kind, self)
        return self


def _check(kind: str, one: Distribution) -> None:
    """Refuse parameters that make no distribution."""
    if kind == "uniform" and not one.uniform[0] < one.uniform[1]:  # type: ignore[index]
        raise ValueError("uniform: low must be below high")
    if kind == "triangular":
        low, mode, high = one.triangular  # type: ignore[misc]
        if not (low <= mode <= high and low < high):
            raise ValueError("triangular: low, mode and high must ascend")
    if kind == "normal" and not one.normal[1] > 0.0:  # type: ignore[index]
        raise ValueError("normal: the standard deviation must be above zero")
    if kind == "lognormal" and not (one.lognormal[0] > 0.0 and one.lognormal[1] > 0.0):  # type: ignore[index]
        raise ValueError("lognormal: median and sigma must be above zero")
    if kind == "beta":
        a, b, *ends = one.beta  # type: ignore[misc]
        if not (a > 0.0 and b > 0.0 and (not ends or ends[0] < ends[1])):
            raise ValueError("beta: a and b must be above zero, and low below high")
    if kind == "quantiles":
        probabilities = [p for p, _ in one.quantiles or ()]
        points = [x for _, x in one.quantiles or ()]
        ascending = all(a < b for a, b in itertools.pairwise(probabilities))
        if len(points) < 2 or not ascending or probabilities[0] < 0.0 or probabilities[-1] > 1.0:
            raise ValueError("quantiles: give two pairs or more of a probability from 0 to 1 and a value, ascending")
        if any(a > b for a, b in itertools.pairwise(points)):
            raise ValueError("quantiles: values must not fall as their probabilities rise")
    if kind == "values":
        if len(one.values or ()) < 2:
            raise ValueError("values: give two or more; a single one is a constant")
        weights = one.weights
        if weights is not None and (len(weights) != len(one.values or ()) or min(weights) < 0.0 or sum(weights) <= 0.0):
            raise ValueError("weights: give one for each of the values, none negative, not all zero")
    elif one.weights is not None:
        also = '; a table has its own in its column "weight"' if kind == "table" else ""
        raise ValueError(f"weights belong to values{also}")
    if (one.column is not None or one.columns is not None) and kind != "table":
        raise ValueError(f"column{'s' * (one.column is None)} belong{'s' * (one.column is not None)} to a table")
    if one.columns is not None and (one.column is not None or one.times or one.plus):
        raise ValueError("columns give low, central and high values themselves: no column, times or plus beside them")


class Uncertainty(BaseModel):
    """What is uncertain, and how it is sampled.

    Attributes
    ----------
    samples
        Joint samples, a power of two; None takes 1,024.
    seed
        Of the scrambling of the point set.
    inputs
        Distributions by the name of the input or quantity; in a plan they stand beside the two.
    defaults
        Whether the shipped distributions are taken for every input that the result depends on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    samples: Annotated[int, Field(ge=2, le=LARGEST_SAMPLE)] | None = None
    seed: Annotated[int, Field(ge=0, lt=1 << 32)] = 1
    inputs: dict[str, Distribution] = {}
    defaults: bool = False

    @model_validator(mode="before")
    @classmethod
    def _inputs_beside(cls, data: Any) -> Any:
        if data == "defaults":
            return {"defaults": True}
        if isinstance(data, dict) and "inputs" not in data:
            own = {name: data[name] for name in ("samples", "seed", "defaults") if name in data}
            return {**own, "inputs": {name: one for name, one in data.items() if name not in own}}
        return data

    @model_validator(mode="after")
    def _something(self) -> Uncertainty:
        if self.samples is not None and self.samples & (self.samples - 1):
            raise ValueError("samples must be a power of two, such as 256 or 1024")
        if not self.inputs and not self.defaults:
            raise ValueError('name at least one uncertain input, or write uncertainty = "defaults"')
        return self

    @property
    def count(self) -> int:
        return self.samples or 1024
