"""``homolog project report``: errors, agreement of digitisers, and outliers."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from ...errors import SettingsError
from ...files import check_writable, make_folder
from ...project import Project
from ..options import AsJson, check_target
from ..terminal import screen
from .project_options import ProjectFile

if TYPE_CHECKING:
    from ...project.report import Report

IN_FOLDER = "report.html"
"""What the page is called where a folder is given."""


def report(
    project: ProjectFile,
    against: Annotated[
        list[Path] | None,
        typer.Option(help="Landmark file of the same images by another digitiser; again for more."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Page to write, .html, or a folder. Default: beside the project."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell how far tool and people agree, and what stands out; also while it is open elsewhere."""
    from ...project.report import make_report, summary_of, table_beside, write_report

    files = against or []
    page = _page(project, out)
    for written in (page, table_beside(page)):
        if any(written.resolve() == one.resolve() for one in (project, *files)):
            raise SettingsError(f"{written} would be overwritten; choose another name with --out.")
    if page.parent != project.parent:
        make_folder(page.parent)
    for written in (page, table_beside(page)):
        check_writable(written)
    with Project.open(project, read_only=True) as opened:
        made = make_report(opened, files)
    table = write_report(made, page)
    if as_json:
        print(json.dumps({**summary_of(made), "page": str(page), "table": str(table)}))
    else:
        _tell(made)
        screen.print(
            f"The report is {page}; all points are in {table}.", markup=False, soft_wrap=True
        )


def _page(project: Path, out: Path | None) -> Path:
    """Return the page to write, or refuse a name before anything is computed."""
    if out is None:
        return project.with_name(f"{project.stem}-report.html")
    if os.path.isdir(out) or not out.suffix:
        check_target(out / IN_FOLDER if os.path.isdir(out) else out.with_suffix(".html"), ".html")
        return out / IN_FOLDER
    check_target(out, ".html")
    return out


def _tell(made: Report) -> None:
    from ...project.report import overview_table

    found = overview_table(made)
    if not found.rows:
        screen.print("Nothing could be compared; the page tells what is missing.")
        return
    table = Table(title=f"{made.name}: errors and agreement")
    for heading in found.headings:
        table.add_column(heading, justify="right" if heading else "left")
    for row in found.rows:
        table.add_row(*row)
    screen.print(table)
    if any(one.accepted for one in made.comparisons):
        screen.print("Accepted predictions are among the points; the page tells what that means.")
