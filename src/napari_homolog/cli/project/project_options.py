"""What the commands on projects share."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from ...project import Project
from ..terminal import messages

SOME_FAILED = 3
"""Exit code where the command did its work, but not on every image."""

ProjectFile = Annotated[Path, typer.Argument(help="The project, .homolog.")]


def end(failed: Iterable[tuple[str, str]]) -> None:
    """List what failed, and tell by the exit code."""
    listed = list(failed)
    for name, reason in listed:
        messages.print(f"{name}: {reason}", highlight=False, markup=False, soft_wrap=True)
    if listed:
        raise typer.Exit(SOME_FAILED)


def tell_not_found(project: Project, specimens: Iterable[int]) -> None:
    """Warn of specimens that were probably not found, if there are any."""
    names = sorted(project.specimen(number).name for number in specimens)
    if names:
        messages.print(
            f"Probably not found: {', '.join(names)}. The surroundings of the landmarks there are "
            "unlike those on the references; look at these first.",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
