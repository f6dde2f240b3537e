"""Scenario files to break."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

SHIPPED = Path(__file__).parents[2] / "scenarios"
BASE = SHIPPED / "care-germany.toml"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a scenario that extends the shipped base, or a file as given."""

    def make(text: str, name: str = "mine.toml", base: bool = True) -> Path:
        copy = tmp_path / "base.toml"
        if not copy.exists():
            copy.write_bytes(BASE.read_bytes())
        file = tmp_path / name
        head = 'extends = "base.toml"\n' if base else ""
        file.write_text(head + text, encoding="utf-8")
        return file

    return make
