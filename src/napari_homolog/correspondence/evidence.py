"""Evidence: what the matchers say for every place of a target, as maps that lie on the image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..diffusion import Backbone
from ..errors import LandmarkSetError
from ..progress import StopCheck
from .canvas import MapCanvas
from .embeddings import Embeddings
from .exact import exact_maps
from .features import similarity_maps
from .frozen import FrozenLayer, freeze, frozen_maps
from .landmark_set import LandmarkSet
from .settings import LocateSettings
from .views import Rectangle, ViewSet, draw_noise


@dataclass(frozen=True, eq=False)
class Evidence:
    """What speaks for each place.

    Attributes
    ----------
    maps : Tensor of float32, shape (n, rows, cols)
        In [0, 1], of all views and rounds together.
    replicates : Tensor of float32, shape (replicates, n, rows, cols)
        The same of single rounds in single groups of views, to see how far they agree.
    views : ViewSet
    layers : sequence of FrozenLayer
        What was looked at, and the network's answer to it.
    attention, similarity : Tensor of float32, shape (n, rows, cols)
        What either matcher says by itself; no similarity where the set has no features.
    """

    maps: Tensor
    replicates: Tensor
    views: ViewSet
    layers: Sequence[FrozenLayer]
    attention: Tensor
    similarity: Tensor | None


def gather(
    backbone: Backbone,
    views: ViewSet,
    canvas: MapCanvas,
    learned: LandmarkSet,
    embeddings: Embeddings,
    settings: LocateSettings,
    generator: torch.Generator,
    should_stop: StopCheck | None = None,
) -> Evidence:
    """Return the evidence of the matcher that the settings name.

    Parameters
    ----------
    backbone : Backbone
        The frozen model.
    views : ViewSet
        Views of the target.
    canvas : MapCanvas
        The grid on the target.
    learned : LandmarkSet
        The landmarks.
    embeddings : Embeddings
        Those of its embeddings that were learned at the views' scale.
    settings : LocateSettings
        Matcher, method and noise level.
    generator : torch.Generator
        Source of noise.
    should_stop : callable, optional
        Asked before every forward pass.

    Raises
    ------
    LandmarkSetError
        If features are asked for and the set has none.
    """
    if settings.matcher != "attention" and not embeddings.features:
        raise LandmarkSetError(
            "These landmarks were learned with the paper's views, which keep no image features; "
            "learn them with shared views, or locate with the matcher 'attention'."
        )
    layers = freeze(backbone, views, settings, generator, should_stop)
    if settings.method == "exact" and settings.matcher != "features":
        noise = draw_noise(views.latents.shape, settings, generator).to(views.latents)
        noisy = backbone.add_noise(views.latents, noise, settings.noise_level)
        prompts = learned.prompts(embeddings).flatten(0, 1)
        maps = exact_maps(backbone, noisy, prompts, settings, should_stop)
    else:
        tokens = embeddings.tokens.flatten(0, 1).to(backbone.device)
        maps = list(frozen_maps(layers, tokens, learned.repeats))
    rounds = embeddings.tokens.shape[0]
    attention = _place(maps, rounds, views, canvas)
    matched = [] if settings.matcher == "features" else [attention]
    similarity = None
    if embeddings.features:
        placed = _place(similarity_maps(layers, embeddings.features), 1, views, canvas)
        similarity = placed.maps
        if settings.matcher != "attention":
            matched.append(placed.as_evidence(settings.temperature))
    product = torch.stack([one.maps for one in matched]).prod(0)
    return Evidence(product, _replicates(matched), views, layers, attention.maps, similarity)


@dataclass(frozen=True, eq=False)
class _Placed:
    """One matcher's maps.

    Attributes
    ----------
    maps : Tensor, shape (n, rows, cols)
        Of everything together.
    parts : Tensor, shape (groups, rounds, n, rows, cols)
        Of each round in each group of views.
    """

    maps: Tensor
    parts: Tensor

    def as_evidence(self, temperature: float) -> _Placed:
        """Return similarities as evidence in [0, 1]: 1 at each landmark's best place."""

        def rise(maps: Tensor) -> Tensor:
            return ((maps - maps.amax((-2, -1), keepdim=True)) / temperature).exp()

        return _Placed(rise(self.maps), rise(self.parts))


def _place(maps: Sequence[Tensor], rounds: int, views: ViewSet, canvas: MapCanvas) -> _Placed:
    """Place each layer's maps, (views, rounds * n, rows, cols), on the image."""
    groups = np.array(views.groups)
    totals, counts = [], []
    for group in np.unique(groups):
        members = np.flatnonzero(groups == group)
        rectangles = [views.rectangles[member] for member in members]
        total, count = _add_layers([layer[members] for layer in maps], rectangles, canvas)
        totals.append(total)
        counts.append(count)
    total, count = torch.stack(totals), torch.stack(counts)[:, None]
    parts = (total / count.clamp(min=1)).unflatten(1, (rounds, -1))
    whole = (total.sum(0) / count.sum(0).clamp(min=1)).unflatten(0, (rounds, -1)).mean(0)
    return _Placed(whole, parts)


def _add_layers(
    maps: Sequence[Tensor], rectangles: Sequence[Rectangle], canvas: MapCanvas
) -> tuple[Tensor, Tensor]:
    """Return the layers' mean of what `MapCanvas.add_up` returns; equal layers are added first."""
    by_shape: dict[tuple[int, ...], Tensor] = {}
    for layer in maps:
        by_shape[layer.shape] = by_shape[layer.shape] + layer if layer.shape in by_shape else layer
    sums = [canvas.add_up(layer, rectangles) for layer in by_shape.values()]
    return torch.stack([total for total, _ in sums]).sum(0) / len(maps), sums[0][1]


def _replicates(matched: Sequence[_Placed]) -> Tensor:
    """Return the matchers' product for pairs of a round and a group, each taken at least once."""
    number = torch.arange(max(max(one.parts.shape[:2]) for one in matched))
    groups_rounds = [one.parts.shape[:2] for one in matched]
    single = [
        one.parts[number % groups, number % rounds]
        for one, (groups, rounds) in zip(matched, groups_rounds, strict=True)
    ]
    return torch.stack(single).prod(0)
