"""``hybridsim equalise``."""

from __future__ import annotations

from pathlib import Path

import click

from hybridsim.cli.options import JSON, SETTINGS


@click.command()
@click.argument(
    "scenarios", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="SCENARIO SCENARIO..."
)
@click.option(
    "--to",
    required=True,
    metavar="SCENARIO_OR_NUMBER",
    help="Scenario whose figure is the target, or a number.",
)
@click.option(
    "--plus", type=float, default=0.0, help="Added to the target, such as 5000 euros per institution."
)
@click.option(
    "--metric", metavar="NAME", help="Figure to make equal. [default: fiscal_cost_per_institution_eur]"
)
@click.option("--tolerance", type=float, help="Difference that counts as equal. [default: 1 % of the target]")
@click.option("-n", "--replications", type=click.IntRange(1, 1_000_000), help="Number of possible futures.")
@click.option("-s", "--seed", type=click.IntRange(0, 2**63 - 1), help="Key of all random draws.")
@click.option("-j", "--workers", type=click.IntRange(1), help="Processes. [default: usable processors]")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), default=Path("runs", "equalised"), show_default=True,
    help="Folder for runs, solved scenarios and evaluations.",
)  # fmt: skip
@click.option(
    "--engine", type=click.Choice(["compiled", "simpy"]), default="compiled", show_default=True,
    help="The compiled kernel, or the readable reference; both give the same result.",
)  # fmt: skip
@SETTINGS
@JSON
@click.option("--force", is_flag=True, help="Replace the result of another request in the folder.")
def equalise(
    scenarios: tuple[Path, ...],
    to: str,
    plus: float,
    metric: str | None,
    tolerance: float | None,
    replications: int | None,
    seed: int | None,
    workers: int | None,
    out: Path,
    engine: str,
    settings: tuple[str, ...],
    as_json: bool,
    force: bool,
) -> None:
    """Set designs to equal public cost: turn each SCENARIO's knob until its cost meets the target.

    The knob is the scenario's [design.knob]; all designs go through the same futures. An interrupted search
    goes on from what it has evaluated when the same command is given again. Exit code 1: a target was missed.
    """
    from hybridsim.cli.equalised import equalised_text
    from hybridsim.cli.figures import json_text
    from hybridsim.cli.progress import ProgressLine, say_if_compiling
    from hybridsim.study.equalise import METRIC
    from hybridsim.study.equalise import equalise as search
    from hybridsim.study.executor import usable_cores

    say_if_compiling(engine)
    with ProgressLine() as line:

        def update(label: str, done: int, expected: int) -> None:
            line.label = f"{label}: "
            line.update(done, expected)

        found = search(
            scenarios,
            _target(to),
            out,
            plus,
            metric or METRIC,
            replications,
            seed,
            settings,
            tolerance,
            workers or usable_cores(),
            engine,
            update,
            force,
        )
    click.echo(json_text({"folder": str(out), **found.as_record()}) if as_json else equalised_text(found))
    if not found.reached:
        missed = ", ".join(design.design.name for design in found.designs if design.status != "reached")
        click.echo(f"Not at the target: {missed}", err=True)
        click.get_current_context().exit(1)


def _target(text: str) -> Path | float:
    if Path(text).exists():
        return Path(text)
    try:
        return float(text)
    except ValueError:
        return Path(text)
