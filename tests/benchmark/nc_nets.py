"""Small NC-Nets as published checkpoints have them: random, and set by hand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from napari_homolog.benchmark.matchers.neighbourhood_consensus import NeighbourhoodConsensus
from napari_homolog.benchmark.matchers.resnet import Trunk, published_name

DEPTHS, WIDTHS = (2, 1, 3), (16, 32, 64)
CHANNELS = 6
"""Of the trunk set by hand: each colour and its opposite, as rectifiers pass no negative number."""


def randomised(network: torch.nn.Module) -> torch.nn.Module:
    """Return a network in use whose numbers, those of its normalisations too, are random."""
    for value in network.state_dict().values():
        if value.is_floating_point():
            value.copy_(torch.rand_like(value) * 0.5 + (0.1 if value.ndim == 1 else -0.25))
    return network.eval()


def checkpoint(trunk: torch.nn.Module, consensus: torch.nn.Module) -> dict[str, Tensor]:
    """Return the tensors of a network under the names that strongly supervised ones have."""
    named = {f"FeatureExtraction.model.{published_name(name)}": value
             for name, value in trunk.state_dict().items()}  # fmt: skip
    named |= {f"NeighConsensus.{name}": value for name, value in consensus.state_dict().items()}
    return {name: value.clone() for name, value in named.items()}


def wrapped(weights: Mapping[str, Tensor], score: float) -> dict[str, Tensor]:
    """Return them under the names of weakly supervised ones, with a score of having no match."""
    renamed = {f"matching_model.{name}": value for name, value in weights.items()}
    return renamed | {"bin_model.bin_score": torch.tensor(score)}


def random_weights() -> dict[str, Tensor]:
    torch.manual_seed(0)
    return checkpoint(
        randomised(Trunk(8, DEPTHS, WIDTHS)), randomised(NeighbourhoodConsensus((3, 5), (4, 1)))
    )


def transparent_weights() -> dict[str, Tensor]:
    """Return weights with which a cell is described by the brightest colours around its centre."""
    through = Trunk(CHANNELS, (1,) * 3, (CHANNELS,) * 3)
    for name, value in through.state_dict().items():
        if name.endswith("shortcut.convolution.weight"):
            value.copy_(torch.eye(CHANNELS)[..., None, None])
        elif name.startswith("network.encoder") and "convolution" in name:
            value.zero_()
    stem = through.state_dict()["network.embedder.embedder.convolution.weight"].zero_()
    stem[:3, :, 3, 3], stem[3:, :, 3, 3] = torch.eye(3), -torch.eye(3)
    consensus = NeighbourhoodConsensus((3,), (1,))
    consensus.state_dict()["conv.0.weight"][1, 0, 0, 1, 1, 1] = 1
    return checkpoint(through, consensus)


def written(path: Path, weights: Mapping[str, Tensor]) -> str:
    save_file(dict(weights), path)
    return str(path)
