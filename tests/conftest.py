"""The engine and the book's simulation are compiled once, before any test process needs them."""

import pytest

from hybridsim.book import ready
from hybridsim.study.prepare import make_ready


def pytest_configure(config: pytest.Config) -> None:
    """Compile in the process that starts the others; they load what it made."""
    if not hasattr(config, "workerinput") and not config.option.collectonly:
        make_ready("compiled")
        ready.make_ready()
