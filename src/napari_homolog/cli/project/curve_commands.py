"""``homolog project curves`` and ``export-curves``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ...project import Project, export_curves, export_outlines, import_curves
from ...project.curve_import import SEMILANDMARKS
from ..options import AsJson, check_target
from ..terminal import screen
from .project_options import ProjectFile


def curves(
    project: ProjectFile,
    file: Annotated[
        Path, typer.Argument(help="TPS with CURVES=, StereoMorph, or a table: image, curve, x, y.")
    ],
    images: Annotated[
        Path | None, typer.Option(help="Folder of the images. Default: the file's.")
    ] = None,
    semilandmarks: Annotated[
        int, typer.Option(help="How many on each new curve, beside its ends.", min=1)
    ] = SEMILANDMARKS,
    as_json: AsJson = False,
) -> None:
    """Draw curves on specimens; new ones end at the landmarks there. `project run` locates them."""
    with Project.open(project) as opened:
        names, numbers = import_curves(
            opened, file, images or file.parent, semilandmarks=semilandmarks
        )
        drawn = [opened.specimen(number).name for number in numbers]
    if as_json:
        print(json.dumps({"curves": names, "drawn": drawn}))
    else:
        screen.print(
            f"Drew {len(names)} curves ({', '.join(names)}) on {len(drawn)} specimens. Continue "
            "with `project run`.",
            markup=False,
        )


def export_curves_command(
    project: ProjectFile,
    out: Annotated[
        Path, typer.Argument(help="Table to write, .csv; with --outline a folder for Momocs.")
    ],
    outline: Annotated[
        str | None,
        typer.Option(help="Write this curve of each specimen to a text file of x and y."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the points of curves, ends included; also while the project is open elsewhere."""
    with Project.open(project, read_only=True) as opened:
        chosen = opened.specimens()
        if outline is None:
            check_target(out, ".csv")
            count = export_curves(opened, out, chosen)
        else:
            count = len(export_outlines(opened, out, chosen, outline))
    if as_json:
        print(json.dumps({"curves": count, "out": str(out)}))
    else:
        screen.print(f"Wrote {count} curves to {out}.", markup=False)
