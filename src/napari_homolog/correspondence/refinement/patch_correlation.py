"""How well the surroundings of landmarks agree with those of each place near where they may be."""

from __future__ import annotations

import numpy as np
import scipy.fft
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

PATCH_DEVIATION = 0.5
"""Standard deviation of a patch's weights, as a share of its radius."""

FLOOR = 0.02
"""Contrast, as a share of the patches' mean, that is added to every patch: blank ones agree with
nothing."""


def correlate(
    reference: Tensor,
    target: Tensor,
    origins: NDArray[np.float64],
    places: NDArray[np.float64],
    radius: int,
    reach: int,
) -> Tensor:
    """Return the normalised correlation of patches of a reference with those around places.

    Parameters
    ----------
    reference, target : Tensor, shapes (channels, height, width)
        Features; each of its own size.
    origins : ndarray, shape (n, 2)
        Centres of the patches, (row, col) in pixels of the reference's features.
    places : ndarray, shape (n, 2)
        Around which the target is searched, (row, col) in pixels of its features.
    radius, reach : int
        Of the patches and of the search, in pixels.

    Returns
    -------
    Tensor, shape (n, 2 * reach + 1, 2 * reach + 1)
        In [-1, 1]; the middle belongs to the places themselves.
    """
    patches = cut_patches(reference, origins, radius)
    searched = cut_patches(target, places, radius + reach)
    weights = _patch_weights(radius)
    weighted = patches * weights
    side = scipy.fft.next_fast_len(searched.shape[-1], real=True)
    count = 2 * reach + 1

    def correlation(signal: Tensor, kernel: Tensor) -> Tensor:
        spectrum = torch.fft.rfft2(signal, (side, side))
        spectrum = spectrum * torch.fft.rfft2(kernel, (side, side)).conj()
        if spectrum.ndim == 4:
            spectrum = spectrum.sum(1)
        return torch.fft.irfft2(spectrum, (side, side))[:, :count, :count]

    product = correlation(searched, weighted)
    own = (patches * weighted).sum((1, 2, 3))
    theirs = correlation((searched**2).sum(1), weights).clamp(min=0)
    floor = (FLOOR * own.mean()).clamp(min=1e-8)
    return product / ((own[:, None, None] + floor) * (theirs + floor)).sqrt()


def cut_patches(features: Tensor, centres: NDArray[np.float64], radius: int) -> Tensor:
    """Return square patches around centres between pixels; zero beyond the features.

    Parameters
    ----------
    features : Tensor, shape (channels, height, width)
        To cut from.
    centres : ndarray, shape (n, 2)
        (row, col) in pixels.
    radius : int
        In pixels.

    Returns
    -------
    Tensor, shape (n, channels, 2 * radius + 1, 2 * radius + 1)
    """
    height, width = features.shape[1:]
    steps = torch.arange(-radius, radius + 1, dtype=torch.float64)
    middle = torch.from_numpy(centres)
    row = ((middle[:, 0, None] + steps + 0.5) / height * 2 - 1)[:, :, None]
    col = ((middle[:, 1, None] + steps + 0.5) / width * 2 - 1)[:, None, :]
    grid = torch.stack(torch.broadcast_tensors(col, row), -1).to(features)
    return functional.grid_sample(
        features.expand(len(centres), -1, -1, -1), grid, align_corners=False
    )


def subpixel_peaks(scores: Tensor) -> NDArray[np.float64]:
    """Return the peak of each map as its distance from the middle, by a parabola through it.

    Parameters
    ----------
    scores : Tensor, shape (n, side, side)
        The side is odd.

    Returns
    -------
    ndarray, shape (n, 2)
        (row, col) in pixels.
    """
    side = scores.shape[-1]
    highest = scores.flatten(1).argmax(1)
    cell = torch.stack([highest // side, highest % side], 1)
    inner = cell.clamp(1, side - 2)
    index = torch.arange(len(scores))
    peak = scores[index, inner[:, 0], inner[:, 1]]
    offsets = []
    for axis in range(2):
        step = torch.eye(2, dtype=torch.long)[axis]
        before, after = (
            scores[index, near[:, 0], near[:, 1]] for near in (inner - step, inner + step)
        )
        bend = before - 2 * peak + after
        offset = ((before - after) / (2 * bend)).clamp(-0.6, 0.6)
        flat = (bend > -1e-6) | (cell[:, axis] != inner[:, axis])
        offsets.append(torch.where(flat, torch.zeros_like(peak), offset))
    found = cell + torch.stack(offsets, 1)
    return np.asarray(found.double().numpy() - (side - 1) / 2)


def variance_around(
    scores: Tensor, peaks: NDArray[np.float64], temperature: float
) -> NDArray[np.float64]:
    """Return how flat maps (n, side, side) are around their peaks: a variance in square pixels.

    Parameters
    ----------
    scores : Tensor, shape (n, side, side)
        The maps.
    peaks : ndarray, shape (n, 2)
        From the middle, (row, col) in pixels.
    temperature : float
        Decrease of the score at which a place is e times less likely.
    """
    likely = torch.softmax(scores.double().flatten(1) / temperature, 1).view_as(scores)
    squares = squared_distances(scores.shape[-1], peaks)
    return np.asarray((likely * squares).sum((1, 2)).numpy() / 2)


def squared_distances(side: int, centres: NDArray[np.float64]) -> Tensor:
    """Return each cell's squared distance to centres (n, 2) from the middle, (n, side, side)."""
    steps = torch.arange(side, dtype=torch.float64) - (side - 1) / 2
    middle = torch.from_numpy(centres)
    row = (steps - middle[:, 0, None]) ** 2
    col = (steps - middle[:, 1, None]) ** 2
    return row[:, :, None] + col[:, None, :]


def _patch_weights(radius: int) -> Tensor:
    steps = torch.arange(-radius, radius + 1, dtype=torch.float32) / radius
    squares = steps[:, None] ** 2 + steps[None] ** 2
    return torch.exp(-squares / (2 * PATCH_DEVIATION**2)) * (squares <= 1)
