"""Where the compiled simulation of the book is kept, and whether it is compiled."""

from __future__ import annotations

from pathlib import Path

from hybridsim.core import kernel_cache

SOURCES = ("core/*.py", "credit/**/*.py")
"""What it is compiled from."""
FOLDER = kernel_cache.prepare("book", SOURCES)


def is_compiled() -> bool:
    """Whether the simulation is compiled already, so that a book's analysis starts at once."""
    return kernel_cache.is_compiled(FOLDER, Path(__file__))


def mark_compiled() -> None:
    """Remember that it is."""
    kernel_cache.mark_compiled(FOLDER, Path(__file__))
