"""``homolog locate``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import HomologError, ImageError
from ..image_names import distinct_names
from ..images import Plane
from ..jobs import Failure, TransferJob, TransferTask, in_this_thread, run
from ..project import ExportOptions, Project, Specimen, SpecimenStatus, export_landmarks
from ..project.specimen_images import images_called
from .map_files import MapFolder
from .options import (
    AsJson,
    Channel,
    Device,
    Page,
    Precision,
    Seed,
    Unet,
    Vision,
    check_target,
    file_names,
    named_model,
)
from .project.project_options import end, tell_not_found
from .terminal import load, progress_context, screen

if TYPE_CHECKING:
    from ..contact_sheet import Tile
    from ..correspondence import Prediction


def locate(
    landmark_set: Annotated[Path, typer.Argument(help="What `learn` wrote.", readable=False)],
    images: Annotated[list[Path], typer.Argument(help="The targets.", readable=False)],
    out: Annotated[Path, typer.Option(help="Landmarks located: a .tps or .csv file.")],
    maps: Annotated[
        Path | None, typer.Option(help="Folder for attention maps, one TIFF for each landmark.")
    ] = None,
    sheet: Annotated[Path | None, typer.Option(help="Contact sheet to write, .png.")] = None,
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="Default: the model it was learned on.")
    ] = None,
    unet: Unet = None,
    vision: Vision = None,
    matcher: Annotated[
        str | None,
        typer.Option(help="attention, features or both; default: as the set's preset has it."),
    ] = None,
    any_pose: Annotated[
        bool,
        typer.Option("--any-pose", help="Try rotated and mirrored targets; 16 times slower."),
    ] = False,
    leave_out_missing: Annotated[
        bool,
        typer.Option(
            "--leave-out-missing", help="Write landmarks as missing whose part is probably absent."
        ),
    ] = False,
    device: Device = "auto",
    precision: Precision = "auto",
    seed: Seed = 0,
    page: Page = None,
    channel: Channel = None,
    as_json: AsJson = False,
) -> None:
    """Locate learned landmarks on other images."""
    from .. import formats
    from ..contact_sheet import write_contact_sheet
    from ..correspondence import ANY_POSE, LandmarkSet

    check_target(out, *formats.SUFFIXES_TO_WRITE)
    plane = Plane.of(page, channel)
    if sheet is not None:
        check_target(sheet, ".png")
    map_folder = None if maps is None else MapFolder(maps)
    learned = LandmarkSet.load(landmark_set)
    changes = ({"matcher": matcher} if matcher is not None else {}) | (ANY_POSE if any_pose else {})
    settings = learned.preset.changed("own", locate=changes).locate
    with Project.create(seed=seed) as project, progress_context(as_json) as context:
        project.add_landmark_set(learned)
        unreadable = _add_images(project, images, plane)
        unwritten: list[tuple[str, str]] = []
        called = images_called(project.specimens())
        outputs = _Outputs(project, called, map_folder, with_tiles=sheet is not None)
        job = TransferJob(project, settings=settings)
        named = named_model(model or job.model, unet, vision)
        backbone = load(named, device, precision, context, download=model is not None)

        def on_result(task: TransferTask, outcome: Prediction | Failure) -> None:
            if not isinstance(outcome, Failure):
                try:
                    outputs.add(task, outcome)
                except HomologError as error:
                    # The landmarks are found all the same.
                    unwritten.append((task.name, str(error)))

        report = run(job, in_this_thread(backbone), context, on_result=on_result)
        if report.located:
            options = ExportOptions(leave_out_missing=leave_out_missing)
            export_landmarks(project, out, project.specimens(), options)
        if sheet is not None and outputs.tiles:
            write_contact_sheet(sheet, outputs.tiles)
        failed = [*unreadable, *report.failed, *unwritten]
        lost = project.probably_not_found()
        if as_json:
            rows = [
                _as_dict(project, specimen, called[specimen.id], found=specimen.id not in lost)
                for specimen in project.specimens()
            ]
            print(json.dumps(rows + [{"image": name, "error": why} for name, why in unreadable]))
        else:
            ending = f"; written to {out}." if report.located else "; nothing was written."
            screen.print(
                f"Located {len(learned)} landmarks on {report.located} of {len(images)} images"
                + ending
            )
            tell_not_found(project, lost)
    end(failed)


def _add_images(project: Project, images: list[Path], plane: Plane | None) -> list[tuple[str, str]]:
    """Add every image before the first long computation; return those that failed, and why.

    Raises
    ------
    ImageError
        If the only image that was given cannot be read.
    """
    unreadable: list[tuple[str, str]] = []
    paths = [path.absolute().as_posix() for path in images]
    names, labels = distinct_names(paths), distinct_names(paths, labels=True)
    for path, name, label in zip(images, names, labels, strict=True):
        try:
            project.add_image(path, project.free_name(label), plane)
        except ImageError as error:
            if len(images) == 1:
                raise
            unreadable.append((name, str(error)))
    return unreadable


class _Outputs:
    """What is written of single predictions beside their points."""

    def __init__(
        self, project: Project, called: dict[int, str], maps: MapFolder | None, with_tiles: bool
    ) -> None:
        self._called, self._maps, self._with_tiles = called, maps, with_tiles
        self._project = project
        self.tiles: list[Tile] = []

    def add(self, task: TransferTask, found: Prediction) -> None:
        from ..contact_sheet import Tile

        specimen = self._project.specimen(task.specimen_id)
        if self._maps is not None and specimen.path is not None:
            prefix = self._maps.prefix(specimen.path, specimen.name)
            for name, single in zip(file_names(found.names), found.maps, strict=True):
                self._maps.write(prefix, specimen.path, name, single)
        if self._with_tiles:
            overview, caption = found.maps.max(0), self._called[task.specimen_id]
            self.tiles.append(Tile(task.image(), found.landmarks, None, overview, caption))


def _as_dict(project: Project, specimen: Specimen, image: str, *, found: bool) -> dict[str, Any]:
    if specimen.status is SpecimenStatus.FAILED:
        return {"image": image, "error": specimen.reason}
    placed = project.placements(specimen.id)
    return {
        "image": image,
        "specimen_found": found,
        "points": {name: placement.point for name, placement in placed.items()},
        "confidence": [placement.confidence for placement in placed.values()] or None,
    }
