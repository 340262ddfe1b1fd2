"""``homolog learn``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ..errors import AmbiguousNameError, SettingsError
from ..image_names import ImageNames
from ..images import Plane
from ..jobs import LearnJob
from ..project import Project
from .options import (
    AsJson,
    AsStored,
    Change,
    Channel,
    Device,
    MethodName,
    Page,
    Precision,
    PresetName,
    Seed,
    Unet,
    Vision,
    check_target,
    choose_preset,
    named_model,
)
from .terminal import load, progress_context, screen


def learn(
    references: Annotated[list[Path], typer.Argument(help="The images that have landmarks.")],
    landmarks: Annotated[
        list[Path],
        typer.Option(
            help="Their landmarks: a .tps or .csv file for all of them, or one file for each."
        ),
    ],
    out: Annotated[Path, typer.Option(help="The landmark set to write, .safetensors.")],
    extend: Annotated[
        Path | None,
        typer.Option(help="Landmark set to start from, such as one before corrections."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", help="Default: embedded, or the model of --extend."),
    ] = None,
    unet: Unet = None,
    vision: Vision = None,
    preset: PresetName = None,
    change: Change = None,
    method: MethodName = None,
    device: Device = "auto",
    precision: Precision = "auto",
    seed: Seed = 0,
    page: Page = None,
    channel: Channel = None,
    as_stored: AsStored = False,
    as_json: AsJson = False,
) -> None:
    """Learn the landmarks of one or more reference images."""
    from ..correspondence import LandmarkSet

    check_target(out, ".safetensors")
    plane = Plane.of(page, channel)
    earlier = None if extend is None else LandmarkSet.load(extend)
    if earlier is not None and (preset or method or change):
        raise SettingsError(
            f"{extend} continues with the settings that it was learned with; leave out --preset, "
            "--method and --set, or learn anew without --extend."
        )
    chosen = None if earlier is not None else choose_preset(preset, method, change)
    with Project.create(seed=seed) as project, progress_context(as_json) as context:
        if earlier is not None:
            project.add_landmark_set(earlier)
        _add_references(project, references, landmarks, plane, as_stored=as_stored)
        job = LearnJob(project, extend=earlier is not None)
        backbone = load(
            named_model(model or project.model or "embedded", unet, vision),
            device,
            precision,
            context,
            download=model is not None,
        )
        if chosen is not None:
            job.preset = chosen.suited_to(backbone.latent_side)
        learned = job.compute(backbone, context)
    learned.save(out)
    if as_json:
        told = {"out": str(out), "landmarks": list(learned.names), "model": backbone.name}
        print(json.dumps(told))
    else:
        origin = references[0].name if len(references) == 1 else f"{len(references)} references"
        screen.print(f"Learned {len(learned)} landmarks of {origin}; written to {out}.")


def _add_references(
    project: Project,
    images: list[Path],
    files: list[Path],
    plane: Plane | None,
    *,
    as_stored: bool,
) -> None:
    """Add images with their landmarks, from one file for all or one for each."""
    from ..formats import read_specimen
    from ..images import read_header

    if len(files) not in (1, len(images)):
        raise SettingsError(
            f"{len(files)} landmark files came with {len(images)} images; give one file for all "
            "images or one for each."
        )
    shared = len(files) == 1 and len(images) > 1
    for image, file in zip(images, files * len(images) if len(files) == 1 else files, strict=True):
        size, orientation = read_header(image, plane)
        specimen = read_specimen(
            file, str(image.absolute()), size, orientation=orientation, as_stored=as_stored
        )
        if shared:
            _check_single(specimen.image or specimen.identifier or "", images, file)
        found = specimen.landmarks
        known = [landmark.name for landmark in project.landmarks]
        project.set_landmarks(dict.fromkeys([*known, *found.names]))
        number = project.add_image(image, plane=plane)
        points = zip(found.names, found.points, found.present, strict=True)
        project.place_many(
            number,
            {
                name: (float(row), float(col)) if there else None
                for name, (row, col), there in points
            },
        )
        project.mark_reference(number)


def _check_single(name: str, images: list[Path], file: Path) -> None:
    """Refuse a name in a landmark file that does not tell to which of several images it belongs."""
    paths = list(dict.fromkeys(image.absolute().as_posix() for image in images))
    if not name:
        raise SettingsError(
            f"{file} does not tell to which of the {len(images)} images its landmarks belong; give one "
            "file for each."
        )
    try:
        ImageNames(paths).find(name)
    except AmbiguousNameError as error:
        raise AmbiguousNameError(f"{file}: {error}") from error
