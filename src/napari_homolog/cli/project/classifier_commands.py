"""``homolog project classify`` and ``links``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ...errors import SettingsError
from ...project import Project, import_classifiers
from ..options import AsJson
from ..terminal import screen
from .project_options import ProjectFile


def classify(
    project: ProjectFile,
    table: Annotated[
        Path,
        typer.Argument(
            help="Table with a column image or specimen, and columns such as species or sex."
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Give specimens the classifiers of a table, which exports write beside their landmarks."""
    with Project.open(project) as opened:
        taken = import_classifiers(opened, table)
        without = len(opened.specimens()) - len(opened.all_classifiers())
    if as_json:
        told = {
            "columns": taken.columns,
            "specimens": len(taken.specimens),
            "unknown": taken.unknown,
            "left_out": taken.left_out,
            "without": without,
        }
        print(json.dumps(told))
        return
    screen.print(
        f"{len(taken.specimens)} specimens have {', '.join(taken.columns)} now; {without} have no "
        "classifiers.",
        markup=False,
    )
    for what, names in (
        ("Not in the project", taken.unknown),
        ("Columns that exports write themselves", taken.left_out),
    ):
        if names:
            screen.print(f"{what}: {', '.join(names)}.", highlight=False, markup=False)


def links(
    project: ProjectFile,
    between: Annotated[
        list[str] | None,
        typer.Argument(help="Two landmarks as NAME=NAME, any number of times."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Set between which landmarks plots of shapes draw lines; without arguments, list them."""
    with Project.open(project, read_only=between is None) as opened:
        if between is not None:
            opened.set_links([pair_of(text) for text in between])
        present = opened.links
    if as_json:
        print(json.dumps({"links": present}))
    else:
        listed = ", ".join(f"{one} = {other}" for one, other in present) or "none"
        screen.print(f"Links: {listed}.", markup=False)


def pair_of(text: str) -> tuple[str, str]:
    """Return the two landmarks of ``NAME=NAME``."""
    one, equals, other = text.partition("=")
    if not equals or not one.strip() or not other.strip():
        raise SettingsError(f"{text!r} names no two landmarks; write NAME=NAME.")
    return one.strip(), other.strip()
