from __future__ import annotations

import numpy as np
import torch
from training.block_autoencoder import new_autoencoder
from training.block_transform import (
    COLOUR_CHANNELS,
    COLOUR_GAIN,
    GAIN,
    LATENT_CHANNELS,
    WAVES,
    encode,
)


def test_a_uniform_picture_has_its_lightness_and_nothing_else() -> None:
    latents = encode(np.full((1, 8, 8, 3), 204, np.uint8))
    expected = np.zeros((1, LATENT_CHANNELS, 2, 2))
    expected[:, COLOUR_CHANNELS] = GAIN[0] * (204 / 127.5 - 1)
    np.testing.assert_allclose(latents, expected, atol=2e-4)


def test_colour_differences_are_those_of_the_standard() -> None:
    latents = encode(np.full((1, 4, 4, 3), (255, 0, 0), np.uint8))[0, :, 0, 0]
    # ITU-T T.871: pure red has Cb = -0.1687 and Cr = 0.5, twice that for pixels in [-1, 1].
    np.testing.assert_allclose(latents[:2], COLOUR_GAIN * np.array([-0.3374, 1.0]), atol=1e-5)


def test_a_vertical_wave_has_one_coefficient() -> None:
    wave = np.cos((np.arange(4) + 0.5) * np.pi / 4)
    rows = np.rint(127.5 + 100 * wave).astype(np.uint8)
    picture = np.broadcast_to(rows[:, None, None], (4, 4, 3))
    latents = encode(picture[None])[0, COLOUR_CHANNELS:, 0, 0]
    strongest = int(np.abs(latents).argmax())
    assert WAVES[strongest] == (1, 0)
    others = np.delete(np.abs(latents), strongest)
    assert others.max() < 0.03 * abs(latents[strongest])


def test_hue_leaves_no_trace_in_the_shape_channels() -> None:
    grey = np.full((1, 4, 4, 3), 150, np.uint8)
    # Red by 70 more and green by 36 less: the same lightness to a tenth of a grey level.
    reddish = (grey + np.array([70, -36, 2])).astype(np.uint8)
    difference = (encode(reddish) - encode(grey))[:, COLOUR_CHANNELS:]
    assert np.abs(difference).max() < GAIN[0] * 0.2 / 127.5


def test_the_autoencoder_carries_out_the_transform() -> None:
    rng = np.random.default_rng(0)
    smooth = np.cumsum(np.cumsum(rng.normal(0, 8, (3, 64, 64, 3)), 1), 2)
    images = np.clip(smooth + 128, 0, 255).astype(np.uint8)
    shown = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 127.5 - 1
    with torch.no_grad():
        latents = new_autoencoder().encode(shown).latent_dist.mean.numpy()
    expected = encode(images)
    np.testing.assert_allclose(latents, expected, atol=0.03)
    assert np.abs(latents - expected).mean() < 1e-3
