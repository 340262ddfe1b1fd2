"""The demonstration: synthetic specimens, landmarks learned on one and transferred to the others."""

from __future__ import annotations

import json
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from . import formats
from .benchmark import SyntheticTransfer, transfer_synthetic
from .contact_sheet import Tile, write_contact_sheet
from .context import RunContext
from .correspondence import preset_for, with_method
from .diffusion import Backbone
from .files import atomic_write, make_folder

DECIMALS = 4


@dataclass(frozen=True)
class Summary:
    """What `homolog demo` reports, and writes to ``summary.json``.

    Attributes
    ----------
    pck : dict
        Share of points within 0.05 and 0.1 of the longer side of their specimen's landmarks' box.
    mean_error_px : float
        Mean distance in pixels.
    mean_error_centroid_size : float
        Mean distance in percent of centroid size.
    side_confusion : float or None
        Share of left and right landmarks that lie nearer to their counterpart; None without any.
    seconds : float
        Learning and locating together.
    learn_seconds, locate_seconds : float
        Either of them.
    specimens, landmarks : int
        Targets, and landmarks of each.
    kind, model, method : str
        Kind of the specimens, model and method.
    seed : int
        Seed of the specimens and of the method.
    """

    pck: dict[str, float]
    mean_error_px: float
    mean_error_centroid_size: float
    side_confusion: float | None
    seconds: float
    learn_seconds: float
    locate_seconds: float
    specimens: int
    landmarks: int
    kind: str
    model: str
    method: str
    seed: int


def run_demo(
    backbone: Backbone,
    folder: Path,
    *,
    kind: str = "butterfly",
    specimens: int = 20,
    method: str = "cached-queries",
    context: RunContext | None = None,
) -> Summary:
    """Generate specimens, learn on the first, transfer to the others, and write the results.

    Parameters
    ----------
    backbone : Backbone
        The model.
    folder : Path
        Receives the images, ``landmarks.tps``, ``landmarks.csv``, ``contact-sheet.png`` and
        ``summary.json``; created if needed.
    kind : str
        One of `napari_homolog.synthetic.KINDS`.
    specimens : int
        Targets, beside the reference.
    method : {"cached-queries", "full-unet"}
        How to learn and locate.
    context : RunContext, optional
        Seed of the specimens and of the method, progress, and whether to stop.

    Returns
    -------
    Summary
    """
    context = context or RunContext()
    make_folder(folder)
    first = context.seed * 100_000
    result = transfer_synthetic(
        backbone,
        kind,
        range(first, first + specimens + 1),
        with_method(preset_for(backbone.latent_side), method),
        context=context,
    )
    summary = _summarise(result, backbone.name, method, context.seed)
    _write_specimens(folder, result)
    write_contact_sheet(folder / "contact-sheet.png", _tiles(result), columns=6)
    with atomic_write(folder / "summary.json") as file:
        file.write(json.dumps(asdict(summary), indent=2).encode())
    return summary


def _summarise(result: SyntheticTransfer, model: str, method: str, seed: int) -> Summary:
    scores = result.scores
    return Summary(
        pck={"0.05": round(scores.pck(0.05), DECIMALS), "0.1": round(scores.pck(0.1), DECIMALS)},
        mean_error_px=round(scores.mean_error, DECIMALS),
        mean_error_centroid_size=round(scores.mean_relative_error, DECIMALS),
        side_confusion=result.side_confusion,
        seconds=round(result.learn_seconds + result.locate_seconds, 2),
        learn_seconds=round(result.learn_seconds, 2),
        locate_seconds=round(result.locate_seconds, 2),
        specimens=len(result.targets),
        landmarks=len(result.learned),
        kind=result.reference.kind,
        model=model,
        method=method,
        seed=seed,
    )


def _write_specimens(folder: Path, result: SyntheticTransfer) -> None:
    height, width = result.reference.image.shape[:2]
    specimens = [
        formats.Specimen(
            image="reference.png",
            landmarks=result.reference.landmarks,
            identifier="reference",
            image_size=(height, width),
            status=("manual",) * len(result.reference.landmarks),
        )
    ]
    _write_png(folder / "reference.png", result.reference.image)
    for index, (target, found) in enumerate(zip(result.targets, result.predictions, strict=True)):
        name = f"specimen-{index + 1:02d}"
        _write_png(folder / f"{name}.png", target.image)
        specimens.append(
            formats.Specimen(
                image=f"{name}.png",
                landmarks=found.landmarks,
                identifier=name,
                confidence=found.confidence,
                spread=found.spread,
                status=("predicted",) * len(found.names),
                image_size=(height, width),
            )
        )
    formats.write_landmarks(folder / "landmarks.csv", specimens)
    with warnings.catch_warnings():
        # What TPS has no place for stands in the table beside it.
        warnings.simplefilter("ignore", formats.FormatWarning)
        formats.write_landmarks(folder / "landmarks.tps", specimens)


def _write_png(path: Path, image: np.ndarray) -> None:
    with atomic_write(path) as file:
        Image.fromarray(image).save(file, format="PNG")


def _tiles(result: SyntheticTransfer) -> list[Tile]:
    reference = result.reference
    tiles = [Tile(reference.image, reference.landmarks, caption="reference, marked by hand")]
    for index, (target, found) in enumerate(zip(result.targets, result.predictions, strict=True)):
        errors = np.linalg.norm(found.points - target.landmarks.points, axis=1)
        tiles.append(
            Tile(
                target.image,
                found.landmarks,
                target.landmarks,
                found.maps.max(0),
                f"specimen {index + 1}: mean error {errors.mean():.1f} px",
            )
        )
    return tiles
