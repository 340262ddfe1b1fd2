"""Boxes around the specimens of pictures, drawn as loosely as by hand."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ...boxes import Box
from .pair import Pair, Picture

MARGIN = 0.15
"""From the landmarks' own box to the outline of a specimen, as a share of its longer side."""

LOOSENESS = 0.05
"""Largest error of each edge, as a share of the longer side."""


def boxed(picture: Picture, seed: int) -> Picture:
    """Return a picture with a box around its landmarks, as somebody would draw it.

    Parameters
    ----------
    picture : Picture
        The picture.
    seed : int
        Of the errors of the edges; the same arguments give the same box.
    """
    rng = np.random.default_rng((seed, zlib.crc32(picture.name.encode())))
    points = picture.landmarks.points[picture.landmarks.present]
    around = Box(*map(float, (*points.min(0), *points.max(0)))).widened(MARGIN)
    errors = rng.uniform(-LOOSENESS, LOOSENESS, 4) * around.size
    edges = (around.top, around.left, around.bottom, around.right)
    loose = Box(*(float(edge + error) for edge, error in zip(edges, errors, strict=True)))
    return replace(picture, drawn=loose.within(picture.size))


def with_boxes(pairs: Sequence[Pair], seed: int) -> list[Pair]:
    """Return pairs whose pictures have boxes; a picture has the same in all of them.

    Parameters
    ----------
    pairs, seed : sequence of Pair, int
        As in `boxed`.
    """
    pictures = {one.name: one for pair in pairs for one in (pair.source, pair.target)}
    drawn = {name: boxed(picture, seed) for name, picture in pictures.items()}
    return [Pair(drawn[pair.source.name], drawn[pair.target.name]) for pair in pairs]


def with_boxed_pictures(
    further: Mapping[str, Sequence[Picture]], seed: int
) -> dict[str, list[Picture]]:
    """Return further references, by the source's name, with their boxes."""
    return {name: [boxed(one, seed) for one in pictures] for name, pictures in further.items()}
