"""Latents, noise, prompts and precision of a backbone."""

from __future__ import annotations

import pytest
import torch
from diffusers import AutoencoderKL, DDIMScheduler
from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from napari_homolog.diffusion import load_backbone
from napari_homolog.diffusion.architecture import check_architecture
from napari_homolog.diffusion.latents import LatentSpace
from napari_homolog.errors import CheckpointError
from small_models import POOLED, SIDE, small_unet, small_vae

CPU = torch.device("cpu")


def views(count=3, seed=0):
    return torch.rand(count, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(seed))


def test_the_properties_of_a_backbone(sd1):
    assert (sd1.resolution, sd1.latent_side, sd1.vae_factor) == (SIDE, 16, 8)
    assert sd1.latent_channels == 4
    assert sd1.prompt_shape == (77, 32)
    assert sd1.layers == (7, 8, 9, 10)
    assert sd1.cross_attention_layers == 16
    assert sd1.dtype == torch.float32
    assert sd1.to_dict() == {
        "name": sd1.name,
        "revision": None,
        "fingerprint": sd1.fingerprint,
        "resolution": SIDE,
        "precision": "float32",
    }


def test_latents_are_the_scaled_mean_of_the_auto_encoder(sd1, sd1_folder):
    vae = AutoencoderKL.from_pretrained(sd1_folder / "vae")
    with torch.no_grad():
        expected = vae.encode(views() * 2 - 1).latent_dist.mean * 0.18215
    latents = sd1.encode(views())
    assert latents.shape == (3, 4, 16, 16)
    torch.testing.assert_close(latents, expected)
    assert not latents.requires_grad


def test_large_views_are_encoded_one_by_one(sd1, monkeypatch):
    sizes = []
    encode = AutoencoderKL.encode
    monkeypatch.setattr(
        AutoencoderKL, "encode", lambda self, x: sizes.append(len(x)) or encode(self, x)
    )
    monkeypatch.setattr("napari_homolog.diffusion.latents.PIXELS_TOGETHER", 2 * SIDE**2)
    sd1.encode(views(5))
    monkeypatch.setattr("napari_homolog.diffusion.latents.PIXELS_TOGETHER", SIDE**2 - 1)
    sd1.encode(views(2))
    assert sizes == [2, 2, 1, 1, 1]


def test_an_auto_encoder_with_channel_statistics_uses_them():
    vae = small_vae()
    vae.register_to_config(latents_mean=[1.0, 2.0, 3.0, 4.0], latents_std=[2.0, 2.0, 2.0, 4.0])
    with torch.no_grad():
        mean = vae.encode(views(1) * 2 - 1).latent_dist.mean
    latents = LatentSpace(vae, torch.ones(10), CPU, torch.float32).encode(views(1))
    centre = torch.tensor([1.0, 2, 3, 4]).view(1, 4, 1, 1)
    spread = torch.tensor([2.0, 2, 2, 4]).view(1, 4, 1, 1)
    torch.testing.assert_close(latents, (mean - centre) / spread * 0.18215)


@pytest.mark.parametrize("timestep", [0, 40, 140, 999])
def test_noise_is_that_of_the_scheduler(sd1, sd1_folder, timestep):
    scheduler = DDIMScheduler.from_pretrained(sd1_folder / "scheduler")
    latents, noise = torch.randn(2, 1, 4, 16, 16, generator=torch.Generator().manual_seed(0))
    expected = scheduler.add_noise(latents, noise, torch.tensor([timestep]))
    torch.testing.assert_close(sd1.add_noise(latents, noise, timestep), expected)


def test_a_prompt_is_the_last_layer_of_the_text_encoder(sd1, sd1_folder):
    encoder = CLIPTextModel.from_pretrained(sd1_folder / "text_encoder")
    tokenizer = CLIPTokenizer.from_pretrained(sd1_folder / "tokenizer")
    ids = tokenizer("a wing", padding="max_length", max_length=77, return_tensors="pt").input_ids
    with torch.no_grad():
        expected = encoder(ids).last_hidden_state
    torch.testing.assert_close(sd1.encode_text("a wing"), expected)
    assert sd1.encode_text("w" * 500).shape == (1, 77, 32)


def test_the_empty_prompt_is_encoded_once(sd1):
    assert sd1.empty_prompt is sd1.empty_prompt
    torch.testing.assert_close(sd1.empty_prompt, sd1.encode_text(""))


def test_sdxl_concatenates_the_penultimate_layers_of_both_encoders(sdxl, sdxl_folder):
    ids = CLIPTokenizer.from_pretrained(sdxl_folder / "tokenizer")(
        "", padding="max_length", max_length=77, return_tensors="pt"
    ).input_ids
    first = CLIPTextModel.from_pretrained(sdxl_folder / "text_encoder")
    second = CLIPTextModelWithProjection.from_pretrained(sdxl_folder / "text_encoder_2")
    with torch.no_grad():
        first_prompt = first(ids, output_hidden_states=True).hidden_states[-2]
        output = second(ids, output_hidden_states=True)
    assert sdxl.prompt_shape == (77, 48)
    torch.testing.assert_close(
        sdxl.empty_prompt, torch.cat([first_prompt, output.hidden_states[-2]], -1)
    )
    assert sdxl._empty_conditioning.pooled.shape == (1, POOLED)
    torch.testing.assert_close(sdxl._empty_conditioning.pooled, output.text_embeds)


def test_half_precision_is_close_to_single(sd1, sd1_folder):
    half = load_backbone(sd1_folder, device="cpu", precision="bf16")
    noisy = sd1.add_noise(sd1.encode(views(1)), torch.zeros(1, 4, 16, 16), 140)
    with torch.no_grad():
        single = sd1.attention(noisy, 140, sd1.empty_prompt, token=1)
        rough = half.attention(noisy, 140, sd1.empty_prompt, token=1)
    assert half.dtype == torch.bfloat16
    for expected, attention in zip(single, rough, strict=True):
        assert attention.dtype == torch.float32
        torch.testing.assert_close(attention, expected, atol=2e-3, rtol=0.1)
    torch.testing.assert_close(half.encode(views(1)), sd1.encode(views(1)), atol=0.02, rtol=0.1)


def test_an_auto_encoder_that_overflows_in_half_precision_stays_single():
    vae = small_vae()
    assert vae.config.force_upcast
    LatentSpace(vae, torch.ones(10), CPU, torch.float16)
    assert vae.dtype == torch.float32
    vae.register_to_config(force_upcast=False)
    LatentSpace(vae, torch.ones(10), CPU, torch.float16)
    assert vae.dtype == torch.float16


@pytest.mark.parametrize(("channels", "latent"), [(9, 4), (8, 4)])
def test_a_unet_for_inpainting_is_refused(channels, latent, tmp_path):
    with pytest.raises(
        CheckpointError, match=f"{channels} channels for an auto-encoder of {latent}"
    ):
        check_architecture(small_unet(in_channels=channels), small_vae(), tmp_path)
