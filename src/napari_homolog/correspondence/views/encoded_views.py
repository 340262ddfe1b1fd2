"""Encoding views: windows of encodings of the whole image, and close-ups of landmarks."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray

from ...diffusion import Backbone
from .rectangle import Rectangle
from .resampler import Resampler
from .view_set import ViewSet

JITTER = 0.04
"""Maximum share by which an encoded square is larger than the image's longer side."""

SHIFT = 0.15
"""Maximum distance of a close-up's centre from its point, as a share of the close-up's side."""

ZOOM = 0.05
"""Maximum deviation of a close-up's side, as a share of it."""


def encode_whole_image(
    backbone: Backbone,
    image: NDArray[np.float32],
    *,
    encodings: int,
    windows: int,
    crop_share: float,
    rng: np.random.Generator,
) -> ViewSet:
    """Encode an image a few times and cut views from the latents.

    Each encoding covers the image's enclosing square, with edge pixels repeated outside the image,
    at a slightly different position and size; the views are windows on the grid of its latents.

    Parameters
    ----------
    backbone : Backbone
        Gives the encoder, the size of a view and of a latent cell.
    image : ndarray of float32, shape (height, width, 3)
        RGB in [0, 1].
    encodings, windows : int
        Number of encodings, and of views cut from each (fewer where the grid has fewer positions).
    crop_share : float
        Side of a view as a share of the encoded square's side.
    rng : numpy.random.Generator
        Source of positions and sizes.

    Returns
    -------
    ViewSet
        Up to ``encodings * windows`` views; one group for each encoding.
    """
    cell, side = backbone.vae_factor, backbone.latent_side
    canvas_side = max(side + 1, math.ceil(side / crop_share)) if crop_share < 1 else side
    squares = [_enclosing_square(image.shape[:2], rng) for _ in range(encodings)]
    resampler = Resampler(image, squares)
    canvases = torch.from_numpy(
        np.stack([resampler.resample(square, canvas_side * cell) for square in squares])
    )
    encoded = backbone.encode(canvases.permute(0, 3, 1, 2))
    slack = canvas_side - side + 1
    latents, rectangles, groups = [], [], []
    for group, (latent, square) in enumerate(zip(encoded, squares, strict=True)):
        unit = square.height / canvas_side
        for position in rng.permutation(slack * slack)[:windows]:
            row, col = divmod(int(position), slack)
            latents.append(latent[:, row : row + side, col : col + side])
            corner = (square.top + row * unit, square.left + col * unit)
            rectangles.append(Rectangle(*corner, side * unit, side * unit))
            groups.append(group)
    return ViewSet(torch.stack(latents), tuple(rectangles), tuple(groups))


def encode_close_ups(
    backbone: Backbone,
    image: NDArray[np.float32],
    centres: NDArray[np.float64],
    *,
    count: int,
    share: float,
    rng: np.random.Generator,
) -> ViewSet:
    """Encode the neighbourhoods of some points, each several times.

    Parameters
    ----------
    backbone : Backbone
        Gives the encoder and the size of a view.
    image : ndarray of float32, shape (height, width, 3)
        RGB in [0, 1].
    centres : ndarray of float64, shape (n, 2)
        (row, col) in pixels.
    count : int
        Views of each neighbourhood, at slightly different positions and sizes.
    share : float
        Side of a view as a share of the image's longer side.
    rng : numpy.random.Generator
        Source of positions and sizes.

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
    pictures = np.stack([resampler.resample(rectangle, side) for rectangle in rectangles])
    latents = backbone.encode(torch.from_numpy(pictures).permute(0, 3, 1, 2))
    groups = np.repeat(np.arange(count), len(centres))
    return ViewSet(latents, tuple(rectangles), tuple(groups.tolist()))


def _enclosing_square(shape: tuple[int, ...], rng: np.random.Generator) -> Rectangle:
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
