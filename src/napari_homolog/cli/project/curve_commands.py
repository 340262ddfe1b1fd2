"""``homolog project curves`` and ``export-curves``."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from ...errors import SettingsError
from ...project import Project, export_curves, export_outlines, import_curves
from ...project.curve_import import SEMILANDMARKS
from ..options import AsJson, check_target
from ..terminal import screen
from .project_options import ProjectFile


def curves(
    project: ProjectFile,
    file: Annotated[
        Path | None,
        typer.Argument(help="TPS with CURVES=, StereoMorph, or a table: image, curve, x, y."),
    ] = None,
    images: Annotated[
        Path | None, typer.Option(help="Folder of the images. Default: the file's.")
    ] = None,
    semilandmarks: Annotated[
        int, typer.Option(help="How many on each new curve, beside its ends.", min=1)
    ] = SEMILANDMARKS,
    count: Annotated[
        list[str] | None,
        typer.Option(help="Give a curve another number of semilandmarks, NAME=NUMBER; repeat."),
    ] = None,
    remove: Annotated[
        list[str] | None, typer.Option(help="Remove a curve from all specimens; repeat.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Draw curves on specimens, which `project run` locates on others; without options, list them."""
    if file is None:
        _change_and_list(project, count or [], remove or [], as_json)
        return
    if count or remove:
        raise SettingsError("Give either a file, or --count and --remove.")
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


def _change_and_list(project: Path, count: list[str], remove: list[str], as_json: bool) -> None:
    """Change curves as asked, all or none, and print those that there are."""
    with (
        Project.open(project, read_only=not (count or remove)) as opened,
        opened.transaction() if count or remove else nullcontext(),
    ):
        for text in count:
            name, _, number = text.rpartition("=")
            if not name or not number.isdecimal():
                raise SettingsError(f"{text!r} is no number of semilandmarks; write NAME=NUMBER.")
            opened.set_semilandmarks(name, int(number))
        for name in remove:
            opened.remove_curve(name)
        there = opened.curve_definitions
    if as_json:
        print(json.dumps({"curves": {one.name: one.semilandmarks for one in there}}))
        return
    for one in there:
        ends = " to ".join(one.anchors) or "no landmark"
        kind = f"closed, from {ends}" if one.closed else ends
        told = f"{one.name}: {one.semilandmarks} semilandmarks, {kind}"
        screen.print(told, markup=False, highlight=False, soft_wrap=True)
    if not there:
        screen.print("The project has no curves.")


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
