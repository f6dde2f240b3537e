"""``hybridsim init``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import click

from hybridsim.core.errors import Fault, InputError

_TEMPLATES = ("scenario.toml", "institutions.csv", "README.txt")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
def init(folder: Path) -> None:
    """Write a scenario to start from, a table of institutions to fill in, and next steps to DIR."""
    texts = templates()
    _refuse(folder, list(texts))
    _write(folder, texts)
    for name in texts:
        click.echo(f"wrote {folder / name}")
    click.echo(f"\nNext: hybridsim check {folder / 'scenario.toml'}")


def templates() -> dict[str, str]:
    """The files that a new folder starts with, by name; with plain newlines however they were packed."""
    from importlib import resources

    home = resources.files("hybridsim.cli") / "templates"
    return {name: (home / name).read_bytes().decode("utf-8").replace("\r\n", "\n") for name in _TEMPLATES}


def _refuse(folder: Path, names: list[str]) -> None:
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: exists and is not a folder; give another name")
    faults = [
        Fault(str(folder / name), 0, "", "exists already and is not overwritten")
        for name in names
        if os.path.lexists(folder / name)
    ]
    if faults:
        raise InputError(f"{folder}: nothing was written; give another folder, or move these files", faults)


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    """All files or none: they get their names only when the last one is on the disk."""
    made = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    parts = {folder / f"{name}.{os.getpid()}.tmp": folder / name for name in texts}
    placed: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for part, text in zip(parts, texts.values(), strict=True):
            part.write_text(text, encoding="utf-8", newline="\n")
        for part, target in parts.items():
            part.rename(target)
            placed.append(target)
    except BaseException:
        for path in (*parts, *placed):
            path.unlink(missing_ok=True)
        for empty in made:
            if empty.is_dir():
                empty.rmdir()
        raise
