"""References: images with landmarks from which is learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ...boxes import Box
from ...diffusion import Backbone
from ...errors import LandmarkError, SettingsError
from ...images import as_rgb
from ...landmarks import Landmarks
from ..maps.vision_scores import describe_by_vision
from ..presets import Preset
from ..priors.background import background_around
from ..priors.shape_prior import size_of
from ..refinement.specimen_drawing import MarkedDrawing
from ..views.specimen_part import part_around


@dataclass(frozen=True, eq=False)
class Reference:
    """An image and the landmarks marked on it.

    Attributes
    ----------
    image : ndarray, shape (height, width) or (height, width, 3 or 4)
        Anything that `napari_homolog.images.as_rgb` accepts.
    landmarks : Landmarks
        (row, col) in pixels of the image; some may be missing.
    name : str
        Recorded in the landmark set as its origin, such as the image's file name.
    box : Box, optional
        Around the specimen, in pixels of the image: only what surrounds it is learned from.
    """

    image: NDArray[Any]
    landmarks: Landmarks
    name: str = ""
    box: Box | None = None


@dataclass(frozen=True, eq=False)
class PreparedReference:
    """A reference as learning uses it.

    Attributes
    ----------
    image : ndarray of float32, shape (height, width, 3)
        RGB in [0, 1]: the whole image, or what surrounds the specimen's box.
    points : ndarray, shape (n, 2)
        The landmarks of all references in one order, (row, col) in pixels of ``image``; NaN where
        this one lacks a landmark.
    origin : ndarray, shape (2,)
        (row, col) of the first pixel of ``image`` on the whole image.
    """

    image: NDArray[np.float32]
    points: NDArray[np.float64]
    origin: NDArray[np.float64]


def prepare_references(
    references: Sequence[Reference],
) -> tuple[tuple[str, ...], list[PreparedReference]]:
    """Return the names of all landmarks that any reference has, and the references in their order.

    Raises
    ------
    ImageError
        If an array is no image.
    LandmarkError
        If there is no reference, none has a landmark, or one lies outside its image or too far
        outside its box.
    BoxError
        If a box does not lie on its image.
    """
    if not references:
        raise LandmarkError("No reference was given; give at least one image with landmarks.")
    parts = [_part_of(reference) for reference in references]
    names = dict.fromkeys(
        name
        for reference in references
        for name, present in zip(
            reference.landmarks.names, reference.landmarks.present, strict=True
        )
        if present
    )
    if not names:
        raise LandmarkError(
            "All landmarks of the reference are missing; mark at least one of them."
        )
    prepared = [
        PreparedReference(part, _in_order(reference.landmarks, tuple(names)) - origin, origin)
        for (part, origin), reference in zip(parts, references, strict=True)
    ]
    return tuple(names), prepared


def mean_background(references: Sequence[PreparedReference]) -> NDArray[np.float64]:
    """Return the mean share of background around each landmark of the references, shape (n,)."""
    shares = [
        background_around(reference.image, reference.points, size_of(reference.points))
        for reference in references
    ]
    return np.asarray(np.nanmean(shares, axis=0))


def seen_by_vision(
    backbone: Backbone, prepared: Sequence[PreparedReference], preset: Preset
) -> Tensor | None:
    """Return the landmarks' features by the model's vision transformer; None if it has none.

    Parameters
    ----------
    backbone : Backbone
        The model.
    prepared : sequence of PreparedReference
        What is learned from.
    preset : Preset
        Its views.

    Raises
    ------
    SettingsError
        If there is one and the views are the paper's, whose maps are multiplied by nothing.
    """
    if backbone.vision is None:
        return None
    if preset.shared.views == "paper":
        raise SettingsError(
            "The paper's views take no evidence of a vision transformer; load the model without "
            "one, or choose a preset with shared views."
        )
    return describe_by_vision(backbone.vision, [(one.image, one.points) for one in prepared])


def drawings_of(
    references: Sequence[Reference], prepared: Sequence[PreparedReference]
) -> tuple[MarkedDrawing, ...]:
    """Return the pictures of references, given and prepared, with which targets are compared."""
    return tuple(
        MarkedDrawing.of(as_rgb(reference.image), one.points + one.origin, reference.name)
        for reference, one in zip(references, prepared, strict=True)
        if np.isfinite(one.points).any()
    )


def _part_of(reference: Reference) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return the part of an image in which the specimen's landmarks are, and its first pixel."""
    image = as_rgb(reference.image)
    reference.landmarks.require_inside(*image.shape[:2])
    part, origin = part_around(image, reference.box)
    points = reference.landmarks.points - origin
    if not ((points > -0.5) & (points < np.array(part.shape[:2]) - 0.5) | np.isnan(points)).all():
        raise LandmarkError(
            f"Landmarks of {reference.name or 'a reference'} lie outside its box; draw the box "
            "around the whole specimen."
        )
    return part, origin


def _in_order(landmarks: Landmarks, names: Sequence[str]) -> NDArray[np.float64]:
    missing = np.full(2, np.nan)
    return np.stack([landmarks[name] if name in landmarks.names else missing for name in names])
