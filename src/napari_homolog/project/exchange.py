"""Landmark files into a project and out of it."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from .. import formats
from ..errors import AmbiguousNameError, ProjectError
from ..images import ImageLookup, image_size
from ..landmarks import Landmarks
from .records import Placement, PlacementStatus, Point, Specimen
from .store import Project

NOT_PLACED = "not placed"
"""Status, in files, of a landmark about which nothing is known."""


def import_landmarks(project: Project, file: Path, images: Path) -> list[int]:
    """Add the specimens of a landmark file, with what was placed by hand on them, all or none.

    Parameters
    ----------
    project : Project
        Open for writing; landmarks that it does not know are added to it.
    file : Path
        In a format that `napari_homolog.read_landmarks` knows.
    images : Path
        The folder of the images that the file names.

    Returns
    -------
    list of int
        The specimens' numbers. One whose image is in the project already gets its landmarks there.

    Raises
    ------
    FormatError
        With file and line of what is wrong in it.
    ProjectError
        If an image is not in the folder.
    """
    lookup = ImageLookup(images)

    def image_of(name: str) -> Path:
        try:
            path = lookup.find(name)
        except AmbiguousNameError as error:
            raise ProjectError(f"{file}: {error}") from error
        if path is None:
            raise ProjectError(
                f"{file} names the image {name!r}, which is not in {images}; give the folder that "
                "holds the images."
            )
        return path

    specimens = formats.read_landmarks(file, image_size=lambda name: image_size(image_of(name)))
    with project.transaction():
        known = [one.name for one in project.landmarks]
        named = [name for specimen in specimens for name in specimen.landmarks.names]
        project.set_landmarks(dict.fromkeys([*known, *named]))
        numbers: list[int] = []
        for specimen in specimens:
            image = image_of(specimen.image)
            there = project.find_image(image)
            # An image that stands twice in the file was marked twice: two specimens.
            number = there.id if there and there.id not in numbers else project.add_image(image)
            project.place_many(number, placed_by_hand(specimen))
            if specimen.scale is not None:
                project.set_scale(number, specimen.scale)
            numbers.append(number)
        return numbers


def placed_by_hand(specimen: formats.Specimen) -> dict[str, Point | None]:
    """Return what somebody decided on a specimen of a file, None for what is missing.

    What the file calls predicted or not placed is left out.
    """
    landmarks = specimen.landmarks
    statuses = specimen.status or (PlacementStatus.MANUAL.value,) * len(landmarks)
    return {
        name: None if np.isnan(point).any() else (float(point[0]), float(point[1]))
        for name, point, status in zip(landmarks.names, landmarks.points, statuses, strict=True)
        if status not in (PlacementStatus.PREDICTED, NOT_PLACED)
    }


def export_landmarks(
    project: Project,
    file: Path,
    specimens: Iterable[Specimen],
    *,
    leave_out_missing: bool = False,
) -> int:
    """Write landmarks of some specimens to a file; return of how many.

    Parameters
    ----------
    project : Project
        Where the specimens are.
    file : Path
        In a format that `napari_homolog.write_landmarks` knows.
    specimens : iterable of Specimen
        Those without any placement are left out.
    leave_out_missing : bool
        Write landmarks as not placed that are `Placement.probably_missing`.

    Raises
    ------
    ProjectError
        If nothing is placed on any of them.
    FormatError
        If the format cannot hold them.
    """
    names = [one.name for one in project.landmarks]
    rows: list[formats.Specimen] = []
    units = set()
    for specimen in specimens:
        placed = project.placements(specimen.id)
        if leave_out_missing:
            placed = {name: one for name, one in placed.items() if not one.probably_missing}
        if placed:
            rows.append(_to_file(specimen, names, placed))
            units |= {specimen.unit} if specimen.scale is not None else set()
    if not rows:
        raise ProjectError(
            "There is nothing to write: no landmark is placed on any of these specimens."
        )
    if len(units) > 1:
        # Files tell scales without their unit.
        told = ", ".join(sorted(unit or "one that is not known" for unit in units))
        warnings.warn(
            f"{file}: the scales were left out, because they are in different units: {told}.",
            formats.FormatWarning,
            stacklevel=2,
        )
        rows = [replace(row, scale=None) for row in rows]
    formats.write_landmarks(file, rows)
    return len(rows)


def _to_file(
    specimen: Specimen, names: Sequence[str], placed: dict[str, Placement]
) -> formats.Specimen:
    present = [placed.get(name) for name in names]
    return formats.Specimen(
        image=specimen.name if specimen.path is None else specimen.path.name,
        landmarks=Landmarks(
            {name: one.point if one else None for name, one in zip(names, present, strict=True)}
        ),
        identifier=specimen.name,
        scale=specimen.scale,
        confidence=np.array([np.nan if one is None else one.confidence for one in present], float),
        spread=np.array([np.nan if one is None else one.spread for one in present], float),
        status=tuple(NOT_PLACED if one is None else one.status.value for one in present),
        image_size=specimen.size,
    )
