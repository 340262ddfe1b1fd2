"""Words that all panels use: what a status and a scale are called, and numbers with their nouns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..project import PlacementStatus, SpecimenStatus

if TYPE_CHECKING:
    from ..project import Placement, Scale, Specimen

SPECIMENS = {
    SpecimenStatus.NEW: "new",
    SpecimenStatus.FOUND: "to review",
    SpecimenStatus.CORRECTED: "partly reviewed",
    SpecimenStatus.ACCEPTED: "reviewed",
    SpecimenStatus.FAILED: "failed",
}
LANDMARKS = {
    PlacementStatus.MANUAL: "placed",
    PlacementStatus.PREDICTED: "predicted",
    PlacementStatus.CORRECTED: "corrected",
    PlacementStatus.ACCEPTED: "accepted",
    PlacementStatus.MISSING: "missing",
}

AS_STORED = "Landmarks placed on images as stored"
AS_STORED_TIP = (
    "For files from programs that show photographs as they are stored, not as the camera was held "
    "(EXIF): their landmarks are turned with the photographs."
)


def status_of_specimen(specimen: Specimen) -> str:
    """Return how far the review of a specimen is, in words."""
    return "reference" if specimen.reference else SPECIMENS[specimen.status]


def status_of_landmark(placed: Placement | None) -> str:
    """Return what is known of a landmark's place, in words."""
    return "not placed" if placed is None else LANDMARKS[placed.status]


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: 1 landmark, 2 landmarks."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def scale_in_words(scale: Scale | None) -> str:
    """Return the real size of a pixel, its doubt and where it is known from; empty if unknown."""
    if scale is None:
        return ""
    doubt = scale.doubt_in_words and f" ± {scale.doubt_in_words}"
    return f"{scale.value:.4g} {scale.unit or 'units'} per pixel{doubt}, {scale.source.value}"
