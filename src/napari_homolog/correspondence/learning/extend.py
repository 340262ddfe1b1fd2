"""Extending: continuing to learn a landmark set with further references."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ...context import RunContext
from ...diffusion import Backbone
from ...diffusion.threads import computing_threads
from ..maps.embeddings import Embeddings
from ..priors.box_prior import places_in_boxes
from ..priors.shape_prior import mean_shape
from ..refinement.specimen_drawing import MarkedDrawing
from .embedding_passes import InitialTokens, learn_passes, random_tokens
from .landmark_set import LandmarkSet
from .references import Reference, drawings_of, mean_background, prepare_references, seen_by_vision


def extend(
    backbone: Backbone,
    learned: LandmarkSet,
    references: Sequence[Reference],
    *,
    context: RunContext | None = None,
) -> LandmarkSet:
    """Continue to learn a landmark set with other references, such as corrected predictions.

    Learning starts from the set's embeddings; new landmarks start from random ones, and those that
    no reference has stay as they are. A landmark set holds no images: pass the earlier references
    again if they are to keep their influence.

    Parameters
    ----------
    backbone : Backbone
        The model on which the set was learned.
    learned : LandmarkSet
        The set; not changed.
    references : sequence of Reference
        Images with landmarks.
    context : RunContext, optional
        Seed, progress, previews (not with the paper's views), and whether to stop.

    Returns
    -------
    LandmarkSet

    Raises
    ------
    LandmarkSetError
        If the set was learned on another model.
    ImageError, LandmarkError, Cancelled
        As `learn`.
    """
    context = context or RunContext()
    learned.check_backbone(backbone)
    preset = learned.preset.completed(backbone.learn_timestep, backbone.locate_timestep)
    names, prepared = prepare_references(references)
    context.log.info("Extending %d landmarks with %d references", len(learned), len(prepared))
    start = _start(learned, names, random_tokens(backbone, len(names), preset, context.seed))
    with computing_threads(backbone):
        vision = seen_by_vision(backbone, prepared, preset)
        coarse, close_up = learn_passes(backbone, prepared, start, preset, context)
    order = tuple(dict.fromkeys((*learned.names, *names)))
    shapes = [_reordered(learned.mean_shape, learned.names, order)]
    shapes += [_reordered(reference.points, names, order) for reference in prepared]
    placed = places_in_boxes(
        [one.box for one in references], [one.points + one.origin for one in prepared]
    )
    background = dict(zip(learned.names, learned.reference_background, strict=True))
    background |= dict(zip(names, mean_background(prepared), strict=True))
    origins = (*learned.references, *(one.name for one in references if one.name))
    cycle = learned.cycle_reference
    merge = _Merge(learned.names, names, order)
    return replace(
        learned,
        names=order,
        coarse=merge.embeddings(learned.coarse, coarse),
        close_up=None
        if learned.close_up is None or close_up is None
        else merge.embeddings(learned.close_up, close_up),
        mean_shape=mean_shape(shapes),
        reference_background=np.array([background[name] for name in order]),
        cycle_reference=None if cycle is None else cycle.reordered(learned.names, order),
        preset=preset,
        seed=context.seed,
        references=tuple(dict.fromkeys(origins)),
        drawings=_merged_drawings(
            [one.chosen(_places(learned.names, order)) for one in learned.drawings],
            [one.chosen(_places(names, order)) for one in drawings_of(references, prepared)],
        )
        if preset.shared.views != "paper"
        else (),
        box_places=_newer(
            None
            if learned.box_places is None
            else _reordered(learned.box_places, learned.names, order),
            None if placed is None else _reordered(placed, names, order),
        ),
        vision=None
        if learned.vision is None or vision is None
        else merge.features(learned.vision, vision),
    )


def _start(learned: LandmarkSet, names: Sequence[str], random: InitialTokens) -> InitialTokens:
    """Return random tokens in which those of known landmarks are replaced by the learned ones."""
    for index, name in enumerate(names):
        if name not in learned.names:
            continue
        known = learned.names.index(name)
        random.coarse[:, index] = learned.coarse.tokens[:, known]
        if learned.close_up is not None:
            random.close_up[:, index] = learned.close_up.tokens[:, known]
    return random


def _merged_drawings(
    old: Sequence[MarkedDrawing], new: Sequence[MarkedDrawing]
) -> tuple[MarkedDrawing, ...]:
    """Return all drawings, without the old ones of specimens that have new ones."""
    named = {one.name for one in new if one.name}
    return (*(one for one in old if one.name not in named), *new)


def _newer(
    old: NDArray[np.float64] | None, new: NDArray[np.float64] | None
) -> NDArray[np.float64] | None:
    """Return new values where they are known, else the old ones."""
    if old is None or new is None:
        return old if new is None else new
    return np.where(np.isnan(new), old, new)


def _places(names: Sequence[str], order: Sequence[str]) -> list[int | None]:
    return [names.index(name) if name in names else None for name in order]


class _Merge:
    """Merges old and new embeddings: new tokens where there are some, the mean of features."""

    def __init__(
        self, old_names: Sequence[str], new_names: Sequence[str], order: Sequence[str]
    ) -> None:
        self._old_names, self._new_names, self._order = old_names, new_names, order

    def embeddings(self, old: Embeddings, new: Embeddings) -> Embeddings:
        tokens = self._latest(old.tokens.transpose(0, 1), new.tokens.transpose(0, 1))
        features = tuple(
            self.features(before, after)
            for before, after in zip(old.features, new.features, strict=True)
        )
        scores = [
            None if before is None or after is None else self._latest(before, after)
            for before, after in (
                (old.reference_attention, new.reference_attention),
                (old.reference_similarity, new.reference_similarity),
            )
        ]
        return Embeddings(tokens.transpose(0, 1).contiguous(), old.repeats, features, *scores)

    def features(self, old: Tensor, new: Tensor) -> Tensor:
        return torch.stack([self._mean(old, new, name) for name in self._order])

    def _latest(self, old: Tensor, new: Tensor) -> Tensor:
        """Return each landmark's new row where it has one, else its old row."""
        return torch.stack(
            [
                new[self._new_names.index(name)]
                if name in self._new_names
                else old[self._old_names.index(name)]
                for name in self._order
            ]
        )

    def _mean(self, old: Tensor, new: Tensor, name: str) -> Tensor:
        if name not in self._new_names:
            return old[self._old_names.index(name)]
        newer = new[self._new_names.index(name)]
        if name not in self._old_names:
            return newer
        return functional.normalize(old[self._old_names.index(name)] + newer, dim=-1)


def _reordered(
    points: NDArray[np.float64], names: Sequence[str], order: Sequence[str]
) -> NDArray[np.float64]:
    """Return points (n, 2) in another order of names; NaN where there is none."""
    missing = np.full(2, np.nan)
    return np.stack([points[names.index(name)] if name in names else missing for name in order])
