"""Where the compiled simulation of the book is kept."""

from __future__ import annotations

from hybridsim.core import kernel_cache

SOURCES = ("core/*.py", "credit/**/*.py")
"""What it is compiled from."""
FOLDER = kernel_cache.prepare("book", SOURCES)
