"""``homolog project sides``."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from ...errors import SettingsError
from ...project import Project
from ..options import AsJson
from ..terminal import screen
from .classifier_commands import pair_of
from .project_options import ProjectFile


def sides(
    project: ProjectFile,
    mirrored: Annotated[
        str | None,
        typer.Option(metavar="COLUMN=VALUE", help="Mirrored are those with it, as side=right."),
    ] = None,
    by_pose: Annotated[
        bool, typer.Option("--by-pose", help="Mirrored are those recognised in a mirror image.")
    ] = False,
    pair: Annotated[
        list[str] | None,
        typer.Option(help="Landmarks that change places in a mirror image, NAME=NAME; repeat."),
    ] = None,
    no_pairs: Annotated[
        bool, typer.Option("--no-pairs", help="No landmarks change places, as on wings.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tell left from right specimens, and which landmarks change places; or list both."""
    if mirrored and by_pose:
        raise SettingsError("Give either --mirrored or --by-pose, not both.")
    if pair and no_pairs:
        raise SettingsError("Give either --pair or --no-pairs, not both.")
    changes = bool(mirrored or by_pose or pair or no_pairs)
    with Project.open(project, read_only=not changes) as opened:
        if pair or no_pairs:
            opened.set_symmetric_pairs([pair_of(text) for text in pair or []])
        if mirrored is not None:
            column, equals, value = mirrored.partition("=")
            if not equals:
                raise SettingsError(f"{mirrored!r} names no value; write COLUMN=VALUE.")
            opened.set_mirrored(opened.mirrored_by_classifier(column.strip(), value.strip()))
        if by_pose:
            opened.set_mirrored(opened.mirrored_by_pose())
        names = [opened.specimen(number).name for number in opened.mirrored_specimens()]
        pairs = opened.symmetric_pairs
    if as_json:
        print(json.dumps({"mirrored": names, "pairs": pairs}))
        return
    told = "not known" if pairs is None else ", ".join(f"{a} = {b}" for a, b in pairs) or "none"
    screen.print(f"Mirrored: {', '.join(names) or 'none'}.", markup=False, highlight=False)
    screen.print(f"Symmetric pairs: {told}.", markup=False, highlight=False)
