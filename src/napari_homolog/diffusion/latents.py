"""The auto-encoder and the noise schedule: from views to clean and noisy latents."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import AutoencoderKL, AutoencoderTiny
from torch import Tensor

from ..errors import CheckpointError, SettingsError
from .component_configs import is_number

PIXELS_TOGETHER = 2 * 512**2
"""Pixels that the auto-encoder encodes together (at least one view), to bound memory."""


def freeze(model: Any, device: torch.device, dtype: torch.dtype) -> Any:
    """Return a network in inference mode, without gradients for its weights.

    On CUDA its tensors are in the channels-last layout, in which convolutions are fastest. On the
    CPU they are not, because group normalisation loses three digits in that layout.

    Parameters
    ----------
    model : torch.nn.Module
        The network; changed in place.
    device : torch.device
        Where it is to compute.
    dtype : torch.dtype
        Precision of its weights.
    """
    if model.dtype != dtype:
        model = model.to(dtype=dtype)
    layout = torch.channels_last if device.type == "cuda" else torch.preserve_format
    return model.requires_grad_(False).eval().to(device=device, memory_format=layout)


class LatentSpace:
    """The auto-encoder and the noise schedule of a checkpoint.

    Parameters
    ----------
    vae : AutoencoderKL or AutoencoderTiny
        The auto-encoder. One that overflows in half precision runs in single precision.
    alphas_cumprod : Tensor, shape (timesteps,)
        The share of signal variance left at each timestep.
    device : torch.device
        Where it runs.
    dtype : torch.dtype
        The model's precision.

    Raises
    ------
    CheckpointError
        If the auto-encoder does not state in numbers how its latents are scaled.
    """

    def __init__(
        self,
        vae: AutoencoderKL | AutoencoderTiny,
        alphas_cumprod: Tensor,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        overflows = dtype == torch.float16 and vae.config.force_upcast
        self._vae = freeze(vae, device, torch.float32 if overflows else dtype)
        self._tiny = isinstance(vae, AutoencoderTiny)
        self._device = device
        self._alphas_cumprod = alphas_cumprod.float().cpu()
        self._centre, self._scale = _standardisation(vae.config)
        self.factor = 2 ** (len(vae.config.block_out_channels) - 1)

    @torch.no_grad()
    def encode(self, views: Tensor) -> Tensor:
        """Return the auto-encoder's mean, scaled for the UNet, see `Backbone.encode`."""
        together = max(1, PIXELS_TOGETHER // (views.shape[-2] * views.shape[-1]))
        latents = []
        for batch in views.split(together):
            pixels = batch.to(self._device, self._vae.dtype) * 2 - 1
            encoded = self._vae.encode(pixels)
            # AutoencoderTiny yields latents, not their distribution.
            mean = (encoded.latents if self._tiny else encoded.latent_dist.mean).float()
            latents.append((mean - self._centre.to(mean)) * self._scale.to(mean))
        return torch.cat(latents)

    def add_noise(self, latents: Tensor, noise: Tensor, timestep: int) -> Tensor:
        """Return latents with noise added, see `Backbone.add_noise`.

        Parameters
        ----------
        latents, noise : Tensor, shape (n, channels, side, side)
            Clean latents, and the noise of each.
        timestep : int
            Noise level.
        """
        self.check_timestep(timestep)
        signal = self._alphas_cumprod[timestep]
        return signal.sqrt() * latents + (1 - signal).sqrt() * noise

    def check_timestep(self, timestep: int) -> None:
        """Raise `SettingsError` unless the schedule has this timestep."""
        if not 0 <= timestep < len(self._alphas_cumprod):
            raise SettingsError(
                f"There is no noise level {timestep}; choose one of this model's timesteps, 0 to "
                f"{len(self._alphas_cumprod) - 1}."
            )


def _standardisation(config: Any) -> tuple[Tensor, Tensor]:
    """Return what is subtracted from latents and then multiplied, each (1, channels, 1, 1)."""
    channels, factor = config.latent_channels, config.scaling_factor
    stated = [getattr(config, name, None) for name in ("latents_mean", "latents_std")]
    plain = [[0.0] * channels, [1.0] * channels]
    lists = plain if stated == [None, None] else stated
    if not (is_number(factor) and all(_are_numbers(one, channels) for one in lists)):
        raise CheckpointError(
            f"The auto-encoder states latents_mean {stated[0]!r}, latents_std {stated[1]!r} and "
            f"scaling_factor {factor!r}, expected {channels} numbers each or neither, and a number; "
            "copy or download the model again."
        )
    centre, spread = (torch.tensor(one, dtype=torch.float32).view(1, -1, 1, 1) for one in lists)
    return centre, factor / spread


def _are_numbers(values: object, count: int) -> bool:
    if not isinstance(values, list | tuple) or len(values) != count:
        return False
    return all(is_number(one) for one in values)
