"""`explore`: a run in the browser."""

from __future__ import annotations

from typing import Annotated

import typer

from carbonsweep.cli.pictures import Maximize, Minimize, Source


def explore(
    run: Source,
    compare: Annotated[
        str | None, typer.Option("--compare", metavar="RUN2", help="Another run or plan, drawn beside it in orange.")
    ] = None,
    minimize: Minimize = None,
    maximize: Maximize = None,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="The port on 127.0.0.1.", show_default="a free one")
    ] = 0,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address and open nothing.")] = False,
) -> None:
    """Look at a run in the browser: linked pictures of all its points, from density to derivation. Ctrl-C ends it.

    The page is served to this machine alone, needs no network, and only reads. Needs DuckDB, which is in the extra
    "plot".

    [bold]Example[/bold]

      carbonsweep explore runs/llama_class
    """
    import threading

    from carbonsweep.cli.progress import progress
    from carbonsweep.explorer.explore import explore as serve

    with progress() as advance:
        explorer = serve(run, compare, minimize=minimize, maximize=maximize, port=port, framed=False, progress=advance)
    with explorer:
        print(f"{explorer.url}\nCtrl-C ends it", flush=True)
        if not no_browser:
            import webbrowser

            webbrowser.open(explorer.server.url_for_once())
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("ended")
