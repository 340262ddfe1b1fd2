"""Tiny random-weight models with the topology of Stable Diffusion, saved as diffusers saves them."""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import AutoencoderKL, AutoencoderTiny, DDIMScheduler, UNet2DConditionModel
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    Dinov2Config,
    Dinov2Model,
)

SIDE = 128
"""The small models' square in pixels; their latents are 16 x 16."""

POOLED = 24
TIME_WIDTH = 8


def small_unet(cross_attention_dim: int = 32, in_channels: int = 4) -> UNet2DConditionModel:
    """Return a UNet with Stable Diffusion 1's 16 cross-attention layers of 8 heads."""
    down = "CrossAttnDownBlock2D"
    up = "CrossAttnUpBlock2D"
    return UNet2DConditionModel(
        sample_size=16,
        in_channels=in_channels,
        block_out_channels=(16, 32, 32, 32),
        down_block_types=(down, down, down, "DownBlock2D"),
        up_block_types=("UpBlock2D", up, up, up),
        attention_head_dim=8,
        cross_attention_dim=cross_attention_dim,
        norm_num_groups=8,
    )


def small_xl_unet(cross_attention_dim: int) -> UNet2DConditionModel:
    """Return a UNet like SDXL's: transformers of depth 1 and 2, conditions beside the prompt."""
    down = "CrossAttnDownBlock2D"
    up = "CrossAttnUpBlock2D"
    return UNet2DConditionModel(
        sample_size=16,
        block_out_channels=(16, 16, 32),
        down_block_types=("DownBlock2D", down, down),
        up_block_types=(up, up, "UpBlock2D"),
        transformer_layers_per_block=[1, 1, 2],
        attention_head_dim=[2, 2, 4],
        cross_attention_dim=cross_attention_dim,
        norm_num_groups=8,
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=TIME_WIDTH,
        projection_class_embeddings_input_dim=6 * TIME_WIDTH + POOLED,
    )


def small_vae(scaling_factor: float = 0.18215) -> AutoencoderKL:
    """Return an auto-encoder that shrinks eightfold, as Stable Diffusion's does."""
    return AutoencoderKL(
        block_out_channels=(8, 8, 8, 8),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=2,
        norm_num_groups=4,
        sample_size=SIDE,
        scaling_factor=scaling_factor,
    )


def small_tiny_vae() -> AutoencoderTiny:
    """Return an auto-encoder like TAESD, which yields latents in the UNet's scale."""
    return AutoencoderTiny(
        encoder_block_out_channels=(8, 8, 8, 8),
        decoder_block_out_channels=(8, 8, 8, 8),
        num_encoder_blocks=(1, 1, 1, 1),
        num_decoder_blocks=(1, 1, 1, 1),
    )


def small_tokenizer() -> CLIPTokenizer:
    """Return a CLIP tokenizer of single letters."""
    letters = [chr(code) for code in range(ord("!"), ord("~") + 1)]
    tokens = [*letters, *(f"{letter}</w>" for letter in letters)]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {token: index for index, token in enumerate(tokens)}
    return CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=77)


def small_text_config(width: int, vocabulary: int, **others: int) -> CLIPTextConfig:
    """Return the configuration of a text encoder of two layers."""
    return CLIPTextConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        **{"eos_token_id": vocabulary - 1, **others},
    )


def save_small_sd1(folder: Path, *, seed: int = 0) -> Path:
    """Save a complete model like Stable Diffusion 1 and return its folder."""
    torch.manual_seed(seed)
    tokenizer = small_tokenizer()
    small_unet().save_pretrained(folder / "unet")
    _save_others(folder)
    CLIPTextModel(small_text_config(32, len(tokenizer))).save_pretrained(folder / "text_encoder")
    tokenizer.save_pretrained(folder / "tokenizer")
    return folder


def save_small_sdxl(folder: Path, *, seed: int = 0) -> Path:
    """Save a complete model like SDXL, with two text encoders, and return its folder."""
    torch.manual_seed(seed)
    tokenizer = small_tokenizer()
    small_xl_unet(cross_attention_dim=16 + 32).save_pretrained(folder / "unet")
    _save_others(folder, 0.13025)
    CLIPTextModel(small_text_config(16, len(tokenizer))).save_pretrained(folder / "text_encoder")
    second = small_text_config(32, len(tokenizer), projection_dim=POOLED)
    CLIPTextModelWithProjection(second).save_pretrained(folder / "text_encoder_2")
    tokenizer.save_pretrained(folder / "tokenizer")
    tokenizer.save_pretrained(folder / "tokenizer_2")
    return folder


def save_small_dinov2(folder: Path, *, seed: int = 0) -> Path:
    """Save a DINOv2 of 4 x 4 patches of 14 pixels, and return its folder."""
    torch.manual_seed(seed)
    config = Dinov2Config(
        hidden_size=24, num_hidden_layers=2, num_attention_heads=2, image_size=56, patch_size=14
    )
    Dinov2Model(config).save_pretrained(folder)
    return folder


def _save_others(folder: Path, scaling_factor: float = 0.18215) -> None:
    small_vae(scaling_factor).save_pretrained(folder / "vae")
    DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False
    ).save_pretrained(folder / "scheduler")
