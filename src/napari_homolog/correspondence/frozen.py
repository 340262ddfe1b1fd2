"""Frozen queries: prompt embeddings learned and read against queries that are computed once.

At a low noise level the queries of the cross-attention layers depend little on the prompt. They
are therefore computed in one forward pass per view with the empty prompt and kept; what is left of
the network is ``softmax(q (W_k e)^T)``, in which all landmarks and rounds are learned together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from ..context import RunContext
from ..diffusion import Backbone
from ..diffusion.batches import in_batches, views_together
from ..progress import Progress, StopCheck, check_stop
from .settings import LearnSettings, Settings
from .views import ViewSet, draw_noise, gaussian_targets, visible

LANDMARK_TOKEN = 1
"""The prompt position whose attention marks the landmark, as in Hedlin et al. 2023."""

Observer = Callable[[Tensor], None]
"""Shown the tokens, (rounds * n, distinct, prompt_dim), after every step of learning."""

NEGLIGIBLE = 1e-9
"""Smaller probabilities are raised to this.

Products of smaller ones are denormal numbers, with which processors compute ten times as slowly.
"""


@dataclass(frozen=True, eq=False)
class FrozenLayer:
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

    def of(self, views: Tensor) -> FrozenLayer:
        """Return the layer of some views, given by their indices."""
        chosen = (self.query[:, views], self.key_weight, self.features[views])
        return FrozenLayer(*chosen, self.shape)


def freeze(
    backbone: Backbone,
    views: ViewSet,
    settings: Settings,
    generator: torch.Generator,
    should_stop: StopCheck | None = None,
) -> list[FrozenLayer]:
    """Run every view through the network once; keep queries and features of the chosen layers."""
    timestep = settings.noise_level
    noise = [draw_noise(one.shape, settings, generator) for one in views.latents]
    noisy = backbone.add_noise(views.latents, torch.stack(noise).to(views.latents), timestep)
    collected = in_batches(
        lambda batch: backbone.queries(batch, timestep, layers=settings.layers),
        noisy,
        views_together(noisy.shape[-2] * noisy.shape[-1], backbone.device),
        RunContext(should_stop=should_stop),
    )
    layers = []
    for passes in zip(*collected, strict=True):
        query = torch.cat([one.query for one in passes]).transpose(0, 1).float()
        key_weight = passes[0].key_weight.float()
        if settings.heads == "second half":
            half = len(query) // 2
            query, key_weight = query[half:], key_weight[half:]
        features = functional.normalize(torch.cat([one.features for one in passes]), dim=-1)
        layers.append(FrozenLayer(query.contiguous(), key_weight, features, passes[0].shape))
    return layers


def token_repeats(prompt_tokens: int, distinct: int) -> tuple[int, ...]:
    """Return how often each distinct token stands in a prompt; the landmark's, the second, once."""
    distinct = min(distinct, prompt_tokens)
    if distinct == 2:
        raise ValueError("A prompt needs at least three distinct tokens to fill it evenly.")
    share, rest = divmod(prompt_tokens - 2, distinct - 2)
    return (1, 1, *(share + (index < rest) for index in range(distinct - 2)))


def frozen_attention(
    layer: FrozenLayer, tokens: Tensor, repeats: Sequence[int], room: Tensor | None = None
) -> Tensor:
    """Return the landmark token's attention, averaged over heads.

    Parameters
    ----------
    layer : FrozenLayer
        Queries of some views.
    tokens : Tensor, shape (n, distinct, prompt_dim)
        Prompt embeddings, written without their repetitions.
    repeats : sequence of int
        How often each token stands in the prompt.
    room : Tensor, shape (heads, distinct, n, views * positions), optional
        Memory to compute in, overwritten at its next use. A loop that gives the same at every step
        spares the system a quarter of its time in handing out memory.

    Returns
    -------
    Tensor, shape (views, n, positions)
        Probabilities in [0, 1].
    """
    heads, views, positions, dim = layer.query.shape
    keys = torch.einsum("hde,nke->hknd", layer.key_weight, tokens)
    often = torch.tensor(repeats, dtype=keys.dtype, device=keys.device).log()
    query = layer.query.reshape(heads, views * positions, dim)
    if room is None:
        room = query.new_empty(heads, tokens.shape[1], len(tokens), views * positions)
    attention: Tensor = _LandmarkAttention.apply(query, keys, often, room)
    return attention.mean(0).unflatten(1, (views, positions)).transpose(0, 1)


class _LandmarkAttention(torch.autograd.Function):
    """One token's softmax probability, with a gradient that makes no more large arrays than needed.

    With s the softmax over tokens and p the landmark token's, the gradient of a loss with respect
    to the logits is ``p g (1[landmark] - s)`` where g is that with respect to p. Tokens come before
    landmarks and positions: a softmax over few, far apart numbers is 20 times as fast as one over
    few neighbours. Heads come one by one: arrays that fit the processor's cache.
    """

    @staticmethod
    def forward(ctx: Any, query: Tensor, keys: Tensor, often: Tensor, room: Tensor) -> Tensor:
        """Return probabilities (heads, n, positions) of keys (heads, distinct, n, dim)."""
        for head_query, head_keys, softmax in zip(query, keys, room, strict=True):
            torch.mm(head_keys.flatten(0, 1), head_query.T, out=softmax.flatten(0, 1))
            torch.softmax(softmax.add_(often[:, None, None]), dim=0, out=softmax)
            softmax.clamp_(min=NEGLIGIBLE)
        ctx.save_for_backward(query)
        ctx.softmax = room
        return room[:, LANDMARK_TOKEN].clone()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[None, Tensor, None, None]:
        """Return the gradient with respect to the keys; the softmaxes make way for it."""
        (query,) = ctx.saved_tensors
        of_keys = []
        for head_query, softmax, gradient in zip(query, ctx.softmax, gradients[0], strict=True):
            weighted = gradient * softmax[LANDMARK_TOKEN]
            of_logits = softmax.mul_(-weighted)
            of_logits[LANDMARK_TOKEN] += weighted
            of_keys.append((of_logits.flatten(0, 1) @ head_query).unflatten(0, softmax.shape[:2]))
        return None, torch.stack(of_keys), None, None


def frozen_maps(
    layers: Sequence[FrozenLayer], tokens: Tensor, repeats: Sequence[int]
) -> Iterator[Tensor]:
    """Yield each layer's maps, shape (views, n, rows, cols), one view at a time inside."""
    for layer in layers:
        views = [
            frozen_attention(layer.of(view), tokens, repeats)
            for view in torch.arange(layer.query.shape[1]).split(1)
        ]
        yield torch.cat(views).unflatten(-1, layer.shape)


def learn_frozen(
    layers: Sequence[FrozenLayer],
    shares: Tensor,
    start: Tensor,
    repeats: Sequence[int],
    settings: LearnSettings,
    *,
    generator: torch.Generator,
    observe: Observer | None = None,
    progress: Progress | None = None,
    should_stop: StopCheck | None = None,
) -> Tensor:
    """Learn embeddings for all landmarks and rounds in one optimisation.

    Parameters
    ----------
    layers : sequence of FrozenLayer
        Views of the references.
    shares : Tensor, shape (views, n, 2)
        The landmarks as shares of each view's sides; NaN where missing.
    start : Tensor, shape (rounds, n, distinct, prompt_dim)
        Where the optimisation starts; not changed.
    repeats : sequence of int
        How often each token stands in the prompt.
    settings : LearnSettings
        Steps, step size and when to stop.
    generator : torch.Generator
        Source of the views' order.
    observe : callable, optional
        Shown the tokens after every step.
    progress, should_stop : callable, optional
        See `napari_homolog.progress`.

    Returns
    -------
    Tensor, shape (rounds, n, distinct, prompt_dim)

    Raises
    ------
    Cancelled
        If `should_stop` said yes.
    """
    rounds, count = start.shape[:2]
    tokens = start.flatten(0, 1).to(shares.device, torch.float32).clone().requires_grad_()
    targets = [
        gaussian_targets(shares, layer.shape, settings.sigma).flatten(-2) for layer in layers
    ]
    seen = min(settings.views_per_step, len(shares))
    rooms = [
        layer.query.new_empty(len(layer.query), len(repeats), len(tokens), seen * target.shape[-1])
        for layer, target in zip(layers, targets, strict=True)
    ]
    weights = visible(shares)
    optimiser = torch.optim.Adam([tokens], settings.learning_rate)
    plateau = Plateau(settings)
    for step in range(settings.steps):
        check_stop(should_stop)
        chosen = torch.randperm(len(shares), generator=generator)[:seen]
        loss = tokens.new_zeros(())
        for layer, target, room in zip(layers, targets, rooms, strict=True):
            attention = frozen_attention(layer.of(chosen), tokens, repeats, room)
            error = attention.unflatten(1, (rounds, count)) - target[chosen][:, None]
            loss = loss + (error.square().mean(-1) * weights[chosen][:, None]).mean(0).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if observe is not None:
            observe(tokens)
        if progress is not None:
            progress(step + 1, settings.steps, "learning the landmarks")
        if plateau.reached(loss.item()):
            break
    return tokens.detach().view_as(start)


class Plateau:
    """Tells when a noisy loss has stopped falling.

    Two neighbouring stretches of `patience` steps are compared by their mean.
    """

    def __init__(self, settings: LearnSettings) -> None:
        self._tolerance, self._patience = settings.tolerance, settings.patience
        self._losses: list[float] = []

    def reached(self, loss: float) -> bool:
        """Take in one step's loss and say whether to stop."""
        self._losses.append(loss)
        count = self._patience
        if self._tolerance == 0 or len(self._losses) < 2 * count or len(self._losses) % 10:
            return False
        recent = sum(self._losses[-count:])
        return recent > (1 - self._tolerance) * sum(self._losses[-2 * count : -count])
