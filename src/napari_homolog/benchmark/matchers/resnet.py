"""Residual networks of bottlenecks (He, Zhang, Ren, Sun 2016), up to a stride of 16 pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor, nn

from .tensors import Tensors

STRIDES = (1, 2, 2)
"""Of the stages; convolution and pooling before them have a stride of two each."""

FIRST_STAGE = 4
"""Number of the first stage in a trunk: convolution, normalisation, rectifier, pooling come before."""


class Stage(NamedTuple):
    """Bottlenecks of the same size in a row."""

    blocks: int
    inner: int
    outer: int


class Bottleneck(nn.Module):
    """Three convolutions beside a shortcut; the middle one carries the stride.

    Parameters
    ----------
    inputs, inner, outer : int
        Channels before, between and after the convolutions.
    stride : int
        Cells of the input for one of the output.
    """

    def __init__(self, inputs: int, inner: int, outer: int, stride: int) -> None:
        super().__init__()
        # So called in torchvision, after which published checkpoints name their tensors.
        self.conv1 = nn.Conv2d(inputs, inner, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, inner, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(inner)
        self.conv3 = nn.Conv2d(inner, outer, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outer)
        self.downsample: nn.Module = nn.Identity()
        if stride != 1 or inputs != outer:
            shortcut = nn.Conv2d(inputs, outer, 1, stride, bias=False)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm2d(outer))

    def forward(self, values: Tensor) -> Tensor:
        """Return the rectified sum of both ways, shape (pictures, outer, rows, cols)."""
        inner = self.bn1(self.conv1(values)).relu()
        inner = self.bn2(self.conv2(inner)).relu()
        found: Tensor = (self.bn3(self.conv3(inner)) + self.downsample(values)).relu()
        return found


def trunk(stem: int, stages: Sequence[Stage]) -> nn.Sequential:
    """Return a residual network without its last stage and its classifier.

    Parameters
    ----------
    stem : int
        Channels of the first convolution.
    stages : sequence of Stage
        As many as `STRIDES`.

    Returns
    -------
    nn.Sequential
        Takes (pictures, 3, height, width) and gives (pictures, channels, rows, cols), a cell for 16
        pixels each way. Its layers are numbered, and those of its blocks called, as in torchvision.
    """
    layers: list[nn.Module] = [
        nn.Conv2d(3, stem, 7, 2, padding=3, bias=False),
        nn.BatchNorm2d(stem),
        nn.ReLU(),
        nn.MaxPool2d(3, 2, padding=1),
    ]
    before = stem
    for stage, stride in zip(stages, STRIDES, strict=True):
        blocks: list[nn.Module] = []
        for number in range(stage.blocks):
            step = stride if number == 0 else 1
            blocks.append(Bottleneck(before, stage.inner, stage.outer, step))
            before = stage.outer
        layers.append(nn.Sequential(*blocks))
    return nn.Sequential(*layers)


def trunk_for(weights: Tensors) -> nn.Sequential:
    """Return a trunk, not yet filled, of the sizes that weights have.

    Parameters
    ----------
    weights : Tensors
        Called ``0.weight``, ``4.0.conv1.weight`` and so on.

    Raises
    ------
    ValueError
        If tensors that tell the sizes are missing, or have another number of dimensions.
    """
    stem = weights.shape("0.weight", 4)[0]
    stages = []
    for number in range(FIRST_STAGE, FIRST_STAGE + len(STRIDES)):
        inner = weights.shape(f"{number}.0.conv1.weight", 4)[0]
        outer = weights.shape(f"{number}.0.conv3.weight", 4)[0]
        blocks = 1
        while f"{number}.{blocks}.conv1.weight" in weights:
            blocks += 1
        stages.append(Stage(blocks, inner, outer))
    return trunk(stem, stages)
