"""Views: the squares of an image that the model looks at, and the way back to image pixels.

A view is a rectangle on the image. Its edges are given in image coordinates whose pixel centres
are integers, so that the whole image spans rows -0.5 to height - 0.5. Inside a view positions are
shares of its sides, (0, 0) the top left corner and (1, 1) the bottom right one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from ..diffusion import Backbone
from .settings import Settings

JITTER = 0.04
"""Greatest share by which an encoded square is larger than the image's longer side."""

SHIFT = 0.15
"""Greatest distance of a close-up's centre from its point, as a share of the close-up's side."""

ZOOM = 0.05
"""Greatest deviation of a close-up's side, as a share of it."""


@dataclass(frozen=True)
class Rectangle:
    """Where a view lies on the image.

    Attributes
    ----------
    top, left : float
        The upper left corner, (row, col) of an edge, pixel centres at integers.
    height, width : float
        In pixels of the image.
    """

    top: float
    left: float
    height: float
    width: float

    def to_shares(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return points (n, 2), (row, col) in image pixels, as shares of this view's sides."""
        return (points - (self.top, self.left)) / (self.height, self.width)

    def to_pixels(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return shares of this view's sides, (n, 2), as (row, col) in image pixels."""
        return shares * (self.height, self.width) + (self.top, self.left)


@dataclass(frozen=True, eq=False)
class ViewSet:
    """Encoded views of one image.

    Attributes
    ----------
    latents : Tensor, shape (n, channels, side, side)
        Clean latents.
    rectangles : tuple of Rectangle
        Where the views lie, one for each latent.
    groups : tuple of int
        Which views belong together, counted from 0: every group shows the whole of what is looked
        at, so that groups can be compared.
    """

    latents: Tensor
    rectangles: tuple[Rectangle, ...]
    groups: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.rectangles)


def shared_views(
    backbone: Backbone,
    image: NDArray[np.float32],
    *,
    encodings: int,
    windows: int,
    crop_share: float,
    rng: np.random.Generator,
) -> ViewSet:
    """Encode an image a few times and cut views from the latents.

    Each encoding covers the image's enclosing square, edges repeated outside the image, at a
    slightly different place and size; the views are windows on the grid of its latent cells.

    Parameters
    ----------
    backbone : Backbone
        Gives the encoder, the size of a view and of a latent cell.
    image : ndarray of float32, shape (height, width, 3)
        RGB in [0, 1].
    encodings, windows : int
        Number of encodings, and of views cut from each (fewer where the grid has fewer places).
    crop_share : float
        Side of a view as a share of the encoded square's side.
    rng : numpy.random.Generator
        Source of places and sizes.

    Returns
    -------
    ViewSet
        Up to ``encodings * windows`` views.
    """
    cell, side = backbone.vae_factor, backbone.latent_side
    canvas_side = max(side + 1, math.ceil(side / crop_share)) if crop_share < 1 else side
    squares = [_square_around(image.shape[:2], rng) for _ in range(encodings)]
    resampler = Resampler(image, squares)
    canvases = torch.from_numpy(
        np.stack([resampler.sample(square, canvas_side * cell) for square in squares])
    )
    encoded = backbone.encode(canvases.permute(0, 3, 1, 2))
    slack = canvas_side - side + 1
    latents, rectangles, groups = [], [], []
    for group, (latent, square) in enumerate(zip(encoded, squares, strict=True)):
        unit = square.height / canvas_side
        for place in rng.permutation(slack * slack)[:windows]:
            row, col = divmod(int(place), slack)
            latents.append(latent[:, row : row + side, col : col + side])
            corner = (square.top + row * unit, square.left + col * unit)
            rectangles.append(Rectangle(*corner, side * unit, side * unit))
            groups.append(group)
    return ViewSet(torch.stack(latents), tuple(rectangles), tuple(groups))


def close_ups(
    backbone: Backbone,
    image: NDArray[np.float32],
    centres: NDArray[np.float64],
    *,
    count: int,
    share: float,
    rng: np.random.Generator,
) -> ViewSet:
    """Encode the neighbourhoods of some points, each a few times.

    Parameters
    ----------
    backbone : Backbone
        Gives the encoder and the size of a view.
    image : ndarray of float32, shape (height, width, 3)
        RGB in [0, 1].
    centres : ndarray of float64, shape (n, 2)
        (row, col) in pixels.
    count : int
        Views of each neighbourhood, at slightly different places and sizes.
    share : float
        Side of a view as a share of the image's longer side.
    rng : numpy.random.Generator
        Source of places and sizes.

    Returns
    -------
    ViewSet
        ``count`` groups of n views.
    """
    rectangles = []
    for centre in np.tile(centres, (count, 1)):
        side = max(image.shape[:2]) * share * rng.uniform(1 - ZOOM, 1 + ZOOM)
        top, left = centre + rng.uniform(-SHIFT, SHIFT, 2) * side - side / 2
        rectangles.append(Rectangle(float(top), float(left), side, side))
    resampler = Resampler(image, rectangles)
    side = backbone.latent_side * backbone.vae_factor
    pictures = np.stack([resampler.sample(rectangle, side) for rectangle in rectangles])
    latents = backbone.encode(torch.from_numpy(pictures).permute(0, 3, 1, 2))
    groups = np.repeat(np.arange(count), len(centres))
    return ViewSet(latents, tuple(rectangles), tuple(groups.tolist()))


def _square_around(shape: tuple[int, ...], rng: np.random.Generator) -> Rectangle:
    """Return a random square, a little larger than the image's longer side, that contains it."""
    height, width = shape
    side = max(height, width) * (1 + rng.uniform(0, JITTER))
    top = (
        rng.uniform(height - side, 0) - 0.5
        if side - height < JITTER * side
        else (height - side) / 2 - 0.5
    )
    left = (
        rng.uniform(width - side, 0) - 0.5
        if side - width < JITTER * side
        else (width - side) / 2 - 0.5
    )
    return Rectangle(top, left, side, side)


def join_views(sets: Sequence[ViewSet]) -> ViewSet:
    """Return the views of several images as one set."""
    rectangles = tuple(rectangle for views in sets for rectangle in views.rectangles)
    groups = tuple(group for views in sets for group in views.groups)
    return ViewSet(torch.cat([views.latents for views in sets]), rectangles, groups)


class Resampler:
    """Samples rectangles of one image, edges repeated outside it, without aliasing.

    Parameters
    ----------
    image : ndarray of float32, shape (height, width, 3)
        RGB in [0, 1].
    rectangles : sequence of Rectangle
        Those that will be asked for; the image is extended once to hold them all.
    """

    def __init__(self, image: NDArray[np.float32], rectangles: Sequence[Rectangle]) -> None:
        height, width = image.shape[:2]
        before = [
            max(0, math.ceil(-0.5 - min(r.top for r in rectangles))),
            max(0, math.ceil(-0.5 - min(r.left for r in rectangles))),
        ]
        after = [
            max(0, math.ceil(max(r.top + r.height for r in rectangles) + 0.5 - height)),
            max(0, math.ceil(max(r.left + r.width for r in rectangles) + 0.5 - width)),
        ]
        padding = ((before[0], after[0]), (before[1], after[1]), (0, 0))
        self._offset = (before[0] + 0.5, before[1] + 0.5)
        extended = np.pad(image, padding, mode="edge")
        self._channels = [Image.fromarray(np.ascontiguousarray(extended[..., c])) for c in range(3)]

    def sample(self, rectangle: Rectangle, side: int) -> NDArray[np.float32]:
        """Return a rectangle as (side, side, 3) float32."""
        top, left = rectangle.top + self._offset[0], rectangle.left + self._offset[1]
        box = (left, top, left + rectangle.width, top + rectangle.height)
        resized = [c.resize((side, side), Image.Resampling.BILINEAR, box) for c in self._channels]
        return np.stack([np.asarray(channel) for channel in resized], axis=-1)


def draw_noise(shape: Sequence[int], settings: Settings, generator: torch.Generator) -> Tensor:
    """Return noise of the settings' distribution, drawn on the processor for repeatability."""
    draw = torch.randn if settings.noise == "gaussian" else torch.rand
    return draw(tuple(shape), generator=generator)


def gaussian_targets(
    shares: Tensor, shape: tuple[int, int], sigma: float, offset: float = 0.5
) -> Tensor:
    """Return Gaussians of height one on a grid of cells.

    Parameters
    ----------
    shares : Tensor, shape (..., 2)
        Centres, (row, col) as shares of the view's sides.
    shape : (int, int)
        Rows and columns of the grid.
    sigma : float
        Standard deviation as a share of the view's side.
    offset : float
        Where in its cell a cell is sampled: 0.5, its centre, is right; the authors' code has 0.

    Returns
    -------
    Tensor, shape (..., rows, cols)
        Zeros where a centre is missing (NaN).
    """
    profiles = []
    for axis, count in enumerate(shape):
        cells = (torch.arange(count, device=shares.device, dtype=shares.dtype) + offset) / count
        profiles.append(torch.exp(-((cells - shares[..., axis, None]) ** 2) / (2 * sigma**2)))
    return (profiles[0][..., :, None] * profiles[1][..., None, :]).nan_to_num()


def visible(shares: Tensor) -> Tensor:
    """Return 1 where a landmark (..., 2), given as shares of a view's sides, lies in it, else 0."""
    return ((shares > 0) & (shares < 1)).all(-1).float()
