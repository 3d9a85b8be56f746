"""`carbonsweep.search` and `carbonsweep.pareto`: the points found as a DataFrame alone, for this release."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, ParamSpec

from carbonsweep.reductions import best
from carbonsweep.reductions import pareto as front

if TYPE_CHECKING:
    import pandas as pd

    from carbonsweep.reductions.results import Found

P = ParamSpec("P")


def _frame(find: Callable[P, Found]) -> Callable[P, pd.DataFrame]:
    """The same function with only the frame of its result; parameters and docstring stay those of `find`."""

    @functools.wraps(find)
    def found(*arguments: P.args, **keywords: P.kwargs) -> pd.DataFrame:
        return find(*arguments, **keywords).frame

    return found


search = _frame(best.search)
pareto = _frame(front.pareto)
