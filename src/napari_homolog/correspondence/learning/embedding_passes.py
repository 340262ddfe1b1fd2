"""What is learned of the landmarks in the coarse pass and in the close-up pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ...context import RunContext
from ...diffusion import Backbone
from .. import paper
from ..maps.cached_queries import CachedLayer, cache_queries, cached_maps, token_repeats
from ..maps.embeddings import Embeddings
from ..maps.features import describe_landmarks, similarity_maps
from ..maps.map_sampling import values_at_landmarks
from ..maps.noise import draw_noise, with_noise
from ..optimisation.by_cached_queries import CachedViews, Observer, optimise_by_cached_queries
from ..optimisation.by_full_unet import Step, optimise_by_full_unet
from ..optimisation.gaussian_targets import gaussian_targets
from ..presets import Preset
from ..views.encoded_views import encode_close_ups, encode_whole_image
from ..views.rectangle import in_view
from ..views.view_set import ViewSet, join_views
from .preview import PreviewMaker
from .references import PreparedReference


@dataclass(frozen=True, eq=False)
class InitialTokens:
    """Where learning starts.

    Attributes
    ----------
    coarse, close_up : Tensor, shape (restarts, n, distinct, prompt_dim)
        Tokens for views of the whole specimen and for close-ups.
    repeats : tuple of int
        How often each distinct token occurs in the prompt.
    """

    coarse: Tensor
    close_up: Tensor
    repeats: tuple[int, ...]


def random_tokens(backbone: Backbone, count: int, preset: Preset, seed: int) -> InitialTokens:
    """Return random tokens for some landmarks.

    Through the full UNet every token of the prompt is distinct; with cached queries few are.

    Parameters
    ----------
    backbone : Backbone
        Gives the prompt's size.
    count : int
        Number of landmarks.
    preset : Preset
        Method, restarts and distinct tokens.
    seed : int
        Seed of the tokens.
    """
    prompt_tokens, prompt_dim = backbone.prompt_shape
    if preset.shared.method == "cached-queries":
        repeats = token_repeats(prompt_tokens, preset.learn.distinct_tokens)
    else:
        repeats = (1,) * prompt_tokens
    generator = torch.Generator().manual_seed(seed)
    size = (preset.learn.restarts, count, len(repeats), prompt_dim)
    coarse = torch.randn(size, generator=generator)
    return InitialTokens(coarse, torch.randn(size, generator=generator), repeats)


def learn_passes(
    backbone: Backbone,
    references: Sequence[PreparedReference],
    start: InitialTokens,
    preset: Preset,
    context: RunContext,
) -> tuple[Embeddings, Embeddings | None]:
    """Return the embeddings of the coarse pass and, if the settings have one, the close-up pass.

    Parameters
    ----------
    backbone : Backbone
        The frozen model.
    references : sequence of PreparedReference
        What to learn from.
    start : InitialTokens
        Tokens to start from.
    preset : Preset
        Method, views and steps; completed.
    context : RunContext
        Seed of views and noise, progress, previews of the coarse pass, and whether to stop.

    Raises
    ------
    Cancelled
        If the context says so.
    """
    generator = torch.Generator().manual_seed(context.seed + 1)
    if preset.shared.views == "paper":
        images = [(reference.image, reference.points) for reference in references]
        tokens = paper.learn_tokens(backbone, images, start.coarse, preset, generator, context)
        return Embeddings(tokens, start.repeats), None
    rng = np.random.default_rng(context.seed)
    first, coarse_views = _coarse_views(backbone, references, preset, rng)

    def previewer(layers: list[CachedLayer]) -> Observer | None:
        if context.preview is None:
            return None
        shape = references[0].image.shape[:2]
        restarts = preset.learn.restarts
        return PreviewMaker(context.preview, shape, first, layers, start.repeats, restarts)

    learning = _Pass(backbone, preset, start.repeats, generator, context)
    coarse = learning.learn(coarse_views, start.coarse, previewer)
    if not preset.learn.close_ups:
        return coarse, None
    close_up_views = _close_up_views(backbone, references, preset, rng)
    return coarse, learning.learn(close_up_views, start.close_up)


@dataclass(frozen=True, eq=False)
class _TrainingViews:
    """Views of all references, and the landmarks in their normalised coordinates (views, n, 2)."""

    views: ViewSet
    normalised: Tensor


@dataclass(frozen=True, eq=False)
class _Pass:
    """What the coarse and the close-up pass have in common."""

    backbone: Backbone
    preset: Preset
    repeats: tuple[int, ...]
    generator: torch.Generator
    context: RunContext

    def learn(
        self,
        seen: _TrainingViews,
        start: Tensor,
        observer: Callable[[list[CachedLayer]], Observer | None] = lambda layers: None,
    ) -> Embeddings:
        attention = self.preset.learning_attention
        layers = cache_queries(self.backbone, seen.views, attention, self.generator, self.context)
        observe = observer(layers)
        if self.preset.shared.method == "cached-queries":
            tokens = optimise_by_cached_queries(
                CachedViews(layers, seen.normalised, self.repeats),
                start,
                self.preset.learn,
                generator=self.generator,
                context=self.context,
                observe=observe,
            )
        else:
            tokens = optimise_by_full_unet(
                self.backbone,
                start.flatten(0, 1),
                self._steps(seen),
                self.preset.learn,
                attention,
                context=self.context,
                observe=observe,
            ).view_as(start)
        return self._embeddings(layers, seen, tokens)

    def _embeddings(
        self, layers: list[CachedLayer], seen: _TrainingViews, tokens: Tensor
    ) -> Embeddings:
        """Return learned tokens with the features and scores at the references' landmarks."""
        described = describe_landmarks(layers, seen.normalised)
        attention = [
            values_at_landmarks(
                maps.unflatten(1, tokens.shape[:2]).mean(1),
                seen.normalised,
            )
            for maps in cached_maps(layers, tokens.flatten(0, 1), self.repeats)
        ]
        similarity = [
            values_at_landmarks(maps, seen.normalised)
            for maps in similarity_maps(layers, described)
        ]
        return Embeddings(
            tokens.float().cpu(),
            self.repeats,
            tuple(layer.float().cpu() for layer in described),
            torch.stack(attention).mean(0).cpu(),
            torch.stack(similarity).mean(0).cpu(),
        )

    def _steps(self, seen: _TrainingViews) -> Callable[[int], Step]:
        """Return the source of steps through the full UNet, for ``restarts * n`` prompts."""
        restarts, attention = self.preset.learn.restarts, self.preset.learning_attention
        shape = (self.backbone.latent_side,) * 2

        def next_step(index: int) -> Step:
            view = int(torch.randint(len(seen.views), (), generator=self.generator))
            latent = seen.views.latents[view : view + 1]
            noise = draw_noise(latent.shape, attention.noise, self.generator)
            target = gaussian_targets(seen.normalised[view], shape, self.preset.learn.sigma)
            return Step(
                noisy=with_noise(self.backbone, latent, noise, attention),
                target=target.repeat(restarts, 1, 1),
                weight=in_view(seen.normalised[view]).repeat(restarts),
            )

        return next_step


def _coarse_views(
    backbone: Backbone,
    references: Sequence[PreparedReference],
    preset: Preset,
    rng: np.random.Generator,
) -> tuple[ViewSet, _TrainingViews]:
    """Return views of the first reference alone, and of all."""
    sets = [
        encode_whole_image(
            backbone,
            reference.image,
            encodings=preset.learn.encodings,
            windows=preset.learn.windows,
            crop_share=preset.shared.crop_share,
            rng=rng,
        )
        for reference in references
    ]
    return sets[0], _joined(backbone, references, sets)


def _close_up_views(
    backbone: Backbone,
    references: Sequence[PreparedReference],
    preset: Preset,
    rng: np.random.Generator,
) -> _TrainingViews:
    """Return close-ups of all landmarks of all references."""
    marked = [one for one in references if not np.isnan(one.points).all()]
    sets = [
        encode_close_ups(
            backbone,
            reference.image,
            reference.points[~np.isnan(reference.points[:, 0])],
            count=preset.learn.close_ups,
            share=preset.shared.close_up_share,
            rng=rng,
        )
        for reference in marked
    ]
    return _joined(backbone, marked, sets)


def _joined(
    backbone: Backbone, references: Sequence[PreparedReference], sets: Sequence[ViewSet]
) -> _TrainingViews:
    normalised = [
        rectangle.to_normalised(reference.points)
        for reference, views in zip(references, sets, strict=True)
        for rectangle in views.rectangles
    ]
    points = torch.from_numpy(np.stack(normalised)).float().to(backbone.device)
    return _TrainingViews(join_views(sets), points)
