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
    """Write the report of the stored RUN as one HTML file that needs no network."""
    from hybridsim.report import write_report
    from hybridsim.study.store import load_run

    load_run(run)
    click.echo(write_report(run, out if out is not None else run / "report.html"))
