"""Repeatability reports: agreement of the tool with people, and of people with one another."""

from __future__ import annotations

from .making import Report, make_report
from .report_tables import overview as overview_table
from .summary import summary_of
from .writing import table_beside, write_report

__all__ = ["Report", "make_report", "overview_table", "summary_of", "table_beside", "write_report"]
