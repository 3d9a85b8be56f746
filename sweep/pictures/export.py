"""`export`: the rows of a run as one file for a spreadsheet."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from carbonsweep.engine.workers import Progress
from carbonsweep.foundation.errors import StoreError
from carbonsweep.pictures.plot import Source, check_new
from carbonsweep.pictures.rows import RunRows, quoted, rows_of
from carbonsweep.tabular.arrow import MEETS
from carbonsweep.tabular.export import FORMULAS

EXCEL_ROWS = 1_048_575
"""Rows that a sheet of Excel holds, its head not counted."""
AT_A_TIME = 50_000


def export(run: Source, out: str | Path, *, progress: Progress | None = None) -> int:
    """Write the rows of a run that meet its constraints into one new file: ``.csv``, ``.xlsx`` or ``.parquet``.

    Texts that a spreadsheet would take for formulas get an apostrophe before them.

    Parameters
    ----------
    run
        The folder of a run, a plan, or the file of one.
    out
        The file.
    progress
        Called while a plan is evaluated.

    Returns
    -------
    int
        The rows that were written.

    Raises
    ------
    StoreError
        If the ending is another, the file exists or cannot be written, or a sheet cannot hold the rows.
    """
    out = Path(out)
    if out.suffix not in (".csv", ".xlsx", ".parquet"):
        raise StoreError(f"{out}: cannot tell the format; end the name in .csv, .xlsx or .parquet")
    check_new(out)
    excel = _excel() if out.suffix == ".xlsx" else None
    with rows_of(run, progress=progress) as rows:
        ((count,),) = rows.ask("select count(*) from points")
        if excel is not None and count > EXCEL_ROWS:
            raise StoreError(
                f"{out}: {count:,} rows are more than a sheet holds ({EXCEL_ROWS:,}); write .csv or .parquet, or the "
                "best rows: carbonsweep search PLAN --top 1000 --out best.csv"
            )
        try:
            with tempfile.TemporaryDirectory(dir=out.absolute().parent, prefix=".carbonsweep-") as folder:
                temporary = Path(folder) / f"rows{out.suffix}"
                if excel is not None:
                    _write_sheet(excel, rows, temporary)
                else:
                    form = "format csv, header" if out.suffix == ".csv" else "format parquet"
                    place = str(temporary).replace("'", "''")
                    rows.ask(f"copy ({_select(rows, out.suffix == '.csv')}) to '{place}' ({form})")
                temporary.rename(out)
        except OSError as error:
            raise StoreError(f"{out}: cannot write: {error.strerror}") from None
    return int(count)


def _excel() -> Any:
    try:
        return import_module("xlsxwriter")
    except ImportError:
        raise StoreError("export to .xlsx needs XlsxWriter: pip install 'carbonsweep[excel]'") from None


def _select(rows: RunRows, safe: bool) -> str:
    """The rows, in SQL; if they are to be safe, with an apostrophe before texts that look like formulas."""
    begins = ", ".join(f"chr({ord(one)})" for one in FORMULAS)
    columns = []
    for name in rows.units:
        if name == MEETS:
            continue
        column = quoted(name)
        if safe and name in rows.texts:
            column = f"case when left({column}, 1) in ({begins}) then '''' || {column} else {column} end as {column}"
        columns.append(column)
    return f"select {', '.join(columns)} from points"


def _write_sheet(excel: Any, rows: RunRows, file: Path) -> None:
    """A sheet of the rows with units in its head, and one that says where they come from."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "nan_inf_to_errors": True,
    }
    with excel.Workbook(str(file), options) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet("rows")
        names = [name for name in rows.units if name != MEETS]
        heads = [name if rows.units[name] in ("", "1") else f"{name} ({rows.units[name]})" for name in names]
        sheet.write_row(0, 0, heads, bold)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(names) - 1, 16)
        for number, row in enumerate(_each(rows), start=1):
            sheet.write_row(number, 0, row)
        about = book.add_worksheet("about")
        facts = (("title", rows.plan.title), ("plan SHA-256", rows.manifest["plan_hash"]), ("made by", "carbonsweep"))
        for number, (what, text) in enumerate((*facts, ("version", rows.manifest["version"]))):
            about.write_string(number, 0, what, bold)
            about.write_string(number, 1, text)
        about.set_column(0, 1, 24)


def _each(rows: RunRows) -> Iterator[tuple[Any, ...]]:
    found = rows.connection.execute(_select(rows, safe=True))
    while batch := found.fetchmany(AT_A_TIME):
        yield from batch
