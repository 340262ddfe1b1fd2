"""``homolog project new``, ``add``, ``boxes``, ``images``, ``status`` and ``export``."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from ...errors import ImageError, ProjectError, SettingsError
from ...image_names import distinct_names
from ...images import Plane, images_in_folder, suffixes_with_libraries
from ...missing_landmarks import EstimationMethod
from ...project import (
    PROGRAMS,
    ChangedImage,
    ExportOptions,
    ImageTrouble,
    MissingLandmarks,
    Project,
    ScaleChoice,
    SpecimenStatus,
    export_for,
    export_landmarks,
    import_boxes,
    import_landmarks,
    specimens_to_mark,
)
from ...project.suggestions import SUGGESTED
from ..options import AsJson, AsStored, Channel, Page, Seed, check_target
from ..terminal import progress_context, screen
from .project_options import ProjectFile, end


def new(
    project: ProjectFile,
    landmarks: Annotated[
        list[Path] | None,
        typer.Option(help="Landmark files of specimens to start with; these become references."),
    ] = None,
    images: Annotated[
        Path | None, typer.Option(help="Folder of their images. Default: the landmark file's.")
    ] = None,
    seed: Seed = 0,
    page: Page = None,
    channel: Channel = None,
    as_stored: AsStored = False,
) -> None:
    """Create a project, optionally with specimens whose landmarks are in files."""
    if os.path.lexists(project):
        raise ProjectError(f"{project} exists already; choose another name.")
    plane = Plane.of(page, channel)
    # In memory first, so that a landmark file that cannot be read leaves no project behind.
    with Project.create(seed=seed) as created:
        for file in landmarks or []:
            folder = images or file.parent
            import_landmarks(created, file, folder, plane, as_stored=as_stored, references=True)
        created.save_as(project)
        count = len(created.specimens())
    screen.print(f"{project} is ready; it has {count} specimens. Continue with `project add`.")


def add(
    project: ProjectFile,
    images: Annotated[
        list[Path], typer.Argument(help="Images, or folders of images.", readable=False)
    ],
    recursive: Annotated[
        bool, typer.Option("--recursive", "-r", help="Search the folders in folders too.")
    ] = False,
    page: Page = None,
    channel: Channel = None,
    as_json: AsJson = False,
) -> None:
    """Add specimens with their images; those that are in the project already stay as they are."""
    plane = Plane.of(page, channel)
    files, skipped = _images_in(images, recursive=recursive)
    if not files:
        known = ", ".join(suffixes_with_libraries())
        raise ProjectError(
            f"There are no images to add (skipped: {', '.join(skipped) or 'nothing'}); give image "
            f"files ({known}), folders that hold some, or --recursive for folders in folders."
        )
    added, failed = [], []
    with Project.open(project) as opened, progress_context(as_json) as context:
        labels = distinct_names([file.absolute().as_posix() for file in files], labels=True)
        for index, (file, label) in enumerate(zip(files, labels, strict=True)):
            # Against those that are in the project already, the project itself tells it apart.
            name = label if opened.find(label) is None else None
            try:
                if opened.find_image(file, plane) is None:
                    added.append(opened.specimen(opened.add_image(file, name, plane)).name)
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


def boxes(
    project: ProjectFile,
    file: Annotated[
        Path, typer.Argument(help="COCO (.json), dlib's imglab (.xml) or a table (.csv).")
    ],
    images: Annotated[
        Path | None, typer.Option(help="Folder of the images. Default: the file's.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Give specimens their boxes; further boxes of an image become further specimens."""
    with Project.open(project) as opened:
        given, added = import_boxes(opened, file, images or file.parent)
        names = [opened.specimen(number).name for number in added]
    if as_json:
        print(json.dumps({"given": len(given), "added": names}))
    else:
        screen.print(
            f"{len(given)} specimens have a box of {file} now; {len(added)} specimens were added."
        )


def status(
    project: ProjectFile,
    as_json: AsJson = False,
) -> None:
    """Show the progress of a project; also while it is open elsewhere."""
    with Project.open(project, read_only=True) as opened:
        number = opened.landmark_set_id
        failed = [
            (specimen.name, specimen.reason) for specimen in opened.specimens(SpecimenStatus.FAILED)
        ]
        result: dict[str, Any] = {
            "specimens": {str(key): count for key, count in opened.summary().items()},
            "landmarks": [landmark.name for landmark in opened.landmarks],
            "references": [specimen.name for specimen in opened.references()],
            "learned": number is not None,
            "model": opened.model,
            "pending": 0 if number is None else len(opened.pending(number)),
            "failed": dict(failed),
        }
    if as_json:
        print(json.dumps(result))
        return
    table = Table(title=f"{project}: {len(result['landmarks'])} landmarks")
    for status in (*result["specimens"], "still to be run"):
        table.add_column(status, justify="right")
    table.add_row(*map(str, (*result["specimens"].values(), result["pending"])))
    screen.print(table)
    for name, reason in failed:
        screen.print(f"{name}: {reason}", highlight=False, markup=False, soft_wrap=True)


def images(
    project: ProjectFile,
    update: Annotated[
        bool,
        typer.Option(
            "--update", help="Accept moved images where they are, and changed ones as they are."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the images that are missing, moved or changed since they were added."""
    with Project.open(project, read_only=not update) as opened:
        changed = opened.changed_images()
        remaining = []
        for image in changed:
            path = image.found or image.specimen.path
            if not update or path is None or image.trouble is ImageTrouble.GONE:
                remaining.append((image.specimen.name, _description(image)))
                continue
            try:
                opened.set_image(image.specimen.id, path)
            except ImageError as error:
                remaining.append((image.specimen.name, str(error)))
    if as_json:
        print(json.dumps({"changed": dict(remaining), "updated": len(changed) - len(remaining)}))
    elif not remaining:
        screen.print(f"All images are as they were added; {len(changed)} were updated.")
    end(remaining)


def suggest(
    project: ProjectFile,
    count: Annotated[int, typer.Option(help="How many specimens.", min=1)] = SUGGESTED,
    as_json: AsJson = False,
) -> None:
    """List the specimens whose marking helps the others most; also while it is open elsewhere."""
    with Project.open(project, read_only=True) as opened:
        suggested = specimens_to_mark(opened, count)
        least = opened.least_confidences()
    if as_json:
        print(json.dumps({"suggested": [one.name for one in suggested]}))
        return
    if not suggested:
        screen.print("There is nothing to suggest yet: no located landmarks are in review.")
        return
    table = Table(title="Mark these next")
    table.add_column("specimen", overflow="fold")
    table.add_column("least confidence", justify="right")
    for one in suggested:
        confidence = least.get(one.id)
        table.add_row(one.name, "-" if confidence is None else f"{confidence:.0%}")
    screen.print(table)


def export(
    project: ProjectFile,
    out: Annotated[
        Path,
        typer.Argument(help="Landmark file to write, see `docs/formats.md`; with --for a folder."),
    ],
    program: Annotated[
        str | None,
        typer.Option(
            "--for",
            metavar="PROGRAM",
            help="Write a folder with landmarks, specimens and classifiers, and a script that reads "
            f"them: {', '.join(PROGRAMS)}.",
        ),
    ] = None,
    only: Annotated[
        list[SpecimenStatus] | None,
        typer.Option("--status", help="Only specimens of this status. Default: all."),
    ] = None,
    leave_out_missing: Annotated[
        bool,
        typer.Option(
            "--leave-out-missing",
            help="Write landmarks that are probably absent as missing, unless accepted.",
        ),
    ] = False,
    semilandmarks: Annotated[
        bool,
        typer.Option(
            "--semilandmarks",
            help="Append the semilandmarks of curves, with a sliders file for geomorph beside.",
        ),
    ] = False,
    estimate_missing: Annotated[
        EstimationMethod | None,
        typer.Option(
            help="Estimate missing landmarks from complete specimens, marked and listed in a table "
            "beside. Default: they are written as missing.",
        ),
    ] = None,
    scales: Annotated[
        ScaleChoice,
        typer.Option(help="Write scales where known, of all specimens or not at all, or none."),
    ] = ScaleChoice.KNOWN,
    one_orientation: Annotated[
        bool,
        typer.Option(
            "--one-orientation", help="Write mirrored specimens as their mirror images, marked."
        ),
    ] = False,
    missing_for: Annotated[
        str | None,
        typer.Option(
            metavar="PROGRAM",
            help="Spell missing landmarks in TPS files for tpsdig (default), geomorph or ktch.",
        ),
    ] = None,
) -> None:
    """Write the landmarks to a landmark file; also while the project is open elsewhere."""
    from ... import formats

    if program is None:
        check_target(out, *formats.SUFFIXES_TO_WRITE)
    elif semilandmarks or missing_for:
        raise SettingsError(
            "--for decides about semilandmarks and the spelling of missing landmarks itself; leave "
            "out --semilandmarks and --missing-for."
        )
    options = ExportOptions(
        leave_out_missing=leave_out_missing,
        semilandmarks=semilandmarks,
        missing=MissingLandmarks(estimate_missing, missing_for),
        scales=scales,
        one_orientation=one_orientation,
    )
    with Project.open(project, read_only=True) as opened:
        chosen = opened.specimens(*only or ())
        if program is None:
            count = export_landmarks(opened, out, chosen, options)
        else:
            count = export_for(opened, program, out, chosen, options).specimens
    screen.print(f"Wrote the landmarks of {count} specimens to {out}.")


def _images_in(paths: list[Path], *, recursive: bool) -> tuple[list[Path], list[str]]:
    """Return image files and those of folders, and what was skipped in each folder."""
    files, skipped = [], []
    for path in paths:
        if not os.path.isdir(path):
            files.append(path)
            continue
        contents = images_in_folder(path, recursive=recursive)
        files += contents.files
        if contents.skipped:
            skipped.append(f"{contents.skipped} in {path}")
    return list(dict.fromkeys(files)), skipped


def _description(image: ChangedImage) -> str:
    path = "" if image.found is None else f"; it is now {image.found}"
    return f"{image.specimen.path} is {image.trouble}{path}"
