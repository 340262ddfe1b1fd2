"""``homolog locate``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import AsJson, Device, Precision, Seed, check_target, file_name
from .terminal import bar, load, screen

if TYPE_CHECKING:
    from ..correspondence import Prediction
    from ..formats import Specimen


def locate(
    landmark_set: Annotated[Path, typer.Argument(help="What `learn` wrote.")],
    images: Annotated[list[Path], typer.Argument(help="The targets.")],
    out: Annotated[Path, typer.Option(help="Landmarks found: a .tps or .csv file.")],
    maps: Annotated[
        Path | None, typer.Option(help="Folder for attention maps, one TIFF for each landmark.")
    ] = None,
    sheet: Annotated[Path | None, typer.Option(help="Contact sheet to write, .png.")] = None,
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="Default: the model it was learned on.")
    ] = None,
    matcher: Annotated[
        str | None,
        typer.Option(help="attention, features or both; default: as the set's preset has it."),
    ] = None,
    any_pose: Annotated[
        bool, typer.Option("--any-pose", help="Try turned and mirrored targets; 16 times slower.")
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
    as_json: AsJson = False,
) -> None:
    """Find learned landmarks on other images."""
    from .. import formats
    from ..contact_sheet import Tile, save_map, write_contact_sheet
    from ..correspondence import ANY_POSE, LandmarkSet
    from ..correspondence import locate as locate_landmarks
    from ..images import image_size, read_image

    check_target(out, *formats.SUFFIXES)
    if sheet is not None:
        check_target(sheet, ".png")
    learned = LandmarkSet.load(landmark_set)
    changes = ({"matcher": matcher} if matcher is not None else {}) | (ANY_POSE if any_pose else {})
    settings = learned.preset.changed("own", locate=changes).locate
    # Every image is looked at before the first long computation.
    sizes = [image_size(path) for path in images]
    specimens, tiles = [], []
    with bar(as_json) as report:
        backbone = load(model or learned.backbone["name"], device, precision, report)
        learned.check_backbone(backbone)
        for index, (path, size) in enumerate(zip(images, sizes, strict=True)):
            image = read_image(path)
            found = locate_landmarks(backbone, image, learned, settings=settings, seed=seed)
            specimens.append(_predicted(path, size, found, leave_out_missing))
            if maps is not None:
                maps.mkdir(parents=True, exist_ok=True)
                for name, one in zip(found.names, found.maps, strict=True):
                    save_map(maps / f"{path.stem}.{file_name(name)}.tif", one)
            if sheet is not None:
                tiles.append(Tile(image, found.landmarks, None, found.maps.max(0), path.name))
            if report is not None:
                report(index + 1, len(images), "locating the landmarks")
    formats.write(out, specimens)
    if sheet is not None:
        write_contact_sheet(sheet, tiles)
    if as_json:
        print(json.dumps([_as_dict(specimen) for specimen in specimens]))
    else:
        screen.print(f"Found {len(learned)} landmarks on {len(images)} images; written to {out}.")


def _predicted(
    path: Path, size: tuple[int, int], found: Prediction, leave_out_missing: bool
) -> Specimen:
    from ..formats import Specimen

    landmarks = found.present_landmarks if leave_out_missing else found.landmarks
    return Specimen(
        image=path.name,
        landmarks=landmarks,
        identifier=path.stem,
        confidence=found.confidence,
        spread=found.spread,
        status=tuple("predicted" if there else "missing" for there in landmarks.present),
        image_size=size,
    )


def _as_dict(specimen: Specimen) -> dict[str, Any]:
    points = zip(specimen.landmarks.names, specimen.landmarks.points.tolist(), strict=True)
    confidence = specimen.confidence.tolist() if specimen.confidence is not None else None
    return {"image": specimen.image, "points": dict(points), "confidence": confidence}
