"""`explore`: a run or a plan as a page of this machine whose pictures are linked."""

from __future__ import annotations

import atexit
import html
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from carbonsweep.engine.workers import Progress
from carbonsweep.explorer.answers import Answers
from carbonsweep.explorer.database import opened
from carbonsweep.explorer.server import ExplorerServer
from carbonsweep.plan.plan import Plan


class Explorer:
    """A page that is being served, until it is closed or Python ends.

    Attributes
    ----------
    url
        Where it is, with the token that lets in.
    """

    def __init__(self, server: ExplorerServer, held: ExitStack) -> None:
        self._held = held
        self.server, self.url = server, server.url
        atexit.register(self.close)

    def close(self) -> None:
        """Stop serving, and remove what was evaluated for the page."""
        atexit.unregister(self.close)
        self._held.close()

    def __enter__(self) -> Explorer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Explorer at {self.url}"

    def _repr_html_(self) -> str:
        return f'<iframe src="{html.escape(self.url)}" width="100%" height="980" style="border:0"></iframe>'


def explore(
    run: str | Path | Plan,
    compare: str | Path | Plan | None = None,
    *,
    minimize: str | None = None,
    maximize: str | None = None,
    port: int = 0,
    framed: bool = True,
    progress: Progress | None = None,
) -> Explorer:
    """Serve a run, or a plan, which is evaluated for it, as a page of this machine whose pictures are linked.

    A notebook shows the page; else open its `url`. The run is only read.

    Parameters
    ----------
    run
        The folder of a run, a plan, or the file of one.
    compare
        Another, which is drawn beside it.
    minimize, maximize
        The objective, instead of the plan's.
    port
        The port on 127.0.0.1; 0 takes a free one.
    framed
        Whether pages of this machine, such as notebooks, may show the page inside them.
    progress
        Called while a plan is evaluated.

    Raises
    ------
    PlanError
        If the plan cannot be evaluated or is too large, or the objective is no quantity of the run.
    StoreError
        If the run cannot be read, has no rows, the port is taken, or DuckDB is missing.
    """
    with ExitStack() as held:
        options = {"minimize": minimize, "maximize": maximize}
        database = held.enter_context(opened(run, compare, **options, progress=progress))
        answers = Answers(database)
        _ = answers.facts  # what is wrong with the run is said before a page is opened
        server = ExplorerServer(answers, port, framed)
        held.callback(server.server_close)
        held.callback(server.shutdown)
        server.start()
        return Explorer(server, held.pop_all())
