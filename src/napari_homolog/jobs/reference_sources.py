"""The specimens of a project from which landmarks are learned, and those that refinement uses."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..boxes import Box
from ..errors import HomologError, LandmarkError
from ..landmarks import Landmarks
from ..project import Project, Specimen
from .failures import explain
from .image_suppliers import ImageSupplier, Suppliers, supplied

if TYPE_CHECKING:
    from ..correspondence.refinement.specimen_drawing import MarkedDrawing


@dataclass(frozen=True, eq=False)
class ReferenceSource:
    """A specimen of a project with landmarks that somebody decided.

    Attributes
    ----------
    specimen_id : int
        Its number.
    name : str
        Its name.
    image : ImageSupplier
        Supplies its image.
    landmarks : Landmarks
        What was placed or accepted by hand, (row, col) in pixels.
    agreements : dict of str to float, optional
        How well the references agreed on landmarks that were located instead, by name.
    box : Box, optional
        Around the specimen, where landmarks are learned from it.
    """

    specimen_id: int
    name: str
    image: ImageSupplier
    landmarks: Landmarks
    agreements: dict[str, float] | None = None
    box: Box | None = None


def references_for_learning(project: Project, images: Suppliers) -> tuple[ReferenceSource, ...]:
    """Return the references of a project on which something was placed or accepted by hand.

    Raises
    ------
    LandmarkError
        If there is none, or a landmark lies outside its image.
    ImageError, ProjectError
        If an image is not at hand.
    """
    references = []
    for specimen in project.references() if project.landmarks else []:
        landmarks = project.landmarks_of(specimen.id, decided=True)
        if landmarks.present.any():
            landmarks.require_inside(*specimen.size)
            image = images(specimen.id)
            references.append(
                ReferenceSource(specimen.id, specimen.name, image, landmarks, box=specimen.box)
            )
    if not references:
        raise LandmarkError(
            "No reference of this project has landmarks that were placed or accepted by hand; mark "
            "specimens as references and place their landmarks."
        )
    return tuple(references)


def references_for_refinement(project: Project, images: Suppliers) -> tuple[ReferenceSource, ...]:
    """Return the specimens with decided landmarks with which others are compared.

    These are the references and whatever was corrected or accepted since; of too many, those that
    differ most. A specimen whose image is not at hand is left out, and so is one on which less than
    half of what was decided elsewhere is: few landmarks do not tell its pose.
    """
    from ..correspondence.refinement.choosing_references import choose_references

    decided = [
        (specimen, project.landmarks_of(specimen.id, decided=True))
        for specimen in _references_first(project)
    ]
    most = max((landmarks.present.sum() for _, landmarks in decided), default=0)
    decided = [(one, marks) for one, marks in decided if marks.present.sum() > most / 2]
    chosen = choose_references([landmarks.points for _, landmarks in decided])
    sources = []
    for specimen, landmarks in (decided[index] for index in chosen):
        try:
            image = images(specimen.id)
        except HomologError:
            continue
        sources.append(ReferenceSource(specimen.id, specimen.name, image, landmarks))
    return tuple(sources)


def stepping_stones(project: Project, images: Suppliers) -> tuple[ReferenceSource, ...]:
    """Return specimens in review that lie between the references and the others.

    Of the half on which the references agree best, those that differ most. A specimen whose image is
    not at hand is left out.
    """
    from ..correspondence.refinement.choosing_references import choose_references

    agreements = {one: project.agreements(one) for one in project.in_review()}
    known = {one: np.mean(list(each.values())) for one, each in agreements.items() if each}
    if not known:
        return ()
    middle = np.median(list(known.values()))
    agreed = [one for one, agreement in known.items() if agreement >= middle]
    chosen = choose_references([project.landmarks_of(one).points for one in agreed])
    return tuple(
        ReferenceSource(
            specimen_id,
            project.specimen(specimen_id).name,
            supplied(images, specimen_id),
            project.landmarks_of(specimen_id),
            agreements[specimen_id],
        )
        for specimen_id in (agreed[index] for index in chosen)
    )


def digest_of(sources: Sequence[ReferenceSource]) -> str:
    """Return what tells apart sets of specimens and their landmarks."""
    return short_digest(
        [(source.specimen_id, source.landmarks.points.tolist()) for source in sources]
    )


def short_digest(told: object) -> str:
    """Return 16 hexadecimal digits that tell apart values that JSON can hold."""
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def reference_image(
    name: str, image: ImageSupplier, log: logging.Logger
) -> NDArray[np.float32] | None:
    """Return the image of a reference; None if it cannot be read, for whatever reason, with a warning.

    Parameters
    ----------
    name : str
        The specimen's name.
    image : ImageSupplier
        Supplies its image.
    log : logging.Logger
        Where it is told that the image cannot be read.
    """
    try:
        return image()
    except Exception as error:
        reason = explain(error, log).reason
        log.warning("%s does not serve as a reference: %s", name, reason)
        return None


def draw(
    sources: Sequence[ReferenceSource], names: Sequence[str], log: logging.Logger
) -> tuple[MarkedDrawing, ...]:
    """Return the drawings of specimens with these landmarks in order.

    All face the same way as the first. A specimen whose image cannot be read is logged and left out.

    Parameters
    ----------
    sources : sequence of ReferenceSource
        The specimens.
    names : sequence of str
        The landmarks.
    log : logging.Logger
        Where it is told that an image cannot be read.
    """
    from ..correspondence.refinement.choosing_references import facing_alike
    from ..correspondence.refinement.specimen_drawing import MarkedDrawing

    missing = np.full(2, np.nan)
    drawings: list[MarkedDrawing] = []
    for source in sources:
        marks = source.landmarks
        points = [marks[name] if name in marks.names else missing for name in names]
        if np.isnan(points).all():
            continue
        image = reference_image(source.name, source.image, log)
        if image is None:
            continue
        drawing = MarkedDrawing.of(image, np.stack(points), source.name)
        if source.agreements is not None:
            known = [source.agreements.get(name, 0.0) for name in names]
            drawing = replace(drawing, agreement=np.array(known))
        drawings.append(facing_alike(drawing, drawings[0]) if drawings else drawing)
    return tuple(drawings)


def _references_first(project: Project) -> list[Specimen]:
    if not project.landmarks:
        return []
    return sorted(project.specimens_with_decisions(), key=lambda one: not one.reference)
