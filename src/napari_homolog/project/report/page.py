"""The page of a repeatability report: one HTML file with its plots in it."""

from __future__ import annotations

from ...pages import render
from . import digitisation_plots, report_tables, shape_plots
from .making import Report

TEMPLATE = "agreement_report.html.jinja"


def to_page(report: Report) -> str:
    """Return a report as one HTML page. The template decides which tables and plots it shows."""
    return render(
        TEMPLATE,
        title=f"Repeatability: {report.name}",
        report=report,
        tables=report_tables,
        plots=digitisation_plots,
        shape_plots=shape_plots,
    )
