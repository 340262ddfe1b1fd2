"""Pictures with true landmarks, and the pairs of a benchmark."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, permutations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from skimage.transform import SimilarityTransform

from ... import boxes
from ...errors import DatasetError
from ...landmarks import Landmarks

Box = tuple[float, float, float, float]
"""Top, left, bottom, right in pixels."""


@dataclass(frozen=True, eq=False)
class Picture:
    """An image of a data set with its true landmarks.

    Attributes
    ----------
    name : str
        Unique in the data set; usually the path relative to the data set's folder.
    path : Path
        The image file.
    landmarks : Landmarks
        (row, col) in pixels, as the data set counts them; missing where not visible.
    category : str
        The data set's class.
    box : Box, optional
        Box of the object in pixels, if the data set has boxes.
    mirrored : bool
        Whether the image is flipped left to right. Landmarks and boxes refer to the flipped image.
    drawn : boxes.Box, optional
        Box that matchers are given, as a user would have drawn it.
    """

    name: str
    path: Path
    landmarks: Landmarks
    category: str
    box: Box | None = None
    mirrored: bool = False
    drawn: boxes.Box | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        from ...images import image_size

        return image_size(self.path)

    def read(self) -> NDArray[np.float32]:
        """Return the image as RGB in [0, 1], shape (height, width, 3)."""
        from ...images import read_image

        image = read_image(self.path)
        return np.ascontiguousarray(image[:, ::-1]) if self.mirrored else image

    def flipped(self) -> Picture:
        """Return the mirror image."""
        last = self.size[1] - 1
        points = self.landmarks.points.copy()
        points[:, 1] = last - points[:, 1]
        box = self.box and (self.box[0], last - self.box[3], self.box[2], last - self.box[1])
        return Picture(
            f"{self.name} mirrored" if not self.mirrored else self.name.removesuffix(" mirrored"),
            self.path,
            Landmarks.from_arrays(self.landmarks.names, points),
            self.category,
            box,
            not self.mirrored,
            self.drawn and self.drawn.mirrored(last + 1),
        )


@dataclass(frozen=True, eq=False)
class Pair:
    """A source, whose landmarks are given, and a target, on which they are to be found."""

    source: Picture
    target: Picture

    @property
    def name(self) -> str:
        """Unique in the data set."""
        return f"{self.source.name} to {self.target.name}"

    @property
    def shared(self) -> tuple[str, ...]:
        """Landmarks that are visible on both pictures, in the order of the source."""
        visible = set(_visible(self.target.landmarks))
        return tuple(name for name in _visible(self.source.landmarks) if name in visible)


def shape_difference(pair: Pair) -> NDArray[np.float64]:
    """Return how far the source's shape is from the target's landmarks in its best similar pose.

    It is what a perfect pose without any homology would be off by.

    Returns
    -------
    ndarray, shape (n,)
        Distances in percent of the target's centroid size, for `Pair.shared`; NaN for fewer than
        three of them, which any similarity fits.
    """
    source, target = (
        np.stack([one.landmarks[name] for name in pair.shared])
        for one in (pair.source, pair.target)
    )
    laid = SimilarityTransform.from_estimate(source, target) if len(source) > 2 else None
    if not laid:
        return np.full(len(source), np.nan)
    distance = np.linalg.norm(laid(source) - target, axis=1)
    return np.asarray(100 * distance / pair.target.landmarks.centroid_size())


def _visible(landmarks: Landmarks) -> list[str]:
    named = zip(landmarks.names, landmarks.present, strict=True)
    return [name for name, present in named if present]


def longer_side(box: Box) -> float:
    """Return the longer side of a box in pixels."""
    return max(box[2] - box[0], box[3] - box[1])


def ordered_pairs(pictures: Sequence[Picture], least: int = 1) -> list[Pair]:
    """Return all ordered pairs within each category that share at least so many landmarks."""
    by_category = sorted(pictures, key=lambda picture: picture.category)
    pairs = [
        Pair(source, target)
        for _, group in groupby(by_category, key=lambda picture: picture.category)
        for source, target in permutations(group, 2)
    ]
    return [pair for pair in pairs if len(pair.shared) >= least]


def choose_pairs(
    pairs: Sequence[Pair], count: int | None, seed: int, sources: int | None = None
) -> list[Pair]:
    """Return a random balanced subset: equally many pairs of each category, as far as possible.

    Parameters
    ----------
    pairs : sequence of Pair
        All pairs.
    count : int or None
        Number of pairs to draw; None, or more than there are: all.
    seed : int
        The same arguments give the same subset.
    sources : int or None
        Draw so many sources first, balanced too, and then pairs with these sources only, because
        learning takes time for each source. None: pairs of any source.

    Returns
    -------
    list of Pair
        Sorted by source, so that each source is learned once.
    """
    rng = np.random.default_rng(seed)
    chosen = list(pairs)
    if sources is not None:
        pictures = {pair.source.name: pair.source for pair in chosen}
        drawn = _balanced([picture.category for picture in pictures.values()], sources, rng)
        kept = {list(pictures)[number] for number in drawn}
        chosen = [pair for pair in chosen if pair.source.name in kept]
    if count is not None:
        drawn = _balanced([pair.source.category for pair in chosen], count, rng)
        chosen = [chosen[number] for number in drawn]
    return sorted(chosen, key=lambda pair: (pair.source.name, pair.target.name))


def choose_specimens(
    pairs: Sequence[Pair], category: str | None, count: int, seed: int
) -> list[Picture]:
    """Return a random choice of the pictures of a category, in random order.

    Parameters
    ----------
    pairs : sequence of Pair
        All pairs of the data set, whose pictures are drawn.
    category : str or None
        The category; None: the first by name.
    count : int
        How many at most.
    seed : int
        The same arguments give the same pictures.

    Raises
    ------
    DatasetError
        If there is no such category.
    """
    categories: dict[str, dict[str, Picture]] = {}
    for pair in pairs:
        categories.setdefault(pair.source.category, {})[pair.source.name] = pair.source
    if category is not None and category not in categories:
        raise DatasetError(
            f"There is no group {category!r}; choose one of {', '.join(sorted(categories))}."
        )
    pictures = categories[category or min(categories)]
    drawn = np.random.default_rng(seed).permutation(sorted(pictures))[:count]
    return [pictures[str(name)] for name in drawn]


def further_references(
    every: Sequence[Pair], chosen: Sequence[Pair], count: int, seed: int
) -> dict[str, list[Picture]]:
    """Return further references for each source: other pictures of its category.

    Parameters
    ----------
    every : sequence of Pair
        All pairs of the data set, whose pictures are drawn.
    chosen : sequence of Pair
        Measured pairs: no target of a source is among its further references.
    count : int
        Number of further references for each source.
    seed : int
        Seed of the draw, which is independent for each source.

    Returns
    -------
    dict of str to list of Picture
        By the source's name.

    Raises
    ------
    DatasetError
        If a category has too few other pictures.
    """
    categories: dict[str, dict[str, Picture]] = {}
    for pair in every:
        known = categories.setdefault(pair.source.category, {})
        known |= {picture.name: picture for picture in (pair.source, pair.target)}
    further = {}
    for source in {pair.source.name: pair.source for pair in chosen}.values():
        targets = {pair.target.name for pair in chosen if pair.source.name == source.name}
        candidates = sorted(set(categories[source.category]) - targets - {source.name})
        if len(candidates) < count:
            raise DatasetError(
                f"{source.category} has {len(candidates)} pictures beside {source.name} and its "
                f"targets, not {count}; ask for fewer references or measure fewer pairs."
            )
        rng = np.random.default_rng((seed, zlib.crc32(source.name.encode())))
        drawn = rng.permutation(candidates)[:count]
        further[source.name] = [categories[source.category][str(name)] for name in drawn]
    return further


def _balanced(categories: Sequence[str], count: int, rng: np.random.Generator) -> list[int]:
    """Draw indices, one of each category in turn until it has none left."""
    numbers: dict[str, list[int]] = {}
    for number, category in enumerate(categories):
        numbers.setdefault(category, []).append(number)
    order = []
    for position, category in enumerate(rng.permutation(sorted(numbers))):
        own = rng.permutation(numbers[str(category)])
        order += [(cycle, position, int(number)) for cycle, number in enumerate(own)]
    return [number for _, _, number in sorted(order)[:count]]
