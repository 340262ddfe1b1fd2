"""Score maps: what the matchers say for every position of a target, fused, on the image's grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from ...context import RunContext
from ...diffusion import Backbone
from ...errors import LandmarkSetError
from ..presets import Preset
from ..views.rectangle import Rectangle
from ..views.view_set import ViewSet, join_views
from .cached_queries import CachedLayer, cached_maps
from .embeddings import Embeddings
from .features import similarity_maps
from .full_unet import full_unet_maps
from .map_grid import MapGrid
from .noise import draw_noise, with_noise


@dataclass(frozen=True, eq=False)
class ScoreMaps:
    """The score of every position for every landmark.

    Attributes
    ----------
    maps : Tensor of float32, shape (n, rows, cols)
        In [0, 1], of all views and restarts together.
    replicates : Tensor of float32, shape (replicates, n, rows, cols)
        The same of single restarts in single groups of views, to measure their agreement.
    views : ViewSet
        The views that were scored.
    layers : sequence of CachedLayer
        Queries and features of these views.
    attention, similarity : Tensor of float32, shape (n, rows, cols)
        The score of either matcher alone; no similarity where the landmarks have no features.
    """

    maps: Tensor
    replicates: Tensor
    views: ViewSet
    layers: Sequence[CachedLayer]
    attention: Tensor
    similarity: Tensor | None

    def times(self, factor: Tensor) -> ScoreMaps:
        """Return the scores multiplied by a factor (n, rows, cols), replicates as well."""
        further = factor.to(self.maps)
        return replace(self, maps=self.maps * further, replicates=self.replicates * further)


@dataclass(frozen=True, eq=False)
class SeenViews:
    """Views of a target that went through the UNet.

    Attributes
    ----------
    views : ViewSet
        The views.
    layers : sequence of CachedLayer
        Their queries and features.
    """

    views: ViewSet
    layers: Sequence[CachedLayer]

    def joined(self, other: SeenViews) -> SeenViews:
        """Return these views and other ones of the same target."""
        layers = [one.joined(more) for one, more in zip(self.layers, other.layers, strict=True)]
        return SeenViews(join_views([self.views, other.views]), layers)


def compute_score_maps(
    backbone: Backbone,
    seen: SeenViews,
    grid: MapGrid,
    embeddings: Embeddings,
    preset: Preset,
    generator: torch.Generator,
    context: RunContext,
) -> ScoreMaps:
    """Return the score maps of the matcher that the settings name.

    Parameters
    ----------
    backbone : Backbone
        The frozen model.
    seen : SeenViews
        Views of the target.
    grid : MapGrid
        The grid on the target.
    embeddings : Embeddings
        The landmarks, as learned on views of this kind.
    preset : Preset
        Method, matcher and forward pass; completed.
    generator : torch.Generator
        Source of noise.
    context : RunContext
        Asked before every forward pass whether to stop.

    Raises
    ------
    LandmarkSetError
        If features are asked for and the landmarks have none.
    Cancelled
        If the context says so.
    """
    matcher, settings = preset.locate.matcher, preset.locating_attention
    if matcher != "attention" and not embeddings.features:
        raise LandmarkSetError(
            "These landmarks were learned with the paper's views, which keep no image features; "
            "learn them with shared views, or locate with the matcher 'attention'."
        )
    views, layers = seen.views, seen.layers
    if preset.shared.method == "full-unet" and matcher != "features":
        noise = draw_noise(views.latents.shape, settings.noise, generator)
        noisy = with_noise(backbone, views.latents, noise, settings)
        prompts = embeddings.prompts.flatten(0, 1)
        maps = full_unet_maps(backbone, noisy, prompts, settings, context)
    else:
        tokens = embeddings.tokens.flatten(0, 1).to(backbone.device)
        maps = list(cached_maps(layers, tokens, embeddings.repeats))
    attention = _on_grid(maps, embeddings.restarts, views, grid)
    fused = [] if matcher == "features" else [attention]
    similarity = None
    if embeddings.features:
        features = _on_grid(similarity_maps(layers, embeddings.features), 1, views, grid)
        similarity = features.maps
        if matcher != "attention":
            fused.append(features.as_scores(preset.locate.temperature))
    product = torch.stack([scores.maps for scores in fused]).prod(0)
    return ScoreMaps(product, _replicates(fused), views, layers, attention.maps, similarity)


@dataclass(frozen=True, eq=False)
class _GridMaps:
    """One matcher's maps on the grid.

    Attributes
    ----------
    maps : Tensor, shape (n, rows, cols)
        Of everything together.
    parts : Tensor, shape (groups, restarts, n, rows, cols)
        Of each restart in each group of views.
    """

    maps: Tensor
    parts: Tensor

    def as_scores(self, temperature: float) -> _GridMaps:
        """Return similarities as scores in [0, 1]: 1 at each landmark's best position."""

        def scores(maps: Tensor) -> Tensor:
            return ((maps - maps.amax((-2, -1), keepdim=True)) / temperature).exp()

        return _GridMaps(scores(self.maps), scores(self.parts))


def _on_grid(maps: Sequence[Tensor], restarts: int, views: ViewSet, grid: MapGrid) -> _GridMaps:
    """Average each layer's maps, (views, restarts * n, rows, cols), on the image's grid."""
    groups = np.array(views.groups)
    totals, counts = [], []
    for group in np.unique(groups):
        members = np.flatnonzero(groups == group)
        rectangles = [views.rectangles[member] for member in members]
        total, count = _add_layers([layer[members] for layer in maps], rectangles, grid)
        totals.append(total)
        counts.append(count)
    total, count = torch.stack(totals), torch.stack(counts)[:, None]
    parts = (total / count.clamp(min=1)).unflatten(1, (restarts, -1))
    whole = (total.sum(0) / count.sum(0).clamp(min=1)).unflatten(0, (restarts, -1)).mean(0)
    return _GridMaps(whole, parts)


def _add_layers(
    maps: Sequence[Tensor], rectangles: Sequence[Rectangle], grid: MapGrid
) -> tuple[Tensor, Tensor]:
    """Return the layers' mean of what `MapGrid.add_up` returns; layers of one shape are added first."""
    by_shape: dict[tuple[int, ...], Tensor] = {}
    for layer in maps:
        by_shape[layer.shape] = by_shape[layer.shape] + layer if layer.shape in by_shape else layer
    sums = [grid.add_up(layer, rectangles) for layer in by_shape.values()]
    return torch.stack([total for total, _ in sums]).sum(0) / len(maps), sums[0][1]


def _replicates(matchers: Sequence[_GridMaps]) -> Tensor:
    """Return the matchers' product for pairs of a restart and a group, each used at least once."""
    number = torch.arange(max(max(matcher.parts.shape[:2]) for matcher in matchers))
    single = []
    for matcher in matchers:
        groups, restarts = matcher.parts.shape[:2]
        single.append(matcher.parts[number % groups, number % restarts])
    return torch.stack(single).prod(0)
