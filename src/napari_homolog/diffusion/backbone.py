"""The frozen diffusion model: from views to latents, from latents and prompts to attention."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from diffusers import AutoencoderKL, AutoencoderTiny, UNet2DConditionModel
from diffusers.models.attention_processor import Attention
from torch import Tensor

from .attention import CrossAttention, Queries, grid, probabilities, scaled_queries
from .fingerprint import Provenance
from .latents import LatentSpace, freeze
from .model_defaults import Defaults, Facet
from .text_encoders import TOKENS, Conditioning, TextEncoders

if TYPE_CHECKING:
    from .vision_transformer import VisionTransformer


@dataclass(frozen=True, eq=False)
class Components:
    """The networks and the noise schedule of a checkpoint.

    Attributes
    ----------
    unet : UNet2DConditionModel
        The denoiser.
    vae : AutoencoderKL or AutoencoderTiny
        The auto-encoder.
    alphas_cumprod : Tensor, shape (1000,)
        The noise schedule: the share of signal variance left at each timestep.
    text_encoders : TextEncoders or None
        None if the checkpoint has none.
    """

    unet: UNet2DConditionModel
    vae: AutoencoderKL | AutoencoderTiny
    alphas_cumprod: Tensor
    text_encoders: TextEncoders | None


class Backbone:
    """A frozen latent diffusion model.

    Several backbones can exist side by side. Each serves one call at a time.

    Parameters
    ----------
    components : Components
        Networks and noise schedule, which become the backbone's own: they are frozen and moved,
        and the UNet's cross-attention layers get new processors.
    defaults : Defaults
        Layers, timesteps and resolution.
    provenance : Provenance
        Where the model came from.
    device : torch.device
        Where it runs.
    dtype : torch.dtype
        Precision of the UNet and, unless it would overflow, of the auto-encoder.

    Raises
    ------
    CheckpointError
        If the UNet's cross-attention differs from Stable Diffusion's.
    SettingsError
        If one of the default layers does not exist.
    """

    def __init__(
        self,
        components: Components,
        *,
        defaults: Defaults,
        provenance: Provenance,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        unet, resolution = components.unet, defaults.resolution
        self._unet = freeze(unet, device, dtype)
        self._latents = LatentSpace(components.vae, components.alphas_cumprod, device, dtype)
        self._text_encoders = components.text_encoders
        self.vision: VisionTransformer | None = None
        """A network whose image features are further evidence; None unless one was chosen."""
        self._cross_attention = CrossAttention(self._unet)
        self._cross_attention.check(defaults.layers)
        self.provenance, self.defaults = provenance, defaults
        self.device, self.dtype = device, dtype
        self.vae_factor = self._latents.factor
        self.latent_side = resolution // self.vae_factor if resolution else unet.config.sample_size
        self.resolution = self.latent_side * self.vae_factor
        self.latent_channels = int(unet.config.in_channels)
        tokens = TOKENS if self._text_encoders is None else self._text_encoders.tokens
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
        """The cross-attention layers that are read by default."""
        return self.defaults.layers

    @property
    def cross_attention_layers(self) -> int:
        """Number of cross-attention layers; they are numbered from zero."""
        return len(self._cross_attention.layers)

    @property
    def learn_timestep(self) -> int:
        """Noise level for learning that suits this checkpoint, 0 to 999."""
        return self.defaults.learn_timestep

    @property
    def locate_timestep(self) -> int:
        """Noise level for locating that suits this checkpoint, 0 to 999."""
        return self.defaults.locate_timestep

    def to_dict(self) -> dict[str, Any]:
        """Return what landmark sets and results record about their model."""
        return {
            "name": self.name,
            "revision": self.provenance.revision,
            "fingerprint": self.fingerprint,
            "resolution": self.resolution,
            "precision": str(self.dtype).removeprefix("torch."),
        }

    def replace_unet(self, path: Path) -> None:
        """Take all weights of the UNet from a file, see `unet_file.lay_over`.

        Raises
        ------
        CheckpointError
            If the file does not fit.
        """
        # Part of diffusers that takes seconds to import.
        from .unet_file import lay_over

        lay_over(self._unet, path, self.name)

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
        """Return latents with noise added as in the checkpoint's schedule.

        Parameters
        ----------
        latents : Tensor, shape (n, channels, height, width)
            Clean latents.
        noise : Tensor, of the same shape
            Noise of unit variance.
        timestep : int
            Noise level, 0 to 999.

        Returns
        -------
        Tensor, of the same shape

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
        """Run the UNet up to the last of the layers and return attention probabilities.

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
            Return only this token's attention.

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

        def capture(attn: Attention, features: Tensor, prompt: Tensor) -> Tensor:
            attention = probabilities(attn, features, prompt, token)
            rows, cols = grid(noisy, features.shape[1])
            return attention.reshape(*attention.shape[:2], rows, cols, *attention.shape[3:])

        return self._run(noisy, timestep, prompt, layers, capture)

    @torch.no_grad()
    def queries(
        self,
        noisy: Tensor,
        timestep: int,
        prompt: Tensor | None = None,
        *,
        layers: Sequence[int] | None = None,
        facet: Facet = "input",
    ) -> list[Queries]:
        """Run the UNet up to the last of the layers and return their queries.

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
        facet : {"input", "queries", "values"}
            What is returned as image features: the layer's input, its queries, or the values of the
            self-attention before it.

        Returns
        -------
        list of Queries
            One for each layer.

        Raises
        ------
        SettingsError
            If there is no such layer or timestep.
        CheckpointError
            If no prompt is given and the checkpoint has no text encoder, or a layer has no
            self-attention whose values could be returned.
        """

        def capture(attn: Attention, features: Tensor, prompt: Tensor) -> Queries:
            found = scaled_queries(attn, features, grid(noisy, features.shape[1]))
            if facet == "queries":
                return replace(found, features=found.query.transpose(1, 2).flatten(2))
            return replace(found, features=values[attn].float()) if facet == "values" else found

        prompt = self.empty_prompt if prompt is None else prompt
        chosen = self.layers if layers is None else tuple(layers)
        with self._cross_attention.self_values(chosen if facet == "values" else ()) as values:
            return self._run(noisy, timestep, prompt, layers, capture)

    def encode_text(self, text: str) -> Tensor:
        """Return the prompt embedding of a text, shape (1, tokens, dim).

        Raises
        ------
        CheckpointError
            If the checkpoint has no text encoder.
        """
        return self._here(self._require_text_encoders().encode(text)).prompt

    def tokens_of(self, text: str) -> tuple[str, ...]:
        """Return the tokens of a text, words or parts of words, without start and end tokens.

        Raises
        ------
        CheckpointError
            If the checkpoint has no text encoder, or was loaded from a single file, which has no
            vocabulary.
        """
        return self._require_text_encoders().tokens_of(text)

    @property
    def empty_prompt(self) -> Tensor:
        """The prompt embedding of the empty text, shape (1, tokens, dim)."""
        return self._empty_conditioning.prompt

    @cached_property
    def _empty_conditioning(self) -> Conditioning:
        return self._here(self._require_text_encoders().empty)

    def _here(self, embedding: Conditioning) -> Conditioning:
        return Conditioning(embedding.prompt.to(self.device), embedding.pooled.to(self.device))

    def _require_text_encoders(self) -> TextEncoders:
        if self._text_encoders is None:
            raise TextEncoders.missing(self.name)
        return self._text_encoders

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
        """Return SDXL's further conditions: the pooled embedding of the empty text, size and crop."""
        if self._unet.config.addition_embed_type != "text_time":
            return None
        pooled = self._empty_conditioning.pooled
        side = float(self.resolution)
        size_and_crop = torch.tensor([[side, side, 0.0, 0.0, side, side]], device=self.device)
        return {
            "text_embeds": pooled.to(self.device, self.dtype).expand(count, -1),
            "time_ids": size_and_crop.to(self.dtype).expand(count, -1),
        }
