"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

SCENARIO = click.argument("scenario", type=click.Path(path_type=Path))
SETTINGS = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Set one value of the scenario, such as population.size=300; may be repeated.",
)
JSON = click.option(
    "--json", "as_json", is_flag=True, help="Write JSON to standard output, and nothing else."
)
