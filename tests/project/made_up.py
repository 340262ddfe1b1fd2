"""Small pictures, predictions and landmark sets, made up."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from napari_homolog.correspondence import (
    Embeddings,
    LandmarkSet,
    LocateSettings,
    Prediction,
    preset,
)

SIZE = (40, 60)


def draw_noise(path: Path, seed: int, size: tuple[int, int] = SIZE) -> Path:
    pixels = np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def found_at(
    names: Sequence[str], points: Sequence[tuple[float, float]], confidence: float = 0.75
) -> Prediction:
    count = len(names)
    return Prediction(
        names=tuple(names),
        points=np.array(points, dtype=float),
        maps=np.zeros((count, 2, 3), np.float32),
        scale=np.full(2, 20.0),
        translate=np.full(2, 9.5),
        covariance=np.tile([[9.0, 1.5], [1.5, 16.0]], (count, 1, 1)),
        confidence=np.full(count, confidence),
        settings=LocateSettings(timestep=140),
        missing_probability=np.full(count, 0.125),
        expected_error=np.full(count, 2.5),
    )


def learned_names(*names: str) -> LandmarkSet:
    return LandmarkSet(
        names=names,
        coarse=Embeddings(torch.randn(2, len(names), 3, 4), repeats=(1, 1, 6)),
        mean_shape=np.zeros((len(names), 2)),
        reference_background=np.zeros(len(names)),
        backbone={"name": "embedded", "fingerprint": "ab" * 32, "revision": None},
        preset=preset("attention"),
        seed=3,
        references=("wing",),
    )
