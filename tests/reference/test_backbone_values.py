"""Latents, noise and attention of a backbone against reference values."""

from __future__ import annotations

import pytest
import torch
from reference_set import SIDE, ReferenceSet
from torch.nn import functional

LANDMARK_TOKEN = 1
PHASES = {"opt": "t_learn", "infer": "t_locate"}


def thinned(value: torch.Tensor, step: int) -> torch.Tensor:
    return value[..., ::step, ::step]


def test_latent(reference: ReferenceSet) -> None:
    expected, step = reference.sampled("latent")
    latent = thinned(reference.backbone.encode(reference.square), step)
    torch.testing.assert_close(latent, expected, atol=2e-6, rtol=0)


@pytest.mark.parametrize("phase", PHASES)
def test_noisy_latent(reference: ReferenceSet, phase: str) -> None:
    latent, step = reference.sampled("latent")
    expected, same_step = reference.sampled(f"noisy_{phase}")
    assert step == same_step
    noise = thinned(reference.values["noise"], step)
    noisy = reference.backbone.add_noise(latent, noise, reference.settings[PHASES[phase]])
    torch.testing.assert_close(noisy, expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize("phase", PHASES)
def test_attention_of_each_layer_and_head(reference: ReferenceSet, phase: str) -> None:
    """Heads 4 to 7 of 8, one by one and their mean."""
    timestep = reference.settings[PHASES[phase]]
    with torch.no_grad():
        maps = reference.backbone.attention(
            noisy_latent(reference, phase),
            timestep,
            reference.values["context"],
            layers=reference.preset.shared.layers,
            token=LANDMARK_TOKEN,
        )
    by_head = torch.stack(
        [
            functional.interpolate(layer, (SIDE, SIDE), mode="bilinear", align_corners=False)[0]
            for layer in maps
        ]
    )[:, 4:]
    expected, step = reference.sampled(f"maps_{phase}_heads")
    torch.testing.assert_close(thinned(by_head, step), expected, atol=2e-5, rtol=0)
    expected, step = reference.sampled(f"maps_{phase}_mean")
    torch.testing.assert_close(thinned(by_head.mean(1), step), expected, atol=2e-5, rtol=0)


def noisy_latent(reference: ReferenceSet, phase: str) -> torch.Tensor:
    latent = reference.backbone.encode(reference.square)
    timestep = reference.settings[PHASES[phase]]
    return reference.backbone.add_noise(latent, reference.values["noise"], timestep)


def test_a_model_without_text_encoder_has_the_usual_prompt(reference: ReferenceSet) -> None:
    backbone = reference.backbone
    assert backbone.prompt_shape == (77, 768)
    assert (backbone.resolution, backbone.latent_side, backbone.vae_factor) == (512, 64, 8)


def test_a_checkpoints_own_layers_are_those_of_the_paper(reference: ReferenceSet) -> None:
    """Layers 5 to 8 of those with at most 32 x 32 positions; two larger ones come before."""
    assert reference.backbone.layers == (7, 8, 9, 10)
