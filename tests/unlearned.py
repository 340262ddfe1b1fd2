"""A landmark set and answers of the model, for tests of what comes after learning and locating."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

import napari_homolog as nh
from napari_homolog.correspondence import Embeddings, LandmarkSet


def unlearned_set(names: Sequence[str], mean_shape: np.ndarray) -> LandmarkSet:
    """Return a set of which the embeddings are zeros."""
    return LandmarkSet(
        names=tuple(names),
        coarse=Embeddings(torch.zeros(1, len(names), 3, 4), repeats=(1, 1, 6)),
        mean_shape=mean_shape,
        reference_background=np.zeros(len(names)),
        backbone={"name": "embedded", "fingerprint": "ab" * 32, "revision": None},
        preset=nh.preset("standard"),
        seed=3,
    )


def answer(names: Sequence[str], points: np.ndarray, **more: bool) -> nh.Prediction:
    """Return points (n, 2) as if the model had found them, not refined yet."""
    count = len(points)
    return nh.Prediction(
        names=tuple(names),
        points=points,
        maps=np.zeros((count, 2, 2), np.float32),
        scale=np.ones(2),
        translate=np.ones(2),
        covariance=np.zeros((count, 2, 2)),
        confidence=np.full(count, 0.5),
        settings=nh.preset("standard").locate,
        coarse_points=points,
        **more,
    )
