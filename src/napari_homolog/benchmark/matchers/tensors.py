"""Named tensors of a checkpoint, and networks filled with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

COUNTER = "num_batches_tracked"
"""Counter of batch normalisation, used in training only and missing in some checkpoints."""


class Tensors:
    """The tensors of a checkpoint whose names have the same prefix, by the rest of their names.

    Parameters
    ----------
    every : mapping of str to Tensor
        All tensors of the checkpoint.
    prefix : str
        The prefix.
    """

    def __init__(self, every: Mapping[str, Tensor], prefix: str) -> None:
        self.every = every
        self.prefix = prefix

    def __contains__(self, name: str) -> bool:
        """Return whether there is a tensor of that name."""
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
        """Return the shape of a tensor, which must have so many dimensions.

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


def fill(
    network: nn.Module, weights: Tensors, name_of: Callable[[str], str] = lambda name: name
) -> None:
    """Load the tensors of a checkpoint into a network, in single precision.

    Parameters
    ----------
    network : nn.Module
        The network to fill.
    weights : Tensors
        The checkpoint.
    name_of : callable
        Returns the checkpoint's name of a tensor of the network; default: the same name.

    Raises
    ------
    ValueError
        If one is missing or of another shape; the network is unchanged then.
    """
    wanted = {
        name: value for name, value in network.state_dict().items() if not name.endswith(COUNTER)
    }
    found = {name: weights[name_of(name)] for name in wanted}
    for name, value in wanted.items():
        if found[name].shape != value.shape:
            raise ValueError(
                f"{weights.prefix}{name_of(name)} has shape {tuple(found[name].shape)}, "
                f"not {tuple(value.shape)}"
            )
    complete = {**network.state_dict(), **found}
    network.load_state_dict({name: value.to(torch.float32) for name, value in complete.items()})
