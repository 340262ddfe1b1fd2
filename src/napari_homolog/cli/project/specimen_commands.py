"""``homolog project new``, ``add``, ``images``, ``status`` and ``export``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from ...errors import ImageError, ProjectError
from ...images import IMAGE_SUFFIXES, images_in_folder
from ...project import (
    ChangedImage,
    ImageTrouble,
    Project,
    SpecimenStatus,
    export_landmarks,
    import_landmarks,
)
from ..options import AsJson, Seed, check_target
from ..terminal import progress_context, screen
from .project_options import ProjectFile, end


def new(
    project: ProjectFile,
    landmarks: Annotated[
        list[Path] | None,
        typer.Option(help="Landmark files of specimens to start with, which become references."),
    ] = None,
    images: Annotated[
        Path | None, typer.Option(help="Folder of their images. Default: the landmark file's.")
    ] = None,
    seed: Seed = 0,
) -> None:
    """Make a project, perhaps with specimens whose landmarks are in files."""
    if project.exists():
        raise ProjectError(f"{project} is there already; choose another name.")
    # In memory first: a file that cannot be read leaves no half a project.
    with Project.create(seed=seed) as made:
        for file in landmarks or []:
            for number in import_landmarks(made, file, images or file.parent):
                made.mark_reference(number)
        made.save_as(project)
        count = len(made.specimens())
    screen.print(f"{project} is ready; it has {count} specimens. Go on with `project add`.")


def add(
    project: ProjectFile,
    images: Annotated[list[Path], typer.Argument(help="Images, or folders of images.")],
    recursive: Annotated[
        bool, typer.Option("--recursive", "-r", help="Search the folders in folders too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Add specimens with their images; those that are in the project already stay as they are."""
    files, skipped = _images_in(images, recursive=recursive)
    if not files:
        raise ProjectError(
            f"There are no images to add (skipped: {', '.join(skipped) or 'nothing'}); give image "
            f"files ({', '.join(IMAGE_SUFFIXES)}), folders that hold some, or --recursive for "
            "folders in folders."
        )
    added, failed = [], []
    with Project.open(project) as opened, progress_context(as_json) as context:
        for index, file in enumerate(files):
            try:
                if opened.find_image(file) is None:
                    added.append(opened.specimen(opened.add_image(file)).name)
            except ImageError as error:
                failed.append((file.name, str(error)))
            context.report(index + 1, len(files), "adding images")
    present = len(files) - len(added) - len(failed)
    if as_json:
        result = {"added": added, "there": present, "skipped": skipped, "failed": dict(failed)}
        print(json.dumps(result))
    else:
        screen.print(f"Added {len(added)} specimens; {present} were in the project already.")
        for line in skipped:
            screen.print(f"Skipped {line}.", highlight=False, markup=False, soft_wrap=True)
    end(failed)


def status(
    project: ProjectFile,
    as_json: AsJson = False,
) -> None:
    """Tell how far a project has come; also while it is open elsewhere."""
    with Project.open(project, read_only=True) as opened:
        number = opened.landmark_set_id
        failed = [(one.name, one.reason) for one in opened.specimens(SpecimenStatus.FAILED)]
        told: dict[str, Any] = {
            "specimens": {str(key): count for key, count in opened.summary().items()},
            "landmarks": [one.name for one in opened.landmarks],
            "references": [one.name for one in opened.references()],
            "learned": number is not None,
            "model": opened.model,
            "pending": 0 if number is None else len(opened.pending(number)),
            "failed": dict(failed),
        }
    if as_json:
        print(json.dumps(told))
        return
    table = Table(title=f"{project}: {len(told['landmarks'])} landmarks")
    for status in (*told["specimens"], "still to be run"):
        table.add_column(status, justify="right")
    table.add_row(*map(str, (*told["specimens"].values(), told["pending"])))
    screen.print(table)
    for name, reason in failed:
        screen.print(f"{name}: {reason}", highlight=False, markup=False, soft_wrap=True)


def images(
    project: ProjectFile,
    update: Annotated[
        bool,
        typer.Option(
            "--update", help="Take moved images where they are, changed ones as they are."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the images that went, moved or changed since they were added."""
    with Project.open(project, read_only=not update) as opened:
        changed = opened.changed_images()
        left = []
        for one in changed:
            place = one.found or one.specimen.path
            if not update or place is None or one.trouble is ImageTrouble.GONE:
                left.append((one.specimen.name, _changed(one)))
                continue
            try:
                opened.set_image(one.specimen.id, place)
            except ImageError as error:
                left.append((one.specimen.name, str(error)))
    if as_json:
        print(json.dumps({"changed": dict(left), "updated": len(changed) - len(left)}))
    elif not left:
        screen.print(f"All images are as they were added; {len(changed)} were updated.")
    end(left)


def export(
    project: ProjectFile,
    out: Annotated[Path, typer.Argument(help="Landmark file to write; see `docs/formats.md`.")],
    only: Annotated[
        list[SpecimenStatus] | None,
        typer.Option("--status", help="Only specimens of this status. Default: all."),
    ] = None,
    leave_out_missing: Annotated[
        bool,
        typer.Option(
            "--leave-out-missing",
            help="Write landmarks as missing whose part is probably absent, unless accepted.",
        ),
    ] = False,
) -> None:
    """Write the landmarks to a file for other programs; also while the project is open elsewhere."""
    from ... import formats

    check_target(out, *formats.SUFFIXES)
    with Project.open(project, read_only=True) as opened:
        chosen = [one for one in opened.specimens() if not only or one.status in only]
        count = export_landmarks(opened, out, chosen, leave_out_missing=leave_out_missing)
    screen.print(f"The landmarks of {count} specimens are in {out}.")


def _images_in(paths: list[Path], *, recursive: bool) -> tuple[list[Path], list[str]]:
    """Return image files and those of folders, and what was skipped in each folder."""
    files, skipped = [], []
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        contents = images_in_folder(path, recursive=recursive)
        files += contents.files
        if contents.skipped:
            skipped.append(f"{contents.skipped} in {path}")
    return list(dict.fromkeys(files)), skipped


def _changed(image: ChangedImage) -> str:
    place = "" if image.found is None else f"; it is now {image.found}"
    return f"{image.specimen.path} is {image.trouble}{place}"
