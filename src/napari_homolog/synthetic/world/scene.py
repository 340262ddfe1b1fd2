"""A picture of the wide world: a specimen of any family, as a camera might see it."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from ..anatomy import Anatomy
from .colouring import COLOURS, random_colours, tint
from .families import random_anatomy
from .framing import Placement, mirrored, random_placement, turned
from .painting import PartMap, lightness, paint_parts, random_look
from .surroundings import Surroundings
from .textures import light

MOST_WORDS = 46
"""Words that a caption may have."""

LEAST_AREA = 0.0015
"""Share of the frame that a part must take to be named."""


EASY_SHARE = (0.65, 1.0)
"""Share of the frame that a specimen takes in easy pictures."""


@dataclass(frozen=True, eq=False)
class WorldPicture:
    """A picture of the wide world with everything that is known about it.

    Attributes
    ----------
    kind : str
        What it shows, one of `WORLD_KINDS`.
    image : ndarray of uint8, shape (height, width, 3)
        RGB.
    landmarks : dict of str to (row, col)
        Exact positions, perhaps outside the frame or hidden; for evaluation only.
    caption : str
        Such as ``"a fish , dorsal fin red , head blue on grey"``.
    parts : PartMap
        Where the parts are, at twice the picture's size; for tests only.
    colours : dict of str to str
        The parts' colours.
    """

    kind: str
    image: NDArray[np.uint8]
    landmarks: dict[str, tuple[float, float]]
    caption: str
    parts: PartMap
    colours: dict[str, str]


def generate_world_picture(
    seed: int | tuple[int, ...],
    size: tuple[int, int] = (64, 64),
    supersampling: int = 2,
    easy: float = 0.0,
) -> WorldPicture:
    """Generate one picture of the wide world.

    Parameters
    ----------
    seed : int or tuple of int
        The same seed gives the same picture.
    size : (int, int)
        Height and width in pixels.
    supersampling : int
        Pixels painted for each pixel of the picture, along either axis.
    easy : float
        Probability of a specimen that is upright, fills most of the frame and lies alone: for the
        start of a training.

    Returns
    -------
    WorldPicture
    """
    rng = np.random.default_rng(seed)
    anatomy = mirrored(rng, random_anatomy(rng))
    if rng.random() < easy:
        return picture_of(rng, anatomy, size, supersampling, rng.uniform(*EASY_SHARE), easy=True)
    return picture_of(rng, anatomy, size, supersampling)


def picture_of(
    rng: np.random.Generator,
    anatomy: Anatomy,
    size: tuple[int, int],
    supersampling: int = 2,
    share: float | None = None,
    easy: bool = False,
) -> WorldPicture:
    """Return a photograph-like picture of a given specimen.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of everything random.
    anatomy : Anatomy
        The specimen.
    size : (int, int)
        Height and width in pixels.
    supersampling : int
        Pixels painted for each pixel of the picture, along either axis.
    share : float, optional
        Share of the frame that the specimen takes; default: random.
    easy : bool
        Whether the specimen is upright, and no clutter lies around it.
    """
    fine = (size[0] * supersampling, size[1] * supersampling)
    places = _places(rng, anatomy, fine, share, easy)
    parts = paint_parts(anatomy, places, fine)
    look = random_look(rng, anatomy.kind)
    surroundings = _surroundings(rng, fine, look, easy)
    grey = lightness(rng, parts, surroundings.behind(), places[-1], look)
    grey = np.clip(surroundings.lay_over(grey) * light(rng, fine, 0.08), 0, 1)
    colours = random_colours(rng, parts.names)
    background = COLOURS[int(rng.integers(len(COLOURS)))]
    coloured = tint(rng, grey, parts, colours, background, surroundings.tools())
    image = _photograph(rng, coloured, size, supersampling)
    text = _caption(rng, anatomy.kind, parts, colours, background)
    points = places[-1](np.array(list(anatomy.landmarks.values())))
    points = (points + 0.5) / supersampling - 0.5
    landmarks = {
        name: (float(row), float(col))
        for name, (row, col) in zip(anatomy.landmarks, points, strict=True)
    }
    return WorldPicture(anatomy.kind, image, landmarks, text, parts, colours)


def _places(
    rng: np.random.Generator,
    anatomy: Anatomy,
    size: tuple[int, int],
    share: float | None,
    easy: bool,
) -> list[Placement]:
    """Return where the specimen lies, last; before it, where others like it lie, if there are any."""
    place = random_placement(rng, anatomy, size, share, upright=easy)
    if share is not None or rng.random() > 0.06:
        return [place]
    small = random_placement(rng, anatomy, size, float(rng.uniform(0.3, 0.5)))
    others = []
    for _ in range(int(rng.integers(1, 4))):
        origin = rng.uniform(0.1, 0.9, 2) * size
        others.append(small.moved(origin, turned(rng.normal(0, 0.3)) * rng.uniform(0.8, 1.2)))
    return [*others, small]


def _surroundings(
    rng: np.random.Generator, size: tuple[int, int], look: str, easy: bool
) -> Surroundings:
    u = rng.uniform
    plain = rng.random() < 0.25
    if look == "translucent":
        level = u(0.55, 1.0)
    elif plain:
        level = float(rng.choice([1.0, 0.98, 0.0, 0.03, u(0.3, 0.9)]))
    else:
        level = u(0.03, 0.95)
    surroundings = Surroundings(rng, size, level, 0.0 if plain else u(0.01, 0.2))
    if easy:
        return surroundings
    if rng.random() < (0.15 if plain else 0.45):
        surroundings.add_clutter()
    if rng.random() < 0.12:
        surroundings.add_tools()
    return surroundings


def _photograph(
    rng: np.random.Generator, fine: NDArray[np.float32], size: tuple[int, int], factor: int
) -> NDArray[np.uint8]:
    """Return what a camera makes of a scene: fewer pixels, blur, contrast, noise, JPEG."""
    u = rng.uniform
    binned = fine.reshape(size[0], factor, size[1], factor, 3).mean((1, 3))
    image = Image.fromarray(np.uint8(np.clip(binned, 0, 1) * 255 + 0.5))
    if rng.random() < 0.5:
        image = image.filter(ImageFilter.GaussianBlur(u(0.2, 1.0) * min(size) / 64))
    picture = np.asarray(image, dtype=np.float32) / 255
    if rng.random() < 0.6:
        contrast, shift = u(0.45, 1.25), u(-0.1, 0.15)
        picture = 0.5 + contrast * (picture - 0.5) + shift
    grain = u(0.0, 0.04) if rng.random() < 0.7 else 0.0
    noise = rng.standard_normal((*size, 1), dtype=np.float32)
    picture = np.clip(picture + np.float32(grain) * noise, 0, 1)
    pixels = (picture * 255 + 0.5).astype(np.uint8)
    if rng.random() < 0.25:
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "jpeg", quality=int(rng.integers(35, 90)), subsampling=0)
        pixels = np.asarray(Image.open(file))
    return pixels


def _caption(
    rng: np.random.Generator,
    kind: str,
    parts: PartMap,
    colours: dict[str, str],
    background: str,
) -> str:
    """Name some of the parts that are seen, with their colours, in any order."""
    areas = np.bincount(parts.index.ravel(), minlength=len(parts.names) + 1)[1:]
    seen = [
        name
        for name, area in zip(parts.names, areas, strict=True)
        if area >= LEAST_AREA * parts.index.size
    ]
    clauses, words = [f"a {kind}"], 4
    for place in rng.permutation(len(seen)).tolist():
        clause = f"{seen[place]} {colours[seen[place]]}"
        cost = 1 + len(clause.split(" "))
        if words + cost <= MOST_WORDS:
            clauses.append(clause)
            words += cost
    return " , ".join(clauses) + f" on {background}"
