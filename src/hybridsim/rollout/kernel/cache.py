"""Where the compiled kernel is kept: a folder of its own for every state of the sources.

Numba looks only at the file of the function that it compiles, so that an edit of a called file would leave a
stale kernel. Here the folder's name holds a digest of all sources that the kernel is made of and of the
versions that compile it: after an upgrade the name is another one.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import numba
import platformdirs

ROOMS = ("core", "credit", "finance", "impact", "rollout")
"""Rooms whose sources the kernel is compiled from."""
_KEPT_SECONDS = 30 * 24 * 3600


def sources_digest() -> str:
    """Digest of the sources of `ROOMS`, of Python, and of what compiles."""
    package = Path(__file__).parents[2]
    digest = hashlib.sha256(platform.python_version().encode())
    for name in ("numba", "llvmlite", "numpy"):
        digest.update(f"{name} {version(name)}".encode())
    for room in ROOMS:
        for path in sorted((package / room).rglob("*.py")):
            digest.update(path.relative_to(package).as_posix().encode() + b"\0")
            digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()[:20]


def prepare() -> Path:
    """Point Numba to the kernel's folder and return it; a temporary one if none can be written.

    ``NUMBA_CACHE_DIR`` is respected; otherwise it is the user's cache folder. Folders of other states of the
    sources that nobody has used for a month are removed.
    """
    home = os.environ.get("NUMBA_CACHE_DIR")
    parent = Path(home) if home else Path(platformdirs.user_cache_dir("hybridsim", appauthor=False))
    folder = parent / f"kernel-{sources_digest()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        os.utime(folder)
        _remove_unused(parent, folder)
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="hybridsim-kernel-"))
    numba.config.CACHE_DIR = str(folder)
    return folder


def is_compiled(folder: Path) -> bool:
    """Whether the kernel of this installation lies in a folder."""
    return _marker(folder).exists()


def mark_compiled(folder: Path) -> None:
    """Remember that the kernel of this installation lies in a folder."""
    _marker(folder).touch()


def _marker(folder: Path) -> Path:
    """File that stands for this installation: Numba keeps a kernel for each path and age of its file."""
    file = Path(__file__).with_name("engine.py")
    installation = f"{file} {file.stat().st_mtime_ns}"
    return folder / f"ready-{hashlib.sha256(installation.encode()).hexdigest()[:16]}"


def _remove_unused(parent: Path, used: Path) -> None:
    for other in parent.glob("kernel-*"):
        if other != used and other.stat().st_mtime < time.time() - _KEPT_SECONDS:
            shutil.rmtree(other, ignore_errors=True)
