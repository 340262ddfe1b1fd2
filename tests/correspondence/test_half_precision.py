"""Half precision against single precision: the same landmarks, learned and found."""

from __future__ import annotations

import numpy as np
import torch

import napari_homolog as nh
from napari_homolog.diffusion import Backbone
from napari_homolog.synthetic import generate


def test_points_in_half_precision_are_those_in_single(embedded: Backbone) -> None:
    half = nh.load_backbone("embedded", device="cpu", precision="bf16")
    quick = nh.preset("standard").changed(
        "quick", learn={"restarts": 1, "steps": 150, "encodings": 2, "close_ups": 2}
    )
    reference, target = generate("beetle", 3, (200, 200)), generate("beetle", 4, (200, 200))
    marked = nh.Reference(reference.image, reference.landmarks)
    points = {}
    for name, backbone in (("single", embedded), ("half", half)):
        learned = nh.learn(backbone, [marked], preset=quick)
        assert learned.coarse.tokens.dtype == torch.float32
        assert torch.isfinite(learned.coarse.tokens).all()
        points[name] = nh.locate(backbone, target.image, learned).points
    apart = np.linalg.norm(points["single"] - points["half"], axis=1)
    assert np.median(apart) < 0.02 * target.landmarks.longer_side()
