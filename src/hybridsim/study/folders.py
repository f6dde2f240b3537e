"""Folders that a run may write, replace and remove: only its own, and never anything else in them."""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path

from hybridsim.core.errors import DataError, InputError
from hybridsim.study.store import PARTIAL, read_manifest
from hybridsim.study.tables import STORED

_OURS = re.compile(
    r"(manifest\.json|metrics\.json|metrics\.parquet|report\.html|(" + "|".join(STORED) + r")\.parquet)"
)
_OURS_PARTIAL = re.compile(r"plan\.json|block-\d{6}\.npz|(plan\.json|block-\d{6}\.npz)\.\d+\.tmp")


def check_target(out: Path, force: bool) -> None:
    """Refuse a target that must not be replaced, before anything is simulated.

    Raises
    ------
    InputError
        If it exists and is neither empty nor a finished run (which needs ``force``), or holds other files.
    """
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise InputError(f"{out}: exists and is not a folder; give another one with -o")
    if not out.exists() or not any(out.iterdir()):
        return
    try:
        read_manifest(out)
    except DataError as error:
        raise InputError(
            f"{out}: exists, and is not a finished run of this version, so it is not replaced; "
            "give another folder with -o, or remove it yourself"
        ) from error
    strange = foreign(out, _OURS)
    if strange:
        raise InputError(f"{out}: holds {strange[0]}, which no run wrote; move it, or give another -o")
    if not force:
        raise InputError(f"{out}: holds a finished run; replace it with --force, or give another -o")


def partial_folder(out: Path) -> Path:
    """Where finished blocks wait; refused if something else stands there."""
    folder = out.with_name(out.name + PARTIAL)
    if folder.exists() and (not folder.is_dir() or foreign(folder, _OURS_PARTIAL)):
        raise InputError(f"{folder}: is in the way and was not written by a run; move it, or give another -o")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def sibling(out: Path, purpose: str) -> Path:
    """An unused name in the same parent, so that renaming stays within one file system."""
    return out.with_name(f"{out.name}.{purpose}-{secrets.token_hex(4)}")


def put_in_place(whole: Path, out: Path, force: bool) -> None:
    """Rename a whole run folder to its place; an older run is gone only after the new one stands."""
    check_target(out, force)
    replace_folder(whole, out, _OURS)


def replace_folder(whole: Path, out: Path, ours: re.Pattern[str]) -> None:
    """Rename a whole folder to its place; our files of an older one go only after the new one stands."""
    if not out.exists():
        whole.rename(out)
        return
    old = sibling(out, "old")
    out.rename(old)
    try:
        whole.rename(out)
    except OSError:
        old.rename(out)
        raise
    remove_files(old, ours)


def remove_run(folder: Path) -> None:
    """Remove a run folder with the files that a run writes, and nothing else."""
    remove_files(folder, _OURS)


def remove_partial(folder: Path) -> None:
    """Remove a partial folder with its blocks, and nothing else."""
    remove_files(folder, _OURS_PARTIAL)


def block_file(partial: Path, number: int) -> Path:
    """File of a finished block."""
    return partial / f"block-{number:06d}.npz"


def write_json(path: Path, values: object) -> None:
    """Write JSON whole or not at all; a NaN is refused, because it is no JSON."""
    write_text(path, json.dumps(values, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text whole or not at all."""
    part = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def remove_files(folder: Path, ours: re.Pattern[str]) -> None:
    """Remove our files, and the folder if nothing else is in it."""
    if folder.is_symlink() or not folder.is_dir():
        return
    for path in list(folder.iterdir()):
        if ours.fullmatch(path.name) and not path.is_dir():
            path.unlink(missing_ok=True)
    _quietly(folder.rmdir)


def _quietly(remove: Callable[[], None]) -> None:
    # A folder with something else in it stays, as it must.
    try:
        remove()
    except OSError:
        return


def foreign(folder: Path, ours: re.Pattern[str]) -> list[str]:
    """Names in a folder that are none of ours."""
    return sorted(path.name for path in folder.iterdir() if path.is_dir() or not ours.fullmatch(path.name))
