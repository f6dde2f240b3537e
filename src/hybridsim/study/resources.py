"""Running out of disk, memory or permissions, said in words that help."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hybridsim.core.errors import InputError, ResourceError

_NO_SPACE = tuple(getattr(errno, name) for name in ("ENOSPC", "EDQUOT") if hasattr(errno, name))
_NOT_ALLOWED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.ENAMETOOLONG)


@contextmanager
def clear_limits(out: Path) -> Iterator[None]:
    """Turn a full disk, lack of memory and a refused folder into errors that name the remedy.

    Raises
    ------
    ResourceError
        If disk or memory ran out; finished blocks stay and the same command goes on from them.
    InputError
        If the folder must not be written.
    """
    try:
        yield
    except MemoryError as error:
        raise ResourceError(
            "out of memory; use fewer workers (-j) or a smaller population and give the same command again: "
            "it goes on from the finished blocks"
        ) from error
    except OSError as error:
        if error.errno in _NO_SPACE:
            raise ResourceError(
                f"no space left on the disk of {out}; make room, then give the same command again: "
                "it goes on from the finished blocks"
            ) from error
        if error.errno in _NOT_ALLOWED:
            raise InputError(f"{out}: cannot be written ({error.strerror}); give another -o") from error
        raise
