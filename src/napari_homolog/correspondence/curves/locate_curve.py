"""A curve of the references, carried to a target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import procrustes

from ...curves import CurveDefinition, Path, arc_lengths, as_path, normals, resample
from ...errors import CurveError
from ...landmarks import Landmarks
from .lattice import best_way, probabilities
from .profiles import HALF_WIDTH, Agreement, Profiles, compare, sample_profiles, smoothed
from .spline import Spline

STEP = 1 / 250
"""Pixels of a step across the curve, as a share of the specimen's centroid size."""

SPACING = 1 / 90
"""The same between the nodes of a curve."""

FEWEST_NODES, MOST_NODES = 12, 400

BEND = 0.3
"""What a change of offset by one step from one node to the next costs."""

PULL = 0.0005
"""What an offset by one step from where the landmarks lay the curve costs."""

WIDE, NARROW, FINENESS = 20, 6, 2
"""Steps that the two searches reach to either side, and offsets per step of the second."""

CLOSE = 2.5
"""Steps within which the curve counts as found: 1 % of the centroid size."""

SHARPNESS = 1.0
"""Sums of scores times this are logarithms of likelihoods; fitted on synthetic specimens."""

MOST_REFERENCES = 4
"""The curve is carried from so many references, those whose landmarks are most like the target's."""


@dataclass(frozen=True, eq=False)
class CurveReference:
    """A specimen on which somebody drew the curve.

    Attributes
    ----------
    image : ndarray of float32, shape (height, width, 3)
        RGB in [0, 1].
    landmarks : Landmarks
        Its landmarks, (row, col) in pixels.
    path : ndarray, shape (n, 2)
        The curve, (row, col) in pixels, from one anchor to the other.
    """

    image: NDArray[np.float32]
    landmarks: Landmarks
    path: Path


@dataclass(frozen=True, eq=False)
class CurvePrediction:
    """A curve on a target.

    Attributes
    ----------
    path : ndarray of float64, shape (n, 2)
        (row, col) in pixels of the target, from one anchor to the other, or around.
    confidence : ndarray of float64, shape (n,)
        How probable it is that the curve passes within 1 % of the centroid size of each point.
    spread : ndarray of float64, shape (n,)
        Standard deviation across the curve at each point in pixels.
    laid : ndarray of float64, shape (n, 2)
        Where the landmarks alone lay it.
    agreement : float
        Mean correlation of what the target and the reference show across the curve, at most 1.
    """

    path: Path
    confidence: NDArray[np.float64]
    spread: NDArray[np.float64]
    laid: Path
    agreement: float


def locate_curve(
    definition: CurveDefinition,
    references: Sequence[CurveReference],
    image: NDArray[np.float32],
    landmarks: Landmarks,
) -> CurvePrediction:
    """Return a curve on a target: laid by the landmarks, then pulled to the structure.

    The thin-plate spline between the landmarks of a reference and the target lays the curve. Then
    candidates along its normals are compared with what the reference shows across its own curve, as
    active shape models do, and dynamic programming chooses among them along the whole curve. Of
    several references, the one counts whose curve the target resembles most.

    Parameters
    ----------
    definition : CurveDefinition
        The curve.
    references : sequence of CurveReference
        At least one.
    image : ndarray of float32, shape (height, width, 3)
        The target, RGB in [0, 1].
    landmarks : Landmarks
        Its landmarks, (row, col) in pixels, with the curve's anchors.

    Returns
    -------
    CurvePrediction

    Raises
    ------
    CurveError
        If no reference has the curve, an anchor is missing, or fewer than two landmarks are known on
        both specimens.
    """
    if not references:
        raise CurveError(f"Curve {definition.name!r} is drawn on no reference; draw it on one.")
    _anchors(definition, landmarks)
    shown = smoothed(image, STEP * _size(landmarks.points))
    nearest = sorted(references, key=lambda one: _difference(one.landmarks, landmarks))
    found = [_carried(definition, one, shown, landmarks) for one in nearest[:MOST_REFERENCES]]
    return max(found, key=lambda one: one.agreement)


def _carried(
    definition: CurveDefinition,
    reference: CurveReference,
    image: NDArray[np.float32],
    landmarks: Landmarks,
) -> CurvePrediction:
    closed = definition.closed and not definition.anchors
    source, target = _shared(reference.landmarks, landmarks)
    path = _drawn(definition, reference)
    length = arc_lengths(path, closed=closed)[-1]
    count = int(np.clip(length / (SPACING * _size(source)), FEWEST_NODES, MOST_NODES))
    nodes = resample(path, count, closed=closed)
    sides = normals(nodes, closed=closed)
    step = STEP * _size(source)
    pattern = sample_profiles(smoothed(reference.image, step), nodes, sides, step, HALF_WIDTH)
    spline = Spline(source, target)
    laid = spline(nodes)
    outwards = spline(nodes + step * sides) - laid
    laid = _ending_at(laid, _anchors(definition, landmarks))
    facing = np.sign((outwards * normals(laid, closed=closed)).sum()) or 1.0
    search = _Search(pattern, image, STEP * _size(target), facing, closed)
    return search.pulled(laid)


@dataclass(frozen=True, eq=False)
class _Search:
    """The search for a curve on one target, across where it is supposed to be."""

    pattern: Profiles
    image: NDArray[np.float32]
    step: float
    facing: float
    closed: bool

    def pulled(self, laid: Path) -> CurvePrediction:
        """Return the curve that follows the pattern best, near where it was laid."""
        seen, across, offsets = self._seen(laid, WIDE)
        costs = BEND * (offsets[:, None] - offsets) ** 2
        scores = self._fixed(seen.structure - PULL * offsets**2, offsets)
        way = best_way(scores, costs, closed=self.closed)
        # Colours count as far as they agree where edges and lines do.
        colours = max(float(_along(seen.colour, way).mean()), 0.0)
        scores = self._fixed(seen.structure + colours * seen.colour - PULL * offsets**2, offsets)
        way = best_way(scores, costs, closed=self.closed)
        chances = probabilities(SHARPNESS * scores, SHARPNESS * costs, closed=self.closed)
        aside = offsets - offsets[way][:, None]
        path, agreement = self._refined(
            laid + (offsets[way] * self.step)[:, None] * across, colours
        )
        return CurvePrediction(
            path=path,
            confidence=np.asarray((chances * (np.abs(aside) <= CLOSE)).sum(1).clip(0, 1)),
            spread=np.sqrt((chances * aside**2).sum(1)) * self.step,
            laid=laid,
            agreement=agreement,
        )

    def _refined(self, path: Path, colours: float) -> tuple[Path, float]:
        seen, across, offsets = self._seen(path, NARROW, FINENESS)
        costs = BEND * (offsets[:, None] - offsets) ** 2
        scores = self._fixed(seen.structure + colours * seen.colour, offsets)
        way = best_way(scores, costs, closed=self.closed)
        agreement = _along(seen.structure + colours * seen.colour, way).mean() / (1 + colours)
        return path + (offsets[way] * self.step)[:, None] * across, float(agreement)

    def _seen(
        self, path: Path, reach: int, fineness: int = 1
    ) -> tuple[Agreement, NDArray[np.float64], NDArray[np.float64]]:
        """Return agreement, unit normals, and the offsets along them in steps."""
        across = self.facing * normals(path, closed=self.closed)
        seen = sample_profiles(self.image, path, across, self.step, reach + HALF_WIDTH, fineness)
        offsets = np.arange(-reach * fineness, reach * fineness + 1) / fineness
        return compare(self.pattern, seen, fineness), across, offsets

    def _fixed(
        self, scores: NDArray[np.float64], offsets: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return scores by which the ends stay at the anchors."""
        if not self.closed:
            scores[[0, -1]] = np.where(offsets == 0, 0.0, -np.inf)
        return scores


def _along(values: NDArray[np.float64], way: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(np.take_along_axis(values, way[:, None], axis=1)[:, 0])


def _drawn(definition: CurveDefinition, reference: CurveReference) -> Path:
    """Return the reference's path, led around to its beginning if that is an anchor."""
    what = f"Curve {definition.name!r} of the reference"
    path = as_path(reference.path, closed=definition.closed, what=what)
    return np.concatenate([path, path[:1]]) if definition.closed and definition.anchors else path


def _anchors(definition: CurveDefinition, landmarks: Landmarks) -> Path | None:
    """Return the two ends of the curve on a specimen, (2, 2); None if it has no anchor."""
    for name in definition.anchors:
        if name not in landmarks.names or np.isnan(landmarks[name]).any():
            raise CurveError(
                f"Curve {definition.name!r} has an end at landmark {name!r}, which is missing on this "
                "specimen; place it first."
            )
    ends = [landmarks[name] for name in definition.anchors]
    return np.array([ends[0], ends[-1]]) if ends else None


def _ending_at(path: Path, ends: Path | None) -> Path:
    """Return a path whose ends are moved to given places, and the rest in proportion."""
    if ends is None:
        return path
    share = np.linspace(0, 1, len(path))[:, None]
    return np.asarray(path + (1 - share) * (ends[0] - path[0]) + share * (ends[1] - path[-1]))


def _shared(one: Landmarks, other: Landmarks) -> tuple[Path, Path]:
    """Return the positions of the landmarks that both specimens have."""
    names = [name for name in one.names if name in other.names]
    source = np.array([one[name] for name in names]).reshape(-1, 2)
    target = np.array([other[name] for name in names]).reshape(-1, 2)
    known = np.isfinite(source).all(1) & np.isfinite(target).all(1)
    return source[known], target[known]


def _difference(one: Landmarks, other: Landmarks) -> float:
    """Return how much two specimens differ in shape: 0 if similar, 1 if nothing is shared."""
    source, target = _shared(one, other)
    if len(source) < 3:
        return 1.0
    return float(procrustes(source, target)[2])


def _size(points: Path) -> float:
    known = points[np.isfinite(points).all(1)]
    return float(np.sqrt(((known - known.mean(0)) ** 2).sum()))
