from __future__ import annotations

import numpy as np
import torch

import napari_homolog as nh
from napari_homolog.context import RunContext
from napari_homolog.correspondence.maps.cached_queries import cache_queries
from napari_homolog.correspondence.maps.noise import draw_noise
from napari_homolog.correspondence.settings import AttentionSettings
from napari_homolog.correspondence.views.encoded_views import encode_whole_image
from napari_homolog.diffusion import Backbone
from napari_homolog.synthetic import generate


def test_without_noise_the_unet_sees_the_latents_as_they_are(embedded: Backbone) -> None:
    image = np.random.default_rng(1).random((60, 60, 3), dtype=np.float32)
    views = encode_whole_image(
        embedded, image, encodings=1, windows=2, crop_share=0.9, rng=np.random.default_rng(0)
    )
    settings = AttentionSettings(timestep=261, noise="none")
    passes = [
        cache_queries(embedded, views, settings, torch.Generator().manual_seed(seed), RunContext())
        for seed in (0, 1)
    ]
    clean = embedded.queries(views.latents, 261)
    for first, second, expected in zip(*passes, clean, strict=True):
        torch.testing.assert_close(first.query, second.query, atol=0, rtol=0)
        torch.testing.assert_close(first.query.transpose(0, 1), expected.query)


def test_no_numbers_are_drawn_for_no_noise() -> None:
    generator = torch.Generator().manual_seed(3)
    before = generator.get_state()
    assert not draw_noise((2, 3), "none", generator).any()
    assert torch.equal(generator.get_state(), before)


def test_learning_and_locating_without_noise(embedded: Backbone) -> None:
    specimen = generate("leaf", 12, (100, 100))
    clean = nh.preset("attention").changed(
        "clean",
        shared={"noise": "none"},
        learn={"restarts": 1, "steps": 100, "timestep": 261},
        locate={"timestep": 261, "matcher": "both"},
    )
    reference = nh.Reference(specimen.image, specimen.landmarks)
    learned = nh.learn(embedded, [reference], preset=clean)
    found = nh.locate(embedded, specimen.image, learned)
    assert (learned.preset.shared.noise, learned.preset.learn.timestep) == ("none", 261)
    errors = np.linalg.norm(found.points - specimen.landmarks.points, axis=1)
    assert np.median(errors) < 0.05 * specimen.landmarks.longer_side()
