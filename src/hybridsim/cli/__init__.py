"""The command line: one small file per command; libraries load when a command needs them."""

from __future__ import annotations

from hybridsim.cli.app import app, main

__all__ = ["app", "main"]
