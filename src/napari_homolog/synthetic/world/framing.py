"""Where a specimen lies in the frame: its size, turn, mirror image, place and distortion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..anatomy import Anatomy, Part

Floats = NDArray[np.float64]

SCALES = ((0.1, (0.12, 0.4)), (0.68, (0.4, 1.0)), (0.22, (1.0, 1.7)))
"""How often, and between which limits, a specimen takes a share of the frame; above 1 it is cropped."""

UPRIGHT = 0.6
"""Share of the specimens that are turned by a few degrees only; the others lie at any angle."""


@dataclass(frozen=True, eq=False)
class Placement:
    """The map from specimen units to pixels.

    Attributes
    ----------
    linear : ndarray, shape (2, 2)
        Scale, turn, stretch and shear.
    origin : ndarray, shape (2,)
        Where the specimen's origin lies, (row, col) in pixels.
    waves : ndarray, shape (2, 4)
        A smooth distortion in specimen units: amplitude, two frequencies and phase for each axis.
    """

    linear: Floats
    origin: Floats
    waves: Floats

    def __call__(self, points: Floats) -> Floats:
        """Return the pixels (n, 2) of points (n, 2) in specimen units."""
        phase = points @ self.waves[:, 1:3].T + self.waves[:, 3]
        bent = points + self.waves[:, 0] * np.sin(phase)
        return np.asarray(bent @ self.linear.T + self.origin)

    @property
    def unit(self) -> float:
        """Pixels that one specimen unit measures."""
        return float(np.sqrt(abs(np.linalg.det(self.linear))))

    def moved(self, origin: Floats, linear: Floats) -> Placement:
        """Return the same distortion at another place, further transformed."""
        return Placement(linear @ self.linear, origin, self.waves)


def random_placement(
    rng: np.random.Generator,
    anatomy: Anatomy,
    size: tuple[int, int],
    share: float | None = None,
    upright: bool = False,
) -> Placement:
    """Return a random placement of a specimen in a frame.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of everything random.
    anatomy : Anatomy
        The specimen.
    size : (int, int)
        Height and width of the frame in pixels.
    share : float, optional
        Share of the frame that the specimen takes; default: random.
    upright : bool
        Whether it is turned by a few degrees at most; default: most are.
    """
    if share is None:
        weights = [weight for weight, _ in SCALES]
        low, high = SCALES[int(rng.choice(len(SCALES), p=weights))][1]
        share = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    frequencies = rng.uniform(-2.5, 2.5, (2, 2))
    waves = np.column_stack([rng.uniform(0, 0.05, 2), frequencies, rng.uniform(0, 6.28, 2)])
    unplaced = Placement(_shape(rng, upright), np.zeros(2), waves)
    points = unplaced(np.concatenate([part.outline for part in anatomy.parts]))
    low_corner, high_corner = points.min(0), points.max(0)
    extent = high_corner - low_corner
    scale = share * float(np.min(np.array(size) / extent))
    play = np.array(size) - scale * extent
    middle = rng.uniform(0.05, 0.95, 2) if share < 0.95 else rng.uniform(0.0, 1.0, 2)
    shift = np.where(play > 0, play * middle, play * rng.uniform(0.15, 0.85, 2))
    origin = shift - scale * low_corner - 0.5
    return Placement(scale * unplaced.linear, origin, waves)


def turned(angle: float) -> Floats:
    """Return the matrix that turns (row, col) by an angle in radians."""
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([[cosine, -sine], [sine, cosine]])


def _shape(rng: np.random.Generator, upright: bool) -> Floats:
    """Return turn, stretch and shear.

    A mirror image would make a right wing of a left one; it is taken where parts can be named anew,
    see `mirrored`.
    """
    angle = rng.normal(0, 0.2) if upright or rng.random() < UPRIGHT else rng.uniform(-np.pi, np.pi)
    stretch = np.exp(rng.normal(0, 0.12))
    return np.asarray(
        turned(float(angle))
        @ (np.eye(2) + rng.normal(0, 0.05, (2, 2)))
        @ np.diag([stretch, 1 / stretch])
    )


def mirrored(rng: np.random.Generator, anatomy: Anatomy) -> Anatomy:
    """Return an anatomy or, half of the time, its mirror image, with left and right named anew."""
    if rng.random() < 0.5:
        return anatomy
    image = Anatomy(anatomy.kind)
    flip = np.array([1.0, -1.0])
    for layer in anatomy.layers:
        if isinstance(layer, Part):
            image.part(swap_sides(layer.name), layer.outline * flip)
        else:
            image.stroke(layer.path * flip, layer.width)
    for name, point in anatomy.landmarks.items():
        image.landmark(swap_sides(name), np.array(point) * flip)
    return image


def swap_sides(name: str) -> str:
    """Return a part's name with "left" for "right" and the reverse."""
    swapped = {"left": "right", "right": "left"}
    return " ".join(swapped.get(word, word) for word in name.split(" "))
