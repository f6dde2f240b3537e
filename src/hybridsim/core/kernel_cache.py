"""Where compiled kernels are kept: a folder of its own for every kernel and every state of its sources.

Numba looks only at the file of the function that it compiles, so that an edit of a called file would leave a
stale kernel. Here the folder's name holds a digest of all sources that the kernel is made of and of the
versions that compile it: after an upgrade the name is another one.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import platformdirs

_KEPT_SECONDS = 30 * 24 * 3600


def sources_digest(patterns: Sequence[str]) -> str:
    """Digest of the package's sources that match any pattern, of Python, and of what compiles."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256(platform.python_version().encode())
    for name in ("numba", "llvmlite", "numpy"):
        digest.update(f"{name} {version(name)}".encode())
    for path in sorted({path for pattern in patterns for path in package.glob(pattern)}):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()[:20]


def prepare(name: str, patterns: Sequence[str]) -> Path:
    """The folder of a kernel; a temporary one, announced on stderr, if none can be written.

    ``NUMBA_CACHE_DIR`` is respected; otherwise it lies in the user's cache folder. Folders of other states of
    the sources that nobody has used for a month are removed.

    Parameters
    ----------
    name
        Of the kernel.
    patterns
        Which sources it is made of: globs relative to the package (``"core/*.py"``).
    """
    home = os.environ.get("NUMBA_CACHE_DIR")
    parent = Path(home) if home else Path(platformdirs.user_cache_dir("hybridsim", appauthor=False))
    folder = parent / f"kernel-{name}-{sources_digest(patterns)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        os.utime(folder)
        _remove_unused(parent, folder)
    except OSError as error:
        print(
            f"The compiled {name} kernel cannot be kept in {parent} ({error.strerror}): every start compiles "
            "it anew; NUMBA_CACHE_DIR may name another folder",
            file=sys.stderr,
        )
        folder = Path(tempfile.mkdtemp(prefix=f"hybridsim-kernel-{name}-"))
    return folder


def is_compiled(folder: Path, entry: Path) -> bool:
    """Whether the kernel of this installation, whose entry points ``entry`` holds, lies in a folder."""
    return _marker(folder, entry).exists()


def mark_compiled(folder: Path, entry: Path) -> None:
    """Remember that the kernel of this installation lies in a folder."""
    _marker(folder, entry).touch()


def _marker(folder: Path, entry: Path) -> Path:
    """File that stands for this installation: Numba keeps a kernel for each path and age of its file."""
    installation = f"{entry} {entry.stat().st_mtime_ns}"
    return folder / f"ready-{hashlib.sha256(installation.encode()).hexdigest()[:16]}"


def _remove_unused(parent: Path, used: Path) -> None:
    for other in parent.glob("kernel-*"):
        if other != used and other.stat().st_mtime < time.time() - _KEPT_SECONDS:
            shutil.rmtree(other, ignore_errors=True)
