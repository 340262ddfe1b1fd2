"""VGG-19 (Simonyan and Zisserman 2015), the network of Neural Best-Buddies."""

from __future__ import annotations

from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from ...errors import CheckpointError
from .checkpoints import checkpoint_folder
from .descriptors import Describer, Descriptors, to_batch, whole_cells
from .matcher import Image
from .vision_transformers import DEVIATION, MEAN

BLOCKS = ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4))
"""Channels and convolutions of the five blocks, each of which ends in a pooling."""

LONGEST = 224
CELL = 16
"""Pixels per cell of the coarsest grid; sides are multiples of it, so that all grids are complete."""

DEFAULT = "timm/vgg19.tv_in1k"


class Vgg(Describer):
    """VGG-19, with the first layer of each of its five blocks as descriptors.

    Parameters
    ----------
    source : str or None
        Folder or Hugging Face id with one ``.safetensors`` file, whose tensors are called
        ``features.0.weight`` and so on, as in torchvision and timm. None: timm's, on ImageNet.
    device : torch.device
        Where it runs.
    blocks : tuple of (int, int)
        Channels and convolutions of the blocks, for other networks of the family.
    """

    name = "vgg"

    def __init__(
        self,
        source: str | None,
        device: torch.device,
        blocks: tuple[tuple[int, int], ...] = BLOCKS,
    ) -> None:
        self.source = source or DEFAULT
        self.features = convolutions(blocks)
        self._load()
        self.features.requires_grad_(False).eval().to(device)
        self.device = device

    def _load(self) -> None:
        path = next(
            iter(sorted(checkpoint_folder(self.source, config=False).glob("*.safetensors")))
        )
        try:
            with safe_open(path, framework="pt") as file:
                wanted = {name: f"features.{name}" for name in self.features.state_dict()}
                weights = {name: file.get_tensor(key) for name, key in wanted.items()}
            self.features.load_state_dict(weights)
        except (SafetensorError, RuntimeError) as error:
            raise CheckpointError(
                f"{path} does not hold VGG-19 ({error}); give a checkpoint such as {DEFAULT}."
            ) from error

    @torch.no_grad()
    def levels(self, image: Image) -> list[Descriptors]:
        """Return descriptors on five grids, each half as fine as the one before."""
        shape = whole_cells(image, LONGEST, CELL)
        values = to_batch(image, shape, MEAN, DEVIATION, self.device)
        grids: list[Tensor] = []
        first_of_block = True
        for layer in self.features:
            values = layer(values)
            if isinstance(layer, nn.MaxPool2d):
                first_of_block = True
            elif isinstance(layer, nn.ReLU) and first_of_block:
                grids.append(values[0])
                first_of_block = False
        return [Descriptors(grid, image.shape[:2]) for grid in grids]

    def about(self) -> dict[str, Any]:
        """Return the notes of a run about the network."""
        return {"checkpoint": self.source, "longest_side": LONGEST}


def convolutions(blocks: tuple[tuple[int, int], ...]) -> nn.Sequential:
    """Return the convolutional part of a VGG network, with layers numbered as in torchvision."""
    layers: list[nn.Module] = []
    before = 3
    for channels, count in blocks:
        for _ in range(count):
            layers += [nn.Conv2d(before, channels, 3, padding=1), nn.ReLU()]
            before = channels
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers)
