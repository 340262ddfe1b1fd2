"""Embeddings: what landmarks look like to the model, as words it was never taught and as features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, eq=False)
class Embeddings:
    """What landmarks look like to the model at one scale.

    Attributes
    ----------
    tokens : Tensor of float32, shape (rounds, n, distinct, prompt_dim)
        Prompt embeddings, each distinct token written once; token 1 is the landmark's.
    features : tuple of Tensor of float32, shape (n, channels)
        The image features at the landmarks, one for each layer; none with the paper's views.
    own_attention, own_similarity : Tensor of float32, shape (n,), optional
        Attention and likeness of features at the references' own landmarks: what a sure find has.
    """

    tokens: Tensor
    features: tuple[Tensor, ...] = ()
    own_attention: Tensor | None = None
    own_similarity: Tensor | None = None

    def taken(self, landmarks: Sequence[int]) -> Embeddings:
        """Return those of some landmarks, by their places."""
        chosen = list(landmarks)
        return Embeddings(
            self.tokens[:, chosen],
            tuple(one[chosen] for one in self.features),
            None if self.own_attention is None else self.own_attention[chosen],
            None if self.own_similarity is None else self.own_similarity[chosen],
        )

    def to_tensors(self, scale: str) -> dict[str, Tensor]:
        """Return the tensors by names that start with a scale's."""
        features = {f"{scale}.features.{index}": one for index, one in enumerate(self.features)}
        own = {"own_attention": self.own_attention, "own_similarity": self.own_similarity}
        known = {f"{scale}.{name}": one for name, one in own.items() if one is not None}
        return {f"{scale}.tokens": self.tokens, **features, **known}

    @classmethod
    def from_tensors(cls, scale: str, tensors: Mapping[str, Tensor]) -> Embeddings:
        """Return what `to_tensors` named."""
        count = sum(name.startswith(f"{scale}.features.") for name in tensors)
        features = tuple(tensors[f"{scale}.features.{index}"] for index in range(count))
        own = (tensors.get(f"{scale}.own_{what}") for what in ("attention", "similarity"))
        return cls(tensors[f"{scale}.tokens"], features, *own)
