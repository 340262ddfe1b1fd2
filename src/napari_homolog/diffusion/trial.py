"""A trial of networks without numbers: whether they compute what their configurations describe."""

from __future__ import annotations

from pathlib import Path

import torch

from ..errors import CheckpointError, HomologError
from .backbone import Backbone, Components
from .component_configs import one_line
from .fingerprint import Provenance
from .model_defaults import Defaults

NOWHERE = torch.device("meta")
"""Tensors there have a shape and nothing else: whole networks run in a second, without memory."""


def try_networks(
    components: Components, defaults: Defaults, provenance: Provenance, folder: Path
) -> None:
    """Raise `CheckpointError` unless networks of these configurations run from an image to queries.

    Most values of a configuration are looked at by the libraries only when the network computes.

    Parameters
    ----------
    components : Components
        Of which the configurations are tried; they are left as they are.
    defaults : Defaults
        Layers, timesteps and resolution.
    provenance : Provenance
        Where the model came from.
    folder : Path
        Where it was loaded from, for the message.
    """
    unet, vae = components.unet, components.vae
    try:
        with NOWHERE:
            twins = Components(
                type(unet).from_config(unet.config),
                type(vae).from_config(vae.config),
                components.alphas_cumprod,
                components.text_encoders,
            )
        backbone = Backbone(
            twins,
            defaults=defaults,
            provenance=provenance,
            device=NOWHERE,
            dtype=torch.float32,
        )
        _run(backbone)
    except (HomologError, MemoryError):
        raise
    except Exception as error:
        # What the libraries raise for values that make no sense: anything.
        raise CheckpointError(
            f"The networks in {folder} cannot compute what their configurations describe "
            f"({one_line(error)}); they are damaged or contradict each other, copy or download the "
            "model again."
        ) from error


def _run(backbone: Backbone) -> None:
    side, wanted = backbone.resolution, (1, backbone.latent_channels, *[backbone.latent_side] * 2)
    latents = backbone.encode(torch.zeros(1, 3, side, side, device=NOWHERE))
    if latents.shape != wanted:
        raise ValueError(f"latents of {tuple(latents.shape)} instead of {wanted}")
    prompt = torch.zeros(1, *backbone.prompt_shape, device=NOWHERE)
    backbone.queries(latents, 0, prompt)
