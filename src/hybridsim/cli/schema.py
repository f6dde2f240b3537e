"""``hybridsim schema``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), help="File to write. [default: standard output]"
)
def schema(out: Path | None) -> None:
    """Write the JSON schema of scenario files, for editors that complete and check them."""
    from hybridsim.scenario import json_schema_text

    text = json_schema_text()
    if out is None:
        click.echo(text, nl=False)
        return
    out.write_text(text, encoding="utf-8", newline="\n")
    click.echo(f"wrote {out}", err=True)
