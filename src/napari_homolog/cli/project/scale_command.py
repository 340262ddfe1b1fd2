"""``homolog project scale``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from ...errors import ProjectError, SettingsError
from ...project import Line, Project, ScaleBar, Specimen
from ...project.scale_import import (
    measure_points,
    measure_rulers,
    read_scale_lines,
    same_line,
    unlike_the_others,
)
from ..options import AsJson
from ..terminal import screen
from .classifier_commands import pair_of
from .project_options import ProjectFile, end


def scale(
    project: ProjectFile,
    between: Annotated[
        str | None,
        typer.Option(help="Two landmarks of a known distance, NAME=NAME, on all specimens."),
    ] = None,
    points: Annotated[
        Path | None,
        typer.Option(help="Table of two points a picture: image, x1, y1, x2, y2."),
    ] = None,
    rulers: Annotated[
        Path | None,
        typer.Option(help="Table of a line over each ruler's ticks: image, x1, y1, x2, y2."),
    ] = None,
    line: Annotated[
        str | None,
        typer.Option(help="The same line over the ruler on all pictures: X1,Y1,X2,Y2."),
    ] = None,
    length: Annotated[float | None, typer.Option(help="The known distance.")] = None,
    tick: Annotated[
        float | None, typer.Option(help="The distance of neighbouring ticks, such as 1.")
    ] = None,
    unit: Annotated[str | None, typer.Option(help="The unit: mm, cm, um and so on.")] = None,
    specimen: Annotated[
        list[str] | None, typer.Option(help="Only this specimen; again for more.")
    ] = None,
    clear: Annotated[
        bool, typer.Option("--clear", help="Forget the scales, also those of the files.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Measure the real size of pixels; without options, list it for each specimen."""
    chosen = [name for name, given in _ways(between, points, rulers, line, clear) if given]
    if len(chosen) > 1:
        raise SettingsError(f"Give one of {' and '.join(chosen)} at a time.")
    with Project.open(project, read_only=not chosen) as opened:
        series = _chosen(opened, specimen)
        unread: dict[int, str] = {}
        if between is not None:
            if length is None or unit is None:
                raise SettingsError("--between needs the distance: give --length and --unit.")
            opened.set_scale_bar(ScaleBar(*pair_of(between), length, unit))
        elif points is not None:
            measure_points(opened, read_scale_lines(opened, points), length, unit)
        elif rulers is not None:
            _, unread = measure_rulers(opened, read_scale_lines(opened, rulers), tick, unit)
        elif line is not None:
            _, unread = measure_rulers(opened, same_line(series, _line(line)), tick, unit)
        elif clear:
            opened.clear_scales([one.id for one in series])
        _tell(opened, series, as_json=as_json)
        names = {one.id: one.name for one in opened.specimens()}
    end([(names[number], reason) for number, reason in unread.items()])


def _ways(
    between: str | None, points: Path | None, rulers: Path | None, line: str | None, clear: bool
) -> list[tuple[str, bool]]:
    return [
        ("--between", between is not None),
        ("--points", points is not None),
        ("--rulers", rulers is not None),
        ("--line", line is not None),
        ("--clear", clear),
    ]


def _chosen(opened: Project, names: list[str] | None) -> list[Specimen]:
    specimens = opened.specimens()
    unknown = set(names or ()) - {one.name for one in specimens}
    if unknown:
        raise ProjectError(
            f"The project has no specimen {', '.join(sorted(unknown))}; see `project status`."
        )
    return [one for one in specimens if not names or one.name in names]


def _line(text: str) -> Line:
    try:
        x1, y1, x2, y2 = (float(one) for one in text.split(","))
    except ValueError as error:
        raise SettingsError(f"{text!r} is no line; write X1,Y1,X2,Y2 in pixels.") from error
    return Line((y1, x1), (y2, x2))


def _tell(opened: Project, series: list[Specimen], *, as_json: bool) -> None:
    scales = {one.name: opened.scale_of(one.id) for one in series}
    unlike = [one.name for one in unlike_the_others(opened, series)]
    if as_json:
        told = {
            name: None
            if one is None
            else {
                "units_per_pixel": one.value,
                "unit": one.unit,
                "from": one.source.value,
                "doubt": one.doubt,
            }
            for name, one in scales.items()
        }
        print(json.dumps({"scales": told, "unlike": unlike}))
        return
    table = Table(title="Real size of a pixel")
    for heading in ("specimen", "units per pixel", "unit", "from", "doubt"):
        table.add_column(heading, overflow="fold")
    for name, one in scales.items():
        if one is None:
            table.add_row(name, "-", "", "", "")
            continue
        table.add_row(
            name, f"{one.value:.6g}", one.unit or "?", one.source.value, one.doubt_in_words
        )
    screen.print(table)
    if unlike:
        screen.print(
            f"More than a fifth off the others: {', '.join(unlike)}. Look at these.", markup=False
        )
