"""The command ``carbonsweep``. Heavy modules are imported by the command that needs them."""

from __future__ import annotations

import errno
import os
import sys
from typing import Annotated

import typer

from carbonsweep.cli.begin import init, schema
from carbonsweep.cli.estimate import estimate, explain
from carbonsweep.cli.evidence import validate
from carbonsweep.cli.explore import explore
from carbonsweep.cli.fleet import place, sunk
from carbonsweep.cli.grid import grid
from carbonsweep.cli.pictures import compare, export, plot, report
from carbonsweep.cli.reference import catalog, equations
from carbonsweep.cli.run import check, info, run, verify
from carbonsweep.cli.search import marginals, pareto, search, sql
from carbonsweep.cli.terminal import complain, end_by_signals, stopped_code
from carbonsweep.foundation.errors import CarbonsweepError
from carbonsweep.foundation.version import __version__

COMMANDS = (
    init,
    check,
    run,
    verify,
    info,
    report,
    explore,
    plot,
    compare,
    export,
    search,
    pareto,
    marginals,
    sql,
    place,
    sunk,
    estimate,
    explain,
    equations,
    catalog,
    schema,
    validate,
)
"""In the order of ``--help``."""

app = typer.Typer(
    name="carbonsweep",
    help="Sweep the carbon footprint of LLM training and serving over architectures, hardware, parallelism "
    "and sites: millions of LLMCarbon evaluations into Parquet, or a single estimate explained.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _command in COMMANDS:
    app.command()(_command)
app.add_typer(grid, name="grid")


def _version(show: bool) -> None:
    if show:
        print(f"carbonsweep {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Entry point: an error of the user's is one line on standard error and exit code 2."""
    end_by_signals()
    # A stream that the caller has closed is None.
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except CarbonsweepError as error:
        complain(f"error: {error}", error)
        sys.exit(2)
    except KeyboardInterrupt as error:
        print("interrupted", file=sys.stderr)
        sys.exit(stopped_code(error))
    except BrokenPipeError:
        # The reader (head, less) has seen enough.
        sys.stderr.close()
        sys.exit(141)
    except OSError as error:
        if error.filename is not None or error.errno not in (errno.ENOSPC, errno.EIO, errno.EBADF, errno.EDQUOT):
            raise
        print(f"error: cannot write to standard output: {error.strerror}", file=sys.stderr)
        # What is left in the buffer is tried again at the end of the interpreter.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(2)
