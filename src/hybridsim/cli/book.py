"""``hybridsim book``."""

from __future__ import annotations

from pathlib import Path

import click

from hybridsim.cli.options import JSON


class Share(click.ParamType[float]):
    """A share such as 0.01 or 1%."""

    name = "share"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read a decimal or a figure with a per cent sign."""
        text = str(value).strip()
        try:
            share = float(text[:-1].strip()) / 100.0 if text.endswith("%") else float(text)
        except ValueError:
            self.fail(f"{text!r} is no share; write 0.01 or 1%", param, ctx)
        if not 0.0 < share < 1.0:
            self.fail(f"{text} is not between 0 and 1 (0 % and 100 %)", param, ctx)
        return share


@click.command()
@click.argument("source", metavar="TAPE|RUN", type=click.Path(path_type=Path))
@click.option(
    "-m", "--mapping", type=click.Path(path_type=Path),
    help="TOML file that names the tape's columns, units and the settings of the analysis.",
)  # fmt: skip
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Folder. [default: runs/book-NAME]")
@click.option(
    "--at", "month", type=click.FloatRange(0.0), help="Month at which the loans of a RUN are taken."
)
@click.option(
    "-r", "--replication", type=click.IntRange(0), default=0, show_default=True,
    help="Future of a RUN whose loans are taken.",
)  # fmt: skip
@click.option(
    "--with", "beside", type=click.Path(path_type=Path),
    help="Existing tape to which the loans of a RUN are added; the mapping is that tape's.",
)  # fmt: skip
@click.option(
    "--precision", type=Share(), help="Half-width of the intervals of VaR and shortfall, such as 1%."
)
@click.option("--level", type=Share(), help="Level of VaR and shortfall, such as 99.9%.")
@click.option("-s", "--seed", type=click.IntRange(0, 2**63 - 1), help="Key of all random draws.")
@click.option(
    "-j", "--workers", type=click.IntRange(1), help="Threads; the result is the same for any number. "
    "[default: usable processors]",
)  # fmt: skip
@click.option(
    "--set", "settings", multiple=True, metavar="KEY=VALUE",
    help="Set one setting of the analysis, such as model.copula=t; may be repeated.",
)  # fmt: skip
@click.option("--strict", is_flag=True, help="Refuse the tape if any of its rows is rejected.")
@JSON
@click.option("--force", is_flag=True, help="Replace a finished book in the folder.")
def book(
    source: Path,
    mapping: Path | None,
    out: Path | None,
    month: float | None,
    replication: int,
    beside: Path | None,
    precision: float | None,
    level: float | None,
    seed: int | None,
    workers: int | None,
    settings: tuple[str, ...],
    strict: bool,
    as_json: bool,
    force: bool,
) -> None:
    """Analyse a book of loans: a TAPE (CSV, XLSX or Parquet), or the loans of a RUN at a month.

    Expected loss, 99.9 % loss, who causes it, capital, provisions and what the guarantees are worth.

    Such as: hybridsim book tape.csv -m mapping.toml --precision 1% -o runs/my-book
    """
    from hybridsim.book.api import book as analyse
    from hybridsim.book.api import default_folder
    from hybridsim.book.ready import make_ready, must_compile
    from hybridsim.cli.book_text import book_json, book_text
    from hybridsim.cli.progress import ProgressLine

    def compile_now() -> None:
        if must_compile():
            click.echo(
                "Compiling the simulation of books: once after an installation or upgrade, about a minute "
                "(`hybridsim warmup` does it ahead)",
                err=True,
            )
            make_ready()

    folder = out if out is not None else default_folder(source)
    with ProgressLine(things="scenarios") as line:

        def update(stage: str, done: int, planned: int) -> None:
            if line.label != f"{stage}: ":
                line.begin(f"{stage}: ")
            line.update(done, planned)

        found = analyse(
            source, mapping, out=folder, at=month, replication=replication, beside=beside,
            settings=settings, precision=precision, level=level, seed=seed, workers=workers, strict=strict,
            progress=update, before=compile_now, force=force,
        )  # fmt: skip
    report, workbook, failure = _report(folder)
    if as_json:
        click.echo(book_json(found, folder, report, workbook))
    else:
        click.echo(book_text(found))
        for name, path in (("Report", report), ("Workbook", workbook), ("Book", folder)):
            click.echo(f"{name:<9} {path}" if path else "")
    if failure:
        click.echo(f"The book is stored, but its report could not be written: {failure}", err=True)
        click.get_current_context().exit(1)


def _report(folder: Path) -> tuple[Path | None, Path | None, str]:
    """Page and workbook belong to the book, but a book without them is still a result."""
    import os
    import traceback

    from hybridsim.book.store import PAGE, WORKBOOK, load_book
    from hybridsim.report import write_report
    from hybridsim.report.book_workbook import write_workbook

    try:
        page = write_report(folder, folder / PAGE)
        return page, write_workbook(load_book(folder), folder / WORKBOOK), ""
    except Exception as error:
        if os.environ.get("HYBRIDSIM_DEBUG"):
            traceback.print_exception(error)
        return None, None, f"{type(error).__name__}: {error}"
