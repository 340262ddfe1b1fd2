"""Self-supervised vision transformers: DINO and DINOv2."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor, nn

from ...errors import CheckpointError
from .checkpoints import checkpoint_folder
from .descriptors import Describer, Descriptors, to_batch, whole_cells
from .matcher import Image

MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)
"""Mean and deviation of ImageNet's channels, by which inputs are normalised."""

LONGEST = 448
"""Longer side in pixels to which an image is resized."""

KEYS = ("k_proj", "key")
"""Names of an attention's key projection in versions of transformers."""


class Transformer(Describer):
    """A vision transformer of the transformers library.

    Parameters
    ----------
    source : str
        Folder or Hugging Face id.
    device : torch.device
        Where it runs.
    """

    default: str
    kinds: tuple[str, ...]

    def __init__(self, source: str | None, device: torch.device) -> None:
        from transformers import AutoConfig, AutoModel

        self.source = source or self.default
        folder = checkpoint_folder(self.source)
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
        if config.model_type not in self.kinds:
            raise CheckpointError(
                f"{self.source} is a model of type {config.model_type!r}; {self.name} needs "
                f"{' or '.join(self.kinds)}, such as {self.default}."
            )
        self.model: nn.Module = AutoModel.from_pretrained(
            folder, use_safetensors=True, local_files_only=True
        )
        self.model.requires_grad_(False).eval().to(device)
        self.device = device
        self.cell = int(config.patch_size)

    @torch.no_grad()
    def levels(self, image: Image) -> list[Descriptors]:
        """Return descriptors on one grid, one for each patch."""
        shape = whole_cells(image, LONGEST, self.cell)
        batch = to_batch(image, shape, MEAN, DEVIATION, self.device)
        rows, cols = (side // self.cell for side in shape)
        # Class and register tokens come first.
        patches = self.tokens(batch)[0, -rows * cols :]
        grid = patches.T.unflatten(-1, (rows, cols)).float()
        return [Descriptors(grid, image.shape[:2])]

    @abstractmethod
    def tokens(self, batch: Tensor) -> Tensor:
        """Return the descriptors of all tokens, shape (1, tokens, channels)."""

    def about(self) -> dict[str, Any]:
        """Return the notes of a run about the network."""
        return {"checkpoint": self.source, "longest_side": LONGEST}


class Dino(Transformer):
    """DINO (Caron et al. 2021), with its keys as descriptors (Amir et al. 2021).

    The keys are those of the layer at three quarters of the depth. Their binning over neighbouring
    patches is not implemented.
    """

    name = "dino"
    default = "facebook/dino-vits8"
    kinds = ("vit",)

    def tokens(self, batch: Tensor) -> Tensor:
        """Return the keys of all heads of one layer."""
        layers = [
            module
            for name, module in self.model.named_modules()
            if name.rpartition(".")[2] in KEYS and isinstance(module, nn.Linear)
        ]
        if not layers:
            raise CheckpointError(f"The attention layers of {self.source} have no keys.")
        kept: list[Tensor] = []
        layer = layers[len(layers) * 3 // 4]
        hook = layer.register_forward_hook(lambda _layer, _given, keys: kept.append(keys))
        try:
            self.model(batch, interpolate_pos_encoding=True)
        finally:
            hook.remove()
        return kept[0]


class DinoV2(Transformer):
    """DINOv2 (Oquab et al. 2023), with the tokens of its last layer as descriptors."""

    name = "dinov2"
    default = "facebook/dinov2-base"
    kinds = ("dinov2", "dinov2_with_registers")

    def tokens(self, batch: Tensor) -> Tensor:
        """Return the last layer's tokens."""
        found: Tensor = self.model(batch).last_hidden_state
        return found
