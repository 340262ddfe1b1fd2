"""The trunk of NC-Net: a ResNet of transformers (He, Zhang, Ren, Sun 2016) up to a stride of 16 pixels.

Published checkpoints of NC-Net have the tensors of torchvision's ResNet, whose layers are numbered:
convolution (0), normalisation (1), rectifier (2), pooling (3), and three stages (4 to 6).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from .tensors import Tensors

FIRST_STAGE = 4
"""Number of the first stage in checkpoints."""

STAGES = 3
"""Stages of the trunk; a ResNet has four."""

REDUCTION = 4
"""Ratio of the channels outside and inside a bottleneck."""

PARTS = {"convolution": "conv", "normalization": "bn"}


class Trunk(nn.Module):
    """A residual network of bottlenecks without its last stage and its classifier.

    Parameters
    ----------
    stem : int
        Channels of the first convolution.
    depths : sequence of int
        Bottlenecks of each stage.
    widths : sequence of int
        Channels of each stage.
    """

    def __init__(self, stem: int, depths: Sequence[int], widths: Sequence[int]) -> None:
        from transformers import ResNetConfig, ResNetModel

        super().__init__()
        config = ResNetConfig(
            embedding_size=stem,
            hidden_sizes=list(widths),
            depths=list(depths),
            layer_type="bottleneck",
            # As in torchvision, the middle convolution has the stride.
            downsample_in_bottleneck=False,
        )
        self.network: Any = ResNetModel(config)

    def forward(self, batch: Tensor) -> Tensor:
        """Return features (images, channels, rows, cols), a cell for 16 pixels each way."""
        features: Tensor = self.network(batch).last_hidden_state
        return features


def trunk_for(weights: Tensors) -> Trunk:
    """Return a trunk, not yet filled, of the size of some weights.

    Parameters
    ----------
    weights : Tensors
        With the names of torchvision: ``0.weight``, ``4.0.conv1.weight`` and so on.

    Raises
    ------
    ValueError
        If tensors that determine the size are missing, or have another number of dimensions.
    """
    stem = weights.shape("0.weight", 4)[0]
    depths, widths = [], []
    for number in range(FIRST_STAGE, FIRST_STAGE + STAGES):
        width = weights.shape(f"{number}.0.conv3.weight", 4)[0]
        inner = weights.shape(f"{number}.0.conv1.weight", 4)[0]
        if inner != width // REDUCTION:
            raise ValueError(
                f"{weights.prefix}{number}.0.conv1.weight has {inner} outputs, not "
                f"{width // REDUCTION}, a quarter of the stage's {width} channels"
            )
        depth = 1
        while f"{number}.{depth}.conv1.weight" in weights:
            depth += 1
        depths.append(depth)
        widths.append(width)
    return Trunk(stem, depths, widths)


def published_name(name: str) -> str:
    """Return the name that published checkpoints give to a tensor of a trunk.

    Examples
    --------
    >>> published_name("network.encoder.stages.2.layers.0.layer.1.convolution.weight")
    '6.0.conv2.weight'
    >>> published_name("network.encoder.stages.0.layers.0.shortcut.normalization.bias")
    '4.0.downsample.1.bias'
    """
    *path, part, last = name.removeprefix("network.").split(".")
    if path[0] == "embedder":
        return f"{list(PARTS).index(part)}.{last}"
    stage, block = FIRST_STAGE + int(path[2]), path[4]
    if path[5] == "shortcut":
        return f"{stage}.{block}.downsample.{list(PARTS).index(part)}.{last}"
    return f"{stage}.{block}.{PARTS[part]}{int(path[6]) + 1}.{last}"
