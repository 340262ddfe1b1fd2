"""Classical baselines: positions without any matching, and SIFT key points."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.color import rgb2gray
from skimage.feature import SIFT, match_descriptors
from skimage.measure import ransac
from skimage.transform import AffineTransform

from ...landmarks import Landmarks
from .matcher import Image, Match, Matcher, scaled_to_frame
from .moving_least_squares import deform

RATIO = 0.8
"""A key point's best match must be nearer than this fraction of its second best (Lowe 2004)."""

FEWEST = 3
"""Matches that determine an affine map."""

TOLERANCE = 0.05
"""Distance, as a fraction of the target's longer side, within which a match supports a map."""

MOST_STRETCH = 3.0
"""Largest factor, beyond the ratio of the image sizes, by which an affine map may scale."""

TRIALS = 2000


@dataclass(frozen=True, eq=False)
class Source:
    """An image with its landmarks, shape (n, 2)."""

    image: Image
    points: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class KeyPoints:
    """Positions of key points, shape (n, 2), and their descriptors, shape (n, 128)."""

    points: NDArray[np.float64]
    descriptors: NDArray[Any]


@dataclass(frozen=True, eq=False)
class KeyedSource(Source):
    """An image with its landmarks and its key points."""

    keys: KeyPoints


class RandomPlace(Matcher[Source]):
    """A uniformly random position on the target."""

    name = "random"

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def learn(self, image: Image, landmarks: Landmarks) -> Source:
        """Keep the landmarks."""
        return Source(image, landmarks.points)

    def find(self, learned: Source, image: Image) -> Match:
        """Draw a position for each landmark; the same images give the same positions."""
        content = hashlib.sha256(learned.image.tobytes() + image.tobytes()).digest()
        rng = np.random.default_rng([self.seed, int.from_bytes(content[:8], "big")])
        return Match(rng.uniform(0, image.shape[:2], learned.points.shape) - 0.5)


class SamePlace(Matcher[Source]):
    """The same position relative to the image frame, whatever the image shows."""

    name = "same-place"

    def learn(self, image: Image, landmarks: Landmarks) -> Source:
        """Keep the landmarks."""
        return Source(image, landmarks.points)

    def find(self, learned: Source, image: Image) -> Match:
        """Scale the landmarks to the target's height and width."""
        return Match(scaled_to_frame(learned.points, learned.image, image))


class _KeyPointMatcher(Matcher[KeyedSource]):
    """Common part of the matchers that use SIFT key points."""

    def learn(self, image: Image, landmarks: Landmarks) -> KeyedSource:
        """Detect and describe the source's key points."""
        return KeyedSource(image, landmarks.points, _key_points(image))


class SiftMatcher(_KeyPointMatcher):
    """Landmarks move with the matched SIFT key points around them (Lowe 2004)."""

    name = "sift"

    def find(self, learned: KeyedSource, image: Image) -> Match:
        """Move the landmarks with the matches around them."""
        before, after = _matches(learned, image)
        if len(before) < FEWEST:
            return Match(scaled_to_frame(learned.points, learned.image, image))
        return Match(deform(learned.points, before, after))


class AffineMatcher(_KeyPointMatcher):
    """One affine map for all landmarks, fitted to SIFT matches that agree (RANSAC)."""

    name = "affine"

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def find(self, learned: KeyedSource, image: Image) -> Match:
        """Apply the map to the landmarks; without one, scale them to the frame."""
        before, after = _matches(learned, image)
        agreed = None
        if len(before) > FEWEST:
            with warnings.catch_warnings():
                # scikit-image warns where it finds no map; this case is handled below.
                warnings.simplefilter("ignore", UserWarning)
                fitted, agreed = ransac(
                    (before, after),
                    AffineTransform,
                    min_samples=FEWEST,
                    residual_threshold=TOLERANCE * max(image.shape[:2]),
                    is_model_valid=_plausible(max(image.shape[:2]) / max(learned.image.shape[:2])),
                    max_trials=TRIALS,
                    rng=self.seed,
                )
        # Three matches always agree with some map; only a fourth supports it.
        if agreed is None or agreed.sum() <= FEWEST:
            return Match(scaled_to_frame(learned.points, learned.image, image))
        return Match(np.asarray(fitted(learned.points), dtype=float))


def _plausible(ratio: float) -> Callable[..., bool]:
    """Return a check that rejects maps that mirror, or scale far too much.

    A few wrong matches are best explained by a map that collapses everything to one position.
    """

    def accept(fitted: AffineTransform, *_matches: NDArray[np.float64]) -> bool:
        linear = fitted.params[:2, :2] / ratio
        if not np.isfinite(linear).all() or np.linalg.det(linear) <= 0:
            return False
        large, small = np.linalg.svd(linear, compute_uv=False)
        return bool(large < MOST_STRETCH and small > 1 / MOST_STRETCH)

    return accept


def _key_points(image: Image) -> KeyPoints:
    detector = SIFT()
    try:
        detector.detect_and_extract(rgb2gray(image))
    except RuntimeError:
        # scikit-image raises this where an image has no key points.
        return KeyPoints(np.zeros((0, 2)), np.zeros((0, 128)))
    return KeyPoints(detector.keypoints.astype(float), detector.descriptors)


def _matches(learned: KeyedSource, image: Image) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return matched key points on source and target, (m, 2) each."""
    source, target = learned.keys, _key_points(image)
    if min(len(source.points), len(target.points)) < 2:
        return np.zeros((0, 2)), np.zeros((0, 2))
    pairs = match_descriptors(
        source.descriptors, target.descriptors, max_ratio=RATIO, cross_check=True
    )
    return source.points[pairs[:, 0]], target.points[pairs[:, 1]]
