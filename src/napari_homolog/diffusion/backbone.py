"""The frozen generative model: views to latents, latents and prompts to attention."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.models.attention_processor import Attention
from torch import Tensor

from .attention import CrossAttention, Queries, probabilities, scaled_queries
from .text import Conditioning, Words

ENCODE_AT_A_TIME = 4
"""Views that go through the auto-encoder together; bounds memory."""


@dataclass(frozen=True)
class Defaults:
    """What a checkpoint is best used with.

    Attributes
    ----------
    layers : tuple of int
        Cross-attention layers that are read, counted down, middle, up from zero.
    learn_timestep, locate_timestep : int
        Noise levels, 0 to 999.
    """

    layers: tuple[int, ...]
    learn_timestep: int
    locate_timestep: int


@dataclass(frozen=True)
class Provenance:
    """Where a model came from.

    Attributes
    ----------
    name : str
        Catalogue name, hub id or path as the user gave it.
    revision : str or None
        Commit of a hub model.
    fingerprint : str
        SHA-256 of the UNet's configuration and weights, as hexadecimal digits.
    """

    name: str
    revision: str | None
    fingerprint: str


class Backbone:
    """A frozen latent diffusion model.

    Nothing outside this object is changed: two backbones live side by side. One backbone serves
    one call at a time.

    Parameters
    ----------
    unet : UNet2DConditionModel
        The denoiser; its cross-attention layers get processors of their own.
    vae : AutoencoderKL
        The auto-encoder.
    alphas_cumprod : Tensor, shape (1000,)
        The noise schedule: the share of signal variance left at each timestep.
    words : Words or None
        Text encoders; None where the checkpoint has none.
    defaults : Defaults
        Layers and timesteps.
    provenance : Provenance
        Where the model came from.
    device : torch.device
        Where it runs.
    dtype : torch.dtype
        Precision of the UNet and the auto-encoder.
    resolution : int, optional
        Side of the model's square in pixels, where not the UNet's own.
    """

    def __init__(
        self,
        unet: UNet2DConditionModel,
        vae: AutoencoderKL,
        alphas_cumprod: Tensor,
        words: Words | None,
        *,
        defaults: Defaults,
        provenance: Provenance,
        device: torch.device,
        dtype: torch.dtype,
        resolution: int | None = None,
    ) -> None:
        self._unet = _frozen(unet, device, dtype)
        self._vae = _frozen(vae, device, dtype)
        self._alphas_cumprod = alphas_cumprod.to(device, torch.float32)
        self._words = words
        self._cross_attention = CrossAttention(self._unet)
        self._cross_attention.check(defaults.layers)
        self._empty: Conditioning | None = None
        self.provenance, self.defaults = provenance, defaults
        self.device, self.dtype = device, dtype
        self.vae_factor = 2 ** (len(vae.config.block_out_channels) - 1)
        self.latent_side = resolution // self.vae_factor if resolution else unet.config.sample_size
        self.resolution = self.latent_side * self.vae_factor
        self.latent_channels = int(unet.config.in_channels)
        tokens = words.tokens if words is not None else 77
        self.prompt_shape = (tokens, int(unet.config.cross_attention_dim))

    @property
    def name(self) -> str:
        """Catalogue name, hub id or path."""
        return self.provenance.name

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the UNet's configuration and weights."""
        return self.provenance.fingerprint

    @property
    def layers(self) -> tuple[int, ...]:
        """The cross-attention layers that are read unless others are asked for."""
        return self.defaults.layers

    @property
    def cross_attention_layers(self) -> int:
        """How many cross-attention layers there are."""
        return len(self._cross_attention.layers)

    @property
    def learn_timestep(self) -> int:
        """The checkpoint's own noise level for learning."""
        return self.defaults.learn_timestep

    @property
    def locate_timestep(self) -> int:
        """The checkpoint's own noise level for locating."""
        return self.defaults.locate_timestep

    def to_dict(self) -> dict[str, Any]:
        """Return what landmark sets and results note of their model."""
        return {
            "name": self.name,
            "revision": self.provenance.revision,
            "fingerprint": self.fingerprint,
            "resolution": self.resolution,
            "precision": str(self.dtype).removeprefix("torch."),
        }

    @torch.no_grad()
    def encode(self, views: Tensor) -> Tensor:
        """Return the clean latents of views: the auto-encoder's mean, scaled for the UNet.

        Parameters
        ----------
        views : Tensor, shape (n, 3, height, width)
            RGB in [0, 1]; sides are multiples of `vae_factor`.

        Returns
        -------
        Tensor of float32, shape (n, channels, height / vae_factor, width / vae_factor)
        """
        config = self._vae.config
        latents = []
        for some in views.split(ENCODE_AT_A_TIME):
            pixels = some.to(self.device, self.dtype) * 2 - 1
            mean = self._vae.encode(pixels).latent_dist.mean.float()
            if getattr(config, "latents_mean", None) is not None:
                centre = mean.new_tensor(config.latents_mean).view(1, -1, 1, 1)
                spread = mean.new_tensor(config.latents_std).view(1, -1, 1, 1)
                mean = (mean - centre) / spread
            latents.append(mean * config.scaling_factor)
        return torch.cat(latents)

    def add_noise(self, latents: Tensor, noise: Tensor, timestep: int) -> Tensor:
        """Return latents with noise of a timestep, by the checkpoint's schedule."""
        kept = self._alphas_cumprod[timestep]
        return kept.sqrt() * latents + (1 - kept).sqrt() * noise

    def attention(
        self,
        noisy: Tensor,
        timestep: int,
        prompt: Tensor,
        *,
        layers: Sequence[int] | None = None,
        token: int | None = None,
    ) -> list[Tensor]:
        """Run the UNet up to the last layer asked for and return attention probabilities.

        Parameters
        ----------
        noisy : Tensor, shape (n, channels, height, width)
            Noisy latents.
        timestep : int
            Noise level, 0 to 999.
        prompt : Tensor, shape (n, tokens, dim) or (1, tokens, dim)
            Prompt embeddings; gradients flow back to them.
        layers : sequence of int, optional
            Cross-attention layers; default: `layers`.
        token : int, optional
            Return this token's attention alone.

        Returns
        -------
        list of Tensor, shape (n, heads, rows, cols, tokens) or (n, heads, rows, cols)
            Float32, one for each layer.
        """

        def capture(attn: Attention, features: Tensor, words: Tensor) -> Tensor:
            found = probabilities(attn, features, words, token)
            return found.unflatten(2, _grid(features, noisy))

        return self._run(noisy, timestep, prompt, layers, capture)

    @torch.no_grad()
    def queries(
        self,
        noisy: Tensor,
        timestep: int,
        prompt: Tensor | None = None,
        *,
        layers: Sequence[int] | None = None,
    ) -> list[Queries]:
        """Run the UNet up to the last layer asked for and return its queries.

        Parameters
        ----------
        noisy : Tensor, shape (n, channels, height, width)
            Noisy latents.
        timestep : int
            Noise level, 0 to 999.
        prompt : Tensor, shape (n, tokens, dim) or (1, tokens, dim), optional
            Default: the empty text.
        layers : sequence of int, optional
            Cross-attention layers; default: `layers`.

        Returns
        -------
        list of Queries
            One for each layer.

        Raises
        ------
        CheckpointError
            If no prompt is given and the checkpoint has no text encoder.
        """

        def capture(attn: Attention, features: Tensor, words: Tensor) -> Queries:
            return scaled_queries(attn, features, _grid(features, noisy))

        if prompt is None:
            prompt = self.empty_prompt
        return self._run(noisy, timestep, prompt, layers, capture)

    def encode_text(self, text: str) -> Tensor:
        """Return the prompt embedding of a text, shape (1, tokens, dim).

        Raises
        ------
        CheckpointError
            If the checkpoint has no text encoder.
        """
        return self._condition(text).prompt

    @property
    def empty_prompt(self) -> Tensor:
        """The prompt embedding of the empty text, shape (1, tokens, dim)."""
        return self._empty_conditioning.prompt

    @property
    def _empty_conditioning(self) -> Conditioning:
        if self._empty is None:
            self._empty = self._condition("")
        return self._empty

    def _condition(self, text: str) -> Conditioning:
        if self._words is None:
            raise Words.missing(self.name)
        return self._words.encode(text, self.device)

    def _run(
        self,
        noisy: Tensor,
        timestep: int,
        prompt: Tensor,
        layers: Sequence[int] | None,
        capture: Callable[[Attention, Tensor, Tensor], Any],
    ) -> list[Any]:
        def forward() -> None:
            self._unet(
                noisy.to(self.device, self.dtype),
                timestep,
                prompt.to(self.device, self.dtype).expand(len(noisy), -1, -1),
                added_cond_kwargs=self._added_conditions(len(noisy)),
            )

        chosen = self.layers if layers is None else tuple(layers)
        return self._cross_attention.run(forward, chosen, capture)

    def _added_conditions(self, count: int) -> dict[str, Tensor] | None:
        """Return what SDXL wants beside the prompt: the pooled empty text, size and place."""
        if self._unet.config.addition_embed_type != "text_time":
            return None
        pooled = self._empty_conditioning.pooled
        side = float(self.resolution)
        place = torch.tensor([[side, side, 0.0, 0.0, side, side]], device=self.device)
        return {
            "text_embeds": pooled.to(self.device, self.dtype).expand(count, -1),
            "time_ids": place.to(self.dtype).expand(count, -1),
        }


def _grid(features: Tensor, noisy: Tensor) -> tuple[int, int]:
    """Return rows and columns of a layer's positions, in the latents' proportions."""
    height, width = noisy.shape[-2:]
    shrink = math.sqrt(height * width / features.shape[1])
    rows = round(height / shrink)
    return rows, features.shape[1] // rows


def _frozen(model: Any, device: torch.device, dtype: torch.dtype) -> Any:
    model.requires_grad_(False)
    return model.eval().to(device=device, dtype=dtype)
