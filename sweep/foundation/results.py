"""The base of everything that functions return and people look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType


class Result:
    """A result that shows itself: plain data for programs, tables on a terminal, HTML in a notebook."""

    def to_dict(self) -> Any:
        """The result as plain data, ready for JSON but for NaN and infinity."""
        raise NotImplementedError

    def __rich__(self) -> RenderableType:
        raise NotImplementedError

    def _repr_html_(self) -> str:
        from carbonsweep.foundation.terminal import html

        return html(self.__rich__())


@dataclass(frozen=True)
class Frame(Result):
    """A DataFrame with its title."""

    frame: pd.DataFrame
    title: str = ""

    def to_dict(self) -> list[dict[str, Any]]:
        records: list[dict[str, Any]] = self.frame.to_dict("records")
        return records

    def __rich__(self) -> RenderableType:
        from carbonsweep.foundation.terminal import frame_table

        return frame_table(self.title, self.frame)
