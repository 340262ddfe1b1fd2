"""Attention of prompt embeddings against queries that are computed once per view and cached.

At a low noise level the queries of the cross-attention layers depend little on the prompt. They
are therefore computed in one forward pass per view with the empty prompt; what remains of the
network is ``softmax(q (W_k e)^T)``, in which all landmarks and restarts are learned together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from ...context import RunContext
from ...diffusion import Backbone
from ...diffusion.batches import in_batches, views_together
from ..settings import AttentionSettings
from ..views.view_set import ViewSet
from .noise import draw_noise, with_noise

LANDMARK_TOKEN = 1
"""The prompt position whose attention marks the landmark, as in Hedlin et al. 2023."""

NEGLIGIBLE = 1e-9
"""Smaller probabilities are raised to this.

Products of smaller ones are denormal numbers, which processors handle ten times as slowly.
"""


@dataclass(frozen=True, eq=False)
class CachedLayer:
    """One layer's queries and features of all views.

    Attributes
    ----------
    query : Tensor, shape (heads, views, positions, dim)
        Already scaled.
    key_weight : Tensor, shape (heads, dim, prompt_dim)
        Turns prompt tokens into keys.
    features : Tensor, shape (views, positions, channels)
        Image features, each position's of unit length.
    shape : (int, int)
        Rows and columns of the layer's map.
    """

    query: Tensor
    key_weight: Tensor
    features: Tensor
    shape: tuple[int, int]

    def subset(self, views: Tensor) -> CachedLayer:
        """Return the layer of some views, given by their indices."""
        chosen = (self.query[:, views], self.key_weight, self.features[views])
        return CachedLayer(*chosen, self.shape)

    def joined(self, other: CachedLayer) -> CachedLayer:
        """Return the layer of these views and of other ones."""
        return CachedLayer(
            torch.cat([self.query, other.query], dim=1),
            self.key_weight,
            torch.cat([self.features, other.features]),
            self.shape,
        )


def cache_queries(
    backbone: Backbone,
    views: ViewSet,
    settings: AttentionSettings,
    generator: torch.Generator,
    context: RunContext,
) -> list[CachedLayer]:
    """Run every view through the UNet once; keep queries and features of the chosen layers.

    Parameters
    ----------
    backbone : Backbone
        The frozen model.
    views : ViewSet
        Views of any number of images.
    settings : AttentionSettings
        Timestep, noise, layers and heads.
    generator : torch.Generator
        Source of noise.
    context : RunContext
        Asked before every forward pass whether to stop.

    Returns
    -------
    list of CachedLayer
        One for each layer.

    Raises
    ------
    Cancelled
        If the context says so.
    """
    timestep = settings.timestep
    noise = [draw_noise(latent.shape, settings.noise, generator) for latent in views.latents]
    noisy = with_noise(backbone, views.latents, torch.stack(noise), settings)
    collected = in_batches(
        lambda batch: backbone.queries(
            batch, timestep, layers=settings.layers, facet=settings.features
        ),
        noisy,
        views_together(noisy.shape[-2] * noisy.shape[-1], backbone.device),
        context,
    )
    layers = []
    for passes in zip(*collected, strict=True):
        query = torch.cat([batch.query for batch in passes]).transpose(0, 1).float()
        key_weight = passes[0].key_weight.float()
        if settings.heads == "second half":
            half = len(query) // 2
            query, key_weight = query[half:], key_weight[half:]
        features = functional.normalize(torch.cat([batch.features for batch in passes]), dim=-1)
        layers.append(CachedLayer(query.contiguous(), key_weight, features, passes[0].shape))
    return layers


def token_repeats(prompt_tokens: int, distinct: int) -> tuple[int, ...]:
    """Return how often each distinct token occurs in a prompt; the landmark's, the second, once."""
    distinct = min(distinct, prompt_tokens)
    if distinct == 2:
        raise ValueError("A prompt needs at least three distinct tokens to fill it evenly.")
    share, rest = divmod(prompt_tokens - 2, distinct - 2)
    return (1, 1, *(share + (index < rest) for index in range(distinct - 2)))


def cached_attention(
    layer: CachedLayer, tokens: Tensor, repeats: Sequence[int], room: Tensor | None = None
) -> Tensor:
    """Return the landmark token's attention, averaged over heads.

    Parameters
    ----------
    layer : CachedLayer
        Queries of some views.
    tokens : Tensor, shape (n, distinct, prompt_dim)
        Prompt embeddings, written without their repetitions.
    repeats : sequence of int
        How often each token occurs in the prompt.
    room : Tensor, shape (heads, distinct, n, views * positions), optional
        Memory to compute in, overwritten by the next use. A loop that passes the same buffer at
        every step saves a quarter of the time, which memory allocation takes otherwise.

    Returns
    -------
    Tensor, shape (views, n, positions)
        Probabilities in [0, 1].
    """
    heads, views, positions, dim = layer.query.shape
    keys = torch.einsum("hde,nke->hknd", layer.key_weight, tokens)
    log_repeats = torch.tensor(repeats, dtype=keys.dtype, device=keys.device).log()
    query = layer.query.reshape(heads, views * positions, dim)
    if room is None:
        room = query.new_empty(heads, tokens.shape[1], len(tokens), views * positions)
    attention: Tensor = _LandmarkAttention.apply(query, keys, log_repeats, room)
    return attention.mean(0).unflatten(1, (views, positions)).transpose(0, 1)


class _LandmarkAttention(torch.autograd.Function):
    """One token's softmax probability, with a gradient that allocates no more than it needs.

    With s the softmax over tokens and p the landmark token's, the gradient of a loss with respect
    to the logits is ``p g (1[landmark] - s)`` where g is that with respect to p. Tokens come before
    landmarks and positions: a softmax over few distant numbers is 20 times as fast as one over few
    adjacent ones. Heads are processed one by one, so that arrays fit the processor's cache.
    """

    @staticmethod
    def forward(ctx: Any, query: Tensor, keys: Tensor, log_repeats: Tensor, room: Tensor) -> Tensor:
        """Return probabilities (heads, n, positions) of keys (heads, distinct, n, dim)."""
        for head_query, head_keys, softmax in zip(query, keys, room, strict=True):
            torch.mm(head_keys.flatten(0, 1), head_query.T, out=softmax.flatten(0, 1))
            torch.softmax(softmax.add_(log_repeats[:, None, None]), dim=0, out=softmax)
            softmax.clamp_(min=NEGLIGIBLE)
        ctx.save_for_backward(query)
        ctx.softmax = room
        return room[:, LANDMARK_TOKEN].clone()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[None, Tensor, None, None]:
        """Return the gradient with respect to the keys, computed in the softmax's memory."""
        (query,) = ctx.saved_tensors
        of_keys = []
        for head_query, softmax, gradient in zip(query, ctx.softmax, gradients[0], strict=True):
            weighted = gradient * softmax[LANDMARK_TOKEN]
            of_logits = softmax.mul_(-weighted)
            of_logits[LANDMARK_TOKEN] += weighted
            of_keys.append((of_logits.flatten(0, 1) @ head_query).unflatten(0, softmax.shape[:2]))
        return None, torch.stack(of_keys), None, None


def cached_maps(
    layers: Sequence[CachedLayer], tokens: Tensor, repeats: Sequence[int]
) -> Iterator[Tensor]:
    """Yield each layer's maps, computed view by view.

    Parameters
    ----------
    layers : sequence of CachedLayer
        Queries of some views.
    tokens : Tensor, shape (n, distinct, prompt_dim)
        Prompt embeddings, written without their repetitions.
    repeats : sequence of int
        How often each token occurs in the prompt.

    Yields
    ------
    Tensor, shape (views, n, rows, cols)
        Probabilities in [0, 1].
    """
    for layer in layers:
        views = [
            cached_attention(layer.subset(view), tokens, repeats)
            for view in torch.arange(layer.query.shape[1]).split(1)
        ]
        yield torch.cat(views).unflatten(-1, layer.shape)
