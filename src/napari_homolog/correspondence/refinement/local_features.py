"""What is compared of two pictures: directions of structure, and shades relative to surroundings.

The direction of a structure is independent of which side of it is the lighter one: a stripe, or
another background, changes the sign of contrast between specimens of one kind.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

POOLING = 0.0125
"""Standard deviation of the window in which directions are averaged; a share of the specimen."""

NORMALISATION = 0.025
"""The same for the surroundings whose contrast is the unit."""

STRUCTURELESS = 0.05
"""Contrast, as a share of the picture's mean, below which a place counts as structureless."""

DERIVATIVE = 0.7
"""Standard deviation of the smoothing before derivatives, in pixels."""

SHADE_NOISE, GRADIENT_NOISE = 0.02, 0.003
"""Contrast of shades and of gradients that is noise, in RGB units."""


def orientation_energy(picture: Tensor, side: int) -> Tensor:
    """Return the direction of structure at each pixel, without its sign.

    The structure tensor of all colours, as cosine and sine of the double and the quadruple angle:
    the latter keeps corners and crossings, in which the former cancels out.

    Parameters
    ----------
    picture : Tensor, shape (1, 3, height, width)
        RGB in [0, 1].
    side : int
        Size of the specimen in pixels.

    Returns
    -------
    Tensor, shape (4, height, width)

    References
    ----------
    Bigün and Granlund 1987.
    """
    row, col = _gradient(blur(picture, DERIVATIVE))
    energy = (row**2 + col**2).sum(1, keepdim=True)
    cosine = (col**2 - row**2).sum(1, keepdim=True)
    sine = 2 * (col * row).sum(1, keepdim=True)
    anisotropy = (cosine**2 + sine**2).sqrt() + 1e-12
    double = torch.cat([cosine, sine], 1)
    quadruple = torch.cat([cosine**2 - sine**2, 2 * cosine * sine], 1) / anisotropy
    contrast = (energy + 1e-12).sqrt()
    directions = blur(torch.cat([double, quadruple], 1) / contrast, POOLING * side)
    unit = blur(contrast, NORMALISATION * side) + STRUCTURELESS * contrast.mean()
    return (directions / unit)[0]


def shades(picture: Tensor, side: int) -> Tensor:
    """Return grey values relative to their surroundings, (1, height, width); as above."""
    grey = picture.mean(1, keepdim=True)
    difference = grey - blur(grey, NORMALISATION * side)
    contrast = blur(difference**2, NORMALISATION * side).sqrt()
    return (difference / (contrast + SHADE_NOISE))[0]


def gradients(picture: Tensor, side: int) -> Tensor:
    """Return gradients of grey values relative to those around, (2, height, width); as above."""
    gradient = torch.cat(_gradient(blur(picture.mean(1, keepdim=True), 1.0)), 1)
    contrast = blur((gradient**2).sum(1, keepdim=True), NORMALISATION * side).sqrt()
    return (gradient / (contrast + GRADIENT_NOISE))[0]


def blur(picture: Tensor, deviation: float) -> Tensor:
    """Return a picture (1, channels, height, width) after a Gaussian filter."""
    reach = max(math.ceil(2.5 * deviation), 1)
    steps = torch.arange(-reach, reach + 1, dtype=picture.dtype)
    kernel = torch.exp(-(steps**2) / (2 * deviation**2))
    kernel = kernel / kernel.sum()
    channels = picture.shape[1]
    padded = functional.pad(picture, (reach, reach, reach, reach), mode="replicate")
    rows = functional.conv2d(
        padded, kernel.view(1, 1, 1, -1).expand(channels, 1, 1, -1), groups=channels
    )
    return functional.conv2d(
        rows, kernel.view(1, 1, -1, 1).expand(channels, 1, -1, 1), groups=channels
    )


def _gradient(picture: Tensor) -> tuple[Tensor, Tensor]:
    """Return central differences of a picture along rows and along columns."""
    padded = functional.pad(picture, (1, 1, 1, 1), mode="replicate")
    row = (padded[..., 2:, 1:-1] - padded[..., :-2, 1:-1]) / 2
    col = (padded[..., 1:-1, 2:] - padded[..., 1:-1, :-2]) / 2
    return row, col
