"""What a project holds: specimens, landmarks and where these were placed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class SpecimenStatus(StrEnum):
    """How far a specimen is."""

    NEW = "new"
    """No landmark is placed."""
    FOUND = "found"
    """Landmarks were found, and nobody has looked at them."""
    CORRECTED = "in review"
    """Some landmarks were decided by hand, others not."""
    ACCEPTED = "done"
    """Every landmark was placed, corrected, accepted or marked as missing by hand."""
    FAILED = "failed"
    """The last attempt to find landmarks failed."""


class PlacementStatus(StrEnum):
    """Who says where a landmark lies."""

    PREDICTED = "predicted"
    """The method, and nobody has decided yet."""
    MANUAL = "manual"
    """A hand, before anything was found."""
    CORRECTED = "corrected"
    """A hand, after something was found."""
    ACCEPTED = "accepted"
    """The method, and somebody agreed."""
    MISSING = "missing"
    """A hand: the part is not in the picture."""

    @property
    def by_hand(self) -> bool:
        """Whether somebody decided, so that no prediction may overwrite it."""
        return self is not PlacementStatus.PREDICTED


@dataclass(frozen=True)
class LandmarkDefinition:
    """A landmark of the project.

    Attributes
    ----------
    name : str
    colour : str or None
        As ``"#rrggbb"``.
    note : str
        Where it lies, in words.
    """

    name: str
    colour: str | None = None
    note: str = ""


@dataclass(frozen=True)
class Specimen:
    """A specimen of the project.

    Attributes
    ----------
    id : int
    name : str
        Its own in the project.
    path : Path or None
        The image file; None for a picture that has none.
    size : (int, int)
        Height and width of the image in pixels.
    status : SpecimenStatus
    reason : str
        Why the last attempt to find landmarks failed.
    reference : bool
        Whether landmarks are learned from it.
    least_confidence : float or None
        Of its landmarks that nobody has decided yet.
    """

    id: int
    name: str
    path: Path | None
    size: tuple[int, int]
    status: SpecimenStatus
    reason: str
    reference: bool
    least_confidence: float | None


@dataclass(frozen=True)
class Placement:
    """Where a landmark lies on a specimen.

    Attributes
    ----------
    landmark : str
    point : (float, float) or None
        (row, col) in pixels; None if it is missing.
    status : PlacementStatus
    confidence, spread, missing_probability, expected_error : float or None
        As in `Prediction`, of the prediction that this began with.
    """

    landmark: str
    point: tuple[float, float] | None
    status: PlacementStatus
    confidence: float | None = None
    spread: float | None = None
    missing_probability: float | None = None
    expected_error: float | None = None


@dataclass(frozen=True)
class ChangedImage:
    """An image file that is not as it was.

    Attributes
    ----------
    specimen : int
    what : str
        ``"gone"``, ``"moved"`` or ``"changed"``.
    path : Path
        Where it was; where it is now if it was moved.
    """

    specimen: int
    what: str
    path: Path
