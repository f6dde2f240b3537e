"""``hybridsim run``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hybridsim.cli.options import JSON, SCENARIO, SETTINGS

if TYPE_CHECKING:
    from hybridsim.study.store import StoredRun

REPORT = "report.html"


@click.command()
@SCENARIO
@click.option("-n", "--replications", type=click.IntRange(1, 1_000_000), help="Number of possible futures.")
@click.option("-s", "--seed", type=click.IntRange(0, 2**63 - 1), help="Key of all random draws.")
@click.option(
    "-j", "--workers", type=click.IntRange(1), help="Processes; the result is the same for any number. "
    "[default: usable processors]",
)  # fmt: skip
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), help="Run folder. [default: runs/NAME-SEED-REPLICATIONS]"
)
@click.option(
    "--engine", type=click.Choice(["compiled", "simpy"]), default="compiled", show_default=True,
    help="The compiled kernel, or the readable reference; both give the same result.",
)  # fmt: skip
@SETTINGS
@JSON
@click.option("--force", is_flag=True, help="Replace a finished run in the run folder.")
def run(
    scenario: Path,
    replications: int | None,
    seed: int | None,
    workers: int | None,
    out: Path | None,
    engine: str,
    settings: tuple[str, ...],
    as_json: bool,
    force: bool,
) -> None:
    """Simulate SCENARIO, store the run and write its report.

    An interrupted run goes on from its finished blocks when the same command is given again.
    """
    from hybridsim.cli.figures import figures_table
    from hybridsim.cli.progress import ProgressLine, say_if_compiling
    from hybridsim.scenario import resolve
    from hybridsim.study.executor import usable_cores
    from hybridsim.study.plan import folder_name
    from hybridsim.study.run import run as run_study

    resolved = resolve(scenario, settings)
    settings_of_run = resolved.scenario.run
    count = settings_of_run.replications if replications is None else replications
    key = settings_of_run.seed if seed is None else seed
    folder = out if out is not None else Path("runs", folder_name(resolved.scenario.name, key, count))
    say_if_compiling(engine)
    with ProgressLine() as line:
        stored = run_study(
            resolved, count, key, workers or usable_cores(), folder, engine, line.update, force
        )
    report, failure = _report(stored)
    if as_json:
        click.echo(_json(stored, report))
    else:
        click.echo(figures_table(stored))
        click.echo(f"\nReport  {report}" if report else "")
        click.echo(f"Run     {folder}")
    if failure:
        click.echo(f"The run is stored, but its report could not be written: {failure}", err=True)
        click.get_current_context().exit(1)


def _report(stored: StoredRun) -> tuple[Path | None, str]:
    """The report belongs to the run, but a run without it is still a result."""
    import os
    import traceback

    from hybridsim.report import write_report

    try:
        return write_report(stored.folder, stored.folder / REPORT), ""
    except Exception as error:
        if os.environ.get("HYBRIDSIM_DEBUG"):
            traceback.print_exception(error)
        return None, f"{type(error).__name__}: {error}"


def _json(stored: StoredRun, report: Path | None) -> str:
    from hybridsim.cli.figures import json_text, records

    manifest: dict[str, Any] = stored.manifest
    return json_text(
        {
            "run": str(stored.folder),
            "report": None if report is None else str(report),
            "name": manifest["name"],
            "seed": manifest["seed"],
            "replications": manifest["replications"]["done"],
            "digest": stored.digest,
            "notes": stored.notes,
            "metrics": records(stored.metrics),
        }
    )
