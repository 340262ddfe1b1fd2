"""The records that a project returns: specimens, landmarks, placements, curves and changes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..boxes import Box
from ..images import Plane

Point = tuple[float, float]
"""(row, col) in pixels of the image, pixel centres at integers."""


class SpecimenStatus(StrEnum):
    """The progress of a specimen."""

    NEW = "new"
    """Nothing has been placed on it."""
    FOUND = "found"
    """Its landmarks were predicted and not reviewed."""
    CORRECTED = "corrected"
    """In review: at least one landmark was placed or decided by hand."""
    ACCEPTED = "accepted"
    """Somebody accepted it."""
    FAILED = "failed"
    """Its landmarks could not be predicted; `Specimen.reason` says why."""


class PlacementStatus(StrEnum):
    """The origin of a landmark's position."""

    MANUAL = "manual"
    """Placed by hand where nothing had been predicted."""
    PREDICTED = "predicted"
    """Predicted, and nobody has decided about it."""
    CORRECTED = "corrected"
    """Moved by hand from where it was predicted."""
    ACCEPTED = "accepted"
    """Predicted, and accepted by hand."""
    MISSING = "missing"
    """Marked by hand as absent from the specimen."""


@dataclass(frozen=True)
class LandmarkDefinition:
    """A landmark of the project.

    Attributes
    ----------
    name : str
        Unique in the project.
    colour : str or None
        Such as ``"#ffaa00"``; None if none was chosen.
    note : str
        Its position on the specimen, in words.
    """

    name: str
    colour: str | None = None
    note: str = ""


@dataclass(frozen=True)
class CoarsePrediction:
    """Where a model placed landmarks, before they were refined.

    Attributes
    ----------
    points : dict of str to (float, float)
        (row, col) in pixels of the image, by landmark.
    mirrored : bool
        Whether the specimen was recognised in its mirror image.
    """

    points: dict[str, Point]
    mirrored: bool


@dataclass(frozen=True)
class RefinedLandmark:
    """Where refinement placed a landmark, and how far the references agreed.

    Attributes
    ----------
    point : (float, float)
        (row, col) in pixels of the image.
    agreement : float
        See `napari_homolog.Prediction`; NaN for a landmark that no reference has.
    spread : float
        Mean distance of the references' votes in pixels; NaN with fewer than two.
    """

    point: Point
    agreement: float
    spread: float


@dataclass(frozen=True)
class Specimen:
    """A specimen of the project.

    Attributes
    ----------
    id : int
        Its number, which is never used again in the project.
    name : str
        Unique in the project.
    path : Path or None
        The image file, absolute; None for a picture without a file.
    size : (int, int)
        Height and width of the image in pixels.
    status : SpecimenStatus
        Its progress.
    reason : str or None
        Why its landmarks could not be predicted.
    reference : bool
        Whether landmarks are to be learned from it.
    scale : float or None
        Real units per pixel; None if unknown.
    unit : str or None
        The unit, such as ``"mm"``; None if unknown, as in TPS files.
    comment : str or None
        Free text.
    box : Box or None
        Around the specimen, in pixels of the image; None where it is looked for everywhere.
    plane : Plane or None
        Which page or channels of the file the image is; None for the only picture of the file.
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
    box: Box | None = None
    plane: Plane | None = None


@dataclass(frozen=True)
class Placement:
    """One landmark on one specimen. Unknown values are None.

    Attributes
    ----------
    landmark : str
        Its name.
    point : (float, float) or None
        (row, col) in pixels; None for a missing landmark.
    status : PlacementStatus
        The origin of the point.
    predicted : (float, float) or None
        The predicted position on which was decided, or the present prediction.
    confidence, spread, missing_probability, expected_error : float or None
        As in `napari_homolog.Prediction`; None if the point was placed by hand.
    covariance : ((float, float), (float, float)) or None
        Likewise, in square pixels.
    error_radius : float or None
        Distance to the true position in pixels that nine of ten errors do not exceed, by the
        specimens that a person decided about; None as long as these are too few.
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
    error_radius: float | None = None
    occluded: bool = False

    @property
    def probably_missing(self) -> bool:
        """Whether the landmark is undecided, and absent with a probability of more than 0.5."""
        probability = self.missing_probability
        predicted = self.status is PlacementStatus.PREDICTED
        return predicted and probability is not None and probability > 0.5


@dataclass(frozen=True, eq=False)
class Curve:
    """A curve on a specimen: drawn, such as tpsDig does beside the landmarks, or located.

    Attributes
    ----------
    points : ndarray of float64, shape (n, 2)
        (row, col) in pixels, in order along the curve; NaN for missing points.
    name : str or None
        Its name; None where it has none, as in TPS files.
    confidence, spread : ndarray of float64, shape (n,), or None
        Of a located curve, as in `napari_homolog.correspondence.curves.CurvePrediction`; None where
        somebody drew it.
    """

    points: NDArray[np.float64]
    name: str | None = None
    confidence: NDArray[np.float64] | None = None
    spread: NDArray[np.float64] | None = None

    @property
    def located(self) -> bool:
        """Whether it was located, and nobody has drawn it."""
        return self.confidence is not None


@dataclass(frozen=True)
class Change:
    """One step of the history.

    Attributes
    ----------
    id : int
        Its number, in the order of changes.
    made : str
        Date and time, UTC, as ISO 8601.
    description : str
        The change in words.
    specimen_id : int or None
        The changed specimen; None for a change of the landmark definitions.
    undone : bool
        Whether it was undone and can be redone.
    """

    id: int
    made: str
    description: str
    specimen_id: int | None
    undone: bool


class ImageTrouble(StrEnum):
    """What happened to an image file since it was added."""

    GONE = "gone"
    """The file is missing, and nowhere in the project's folder."""
    MOVED = "moved"
    """The file is missing, but a copy of it is elsewhere in the project's folder."""
    CHANGED = "changed"
    """The file of that name has other contents."""


@dataclass(frozen=True)
class ChangedImage:
    """An image that changed since it was added.

    Attributes
    ----------
    specimen : Specimen
        The specimen of the image.
    trouble : ImageTrouble
        What happened to it.
    found : Path or None
        Where a moved image is now.
    """

    specimen: Specimen
    trouble: ImageTrouble
    found: Path | None = None
