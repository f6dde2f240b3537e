"""``hybridsim compare``."""

from __future__ import annotations

from pathlib import Path

import click

from hybridsim.cli.options import JSON


@click.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN RUN...")
@click.option(
    "-b",
    "--baseline",
    metavar="NAME_OR_DIR",
    help="Run that the others are compared to. [default: the first]",
)
@click.option("--unpaired", is_flag=True, help="Allow runs of unlike futures; they count as independent.")
@click.option("--md", "as_markdown", is_flag=True, help="Write Markdown.")
@JSON
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), help="File to write. [default: standard output]"
)
def compare(
    runs: tuple[Path, ...],
    baseline: str | None,
    unpaired: bool,
    as_markdown: bool,
    as_json: bool,
    out: Path | None,
) -> None:
    """Compare stored RUNs: their figures, the differences under the same futures, and the levers pulled."""
    from hybridsim.cli.comparison import comparison_json, comparison_markdown, comparison_text
    from hybridsim.cli.writing import write_whole
    from hybridsim.study.compare import compare_runs

    if as_markdown and as_json:
        raise click.UsageError("--md and --json exclude each other; give one of them")
    found = compare_runs(runs, baseline, paired=not unpaired)
    render = comparison_json if as_json else comparison_markdown if as_markdown else comparison_text
    text = render(found)
    if out is None:
        click.echo(text)
        return
    write_whole(out, text + "\n")
    click.echo(f"wrote {out}", err=True)
