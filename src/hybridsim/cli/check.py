"""``hybridsim check``."""

from __future__ import annotations

from pathlib import Path

import click

from hybridsim.cli.options import JSON, SCENARIO, SETTINGS


@click.command()
@SCENARIO
@SETTINGS
@JSON
def check(scenario: Path, settings: tuple[str, ...], as_json: bool) -> None:
    """Say what SCENARIO would simulate, or everything that is wrong with it."""
    from hybridsim.cli.figures import json_text
    from hybridsim.scenario import resolve
    from hybridsim.scenario.knobs import knob_text
    from hybridsim.study import manifest
    from hybridsim.study.prepare import prepare

    resolved = resolve(scenario, settings)
    plan = prepare(resolved)
    knob = resolved.scenario.design.knob
    people = manifest.population(plan)
    notes = manifest.notes(plan)
    if as_json:
        summary = {
            "scenario": plan.name,
            "scenario_hash": plan.scenario_hash,
            "seed": plan.seed,
            "replications": plan.replications,
            "years": plan.world.years,
            "population": people,
            "instruments": list(plan.scenario["design"]["order"]),
            "knob": plan.scenario["design"]["knob"],
            "files": dict(plan.files),
            "notes": notes,
        }
        click.echo(json_text(summary))
        return
    click.echo(f"{scenario}: valid")
    click.echo(f"  design        {plan.scenario['design']['title']}")
    click.echo(f"  instruments   {', '.join(plan.scenario['design']['order']) or 'own funds only'}")
    if knob is not None:
        click.echo(f"  knob          {knob_text(knob, resolved.scenario)}")
    click.echo(f"  institutions  {people['institutions']:,} with {people['sites']:,} sites")
    for kind, part in people["by_type"].items():
        click.echo(f"                {kind}: {part['institutions']:,} with {part['sites']:,} sites")
    click.echo(f"  futures       {plan.replications:,} of {plan.world.years} years, seed {plan.seed}")
    for note in notes:
        click.echo(f"  note          {note}")
