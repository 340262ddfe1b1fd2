"""What a project tells: its specimens, landmarks, placements and changes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]
"""(row, col) in pixels of the image, pixel centres at integers."""


class SpecimenStatus(StrEnum):
    """How far a specimen has come."""

    NEW = "new"
    """Nothing has been placed on it."""
    FOUND = "found"
    """Landmarks were predicted; nobody has looked at them."""
    CORRECTED = "corrected"
    """In review: at least one landmark was placed or decided by hand."""
    ACCEPTED = "accepted"
    """Somebody accepted it."""
    FAILED = "failed"
    """Landmarks could not be looked for; the specimen tells the reason."""


class PlacementStatus(StrEnum):
    """Where a landmark's position comes from."""

    MANUAL = "manual"
    """Placed by hand where nothing had been predicted."""
    PREDICTED = "predicted"
    """Found by the method; nobody has decided about it."""
    CORRECTED = "corrected"
    """Moved by hand from where it was predicted."""
    ACCEPTED = "accepted"
    """Predicted, and accepted by hand."""
    MISSING = "missing"
    """Said by hand to be absent from the specimen."""


@dataclass(frozen=True)
class LandmarkDefinition:
    """A landmark of the project.

    Attributes
    ----------
    name : str
        Unique in the project.
    colour : str or None
        Such as ``"#ffaa00"``; None: no preference.
    note : str
        Where on the specimen it is, in words.
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
        Never used twice in a project.
    name : str
        Unique in the project.
    path : Path or None
        The image, absolute; None for a picture that has no file.
    size : (int, int)
        Height and width of the image in pixels.
    status : SpecimenStatus
        How far it has come.
    reason : str or None
        Why looking for landmarks failed.
    reference : bool
        Whether landmarks are to be learned from it.
    scale : float or None
        Real units for each pixel; None where not known.
    unit : str or None
        The unit, such as ``"mm"``; None where not told, as in TPS files.
    comment : str or None
        Free text.
    """

    id: int
    name: str
    path: Path | None
    size: tuple[int, int]
    status: SpecimenStatus
    reason: str | None
    reference: bool
    scale: float | None = None
    unit: str | None = None
    comment: str | None = None


@dataclass(frozen=True)
class Placement:
    """One landmark on one specimen. What is unknown is None.

    Attributes
    ----------
    landmark : str
        Its name.
    point : (float, float) or None
        (row, col) in pixels; None for a missing landmark.
    status : PlacementStatus
        Where the point comes from.
    predicted : (float, float) or None
        Where it had been predicted when it was decided about, or is predicted.
    confidence, spread, missing_probability, expected_error : float or None
        As in `napari_homolog.Prediction`; None where the point was placed by hand.
    covariance : ((float, float), (float, float)) or None
        Likewise, in square pixels.
    occluded : bool
        Whether the landmark has a position but is hidden on the image.
    """

    landmark: str
    point: Point | None
    status: PlacementStatus
    predicted: Point | None = None
    confidence: float | None = None
    spread: float | None = None
    missing_probability: float | None = None
    expected_error: float | None = None
    covariance: tuple[Point, Point] | None = None
    occluded: bool = False

    @property
    def probably_missing(self) -> bool:
        """Whether nobody has decided, and the part is more probably absent than there."""
        probability = self.missing_probability
        predicted = self.status is PlacementStatus.PREDICTED
        return predicted and probability is not None and probability > 0.5


@dataclass(frozen=True, eq=False)
class Curve:
    """An open curve on a specimen, such as tpsDig draws it beside the landmarks.

    Attributes
    ----------
    points : ndarray of float64, shape (n, 2)
        (row, col) in pixels, in order along the curve; NaN for missing points.
    name : str or None
        Its name; None where it has none, as in TPS files.
    """

    points: NDArray[np.float64]
    name: str | None = None


@dataclass(frozen=True)
class Change:
    """One step of the history.

    Attributes
    ----------
    id : int
        In the order in which changes were made.
    made : str
        Date and time, UTC, as ISO 8601.
    description : str
        What was done, for people.
    specimen_id : int or None
        The specimen that it was done to; None for a change of the landmark definitions.
    undone : bool
        Whether it was undone and can be redone.
    """

    id: int
    made: str
    description: str
    specimen_id: int | None
    undone: bool


class ImageTrouble(StrEnum):
    """What can have happened to an image file since it was added."""

    GONE = "gone"
    """It is no longer there, and nowhere in the project's folder."""
    MOVED = "moved"
    """It is no longer there, but the same file is elsewhere in the project's folder."""
    CHANGED = "changed"
    """There is a file of that name with other contents."""


@dataclass(frozen=True)
class ChangedImage:
    """An image that is no longer as it was when it was added.

    Attributes
    ----------
    specimen : Specimen
        Whose image it is.
    trouble : ImageTrouble
        What happened to it.
    found : Path or None
        Where a moved image is now.
    """

    specimen: Specimen
    trouble: ImageTrouble
    found: Path | None = None
