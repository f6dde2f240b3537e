"""``hybridsim trace``."""

from __future__ import annotations

from pathlib import Path

import click

from hybridsim.cli.options import JSON


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("-r", "--replication", type=click.IntRange(0), default=0, show_default=True, help="Future.")
@click.option("-i", "--institution", required=True, metavar="ID", help="Id as in the table of institutions.")
@click.option(
    "--folder", type=click.Path(path_type=Path), help="Folder of the population file, if the run had one."
)
@JSON
def trace(run: Path, replication: int, institution: str, folder: Path | None, as_json: bool) -> None:
    """Follow one institution of the stored RUN through one future: its events and its money."""
    from dataclasses import asdict

    from hybridsim.cli.figures import json_text
    from hybridsim.study.store import load_run
    from hybridsim.study.trace import trace_run

    lines = trace_run(load_run(run), replication, institution, folder)
    if as_json:
        click.echo(json_text([asdict(line) for line in lines]))
        return
    if not lines:
        click.echo(f"Nothing happens to {institution} in replication {replication}.")
    for line in lines:
        amount = "" if line.cents is None else f"{line.cents / 100:,.2f}"
        click.echo(f"{line.month:7.2f}  {line.date}  {amount:>14}  {line.text}")
