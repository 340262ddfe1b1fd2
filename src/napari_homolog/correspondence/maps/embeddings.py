"""What landmarks look like to the model: prompt embeddings and image features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Embeddings:
    """What landmarks look like to the model in one pass (coarse, or close-up).

    Attributes
    ----------
    tokens : Tensor of float32, shape (restarts, n, distinct, prompt_dim)
        Prompt embeddings, each distinct token written once; token 1 is the landmark's.
    repeats : tuple of int
        How often each distinct token occurs in the prompt.
    features : tuple of Tensor of float32, shape (n, channels)
        The image features at the landmarks, one for each layer; none with the paper's views.
    reference_attention, reference_similarity : Tensor of float32, shape (n,), optional
        Attention and feature similarity at the references' own landmarks: what a correct location
        has.
    """

    tokens: Tensor
    repeats: tuple[int, ...]
    features: tuple[Tensor, ...] = ()
    reference_attention: Tensor | None = None
    reference_similarity: Tensor | None = None

    @property
    def restarts(self) -> int:
        """Embeddings per landmark."""
        return int(self.tokens.shape[0])

    @property
    def prompts(self) -> Tensor:
        """Prompt embeddings in full, shape (restarts, n, prompt_tokens, prompt_dim)."""
        return self.tokens.repeat_interleave(torch.tensor(self.repeats), dim=2)

    def subset(self, landmarks: Sequence[int]) -> Embeddings:
        """Return the embeddings of some landmarks, by their indices."""
        chosen = list(landmarks)
        return Embeddings(
            self.tokens[:, chosen],
            self.repeats,
            tuple(layer[chosen] for layer in self.features),
            None if self.reference_attention is None else self.reference_attention[chosen],
            None if self.reference_similarity is None else self.reference_similarity[chosen],
        )

    def to_tensors(self, prefix: str) -> dict[str, Tensor]:
        """Return the tensors under names that start with a prefix; `repeats` is not among them."""
        features = {
            f"{prefix}.features.{index}": layer for index, layer in enumerate(self.features)
        }
        optional = {
            f"{prefix}.reference_attention": self.reference_attention,
            f"{prefix}.reference_similarity": self.reference_similarity,
        }
        known = {name: tensor for name, tensor in optional.items() if tensor is not None}
        return {f"{prefix}.tokens": self.tokens, **features, **known}

    @classmethod
    def from_tensors(
        cls, prefix: str, tensors: Mapping[str, Tensor], repeats: Sequence[int]
    ) -> Embeddings:
        """Return what `to_tensors` named.

        Parameters
        ----------
        prefix : str
            As it was given to `to_tensors`.
        tensors : mapping of str to Tensor
            These tensors, perhaps among others.
        repeats : sequence of int
            How often each distinct token occurs in the prompt.
        """
        count = sum(name.startswith(f"{prefix}.features.") for name in tensors)
        return cls(
            tensors[f"{prefix}.tokens"],
            tuple(repeats),
            tuple(tensors[f"{prefix}.features.{index}"] for index in range(count)),
            tensors.get(f"{prefix}.reference_attention"),
            tensors.get(f"{prefix}.reference_similarity"),
        )
