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
    """

    maps: Tensor
    replicates: Tensor


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
        Asked before every forward pass of the exact method.

    Raises
    ------
    LandmarkSetError
        If features are asked for and the set has none.
    """
    layers: list[FrozenLayer] = []
    if settings.matcher != "attention" or settings.method == "frozen":
        layers = freeze(backbone, views, settings, generator)
    found: list[_Placed] = []
    if settings.matcher != "features":
        if settings.method == "frozen":
            tokens = embeddings.tokens.flatten(0, 1).to(backbone.device)
            maps = list(frozen_maps(layers, tokens, learned.repeats))
        else:
            noise = draw_noise(views.latents.shape, settings, generator).to(views.latents)
            noisy = backbone.add_noise(views.latents, noise, settings.noise_level)
            prompts = learned.prompts(embeddings).flatten(0, 1)
            maps = exact_maps(backbone, noisy, prompts, settings, should_stop)
        rounds = embeddings.tokens.shape[0]
        found.append(_place(maps, rounds, views, canvas))
    if settings.matcher != "attention":
        if not embeddings.features:
            raise LandmarkSetError(
                "These landmarks were learned with the paper's views, which keep no image features; "
                "learn them with shared views, or locate with the matcher 'attention'."
            )
        similar = _place(similarity_maps(layers, embeddings.features), 1, views, canvas)
        found.append(similar.as_evidence(settings.temperature))
    return _together(found)


@dataclass(frozen=True, eq=False)
class _Placed:
    """One matcher's maps: of everything, (n, rows, cols), and of each group and round."""

    maps: Tensor
    parts: Tensor
    """Shape (groups, rounds, n, rows, cols)."""

    def as_evidence(self, temperature: float) -> _Placed:
        """Return similarities as evidence in [0, 1]: 1 at each landmark's best place."""

        def rise(maps: Tensor) -> Tensor:
            return ((maps - maps.amax((-2, -1), keepdim=True)) / temperature).exp()

        return _Placed(rise(self.maps), rise(self.parts))


def _place(maps: Sequence[Tensor], rounds: int, views: ViewSet, canvas: MapCanvas) -> _Placed:
    """Return the mean over views and layers of maps (views, rounds * n, rows, cols) per layer."""
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
    total, count = canvas.add_up(maps[0], rectangles)
    for layer in maps[1:]:
        total = total + canvas.add_up(layer, rectangles)[0]
    return total / len(maps), count


def _together(found: Sequence[_Placed]) -> Evidence:
    """Return the product of the matchers; replicates pair each round with one group of views."""
    maps = torch.stack([one.maps for one in found]).prod(0)
    replicates = max(max(one.parts.shape[:2]) for one in found)
    number = torch.arange(replicates)
    single = [one.parts[number % one.parts.shape[0], number % one.parts.shape[1]] for one in found]
    return Evidence(maps, torch.stack(single).prod(0))
