"""Floors: what is reached without looking, and with image processing from before deep learning."""

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
from .matcher import Image, Match, Matcher, same_share
from .moving_least_squares import move

RATIO = 0.8
"""A key point's best match must be nearer than this share of its second best (Lowe 2004)."""

FEWEST = 3
"""Matches that an affine map takes."""

TOLERANCE = 0.05
"""Distance, as a share of the target's longer side, within which a match agrees with a map."""

MOST_STRETCH = 3.0
"""How many times larger or smaller, beside the pictures' own ratio, an affine map may make things."""

TRIALS = 2000


@dataclass(frozen=True, eq=False)
class Source:
    """A picture with its landmarks, shape (n, 2)."""

    image: Image
    points: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class KeyPoints:
    """Where something stands out, (row, col), and what it looks like there."""

    places: NDArray[np.float64]
    looks: NDArray[Any]


@dataclass(frozen=True, eq=False)
class KeyedSource(Source):
    """A picture with its landmarks and its key points."""

    keys: KeyPoints


class RandomPlace(Matcher[Source]):
    """Any place on the target is as likely as any other."""

    name = "random"

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def learn(self, image: Image, landmarks: Landmarks) -> Source:
        """Keep the landmarks."""
        return Source(image, landmarks.points)

    def find(self, learned: Source, image: Image) -> Match:
        """Draw a place for each landmark; the same pictures give the same places."""
        content = hashlib.sha256(learned.image.tobytes() + image.tobytes()).digest()
        rng = np.random.default_rng([self.seed, int.from_bytes(content[:8], "big")])
        return Match(rng.uniform(0, image.shape[:2], learned.points.shape) - 0.5)


class SamePlace(Matcher[Source]):
    """The frame of one picture is laid on that of the other; nothing in it is looked at."""

    name = "same-place"

    def learn(self, image: Image, landmarks: Landmarks) -> Source:
        """Keep the landmarks."""
        return Source(image, landmarks.points)

    def find(self, learned: Source, image: Image) -> Match:
        """Put each landmark at its share of height and width."""
        return Match(same_share(learned.points, learned.image, image))


class _KeyPointMatcher(Matcher[KeyedSource]):
    """What those have in common that go by matches of key points."""

    def learn(self, image: Image, landmarks: Landmarks) -> KeyedSource:
        """Detect and describe the source's key points."""
        return KeyedSource(image, landmarks.points, _key_points(image))


class SiftMatcher(_KeyPointMatcher):
    """Matches of SIFT key points carry the landmarks, the near ones most (Lowe 2004)."""

    name = "sift"

    def find(self, learned: KeyedSource, image: Image) -> Match:
        """Move the landmarks with the matches around them."""
        before, after = _matches(learned, image)
        if len(before) < FEWEST:
            return Match(same_share(learned.points, learned.image, image))
        return Match(move(learned.points, before, after))


class AffineMatcher(_KeyPointMatcher):
    """One affine map for all landmarks, fitted to SIFT matches that agree (RANSAC)."""

    name = "affine"

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def find(self, learned: KeyedSource, image: Image) -> Match:
        """Carry the landmarks by the map; without one, by the frames."""
        before, after = _matches(learned, image)
        agreed = None
        if len(before) > FEWEST:
            with warnings.catch_warnings():
                # scikit-image warns where no map was found, which is dealt with below.
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
        # Three matches always agree with some map: a fourth is needed to believe in it.
        if agreed is None or agreed.sum() <= FEWEST:
            return Match(same_share(learned.points, learned.image, image))
        return Match(np.asarray(fitted(learned.points), dtype=float))


def _plausible(ratio: float) -> Callable[..., bool]:
    """Return what refuses maps that mirror things, or make them far too large or too small.

    Few wrong matches agree best with a map that takes everything to one place.
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
        # scikit-image's word for a picture on which nothing stands out.
        return KeyPoints(np.zeros((0, 2)), np.zeros((0, 128)))
    return KeyPoints(detector.keypoints.astype(float), detector.descriptors)


def _matches(learned: KeyedSource, image: Image) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return matched key points on source and target, (m, 2) each."""
    source, target = learned.keys, _key_points(image)
    if min(len(source.places), len(target.places)) < 2:
        return np.zeros((0, 2)), np.zeros((0, 2))
    pairs = match_descriptors(source.looks, target.looks, max_ratio=RATIO, cross_check=True)
    return source.places[pairs[:, 0]], target.places[pairs[:, 1]]
