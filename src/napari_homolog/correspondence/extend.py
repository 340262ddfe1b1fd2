"""Extending: learning on from a landmark set with further references."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..diffusion import Backbone
from ..progress import Progress, StopCheck
from .arrangement import mean_arrangement
from .background import mean_background
from .embeddings import Embeddings
from .landmark_set import LandmarkSet
from .reference import Reference, line_up
from .scales import Start, learn_scales, random_start
from .watching import Watch


def extend(
    backbone: Backbone,
    learned: LandmarkSet,
    references: Sequence[Reference],
    *,
    seed: int = 0,
    watch: Watch | None = None,
    progress: Progress | None = None,
    should_stop: StopCheck | None = None,
) -> LandmarkSet:
    """Learn on from a landmark set with other references, such as corrected predictions.

    The embeddings that there are are the start; landmarks that are new start at random, and those
    that no reference shows stay as they are. A landmark set holds no images: give the earlier
    references again if they shall go on counting.

    Parameters
    ----------
    backbone : Backbone
        The model on which the set was learned.
    learned : LandmarkSet
        The set; not changed.
    references : sequence of Reference
        Images with landmarks.
    seed : int
        Seed of everything random.
    watch : callable, optional
        Shown the attention on the first reference now and then; not with the paper's views.
    progress, should_stop : callable, optional
        See `napari_homolog.progress`.

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
    learned.check_backbone(backbone)
    settings = learned.preset.learn
    names, marked = line_up(references)
    start = _start(learned, names, random_start(backbone, len(names), settings, seed))
    whole, close_up = learn_scales(
        backbone, marked, start, settings, seed, watch, progress, should_stop
    )
    order = tuple(dict.fromkeys((*learned.names, *names)))
    shapes = [_reordered(learned.arrangement, learned.names, order)]
    shapes += [_reordered(one.points, names, order) for one in marked]
    background = dict(zip(learned.names, learned.own_background, strict=True))
    background |= dict(zip(names, mean_background(marked), strict=True))
    origins = (*learned.references, *(one.name for one in references if one.name))
    return replace(
        learned,
        names=order,
        whole=_merged(learned.whole, learned.names, whole, names, order),
        close_up=None
        if learned.close_up is None or close_up is None
        else _merged(learned.close_up, learned.names, close_up, names, order),
        arrangement=mean_arrangement(shapes),
        own_background=np.array([background[name] for name in order]),
        home=None if learned.home is None else learned.home.reordered(learned.names, order),
        seed=seed,
        references=tuple(dict.fromkeys(origins)),
    )


def _start(learned: LandmarkSet, names: Sequence[str], fresh: Start) -> Start:
    """Return a fresh start, with the tokens of known landmarks in place of random ones."""
    for index, name in enumerate(names):
        if name not in learned.names:
            continue
        known = learned.names.index(name)
        fresh.whole[:, index] = learned.whole.tokens[:, known]
        if learned.close_up is not None:
            fresh.close_up[:, index] = learned.close_up.tokens[:, known]
    return fresh


def _merged(
    old: Embeddings,
    old_names: Sequence[str],
    new: Embeddings,
    new_names: Sequence[str],
    order: Sequence[str],
) -> Embeddings:
    """Return the new tokens where there are some; features are the mean of old and new."""

    def pick(of_old: Tensor, of_new: Tensor, name: str) -> Tensor:
        if name not in new_names:
            return of_old[old_names.index(name)]
        newer = of_new[new_names.index(name)]
        if name not in old_names:
            return newer
        return functional.normalize(of_old[old_names.index(name)] + newer, dim=-1)

    def latest(of_old: Tensor, of_new: Tensor, name: str) -> Tensor:
        if name in new_names:
            return of_new[new_names.index(name)]
        return of_old[old_names.index(name)]

    def latest_of_all(of_old: Tensor, of_new: Tensor) -> Tensor:
        return torch.stack([latest(of_old, of_new, name) for name in order])

    tokens = latest_of_all(old.tokens.transpose(0, 1), new.tokens.transpose(0, 1))
    features = tuple(
        torch.stack([pick(of_old, of_new, name) for name in order])
        for of_old, of_new in zip(old.features, new.features, strict=True)
    )
    own = [
        None if of_old is None or of_new is None else latest_of_all(of_old, of_new)
        for of_old, of_new in (
            (old.own_attention, new.own_attention),
            (old.own_similarity, new.own_similarity),
        )
    ]
    return Embeddings(tokens.transpose(0, 1).contiguous(), features, *own)


def _reordered(points: np.ndarray, names: Sequence[str], order: Sequence[str]) -> np.ndarray:
    """Return points (n, 2) in another order of names; NaN where there is none."""
    missing = np.full(2, np.nan)
    return np.stack([points[names.index(name)] if name in names else missing for name in order])
