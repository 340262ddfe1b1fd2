"""Boxes from a file for a project's specimens; several boxes in one image are several specimens."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..boxes import Box
from ..formats import read_boxes
from ..images import ImageLookup
from .landmark_import import image_named
from .records import PlacementStatus, Specimen
from .store import Project


def import_boxes(project: Project, file: Path, images: Path) -> tuple[list[int], list[int]]:
    """Give a project's specimens the boxes of a file, and add specimens for the others.

    A box goes to the specimen of its image whose landmarks it holds, else to one without a box, else
    to a new one.

    Parameters
    ----------
    project : Project
        Open for writing.
    file : Path
        What `napari_homolog.formats.read_boxes` reads.
    images : Path
        The folder that holds the images that the file names.

    Returns
    -------
    given, added : list of int
        The numbers of specimens that were in the project, and of new ones.

    Raises
    ------
    FormatError
        If the file cannot be read.
    ImageError, BoxError
        If an image cannot be read, or a box does not lie on it. Nothing is changed then.
    ProjectError
        If an image is not in the folder, or its name means several files.
    """
    lookup, given, added = ImageLookup(images), list[int](), list[int]()
    there = defaultdict[Path | None, list[Specimen]](list)
    for specimen in project.specimens():
        there[specimen.path].append(specimen)
    planes = {path: specimens[0].plane for path, specimens in there.items()}
    with project.transaction():
        for one in read_boxes(file):
            path = image_named(one.image, lookup, file, images).absolute()
            specimen_id = _specimen_for(project, one.box, there[path])
            if specimen_id is None:
                specimen_id = project.add_image(path, plane=planes.get(path))
                added.append(specimen_id)
            else:
                there[path] = [each for each in there[path] if each.id != specimen_id]
                given.append(specimen_id)
            project.set_box(specimen_id, one.box)
    return given, added


def _specimen_for(project: Project, box: Box, specimens: Sequence[Specimen]) -> int | None:
    """Return the specimen to which a box of its image belongs; None for a new one."""
    undecided = []
    for specimen in specimens:
        placements = project.placements(specimen.id).values()
        points = [
            one.point
            for one in placements
            if one.point is not None and one.status is not PlacementStatus.PREDICTED
        ]
        shares = box.to_normalised(np.array(points).reshape(-1, 2))
        if points and ((shares >= 0) & (shares <= 1)).all():
            return specimen.id
        if not points and specimen.box is None:
            undecided.append(specimen.id)
    return undecided[0] if undecided else None
