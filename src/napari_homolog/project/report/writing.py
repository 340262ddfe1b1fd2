"""Writing a report to files: the page, and a table of all compared points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ...formats.delimited import guarded, number_text, write_rows
from ...formats.text_files import write_text
from ..specimen_images import images_called
from .comparison import Comparison, Pair
from .digitised import Digitised
from .making import Report
from .page import to_page

COLUMNS = (
    "image",
    "specimen",
    "landmark",
    "name",
    "first",
    "second",
    "first_x",
    "first_y",
    "second_x",
    "second_y",
    "error_px",
    "error_percent",
    "error_real",
    "unit",
    "status",
    "confidence",
)


def table_beside(page: Path) -> Path:
    """Return the path of the table of a page, such as ``wings-report-points.csv``."""
    return page.with_name(f"{page.stem}-points.csv")


def write_report(report: Report, page: Path) -> Path:
    """Write the page of a report and the table beside it; return the table's path.

    Both are written atomically and replace existing files.

    Parameters
    ----------
    report : Report
        The report.
    page : Path
        An HTML file, in a folder that exists; it includes the plots.

    Raises
    ------
    FormatError
        If a file cannot be written.
    """
    text, table = to_page(report), table_beside(page)
    write_rows(table, COLUMNS, _rows(report))
    write_text(page, text)
    return table


def _rows(report: Report) -> Iterator[Sequence[str]]:
    """Yield a row for each landmark of each specimen in each comparison.

    As in other tables x is the column and y the row, in pixels, pixel centres at integers.
    """
    images = images_called(report.series.specimens.values())
    for comparison in report.comparisons:
        for pair in comparison.pairs:
            image = images[report.series.specimens[pair.specimen].id]
            yield [guarded(image), *_row(report.series, comparison, pair)]


def _row(series: Digitised, comparison: Comparison, pair: Pair) -> list[str]:
    """Return a row but for the name of its image."""
    specimen = series.specimens[pair.specimen]
    placed = series.placements[pair.specimen].get(pair.landmark)
    return [
        guarded(specimen.name),
        str(series.landmarks.index(pair.landmark) + 1),
        guarded(pair.landmark),
        guarded(comparison.first.name),
        guarded(comparison.second.name),
        *(number_text(value) for value in (*pair.first[::-1], *pair.second[::-1])),
        number_text(pair.error),
        number_text(pair.percent),
        number_text(pair.real),
        "" if pair.pixel is None else guarded(pair.pixel.unit),
        "" if placed is None else placed.status.value,
        number_text(series.confidences[pair.specimen].get(pair.landmark)),
    ]
