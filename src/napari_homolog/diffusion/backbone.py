"""The frozen generative model: views to latents, latents and prompts to attention."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.models.attention_processor import Attention
from torch import Tensor

from .attention import CrossAttention, Queries, grid, probabilities, scaled_queries
from .catalogue import Defaults
from .fingerprint import Provenance
from .latents import LatentSpace, frozen
from .text import TOKENS, Conditioning, Words


class Backbone:
    """A frozen latent diffusion model.

    Nothing outside is changed: two live side by side. Each serves one call at a time.

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
        Precision of the UNet and, where it bears it, the auto-encoder.
    resolution : int, optional
        Side of the model's square in pixels, where not the UNet's own.

    Raises
    ------
    CheckpointError
        If the UNet's cross-attention is not of Stable Diffusion's kind.
    SettingsError
        If one of the default layers does not exist.
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
        self._unet = frozen(unet, device, dtype)
        self._latents = LatentSpace(vae, alphas_cumprod, device, dtype)
        self._words = words
        self._cross_attention = CrossAttention(self._unet)
        self._cross_attention.check(defaults.layers)
        self.provenance, self.defaults = provenance, defaults
        self.device, self.dtype = device, dtype
        self.vae_factor = self._latents.factor
        self.latent_side = resolution // self.vae_factor if resolution else unet.config.sample_size
        self.resolution = self.latent_side * self.vae_factor
        self.latent_channels = int(unet.config.in_channels)
        tokens = words.tokens if words is not None else TOKENS
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
    def heads(self) -> tuple[int, ...]:
        """How many heads each of `layers` has."""
        return tuple(self._cross_attention.layers[index].heads for index in self.layers)

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
        return self._latents.encode(views)

    def add_noise(self, latents: Tensor, noise: Tensor, timestep: int) -> Tensor:
        """Return latents with noise of a timestep, by the checkpoint's schedule.

        Parameters
        ----------
        latents, noise : Tensor of the same shape
            Clean latents, and noise of unit variance.
        timestep : int
            Noise level, 0 to 999.

        Raises
        ------
        SettingsError
            If there is no such timestep.
        """
        return self._latents.add_noise(latents, noise, timestep)

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

        Raises
        ------
        SettingsError
            If there is no such layer or timestep.
        CheckpointError
            If this is an SDXL model without text encoders.
        """

        def capture(attn: Attention, features: Tensor, words: Tensor) -> Tensor:
            found = probabilities(attn, features, words, token)
            rows, cols = grid(noisy, features.shape[1])
            return found.reshape(*found.shape[:2], rows, cols, *found.shape[3:])

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
        SettingsError
            If there is no such layer or timestep.
        CheckpointError
            If no prompt is given and the checkpoint has no text encoder.
        """

        def capture(attn: Attention, features: Tensor, words: Tensor) -> Queries:
            return scaled_queries(attn, features, grid(noisy, features.shape[1]))

        given = self.empty_prompt if prompt is None else prompt
        return self._run(noisy, timestep, given, layers, capture)

    def encode_text(self, text: str) -> Tensor:
        """Return the prompt embedding of a text, shape (1, tokens, dim).

        Raises
        ------
        CheckpointError
            If the checkpoint has no text encoder.
        """
        return self._condition(text).prompt

    def tokens_of(self, text: str) -> tuple[str, ...]:
        """Return the tokens of a text as words or parts of words, without start and end.

        Raises
        ------
        CheckpointError
            If the checkpoint has no text encoder or no vocabulary.
        """
        if self._words is None:
            raise Words.missing(self.name)
        return self._words.tokens_of(text)

    @property
    def empty_prompt(self) -> Tensor:
        """The prompt embedding of the empty text, shape (1, tokens, dim)."""
        return self._empty_conditioning.prompt

    @cached_property
    def _empty_conditioning(self) -> Conditioning:
        return self._condition("")

    def _condition(self, text: str) -> Conditioning:
        if self._words is None:
            raise Words.missing(self.name)
        found = self._words.encode(text)
        return Conditioning(found.prompt.to(self.device), found.pooled.to(self.device))

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

        self._latents.check_timestep(timestep)
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
