"""``hybridsim warmup``."""

from __future__ import annotations

import click


@click.command()
def warmup() -> None:
    """Compile the engine ahead of the first run; takes one to two minutes, once after an installation."""
    from hybridsim.cli.progress import say_if_compiling
    from hybridsim.study.prepare import make_ready

    say_if_compiling("compiled")
    make_ready("compiled")
    click.echo("The engine is compiled: runs start at once.")
