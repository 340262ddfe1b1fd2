"""Neighbourhood consensus: matches that agree with neighbouring matches get higher scores.

Rocco, Cimpoi, Arandjelovic, Torii, Pajdla, Sivic 2018, "Neighbourhood Consensus Networks". All pairs of
cells of two images form a four-dimensional grid; small convolutions over it combine each pair with the
pairs around it, symmetrically in both images.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from .tensors import Tensors

TINY = 1e-5
"""Added to the largest score, by which the others are divided."""


def conv4d(values: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Convolve over four dimensions, with zero padding.

    Parameters
    ----------
    values : Tensor, shape (a, inputs, b, c, d)
        A grid of a x b x c x d cells, with its first dimension before the channels.
    weight : Tensor, shape (size, outputs, inputs, size, size, size)
        Kernel with an odd number of cells along each dimension; the first dimension comes first.
    bias : Tensor, shape (outputs,)
        Added to each output.

    Returns
    -------
    Tensor, shape (a, outputs, b, c, d)
    """
    cells, reach = len(values), len(weight) // 2
    found = functional.conv3d(values, weight[reach], bias, padding=reach)
    for step in range(-reach, reach + 1):
        # Cells near the ends meet zero padding instead of a slice at this distance.
        first, last = max(0, -step), min(cells, cells - step)
        if step == 0 or first >= last:
            continue
        shifted = values[first + step : last + step]
        found[first:last] += functional.conv3d(shifted, weight[reach + step], padding=reach)
    return found


class Conv4d(nn.Module):
    """A learned convolution over four dimensions.

    Parameters
    ----------
    size : int
        Cells of the kernel along each dimension; odd.
    inputs, outputs : int
        Channels.
    """

    def __init__(self, size: int, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(size, outputs, inputs, size, size, size))
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, values: Tensor) -> Tensor:
        """Convolve, see `conv4d`."""
        return conv4d(values, self.weight, self.bias)


def mutual(scores: Tensor) -> Tensor:
    """Reduce the scores of matches that are not the best ones of both of their cells.

    Each score is multiplied by its ratios to the largest scores of both cells: soft mutual nearest
    neighbours.

    Parameters
    ----------
    scores : Tensor, shape (rows, cols, other rows, other cols)
        Scores of all pairs of cells.

    Returns
    -------
    Tensor of the same shape
    """
    best = scores.amax((2, 3), keepdim=True)
    other_best = scores.amax((0, 1), keepdim=True)
    # In this order the result is exactly symmetric.
    return scores * ((scores / (best + TINY)) * (scores / (other_best + TINY)))


def transposed(scores: Tensor) -> Tensor:
    """Return the scores with the images exchanged."""
    return scores.permute(2, 3, 0, 1)


class NeighbourhoodConsensus(nn.Module):
    """Convolutions over pairs of cells with rectifiers, applied in both directions and added.

    Parameters
    ----------
    sizes : sequence of int
        Cells of each kernel along each dimension; odd.
    channels : sequence of int
        Outputs of each convolution; the last one has one.
    """

    def __init__(self, sizes: Sequence[int], channels: Sequence[int]) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for size, inputs, outputs in zip(sizes, (1, *channels), channels, strict=False):
            layers += [Conv4d(size, inputs, outputs), nn.ReLU()]
        # Published checkpoints have this name, and number the rectifiers too.
        self.conv = nn.Sequential(*layers)

    def forward(self, scores: Tensor) -> Tensor:
        """Return new scores of all pairs of cells, shape (rows, cols, other rows, other cols)."""
        return self._one_way(scores) + transposed(self._one_way(transposed(scores)))

    def _one_way(self, scores: Tensor) -> Tensor:
        found: Tensor = self.conv(scores.unsqueeze(1))
        return found.squeeze(1)


def consensus_for(weights: Tensors) -> NeighbourhoodConsensus:
    """Return a consensus network, not yet filled, of the size of some weights.

    Parameters
    ----------
    weights : Tensors
        Named ``conv.0.weight``, ``conv.2.weight`` and so on, in the layout of `conv4d`.

    Raises
    ------
    ValueError
        If they do not form such a network.
    """
    sizes: list[int] = []
    channels: list[int] = []
    while not sizes or f"conv.{2 * len(sizes)}.weight" in weights:
        name = f"conv.{2 * len(sizes)}.weight"
        size, outputs, inputs, *others = weights.shape(name, 6)
        before = channels[-1] if channels else 1
        if size % 2 == 0 or others != [size] * 3 or inputs != before:
            raise ValueError(
                f"{weights.prefix}{name} has shape {(size, outputs, inputs, *others)}, not (size, "
                f"outputs, {before}, size, size, size) with an odd size"
            )
        sizes.append(size)
        channels.append(outputs)
    if channels[-1] != 1:
        raise ValueError(f"the last of {weights.prefix}conv has {channels[-1]} outputs, not 1")
    return NeighbourhoodConsensus(sizes, channels)
