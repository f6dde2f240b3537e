"""What people look at: pages and workbooks made from what is stored, never recomputing a figure."""

from __future__ import annotations

from hybridsim.report.page import write_report

__all__ = ["write_report"]
