"""NC-Net: where on one picture what is seen on another one may be, as probabilities.

Rocco et al. 2018, and with a state for what has no match Truong, Danelljan, Yu, Van Gool 2022,
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
"""How the names of all tensors begin in checkpoints that have a state for what has no match."""

TRUNK = "FeatureExtraction.model."
CONSENSUS = "NeighConsensus."
UNMATCHED = "bin_model.bin_score"


class NcNet(nn.Module):
    """A trunk, mutual nearest neighbours and neighbourhood consensus.

    Parameters
    ----------
    trunk : nn.Module
        Takes (pictures, 3, height, width) and gives (pictures, channels, rows, cols).
    consensus : NeighbourhoodConsensus
        Looks at pairs of cells.
    unmatched : Tensor, shape (), optional
        Score of having no match; None: every cell has one.
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
        """Whether a cell may have no match."""
        return self.unmatched is not None

    def descriptors(self, batch: Tensor) -> Tensor:
        """Return descriptors of unit length of one picture (1, 3, height, width).

        Returns
        -------
        Tensor, shape (channels, rows, cols)
        """
        found: Tensor = self.trunk(batch)[0]
        return found / (found.square().sum(0, keepdim=True) + TINY).sqrt()

    def scores(self, source: Tensor, target: Tensor) -> Tensor:
        """Return what speaks for each cell of the source to match each of the target.

        Parameters
        ----------
        source, target : Tensor, shape (channels, rows, cols)
            Descriptors.

        Returns
        -------
        Tensor, shape (source rows, source cols, target rows, target cols)
        """
        similarity = torch.einsum("cij,ckl->ijkl", source, target)
        found: Tensor = self.consensus(mutual(similarity))
        return mutual(found)

    def probabilities(self, source: Tensor, target: Tensor) -> Tensor:
        """Return how probably what is in each cell of the source is in each of the target.

        Parameters and shape are those of `scores`. Those of a cell of the source add up to one, less
        the probability that it has no match.
        """
        scores = self.scores(source, target)
        each = scores.flatten(2)
        if self.may_be_unmatched:
            alone = cast(Tensor, self.unmatched).expand(*each.shape[:2], 1)
            each = torch.cat([each, alone], dim=2)
        return each.softmax(2)[..., : scores[0, 0].numel()].reshape(scores.shape)


def nc_net(weights: Mapping[str, Tensor]) -> NcNet:
    """Return the network that a published checkpoint holds, ready to be used.

    Parameters
    ----------
    weights : mapping of str to Tensor
        ``FeatureExtraction.model.0.weight`` and so on of the trunk, ``NeighConsensus.conv.0.weight``
        and so on of the consensus. Where these begin with ``matching_model.``, also
        ``bin_model.bin_score``. All sizes are read off them; other tensors are not looked at.

    Raises
    ------
    ValueError
        If tensors are missing or do not fit together; the message says which.
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
    """Return the score of having no match, shape ()."""
    value = Tensors(weights, "")[UNMATCHED]
    if value.numel() != 1:
        raise ValueError(f"{UNMATCHED} has shape {tuple(value.shape)}, not one number")
    return value.to(torch.float32).reshape(())
