"""``hybridsim report``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), help="File to write. [default: RUN/report.html]"
)
def report(run: Path, out: Path | None) -> None:
    """Write the report of the stored RUN as one HTML file that needs no network.

    RUN may be the folder of an analysed book, too; its workbook is then written beside the report.
    """
    from hybridsim.book.store import PAGE, WORKBOOK, is_book, load_book
    from hybridsim.report import write_report
    from hybridsim.report.book_workbook import write_workbook
    from hybridsim.study.store import load_run

    target = out if out is not None else run / PAGE
    if is_book(run):
        click.echo(write_report(run, target))
        click.echo(write_workbook(load_book(run), target.with_name(WORKBOOK)))
        return
    load_run(run)
    click.echo(write_report(run, target))
