"""Latents, noise and attention against values that the authors' own code gave on a small model."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from napari_homolog.diffusion import Backbone, load_backbone

MAPS_TOLERANCE = 2e-5
LANDMARK_TOKEN = 1
SIDE = 512
PHASES = {"opt": "t_learn", "infer": "t_locate"}


@pytest.fixture(scope="module")
def golden(reference_values: Path) -> dict[str, torch.Tensor]:
    with np.load(reference_values / "golden.npz") as archive:
        return {name: torch.from_numpy(archive[name]) for name in archive}


@pytest.fixture(scope="module")
def settings(reference_values: Path) -> dict[str, int]:
    return json.loads((reference_values / "settings.json").read_text())


@pytest.fixture(scope="module")
def backbone(reference_values: Path) -> Backbone:
    return load_backbone(reference_values / "model", device="cpu", precision="fp32")


def enlarged(layer: torch.Tensor) -> torch.Tensor:
    return functional.interpolate(layer, (SIDE, SIDE), mode="bilinear", align_corners=False)[0]


def test_an_image_becomes_the_reference_latent(backbone, golden):
    view = golden["image"].permute(2, 0, 1)[None].float() / 255
    torch.testing.assert_close(backbone.encode(view), golden["latent"], atol=2e-6, rtol=0)


@pytest.mark.parametrize("phase", PHASES)
def test_noise_is_added_as_the_reference_scheduler_adds_it(backbone, golden, settings, phase):
    timestep = settings[PHASES[phase]]
    noisy = backbone.add_noise(golden["latent"], golden["noise"], timestep)
    torch.testing.assert_close(noisy, golden[f"noisy_{phase}"], atol=1e-6, rtol=0)


@pytest.mark.parametrize("phase", PHASES)
def test_attention_of_each_head_and_layer_is_the_reference_attention(
    backbone, golden, settings, phase
):
    """The reference holds, layer by layer, heads 4 to 7 of 8 apart and their mean."""
    with torch.no_grad():
        maps = backbone.attention(
            golden[f"noisy_{phase}"],
            settings[PHASES[phase]],
            golden["context"],
            token=LANDMARK_TOKEN,
        )
    assert [tuple(one.shape) for one in maps] == [(1, 8, 16, 16)] * 3 + [(1, 8, 32, 32)]
    second_half = torch.stack([enlarged(one) for one in maps])[:, 4:]
    difference = second_half[..., ::8, ::8] - golden[f"maps_{phase}_heads_sub8"]
    assert difference.abs().max() < MAPS_TOLERANCE
    difference = second_half.mean(1)[..., ::4, ::4] - golden[f"maps_{phase}_mean_sub4"]
    assert difference.abs().max() < MAPS_TOLERANCE


def test_the_default_layers_are_those_of_the_reference(backbone, settings):
    """The authors number only the layers of at most 32 x 32 positions: two fewer come before."""
    assert backbone.layers == tuple(index + 2 for index in settings["layers"])


def test_a_model_without_text_encoder_has_the_usual_prompt(backbone):
    assert backbone.prompt_shape == (77, 768)
    assert (backbone.resolution, backbone.latent_side, backbone.vae_factor) == (512, 64, 8)
