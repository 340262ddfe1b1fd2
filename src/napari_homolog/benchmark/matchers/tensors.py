"""Named tensors of a checkpoint, and networks filled with them."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

COUNTER = "num_batches_tracked"
"""Of batch normalisation in training; of no use afterwards, and left out of some checkpoints."""


class Tensors:
    """The tensors of a checkpoint whose names begin alike, called by the rest of their names.

    Parameters
    ----------
    every : mapping of str to Tensor
        All tensors of the checkpoint.
    prefix : str
        How the names of those begin that belong here.
    """

    def __init__(self, every: Mapping[str, Tensor], prefix: str) -> None:
        self.every = every
        self.prefix = prefix

    def __contains__(self, name: str) -> bool:
        """Tell whether there is a tensor of that name."""
        return self.prefix + name in self.every

    def __getitem__(self, name: str) -> Tensor:
        """Return a tensor by name.

        Raises
        ------
        ValueError
            If there is none.
        """
        if name not in self:
            raise ValueError(f"it has no tensor {self.prefix}{name}")
        return self.every[self.prefix + name]

    def shape(self, name: str, dimensions: int) -> tuple[int, ...]:
        """Return the shape of a tensor that has to have so many dimensions.

        Raises
        ------
        ValueError
            If there is none of that name, or it has more or fewer.
        """
        shape = tuple(self[name].shape)
        if len(shape) != dimensions:
            raise ValueError(
                f"{self.prefix}{name} has shape {shape}, which is not of {dimensions} dimensions"
            )
        return shape


def fill(network: nn.Module, weights: Tensors) -> None:
    """Fill a network with the tensors of its parameters' names, in single precision.

    Raises
    ------
    ValueError
        If one is missing or of another shape; nothing is filled then.
    """
    wanted = {
        name: value for name, value in network.state_dict().items() if not name.endswith(COUNTER)
    }
    for name, value in wanted.items():
        if weights[name].shape != value.shape:
            raise ValueError(
                f"{weights.prefix}{name} has shape {tuple(weights[name].shape)}, "
                f"not {tuple(value.shape)}"
            )
    network.load_state_dict({name: weights[name].to(torch.float32) for name in wanted})
