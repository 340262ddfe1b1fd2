"""Landmark files into a project."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .. import formats
from ..errors import AmbiguousNameError, ProjectError
from ..images import ImageLookup, Plane
from .orientation import MIRRORED
from .records import Curve, PlacementStatus, Point
from .store import Project

NOT_PLACED = "not placed"
"""Status, in files, of a landmark about which nothing is known."""


def import_landmarks(
    project: Project,
    file: Path,
    images: Path,
    plane: Plane | None = None,
    *,
    as_stored: bool = False,
    references: bool = False,
) -> list[int]:
    """Add the specimens of a landmark file to a project: all of them, or none if there is an error.

    Parameters
    ----------
    project : Project
        Open for writing. Landmarks that it does not have are added to it.
    file : Path
        A file that `napari_homolog.read_landmarks` reads.
    images : Path
        The folder that holds the images that the file names. They are found by the rules of
        `napari_homolog.images.ImageLookup`.
    plane : Plane, optional
        Which page or channels of each image file; required if they hold several pictures.
    as_stored : bool
        As for `napari_homolog.read_landmarks`.
    references : bool
        Whether the specimens become references.

    Returns
    -------
    list of int
        The specimens' numbers. If an image is in the project already, its specimen is used. An
        image that occurs twice in the file was digitised twice, and becomes two specimens.

    Raises
    ------
    FormatError
        If the file cannot be read; with the line of what is wrong.
    ImageError
        If there is no such folder, or an image cannot be read.
    ProjectError
        If an image is not in the folder, or its name means several files.
    """
    lookup = ImageLookup(images, plane)

    def image_of(name: str) -> Path:
        return image_named(name, lookup, file, images)

    def size_of(name: str) -> tuple[int, int] | None:
        image_of(name)
        return lookup.size_of(name)

    specimens = formats.read_landmarks(
        file,
        image_size=size_of,
        orientation=lookup.orientation_of,
        as_stored=as_stored,
    )
    with project.transaction():
        numbers: list[int] = []
        for specimen in specimens:
            image = image_of(specimen.image)
            present = project.find_image(image, plane)
            number = (
                present.id
                if present and present.id not in numbers
                else project.add_image(image, plane=plane)
            )
            import_specimen(project, number, specimen)
            if references:
                project.mark_reference(number)
            numbers.append(number)
        return numbers


def image_named(name: str, lookup: ImageLookup, file: Path, images: Path) -> Path:
    """Return the image that a file names.

    Parameters
    ----------
    name : str
        The image's name in the file.
    lookup : ImageLookup
        Of the folder of images.
    file, images : Path
        File and folder, for the message.

    Raises
    ------
    ProjectError
        If the image is not in the folder, or its name means several files.
    """
    try:
        path = lookup.find(name)
    except AmbiguousNameError as error:
        raise ProjectError(f"{file}: {error}") from error
    if path is None:
        raise ProjectError(
            f"{file} names the image {name!r}, which is not in {images}; give the folder that holds "
            "the images."
        )
    return path


def import_specimen(project: Project, specimen_id: int, specimen: formats.Specimen) -> None:
    """Add what a landmark file holds of one specimen to a specimen of a project.

    These are the landmarks that were placed by hand or are missing, which of them are occluded, the
    scale, the comment and the curves. What the file does not hold stays as it is in the project.

    Parameters
    ----------
    project : Project
        Open for writing. Landmarks that it does not have are added to it.
    specimen_id : int
        The number of the specimen in the project.
    specimen : napari_homolog.formats.Specimen
        The specimen of the file.

    Raises
    ------
    LandmarkError
        If a landmark lies outside the image.
    ProjectError
        If the landmarks were mirrored when they were written.
    """
    if (specimen.comment or "").endswith(MIRRORED):
        raise ProjectError(
            f"The landmarks of {specimen.image!r} are those of its mirror image ({MIRRORED} in the "
            "comment), and do not lie on the picture; give the file as it was before."
        )
    known = [landmark.name for landmark in project.landmarks]
    names = specimen.landmarks.names
    with project.transaction():
        project.set_landmarks(dict.fromkeys([*known, *names]))
        hidden = specimen.occluded
        project.place_many(
            specimen_id,
            placed_by_hand(specimen),
            occluded=None if hidden is None else {names[i] for i in np.flatnonzero(hidden)},
        )
        if specimen.scale is not None:
            project.set_scale(specimen_id, specimen.scale)
        if specimen.comment:
            project.set_comment(specimen_id, specimen.comment)
        if specimen.curves:
            names_of_curves = specimen.curve_names or (None,) * len(specimen.curves)
            project.set_curves(specimen_id, map(Curve, specimen.curves, names_of_curves))


def placed_by_hand(specimen: formats.Specimen) -> dict[str, Point | None]:
    """Return what somebody decided on a specimen of a file, None for missing landmarks.

    Landmarks that the file calls predicted, estimated or not placed are left out.
    """
    landmarks = specimen.landmarks
    statuses = specimen.status or (PlacementStatus.MANUAL.value,) * len(landmarks)
    return {
        name: None if np.isnan(point).any() else (float(point[0]), float(point[1]))
        for name, point, status in zip(landmarks.names, landmarks.points, statuses, strict=True)
        if status not in (PlacementStatus.PREDICTED, formats.ESTIMATED, NOT_PLACED)
    }
