"""``hybridsim warmup``."""

from __future__ import annotations

import click


@click.command()
def warmup() -> None:
    """Compile the engine and the simulation of loan books ahead; two minutes, once after an installation."""
    from hybridsim.book import ready
    from hybridsim.cli.progress import say_if_compiling
    from hybridsim.study.prepare import make_ready

    say_if_compiling("compiled")
    make_ready("compiled")
    ready.make_ready()
    click.echo("The engine and the book's simulation are compiled: runs and books start at once.")
