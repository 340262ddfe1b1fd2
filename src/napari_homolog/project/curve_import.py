"""Curves of a file for a project: drawn on its specimens, and defined by their ends."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..curves import CurveDefinition, as_path, check_crossings, crosses_itself
from ..errors import CurveError, ProjectError
from ..formats import read_curves
from ..images import ImageLookup, image_size
from ..landmarks import points_outside
from .curve_direction import path_as_defined, reach_of_ends
from .landmark_import import image_named
from .records import Specimen
from .store import Project

SEMILANDMARKS = 20
"""On each curve, unless another number is given."""


def import_curves(
    project: Project, file: Path, images: Path, *, semilandmarks: int = SEMILANDMARKS
) -> tuple[list[str], list[int]]:
    """Draw the curves of a file on the specimens of a project, and define those that are new.

    A new curve's anchors are the landmarks at its ends; one that returns to its beginning is closed.
    Landmarks of the file are not imported.

    Parameters
    ----------
    project : Project
        Open for writing.
    file : Path
        What `napari_homolog.formats.read_curves` reads.
    images : Path
        The folder that holds the images that the file names.
    semilandmarks : int
        How many the new curves get.

    Returns
    -------
    list of str
        The curves of the file by their names.
    list of int
        The numbers of the specimens on which they were drawn.

    Raises
    ------
    FormatError
        If the file cannot be read.
    CurveError
        If there is no landmark at an end of a new curve, or curves cross. Nothing is changed then.
    ProjectError
        If an image is not in the project or not in the folder.
    """
    lookup = ImageLookup(images)

    def size_of(name: str) -> tuple[int, int]:
        path = image_named(name, lookup, file, images)
        specimen = project.find_image(path)
        return image_size(path, None if specimen is None else specimen.plane)

    found = read_curves(file, image_size=size_of)
    names, numbers = list[str](), list[int]()
    with project.transaction():
        for one in found:
            path = image_named(one.image, lookup, file, images)
            specimen = project.find_image(path)
            if specimen is None:
                raise ProjectError(
                    f"{file} has curves on {one.image}, which is not in the project; add its image "
                    "and landmarks first."
                )
            curves = {name: points for name, points in one.curves.items() if _known(points)}
            draw_and_define(project, specimen.id, curves, semilandmarks)
            names += [name for name in curves if name not in names]
            numbers.append(specimen.id)
    return names, numbers


def draw_and_define(
    project: Project,
    specimen_id: int,
    curves: dict[str, NDArray[np.float64]],
    semilandmarks: int = SEMILANDMARKS,
) -> None:
    """Draw curves on a specimen, and define those that the project does not have.

    Those that the project has may be drawn in either direction, and closed ones from anywhere.

    Parameters
    ----------
    project : Project
        Open for writing.
    specimen_id : int
        The specimen's number.
    curves : dict of str to ndarray, shape (n, 2)
        (row, col) in pixels of its image, by name.
    semilandmarks : int
        How many the new curves get.

    Raises
    ------
    CurveError
        If a curve does not begin and end at landmarks, those of the curve if the project has it, or
        leaves the picture, or curves cross: one itself, one another, or one that was drawn on the
        specimen before.
    """
    specimen = project.specimen(specimen_id)
    curves = {
        name: as_path(points, what=f"Curve {name!r} of {specimen.name!r}")
        for name, points in curves.items()
    }
    present = project.curve_definitions
    known = {one.name for one in present}
    added = [
        _defined(project, specimen_id, name, points, semilandmarks)
        for name, points in curves.items()
        if name not in known
    ]
    definitions = {one.name: one for one in (*present, *added)}
    curves = {
        name: path_as_defined(project, specimen_id, definitions[name], points)
        for name, points in curves.items()
    }
    paths = []
    for name, points in curves.items():
        _check_on_the_picture(specimen, name, points)
        closed = definitions[name].closed
        if crosses_itself(points, closed=closed):
            raise CurveError(f"Curve {name!r} crosses itself; draw it anew.")
        paths.append(np.concatenate([points, points[:1]]) if closed else points)
    before = [one for one in project.curves(specimen_id) if one.name and one.name not in curves]
    for one in before:
        closed = one.name in definitions and definitions[one.name].closed
        paths.append(np.concatenate([one.points, one.points[:1]]) if closed else one.points)
    check_crossings([*curves, *(one.name or "" for one in before)], paths)
    project.define_and_draw(specimen_id, definitions.values(), curves)


def _check_on_the_picture(specimen: Specimen, name: str, path: NDArray[np.float64]) -> None:
    height, width = specimen.size
    outside = points_outside(path, specimen.size)
    if outside.any():
        row, col = path[outside][0]
        raise CurveError(
            f"Curve {name!r} of {specimen.name!r} has a point at (row {row:g}, col {col:g}) outside "
            f"the image, which has {height} rows and {width} columns; check that the curve belongs to "
            "this image, and that x and y are not swapped."
        )


def _known(points: NDArray[np.float64]) -> int:
    return int(np.isfinite(points).all(1).sum())


def _defined(
    project: Project,
    specimen_id: int,
    name: str,
    points: NDArray[np.float64],
    semilandmarks: int,
) -> CurveDefinition:
    """Return a curve whose anchors are the landmarks at its ends on a specimen."""
    marks = project.landmarks_of(specimen_id)
    if not marks.present.any():
        called = project.specimen(specimen_id).name
        raise CurveError(
            f"Curve {name!r} is drawn on {called!r}, where no landmark is placed; place the "
            "landmarks first."
        )
    reach = reach_of_ends(marks)
    closed = len(points) > 3 and float(np.linalg.norm(points[0] - points[-1])) <= reach / 3
    anchors = []
    for end in points[:1] if closed else points[[0, -1]]:
        distances = np.linalg.norm(marks.points - end, axis=1)
        nearest = int(np.nanargmin(distances))
        if distances[nearest] <= reach:
            anchors.append(marks.names[nearest])
        elif not closed:
            raise CurveError(
                f"Curve {name!r} has an end at (row {end[0]:.0f}, col {end[1]:.0f}), "
                f"{distances[nearest]:.0f} pixels from the next landmark, "
                f"{marks.names[nearest]!r}; let it begin and end at landmarks, or close it."
            )
    return CurveDefinition(name, tuple(anchors), semilandmarks, closed=closed)
