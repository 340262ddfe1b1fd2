"""``homolog learn``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import SettingsError
from .options import AsJson, Device, MethodName, Precision, Seed, check_target, find_preset
from .terminal import bar, load, screen

if TYPE_CHECKING:
    from ..correspondence import Reference
    from ..formats import Specimen


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
    preset: Annotated[
        str | None, typer.Option("--preset", help="balanced or paper; default: balanced.")
    ] = None,
    method: MethodName = None,
    device: Device = "auto",
    precision: Precision = "auto",
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Learn the landmarks of one or more reference images."""
    from ..correspondence import LandmarkSet
    from ..correspondence import extend as learn_on
    from ..correspondence import learn as learn_landmarks

    check_target(out, ".safetensors")
    earlier = None if extend is None else LandmarkSet.load(extend)
    if earlier is not None and (preset or method):
        raise SettingsError(
            f"{extend} goes on with the settings that it was learned with; leave out --preset and "
            "--method, or learn anew without --extend."
        )
    chosen = find_preset(preset or "balanced", method)
    marked = _references(references, landmarks)
    with bar(as_json) as report:
        own = "embedded" if earlier is None else earlier.backbone["name"]
        backbone = load(model or own, device, precision, report)
        if earlier is not None:
            learned = learn_on(backbone, earlier, marked, seed=seed, progress=report)
        else:
            learned = learn_landmarks(backbone, marked, preset=chosen, seed=seed, progress=report)
    learned.save(out)
    if as_json:
        print(
            json.dumps({"out": str(out), "landmarks": list(learned.names), "model": backbone.name})
        )
    else:
        origin = references[0].name if len(references) == 1 else f"{len(references)} references"
        screen.print(f"Learned {len(learned)} landmarks of {origin}; written to {out}.")


def _references(images: list[Path], files: list[Path]) -> list[Reference]:
    """Return images with their landmarks, out of one file for all or one for each."""
    from ..correspondence import Reference
    from ..images import image_size, read_image

    if len(files) not in (1, len(images)):
        raise SettingsError(
            f"{len(files)} landmark files came with {len(images)} images; give one file for all "
            "images or one for each."
        )
    pairs = list(zip(images, files * len(images) if len(files) == 1 else files, strict=True))
    marks = [_specimen_of(file, image, image_size(image)).landmarks for image, file in pairs]
    return [
        Reference(read_image(image), landmarks, image.name)
        for image, landmarks in zip(images, marks, strict=True)
    ]


def _specimen_of(file: Path, image: Path, size: tuple[int, int]) -> Specimen:
    """Return the specimen of a landmark file that belongs to an image."""
    from .. import formats
    from ..errors import FormatError

    specimens = formats.read_landmarks(file, image_size=size)
    matching = [s for s in specimens if formats.file_name_of(s.image).lower() == image.name.lower()]
    if len(matching) > 1:
        raise FormatError(
            f"{file} has {len(matching)} specimens for {image.name}; keep the one that shall be "
            "learned."
        )
    if not matching and len(specimens) != 1:
        raise FormatError(
            f"{file} has {len(specimens)} specimens, none of them for {image.name}; give a file "
            "with this image's landmarks."
        )
    return (matching or specimens)[0]
