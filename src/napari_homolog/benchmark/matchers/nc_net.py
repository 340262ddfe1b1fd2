"""NC-Net: probabilities of matches between the cells of two images.

Rocco et al. 2018, and with a no-match state Truong, Danelljan, Yu, Van Gool 2022,
"Probabilistic Warp Consistency for Weakly-Supervised Semantic Correspondences" (PWarpC). The layers,
their names and the constants are those of the latter's published code, PruneTruong/DenseMatching.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import torch
from torch import Tensor, nn

from .neighbourhood_consensus import NeighbourhoodConsensus, consensus_for, mutual
from .resnet import published_name, trunk_for
from .tensors import Tensors, fill

TINY = 1e-6
"""Added to the squared length of a descriptor, by which it is divided."""

WRAPPED = "matching_model."
"""Prefix of all tensors in checkpoints with a no-match state."""

TRUNK = "FeatureExtraction.model."
CONSENSUS = "NeighConsensus."
UNMATCHED = "bin_model.bin_score"


class NcNet(nn.Module):
    """A trunk, mutual nearest neighbours and neighbourhood consensus.

    Parameters
    ----------
    trunk : nn.Module
        Maps (images, 3, height, width) to (images, channels, rows, cols).
    consensus : NeighbourhoodConsensus
        Filters the scores of pairs of cells.
    unmatched : Tensor, shape (), optional
        Score of the no-match state; default: every cell has a match.
    """

    def __init__(
        self, trunk: nn.Module, consensus: NeighbourhoodConsensus, unmatched: Tensor | None = None
    ) -> None:
        super().__init__()
        self.trunk = trunk
        self.consensus = consensus
        self.register_buffer("unmatched", unmatched)

    @property
    def may_be_unmatched(self) -> bool:
        """Whether there is a no-match state."""
        return self.unmatched is not None

    def descriptors(self, batch: Tensor) -> Tensor:
        """Return the unit-length descriptors of one image (1, 3, height, width).

        Returns
        -------
        Tensor, shape (channels, rows, cols)
        """
        features: Tensor = self.trunk(batch)[0]
        return features / (features.square().sum(0, keepdim=True) + TINY).sqrt()

    def scores(self, source: Tensor, target: Tensor) -> Tensor:
        """Return the matching scores of all pairs of cells.

        Parameters
        ----------
        source, target : Tensor, shape (channels, rows, cols)
            Descriptors.

        Returns
        -------
        Tensor, shape (source rows, source cols, target rows, target cols)
        """
        similarity = torch.einsum("cij,ckl->ijkl", source, target)
        filtered: Tensor = self.consensus(mutual(similarity))
        return mutual(filtered)

    def probabilities(self, source: Tensor, target: Tensor) -> Tensor:
        """Return the matching probabilities of all pairs of cells.

        Parameters and shape are those of `scores`. The probabilities of a source cell add up to one
        minus the probability of its no-match state.
        """
        scores = self.scores(source, target)
        each = scores.flatten(2)
        if self.may_be_unmatched:
            unmatched = cast(Tensor, self.unmatched).expand(*each.shape[:2], 1)
            each = torch.cat([each, unmatched], dim=2)
        return each.softmax(2)[..., : scores[0, 0].numel()].reshape(scores.shape)


def nc_net(weights: Mapping[str, Tensor]) -> NcNet:
    """Return the network of a published checkpoint, in evaluation mode.

    Parameters
    ----------
    weights : mapping of str to Tensor
        ``FeatureExtraction.model.0.weight`` and so on of the trunk, ``NeighConsensus.conv.0.weight``
        and so on of the consensus. With the prefix ``matching_model.``, also ``bin_model.bin_score``.
        All sizes follow from them; other tensors are ignored.

    Raises
    ------
    ValueError
        If tensors are missing or do not fit together.
    """
    wrapped = any(name.startswith(WRAPPED) for name in weights)
    outer = WRAPPED if wrapped else ""
    trunk_weights = Tensors(weights, outer + TRUNK)
    consensus_weights = Tensors(weights, outer + CONSENSUS)
    network = NcNet(
        trunk_for(trunk_weights),
        consensus_for(consensus_weights),
        _score(weights) if wrapped else None,
    )
    fill(network.trunk, trunk_weights, published_name)
    fill(network.consensus, consensus_weights)
    return network.requires_grad_(False).eval()


def _score(weights: Mapping[str, Tensor]) -> Tensor:
    """Return the score of the no-match state, shape ()."""
    value = Tensors(weights, "")[UNMATCHED]
    if value.numel() != 1:
        raise ValueError(f"{UNMATCHED} has shape {tuple(value.shape)}, not one number")
    return value.to(torch.float32).reshape(())
