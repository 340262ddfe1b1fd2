"""A model of Stable Diffusion 1's architecture and size with random weights: cost needs no others."""

from __future__ import annotations

import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel

from napari_homolog.diffusion.backbone import Backbone, Components
from napari_homolog.diffusion.fingerprint import Provenance
from napari_homolog.diffusion.hardware import PRECISIONS
from napari_homolog.diffusion.model_defaults import Defaults
from napari_homolog.diffusion.text_encoders import Conditioning

LAYERS = (7, 8, 9, 10)
TOKENS, PROMPT_DIM = 77, 768


class FixedText:
    """Stands in for a text encoder, whose cost is paid once: one random prompt for every text."""

    tokens = TOKENS

    def encode(self, text: str) -> Conditioning:
        """Return the same embedding for any text."""
        generator = torch.Generator().manual_seed(0)
        prompt = torch.randn(1, TOKENS, PROMPT_DIM, generator=generator)
        return Conditioning(prompt, prompt[:, 0])


def new_model() -> tuple[UNet2DConditionModel, AutoencoderKL]:
    """Return a UNet of 860 million and an auto-encoder of 84 million random parameters."""
    cross, up = "CrossAttnDownBlock2D", "CrossAttnUpBlock2D"
    unet = UNet2DConditionModel(
        sample_size=64,
        block_out_channels=(320, 640, 1280, 1280),
        down_block_types=(cross, cross, cross, "DownBlock2D"),
        up_block_types=("UpBlock2D", up, up, up),
        attention_head_dim=8,
        cross_attention_dim=PROMPT_DIM,
    )
    vae = AutoencoderKL(
        block_out_channels=(128, 256, 512, 512),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=2,
        sample_size=512,
    )
    return unet, vae


def backbone_of(
    unet: UNet2DConditionModel, vae: AutoencoderKL, device: str = "cpu", precision: str = "fp32"
) -> Backbone:
    """Return the package's backbone around a model, which it makes its own."""
    schedule = DDIMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
    return Backbone(
        Components(unet, vae, schedule.alphas_cumprod, FixedText()),  # type: ignore[arg-type]
        defaults=Defaults(LAYERS),
        provenance=Provenance("random", None, "0"),
        device=torch.device(device),
        dtype=PRECISIONS[precision],
    )


def naive_step(unet: UNet2DConditionModel, vae: AutoencoderKL, prompt: torch.Tensor) -> None:
    """Encode a crop, run the whole UNet and go backward to the prompt."""
    prompt.grad = None
    naive_crop(unet, vae, prompt).square().mean().backward()


def naive_crop(
    unet: UNet2DConditionModel, vae: AutoencoderKL, prompt: torch.Tensor
) -> torch.Tensor:
    """Encode a crop and run the whole UNet on it: what the published read-out does per crop."""
    with torch.no_grad():
        crop = torch.randn(1, 3, 512, 512, device=prompt.device, dtype=prompt.dtype)
        latent = vae.encode(crop).latent_dist.mean * 0.18215
    noise: torch.Tensor = unet(latent, 140, prompt).sample
    return noise
