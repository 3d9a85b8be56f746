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
        """The result as plain data, ready for JSON but for infinity."""
        raise NotImplementedError

    def __rich__(self) -> RenderableType:
        raise NotImplementedError

    def _repr_html_(self) -> str:
        from carbonsweep.foundation.terminal import html

        return html(self.__rich__())


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame as plain data, None where there is no value."""
    plain = frame.astype(object)
    rows: list[dict[str, Any]] = plain.where(frame.notna(), None).to_dict("records")
    return rows


@dataclass(frozen=True)
class Frame(Result):
    """A DataFrame with its title."""

    frame: pd.DataFrame
    title: str = ""

    def to_dict(self) -> list[dict[str, Any]]:
        return records(self.frame)

    def __rich__(self) -> RenderableType:
        from carbonsweep.foundation.terminal import frame_table

        return frame_table(self.title, self.frame)
