"""From an anatomy to a photograph-like picture, its landmarks and its caption."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from skimage.measure import points_in_poly

from ..landmarks import Landmarks
from .anatomy import Anatomy, Part
from .beetle import beetle
from .butterfly import butterfly
from .drawing import Canvas
from .fish import fish
from .leaf import leaf
from .palette import COLOURS
from .wing import wing

ANATOMIES: dict[str, Callable[[np.random.Generator], Anatomy]] = {
    "butterfly": butterfly,
    "beetle": beetle,
    "fish": fish,
    "leaf": leaf,
    "wing": wing,
}
KINDS: tuple[str, ...] = tuple(ANATOMIES)
"""The kinds of specimen that can be drawn."""

REACH = (0.7, 0.95)
"""Least and greatest share of the frame that a drawn specimen takes."""


@dataclass(frozen=True, eq=False)
class SyntheticSpecimen:
    """A drawn picture with everything that is known about it.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    image : ndarray of uint8, shape (height, width, 3)
        The picture, RGB.
    landmarks : Landmarks
        Exact positions, (row, col) in pixels of the picture.
    caption : str
        What is in the picture, in words: ``"a fish , head red , tail blue on grey"``.
    outlines : dict of str to ndarray of float64, shape (n, 2)
        The exact outline of each part by its name, as a closed polygon, (row, col) in pixels;
        parts that were painted later may hide some of it.
    """

    kind: str
    image: NDArray[np.uint8]
    landmarks: Landmarks
    caption: str
    outlines: dict[str, NDArray[np.float64]]


def generate(kind: str, seed: int, size: tuple[int, int] = (256, 256)) -> SyntheticSpecimen:
    """Draw one specimen of random shape, pose, colour, light and background.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    seed : int
        The same seed gives the same specimen at every size; noise and the choice of parts that
        the caption names differ.
    size : (int, int)
        Height and width of the picture in pixels.

    Returns
    -------
    SyntheticSpecimen

    Raises
    ------
    ValueError
        If the kind is unknown.
    """
    return _specimen(kind, seed, size, damage=None)


def generate_damaged(kind: str, seed: int, size: tuple[int, int] = (256, 256)) -> SyntheticSpecimen:
    """Return the specimen that `generate` gives for a seed, with a random piece broken off.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    seed : int
        Seed of specimen and damage.
    size : (int, int)
        Height and width of the image in pixels.

    Returns
    -------
    SyntheticSpecimen
        At least one of its landmarks is missing: those that lay on the piece.
    """
    return _specimen(kind, seed, size, damage=np.random.default_rng((KINDS.index(kind), seed, 1)))


def _specimen(
    kind: str, seed: int, size: tuple[int, int], damage: np.random.Generator | None
) -> SyntheticSpecimen:
    rng = np.random.default_rng((KINDS.index(kind), seed))
    picture = render(kind, rng, size, reach=REACH, damage=damage)
    landmarks = Landmarks(picture.landmarks)
    return SyntheticSpecimen(kind, picture.image, landmarks, picture.caption, picture.outlines)


@dataclass(frozen=True, eq=False)
class Picture:
    """What `render` returns: landmarks may lie outside the frame, or be None where broken off."""

    image: NDArray[np.uint8]
    landmarks: dict[str, tuple[float, float] | None]
    caption: str
    outlines: dict[str, NDArray[np.float64]]


def render(
    kind: str,
    rng: np.random.Generator,
    size: tuple[int, int],
    *,
    reach: tuple[float, float],
    supersampling: int = 2,
    damage: np.random.Generator | None = None,
) -> Picture:
    """Paint a specimen that fills a random share of the frame.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    rng : numpy.random.Generator
        Source of everything random.
    size : (int, int)
        Height and width in pixels.
    reach : (float, float)
        Least and greatest share of the frame that the specimen's box takes; above 1 the frame
        cuts it off.
    supersampling : int
        Pixels painted for each pixel of the picture, along either axis.
    damage : numpy.random.Generator, optional
        Source of a piece that is broken off; None: the specimen is whole.

    Returns
    -------
    Picture
    """
    anatomy = ANATOMIES[kind](rng)
    place = _pose(rng, anatomy, size, rng.uniform(*reach))
    colours = _colours(rng, anatomy.parts)
    background = str(rng.choice(list(COLOURS)))
    canvas = Canvas(rng, size, background, supersampling)
    for layer in anatomy.layers:
        if isinstance(layer, Part):
            canvas.fill(place(layer.outline), colours[layer.name])
        else:
            canvas.line(place(layer.path), layer.width * _length(place))
    points = place(np.array(list(anatomy.landmarks.values())))
    lost = np.zeros(len(points), dtype=bool)
    if damage is not None:
        piece = _piece(damage, points)
        canvas.break_off(piece)
        lost = points_in_poly(points, piece)
    landmarks = {
        name: None if gone else (row, col)
        for name, (row, col), gone in zip(anatomy.landmarks, points.tolist(), lost, strict=True)
    }
    outlines = {part.name: place(part.outline) for part in anatomy.parts}
    image = canvas.photograph()
    return Picture(image, landmarks, caption(rng, kind, colours, background), outlines)


def _piece(rng: np.random.Generator, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the ragged outline of a piece around one of the landmarks (n, 2), in pixels."""
    length = float(np.ptp(points, axis=0).max())
    angles = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    radii = rng.uniform(0.1, 0.2) * length * rng.uniform(0.8, 1.2, len(angles))
    ring = np.stack([np.sin(angles), np.cos(angles)], axis=1) * radii[:, None]
    return np.asarray(points[rng.integers(len(points))] + ring)


def caption(rng: np.random.Generator, kind: str, colours: dict[str, str], background: str) -> str:
    """Describe a specimen: some of its parts with their colours, in any order.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the choice.
    kind : str
        The specimen's kind.
    colours : dict of str to str
        The colour of each part.
    background : str
        The colour of the ground.

    Returns
    -------
    str
        Such as ``"a leaf , tip red , left upper lobe blue on grey"``.
    """
    names = rng.permutation(list(colours))[: rng.integers(6, 10)]
    clauses = [f"a {kind}", *(f"{name} {colours[name]}" for name in names)]
    return " , ".join(clauses) + f" on {background}"


def _colours(rng: np.random.Generator, parts: list[Part]) -> dict[str, str]:
    colours = {part.name: str(rng.choice(list(COLOURS))) for part in parts}
    if rng.random() < 0.25:
        for name in colours:
            colours[name] = colours[name.replace("right ", "left ")]
    return colours


Placer = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def _pose(
    rng: np.random.Generator, anatomy: Anatomy, size: tuple[int, int], share: float
) -> Placer:
    """Return the map from specimen units to (row, col) in pixels."""
    angle = np.deg2rad(np.clip(rng.normal(0, 9), -25, 25))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shear = np.eye(2) + rng.normal(0, 0.05, (2, 2))
    linear = turn @ shear
    outline = np.concatenate([part.outline for part in anatomy.parts]) @ linear.T
    points = np.array(list(anatomy.landmarks.values())) @ linear.T
    extent = np.concatenate([outline, points])
    low, high = extent.min(0), extent.max(0)
    scale = share * float(np.min(np.array(size) / (high - low)))
    play = np.array(size) - scale * (high - low)
    shift = np.abs(play) * rng.uniform(0.1, 0.9, 2) + np.minimum(play, 0)
    origin = shift - scale * low - 0.5
    return lambda points: scale * (points @ linear.T) + origin


def _length(place: Placer) -> float:
    """Return how many pixels one specimen unit measures."""
    unit = place(np.array([[0.0, 0.0], [0.0, 1.0]]))
    return float(np.linalg.norm(unit[1] - unit[0]))
