"""What people look at: one self-contained HTML page made from a stored run, never recomputing a figure."""

from __future__ import annotations

from hybridsim.report.page import write_report

__all__ = ["write_report"]
