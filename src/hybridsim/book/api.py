"""From a tape or a run to an analysed book: what the command and the Python interface both call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridsim.book import metrics
from hybridsim.book.analysis import Inputs, Progress, analyse
from hybridsim.book.assembly import parted, put_together
from hybridsim.book.fields import FORMAT_VERSION
from hybridsim.book.frames import frame, shaped
from hybridsim.book.from_run import FromRun, assembled, from_run
from hybridsim.book.mapping import TapeMapping, as_mapping
from hybridsim.book.settings import BookSettings, changed, defaults
from hybridsim.book.store import BookResult, check_target, store_book
from hybridsim.book.tape import Tape, read_tape
from hybridsim.core.errors import Fault, InputError
from hybridsim.core.rng import SCHEME_VERSION
from hybridsim.scenario.settings import setting_tree
from hybridsim.study.manifest import PROGRAM, versions
from hybridsim.study.plan import code_digest, folder_name

if TYPE_CHECKING:
    import pandas as pd

_LEVEL, _PRECISION, _SEED = "simulation.level", "simulation.precision", "simulation.seed"
EUROS = "EUR"


def book(
    source: str | Path | pd.DataFrame,
    mapping: TapeMapping | dict[str, Any] | str | Path | None = None,
    *,
    out: str | Path | None = None,
    at: float | None = None,
    replication: int = 0,
    beside: str | Path | pd.DataFrame | None = None,
    settings: Mapping[str, Any] | Sequence[str] = (),
    precision: float | None = None,
    level: float | None = None,
    seed: int | None = None,
    workers: int | None = None,
    strict: bool = False,
    progress: Progress | None = None,
    before: Callable[[], object] | None = None,
    force: bool = False,
) -> BookResult:
    """Analyse a book of loans: loss distribution, who causes it, capital, provisions, pricing, stress.

    Parameters
    ----------
    source
        Tape: a CSV, XLSX or Parquet file, or a frame. Or the folder of a run, with ``at``.
    mapping
        TOML file, or its tables, that names columns, units and settings; left out, the tape has the canonical
        columns of `hybridsim.book.columns`.
    out
        Folder for tables, page and workbook; left out, nothing is stored.
    at
        Month at which the loans of a run are taken.
    replication
        Future of the run; those beyond the tenth are told again.
    beside
        Existing tape to which the loans of a run are added; the mapping is then that tape's.
    settings
        Single settings, such as ``{"model.copula": "t"}`` or ``["model.copula=t"]``.
    precision, level, seed
        Instead of those of the settings; ``precision`` is the half-width of the 95 % intervals of VaR and
        shortfall as a share of them.
    workers
        Threads; left out: those of the settings, or one for each core. The result is the same for any number.
    strict
        Refuse the tape if any of its rows is rejected.
    progress
        Called with the name of the stage, scenarios told and planned.
    before
        Called once the input is found usable, before anything is simulated.
    force
        Replace a finished book in ``out``.

    Raises
    ------
    InputError
        If tape, mapping, settings or folder cannot be used; with every fault.
    InvariantError
        If the analysis broke one of its own rules; there is no result.
    """
    if out is not None:
        check_target(Path(out), force)
    chosen = {_PRECISION: precision, _LEVEL: level, _SEED: seed}
    given = {**changes(settings), **{key: value for key, value in chosen.items() if value is not None}}
    inputs = prepared(source, mapping, at, replication, beside, given, strict)
    if before is not None:
        before()
    threads = workers if workers is not None else inputs.settings.simulation.workers or None
    found = analyse(inputs, workers=threads, progress=progress)
    return found if out is None else store_book(found, out, force)


def default_folder(source: Path) -> Path:
    """Folder of a book if none is named: runs/book-NAME."""
    return Path("runs", folder_name(f"book-{source.stem}", 0, 0).removesuffix("-0-0"))


def changes(settings: Mapping[str, Any] | Sequence[str]) -> dict[str, Any]:
    """Settings by key path, from a mapping or from texts such as ``model.copula=t``.

    Raises
    ------
    InputError
        If a text is not of that form.
    """
    if isinstance(settings, Mapping):
        return dict(settings)
    found: dict[str, Any] = {}
    for text in settings:
        key, equals, _ = text.partition("=")
        path = [part.strip() for part in key.split(".")]
        if not equals or not all(path):
            fault = Fault("--set", 0, key.strip() or text, "write it as path=value: model.copula=t")
            raise InputError("a setting cannot be used", [fault])
        value: Any = setting_tree(text)
        for part in path:
            value = value[part]
        found[".".join(path)] = value
    return found


def prepared(
    source: str | Path | pd.DataFrame,
    mapping: TapeMapping | dict[str, Any] | str | Path | None,
    at: float | None,
    replication: int,
    beside: str | Path | pd.DataFrame | None,
    settings: Mapping[str, Any],
    strict: bool,
) -> Inputs:
    """A tape or the loans of a run, read and put together, with everything that the manifest says of it."""
    wanted = as_mapping(mapping)
    chosen = changed(wanted.settings, settings) if settings else wanted.settings
    if isinstance(source, str | Path) and Path(source).is_dir():
        return _of_run(from_run(source, at, replication), wanted, chosen, beside, strict)
    if at is not None or beside is not None:
        raise InputError(f"{source}: is no folder of a run; --at and --with go with one")
    tape = read_tape(source, wanted, strict=strict)
    foreign = (_foreign(wanted.currency),) if wanted.currency != EUROS else ()
    title = wanted.title or (Path(source).stem if isinstance(source, str | Path) else "Loan book")
    entries = {**facts(title, wanted, chosen), "tape": _told(tape)}
    out, notes, parts = rows_out(tape), (*foreign, *_ordered(tape)), parted(tape.frame, chosen.model)
    del tape  # a million loans take 300 MB, once is enough
    return Inputs(title, wanted.currency, put_together(parts, chosen), chosen, out, notes, entries)


def _foreign(currency: str) -> str:
    """What a reader of a tape in another currency than the euro has to know."""
    return (
        f"amounts are in {currency} as the tape has them; limits that the rules set in euros (turnover of an "
        "SME, what may be retail, the SME factor) are applied to them unconverted"
    )


def _of_run(
    found: FromRun,
    mapping: TapeMapping,
    settings: BookSettings,
    beside: str | Path | pd.DataFrame | None,
    strict: bool,
) -> Inputs:
    """The loans of a run, alone or with those of a tape."""
    if mapping.currency != EUROS:
        message = (
            f"the loans of a run are in euros, not in {mapping.currency}; convert the tape's amounts "
            '(exposure_eur = { product = ["its header", 0.9] }) and leave currency out'
        )
        raise InputError("tape and run cannot be put together", [Fault("mapping", 0, "currency", message)])
    tape = None if beside is None else read_tape(beside, mapping, strict=strict)
    run = found.facts
    title = mapping.title or f"{run['name']}, month {found.month:g}"
    if tape is not None:
        title = f"{mapping.title or Path(tape.name).stem} with {run['name']}, month {found.month:g}"
    notes = [
        f"loans of the run's future {found.replication} at month {found.month:g}; other futures have other "
        "books: see futures_expected_loss_eur"
    ]
    entries = {**facts(title, mapping, settings), "run": run}
    entries["tape"] = {"name": run["name"], "sha256": run["digest"], "rows": len(found.loans)}
    if tape is not None:
        entries["tape"] = _told(tape)
        notes.append(
            "tape and run share the run's economy, as it is known at the year's start; each keeps its other "
            "factors. So the tape's own figures differ from those of the tape alone, through the cycle"
        )
    return Inputs(
        title,
        mapping.currency,
        assembled(found, settings, None if tape is None else tape.frame),
        settings,
        frame("rejected", ()) if tape is None else rows_out(tape),
        (*notes, *(_ordered(tape) if tape is not None else ())),
        entries,
        found,
    )


def rows_out(tape: Tape) -> pd.DataFrame:
    """The table ``rejected``: rows of the tape that are not in the book, in its order."""
    import pandas as pd

    parts = [tape.rejected.assign(outcome="rejected"), tape.left_out.assign(outcome="left out")]
    table = pd.concat(parts, ignore_index=True).sort_values("source_row", kind="stable", ignore_index=True)
    return shaped("rejected", {name: table[name] for name in table.columns})


def facts(title: str, mapping: TapeMapping, settings: BookSettings) -> dict[str, Any]:
    """Entries of the manifest that are known before the analysis."""
    return {
        "program": PROGRAM,
        "kind": "book",
        "format_version": FORMAT_VERSION,
        "versions": versions(),
        "code_digest": code_digest(),
        "random_scheme": SCHEME_VERSION,
        "title": title,
        "currency": mapping.currency,
        "seed": settings.simulation.seed,
        "level": settings.simulation.level,
        "mapping": mapping.model_dump(mode="json", exclude_defaults=True),
        "settings": settings.model_dump(mode="json", exclude={"simulation": {"workers"}}),
        "assumptions": [
            {"path": d.path, "evidence": d.evidence, "source": d.source} for d in defaults(settings)
        ],
        "metrics": {"definitions": metrics.describe(mapping.currency)},
    }


def _told(tape: Tape) -> dict[str, Any]:
    """What the manifest says of a tape; the name of its file, never its path."""
    return {
        "name": tape.name,
        "sha256": tape.digest,
        "rows": tape.rows,
        "accepted": len(tape.frame),
        "rejected": len(tape.rejected),
        "rejected_exposure_eur": float(np.nansum(tape.rejected["exposure_eur"].to_numpy(dtype=np.float64))),
        "left_out": len(tape.left_out),
    }


def _ordered(tape: Tape) -> tuple[str, ...]:
    """Notes of a tape; which columns are not used matters least."""
    return tuple(sorted(tape.notes, key=lambda note: "not used" in note))
