"""Fit of the serving model's constants on measured rows, with priors, and what the rows say of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from carbonsweep.evidence.serving import MEASURES, MeasuredServing, predict
from carbonsweep.kernels.serving.constants import SERVING_CONSTANTS

SCALE = 0.15
"""Deviation beyond which a row counts less and less: some benchmarks ended early, or met a fault of their software."""
STEP = 1e-4
"""Step of the logarithm of a constant by which slopes are taken."""
POWER = (
    "static_power_share",
    "memory_read_energy",
    "operation_energy",
    "power_exponent",
)
"""Constants of power, fitted on energy with rates as they are; the others are those of rates."""
RATES = tuple(name for name in SERVING_CONSTANTS if name not in POWER)
FAMILIES = {"sglang-2025": "vllm-2025"}
"""Engines whose constants are those of another: too few rows of their own."""


@dataclass(frozen=True)
class Prior:
    """What is believed of a constant before the rows: middle, standard deviation of the logarithm, bounds."""

    middle: float
    sd: float
    low: float
    high: float


ENGINE_PRIORS = {
    "engine_layer_time": Prior(4e-5, 0.7, 2e-6, 1.2e-3),
    "engine_sequence_time": Prior(3e-5, 1.0, 5e-7, 2e-3),
    "unfused_layer_time": Prior(1e-4, 1.0, 5e-6, 2e-3),
    "rocm_time_factor": Prior(1.5, 0.5, 1.0, 6.0),
}
"""Of the constants of an engine; the last two only where rows depend on them."""


@dataclass(frozen=True)
class Parameter:
    """One number that is fitted: a constant of the model, or of an engine."""

    name: str
    engine: str
    prior: Prior

    @property
    def label(self) -> str:
        return f"{self.engine} {self.name}" if self.engine else self.name


@dataclass(frozen=True)
class Fit:
    """Fitted numbers by label, and the standard deviation of the logarithm of each."""

    parameters: tuple[Parameter, ...]
    values: dict[str, float]
    sd: dict[str, float]

    def learned(self, parameter: Parameter) -> float:
        """Share of the prior's variance that the rows took away."""
        return 1.0 - min((self.sd[parameter.label] / parameter.prior.sd) ** 2, 1.0)

    def of_engine(self, engine: str) -> dict[str, float]:
        """The constants with which rows of an engine are predicted."""
        family = FAMILIES.get(engine, engine)
        return {p.name: self.values[p.label] for p in self.parameters if p.engine in ("", family)}


def family_of(row: MeasuredServing) -> str:
    """The engine whose constants a row is predicted with."""
    engine = str(row.values["engine"])
    return FAMILIES.get(engine, engine)


def parameters_for(rows: Sequence[MeasuredServing], power: bool) -> tuple[Parameter, ...]:
    """What can be fitted on rows: constants of power, or of rates with those of the engines that the rows have."""

    def prior(name: str) -> Prior:
        constant = SERVING_CONSTANTS[name]
        return Prior(constant.prior, constant.prior_sd, constant.low, constant.high)

    found = [Parameter(name, "", prior(name)) for name in (POWER if power else RATES)]
    if power:
        return tuple(found)
    for engine in sorted({family_of(row) for row in rows}):
        own = [row for row in rows if family_of(row) == engine]
        for name, one in ENGINE_PRIORS.items():
            recent = engine.endswith("2025")
            if name == "unfused_layer_time" and not recent:
                continue
            if name == "rocm_time_factor" and all(row.nvidia for row in own):
                continue
            found.append(Parameter(name, engine, one))
    return tuple(found)


Predictor = Callable[[Sequence[MeasuredServing], Sequence[Mapping[str, float]]], np.ndarray]


class _Problem:
    """Deviations of rows, as logarithms, and how they change with each parameter."""

    def __init__(
        self, rows: Sequence[MeasuredServing], parameters: tuple[Parameter, ...], measure: int, predictor: Predictor
    ) -> None:
        self.parameters, self.measure, self.predictor = parameters, measure, predictor
        self.groups = [[row for row in rows if family_of(row) == one] for one in sorted({family_of(r) for r in rows})]
        ordered = [row for group in self.groups for row in group]
        self.measured = np.log([row.measured[MEASURES[measure]] for row in ordered])
        sizes = {row.group: sum(other.group == row.group for other in ordered) for row in ordered}
        self.weight = np.array([(300.0 / sizes[row.group]) ** 0.5 for row in ordered])

    def deviations(self, point: np.ndarray, slopes: bool) -> tuple[np.ndarray, np.ndarray]:
        highest = np.log([one.prior.high for one in self.parameters])
        steps = np.where(point + STEP > highest, -STEP, STEP)  # beyond a bound there may be no prediction
        found, changes = [], []
        for group in self.groups:
            engine = family_of(group[0])
            acting = [i for i, one in enumerate(self.parameters) if one.engine in ("", engine)]
            moved = [point] + [point + steps[i] * np.eye(len(point))[i] for i in acting] * slopes
            sets = [{self.parameters[i].name: float(np.exp(one[i])) for i in acting} for one in moved]
            logs = np.log(self.predictor(group, sets)[:, :, self.measure])
            change = np.zeros((len(group), len(point)))
            if slopes:
                change[:, acting] = ((logs[1:] - logs[0]) / steps[acting][:, None]).T
            found.append(logs[0])
            changes.append(change)
        return np.concatenate(found) - self.measured, np.concatenate(changes)


def fit(
    rows: Sequence[MeasuredServing],
    parameters: tuple[Parameter, ...],
    measure: str,
    start: Mapping[str, float] | None = None,
    predictor: Predictor = predict,
) -> Fit:
    """The most likely numbers, by Levenberg and Marquardt between bounds with robust weights.

    Parameters
    ----------
    rows
        Rows that have the measure.
    parameters
        What is fitted.
    measure
        One of `MEASURES`.
    start
        Values to begin at, by label; else the middle of the priors.
    predictor
        What predicts rows for sets of constants.
    """
    problem = _Problem(rows, parameters, MEASURES.index(measure), predictor)
    middle = np.log([one.prior.middle for one in parameters])
    sd = np.array([one.prior.sd for one in parameters])
    low, high = (np.log([getattr(one.prior, end) for one in parameters]) for end in ("low", "high"))
    begin = [np.log((start or {}).get(one.label, one.prior.middle)) for one in parameters]
    point = np.clip(np.array(begin), low, high)

    def cost(at: np.ndarray, deviation: np.ndarray) -> float:
        robust = np.sqrt(1.0 + (deviation / SCALE) ** 2) - 1.0
        return float((problem.weight * robust).sum() + 0.5 * (((at - middle) / sd) ** 2).sum())

    damping = 1e-2
    deviation, slopes = problem.deviations(point, True)
    now = cost(point, deviation)
    for _ in range(40):
        weight = problem.weight / np.sqrt(1.0 + (deviation / SCALE) ** 2) / SCALE**2
        square = (slopes * weight[:, None]).T @ slopes + np.diag(1.0 / sd**2)
        gradient = (slopes * weight[:, None]).T @ deviation + (point - middle) / sd**2
        better = None
        while better is None and damping < 1e6:
            free = ~(((point <= low) & (gradient > 0)) | ((point >= high) & (gradient < 0)))
            matrix = (square + damping * np.diag(np.diag(square)))[np.ix_(free, free)]
            trial = point.copy()
            trial[free] -= np.linalg.solve(matrix, gradient[free])
            trial = np.clip(trial, low, high)
            tried = cost(trial, problem.deviations(trial, False)[0])
            if tried < now:
                better = trial
            else:
                damping *= 4.0
        if better is None:
            break
        gain = now - tried
        point, now, damping = better, tried, max(damping / 5.0, 1e-6)
        deviation, slopes = problem.deviations(point, True)
        if gain < 1e-5 * now:
            break
    weight = problem.weight / np.sqrt(1.0 + (deviation / SCALE) ** 2) / SCALE**2
    square = (slopes * weight[:, None]).T @ slopes + np.diag(1.0 / sd**2)
    spread = np.sqrt(np.diag(np.linalg.inv(square)))
    labels = [one.label for one in parameters]
    return Fit(
        parameters,
        dict(zip(labels, np.exp(point).tolist(), strict=True)),
        dict(zip(labels, spread.tolist(), strict=True)),
    )


def fitted_on(rows: Sequence[MeasuredServing], measure: str) -> list[MeasuredServing]:
    """The rows that have a measure and are typical."""
    return [row for row in rows if row.measured[measure] > 0.0 and not row.left_out]


def predicted_with(rows: Sequence[MeasuredServing], rates: Fit, power: Fit | None = None) -> np.ndarray:
    """Predictions of rows, by row and measure, with fitted numbers."""
    found = np.full((len(rows), len(MEASURES)), np.nan)
    for engine in sorted({family_of(row) for row in rows}):
        places = [place for place, row in enumerate(rows) if family_of(row) == engine]
        constants = rates.of_engine(engine) | (power.values if power is not None else {})
        found[places] = predict([rows[place] for place in places], [constants])[0]
    return found


def leave_one_source_out(
    rows: Sequence[MeasuredServing], rates: Fit, power: Fit
) -> Iterator[tuple[str, list[int], np.ndarray]]:
    """Predictions of each source with constants fitted on the others.

    An engine that no other source has is known by its own rows alone: its row of `engines` is refitted on the source
    that is left out, with all that it shares with others as these say.
    """
    for group in sorted({row.group for row in rows}):
        places = [place for place, row in enumerate(rows) if row.group == group]
        others = [row for row in rows if row.group != group]
        own = [rows[place] for place in places]
        train = fitted_on(others, "throughput")
        shared = fit(train, parameters_for(train, power=False), "throughput", rates.values)
        missing = {family_of(row) for row in own} - {family_of(row) for row in train}
        alone = fitted_on(own, "throughput")
        extra = tuple(one for one in parameters_for(alone, power=False) if one.engine in missing)
        if not missing:
            extra = tuple(
                one
                for one in parameters_for(alone, power=False)
                if one.name == "rocm_time_factor" and one.label not in shared.values
            )
        if extra:
            shared = _with_engine(alone, shared, extra)
        energy = fitted_on(others, "energy")
        spent = fit(energy, power.parameters, "energy", power.values, _given_rates(rates)) if energy else power
        yield group, places, predicted_with(own, shared, spent)


def _with_engine(rows: Sequence[MeasuredServing], shared: Fit, extra: tuple[Parameter, ...]) -> Fit:
    """A fit with the constants of an engine added, all others as they are."""

    def predictor(some: Sequence[MeasuredServing], sets: Sequence[Mapping[str, float]]) -> np.ndarray:
        fixed = shared.of_engine(str(some[0].values["engine"]))
        return predict(some, [{**fixed, **one} for one in sets])

    engines = {one.engine for one in extra}
    own = fit([row for row in rows if family_of(row) in engines], extra, "throughput", predictor=predictor)
    return Fit((*shared.parameters, *extra), {**shared.values, **own.values}, {**shared.sd, **own.sd})


def _given_rates(rates: Fit) -> Predictor:
    def predictor(some: Sequence[MeasuredServing], sets: Sequence[Mapping[str, float]]) -> np.ndarray:
        fixed = rates.of_engine(str(some[0].values["engine"]))
        return predict(some, [{**fixed, **one} for one in sets])

    return predictor


def fit_power(rows: Sequence[MeasuredServing], rates: Fit) -> Fit:
    """Constants of power, with rates as fitted."""
    energy = fitted_on(rows, "energy")
    return fit(energy, parameters_for(energy, power=True), "energy", predictor=_given_rates(rates))
