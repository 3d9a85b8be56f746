"""Total Sobol indices of what is uncertain: the share of a variance that an input acts in, alone or with others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

SEED = 2026
"""Of the permutations, so that the same samples always give the same indices."""


def total_shares(
    values: Mapping[str, np.ndarray],
    again: Callable[[np.ndarray], Mapping[str, np.ndarray]],
    matrix: np.ndarray,
    apart: Sequence[Sequence[int]],
) -> list[dict[str, float]]:
    """Total indices by Jansen's formula, E[(Y - Y_i)^2] / (2 Var Y): of Y_i only input i is drawn anew.

    The new draws are those of the same samples in another order, so that every input keeps its exact distribution and
    no further points are needed: one evaluation of all samples for each input.

    Parameters
    ----------
    values
        Quantities at every sample.
    again
        Evaluates them at other samples.
    matrix
        The samples, shape (rows, samples).
    apart
        Rows that are drawn together, one set for each input or table of draws.

    Returns
    -------
    list
        For each set the index of every quantity; NaN where a sample has no value.
    """
    random = np.random.default_rng(SEED)
    found = []
    for rows in apart:
        changed = matrix.copy()
        changed[list(rows)] = matrix[list(rows)][:, random.permutation(matrix.shape[1])]
        new = again(changed)
        found.append({name: _index(one, new[name]) for name, one in values.items()})
    return found


def _index(old: np.ndarray, new: np.ndarray) -> float:
    if not (np.isfinite(old).all() and np.isfinite(new).all()):
        return float("nan")
    variance = float(old.var())
    return float(np.mean((old - new) ** 2)) / (2.0 * variance) if variance > 0.0 else 0.0
