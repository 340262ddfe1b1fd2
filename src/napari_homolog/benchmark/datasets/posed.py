"""Pictures turned, scaled and moved by a seed: specimens that nobody laid straight."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from skimage.transform import SimilarityTransform, warp

from ...landmarks import Landmarks
from .pair import Pair, Picture

PoseRange = Literal["slight", "any"]

TURNS: dict[PoseRange, float] = {"slight": 20.0, "any": 180.0}
"""Largest turn to either side in degrees."""

SCALES = (0.75, 1.05)
LARGEST_SHIFT = 0.08
"""Share of the frame's height and width."""

RIM = 0.02
"""Share of the frame whose median colour fills what a moved picture leaves empty."""


@dataclass(frozen=True, eq=False, kw_only=True)
class PosedPicture(Picture):
    """A picture in another pose, in a frame of the same size.

    Landmarks that leave the frame are missing.

    Attributes
    ----------
    pose : SimilarityTransform
        Of (x, y) in pixels.
    """

    pose: SimilarityTransform

    def read(self) -> NDArray[np.float32]:
        """Return the image as RGB in [0, 1], shape (height, width, 3)."""
        image = super().read()
        rim = max(round(RIM * min(image.shape[:2])), 1)
        edges = (image[:rim], image[-rim:], image[:, :rim], image[:, -rim:])
        colour = np.median(np.concatenate([edge.reshape(-1, 3) for edge in edges]), axis=0)
        moved = warp(image - colour, self.pose.inverse, order=1, mode="constant", cval=0.0)
        return np.clip(moved + colour, 0, 1).astype(np.float32)


def posed(picture: Picture, poses: PoseRange, seed: int) -> PosedPicture:
    """Return a picture in a random pose that follows from its name and a seed.

    Parameters
    ----------
    picture : Picture
        The picture.
    poses : {"slight", "any"}
        Turned by up to 20 degrees, or by any angle; scaled by 0.75 to 1.05 and moved by up to 8 % of
        the frame either way.
    seed : int
        The same arguments give the same pose.
    """
    rng = np.random.default_rng((seed, zlib.crc32(picture.name.encode())))
    size = np.array(picture.size)
    middle = ((size - 1) / 2)[::-1]
    turn = np.deg2rad(rng.uniform(-TURNS[poses], TURNS[poses]))
    shift = rng.uniform(-LARGEST_SHIFT, LARGEST_SHIFT, 2) * size[::-1]
    pose = (
        SimilarityTransform(translation=-middle)
        + SimilarityTransform(rotation=turn, scale=rng.uniform(*SCALES))
        + SimilarityTransform(translation=middle + shift)
    )
    points = pose(picture.landmarks.points[:, ::-1])[:, ::-1]
    inside = ((points >= 0) & (points <= size - 1)).all(1)
    return PosedPicture(
        name=f"{picture.name} posed",
        path=picture.path,
        landmarks=Landmarks.from_arrays(
            picture.landmarks.names, np.where(inside[:, None], points, np.nan)
        ),
        category=picture.category,
        mirrored=picture.mirrored,
        pose=pose,
    )


def with_posed_targets(pairs: list[Pair], poses: PoseRange, seed: int) -> list[Pair]:
    """Return pairs with their targets in other poses, but none that no longer shares a landmark.

    Parameters
    ----------
    pairs : list of Pair
        The pairs; a target has the same pose in all of them.
    poses, seed : {"slight", "any"}, int
        As in `posed`.
    """
    moved = {pair.target.name: posed(pair.target, poses, seed) for pair in pairs}
    changed = [replace(pair, target=moved[pair.target.name]) for pair in pairs]
    return [pair for pair in changed if pair.shared]
