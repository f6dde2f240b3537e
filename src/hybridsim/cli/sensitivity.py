"""``hybridsim sensitivity``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hybridsim.cli.options import JSON, SETTINGS

if TYPE_CHECKING:
    from hybridsim.study.sensitivity_store import Sensitivity


@click.command()
@click.argument(
    "scenarios", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="SCENARIO SCENARIO..."
)
@click.option(
    "-d", "--draws", type=click.IntRange(4, 100_000), default=32, show_default=True,
    help="How often all unknowns are drawn at once.",
)  # fmt: skip
@click.option(
    "--one-at-a-time", is_flag=True, help="Instead, set each unknown alone to its low and high end."
)
@click.option("-n", "--replications", type=click.IntRange(2, 1_000_000), help="Futures of each run.")
@click.option("-s", "--seed", type=click.IntRange(0, 2**63 - 1), help="Key of futures and draws.")
@click.option(
    "--only",
    multiple=True,
    metavar="PATTERN",
    help="Unknowns to vary, such as 'operation.*'; may be repeated.",
)
@click.option(
    "--metric", "metrics", multiple=True, metavar="NAME", help="Figure to look at; may be repeated."
)
@click.option(
    "-j", "--workers", type=click.IntRange(1), help="Processes; the result is the same for any number. "
    "[default: usable processors]",
)  # fmt: skip
@click.option(
    "-o", "--out", type=click.Path(path_type=Path),
    help="Folder of the study. [default: runs/sensitivity-NAME-SEED-REPLICATIONS]",
)  # fmt: skip
@SETTINGS
@JSON
@click.option("--force", is_flag=True, help="Replace a finished study in the folder.")
def sensitivity(
    scenarios: tuple[Path, ...],
    draws: int,
    one_at_a_time: bool,
    replications: int | None,
    seed: int | None,
    only: tuple[str, ...],
    metrics: tuple[str, ...],
    workers: int | None,
    out: Path | None,
    settings: tuple[str, ...],
    as_json: bool,
    force: bool,
) -> None:
    """Vary what nobody knows within its range: how far it moves the figures, and which unknown most.

    With several SCENARIOs also their differences to the first. An interrupted study goes on from its finished
    runs when the same command is given again.
    """
    from hybridsim.cli.progress import ProgressLine, say_if_compiling
    from hybridsim.cli.sensitivity_text import sensitivity_json, sensitivity_text
    from hybridsim.scenario import resolve
    from hybridsim.study.executor import usable_cores
    from hybridsim.study.plan import folder_name
    from hybridsim.study.sensitivity import sensitivity as study

    resolved = [resolve(scenario, settings) for scenario in scenarios]
    first = resolved[0].scenario
    count = first.run.replications if replications is None else replications
    key = first.run.seed if seed is None else seed
    folder = out if out is not None else Path("runs", folder_name(f"sensitivity-{first.name}", key, count))
    say_if_compiling("compiled")
    with ProgressLine(things="runs") as line:
        found = study(
            resolved, draws, count, key, one_at_a_time, only, metrics, workers or usable_cores(), folder,
            line.update, force,
        )  # fmt: skip
    page, failure = _page(found, folder)
    click.echo(sensitivity_json(found, folder) if as_json else sensitivity_text(found))
    if not as_json:
        click.echo(f"\nPage    {page}" if page else "")
        click.echo(f"Study   {folder}")
    for run in found.failures:
        click.echo(f"failed: {run['design']}, point {run['point']}: {run['reason']}", err=True)
    if failure:
        click.echo(f"The study is stored, but its page could not be written: {failure}", err=True)
    if failure or found.failures:
        click.get_current_context().exit(1)


def _page(found: Sensitivity, folder: Path) -> tuple[Path | None, str]:
    """The page belongs to the study, but a study without it is still a result."""
    import os
    import traceback

    from hybridsim.report.page_sensitivity import write_sensitivity_page
    from hybridsim.study.sensitivity_store import PAGE

    try:
        return write_sensitivity_page(found, folder / PAGE), ""
    except Exception as error:
        if os.environ.get("HYBRIDSIM_DEBUG"):
            traceback.print_exception(error)
        return None, f"{type(error).__name__}: {error}"
