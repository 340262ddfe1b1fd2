"""A vision transformer beside the diffusion model, whose image features are further evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from ..context import RunContext
from ..errors import CheckpointError
from .component_configs import one_line, read_config
from .download import fetch_in_subprocess
from .hub import TRANSFORMER, is_hub_id
from .model_catalogue import VISION_MODELS
from .quiet import quiet_libraries

KINDS = ("dinov2", "dinov2_with_registers")
"""Kinds of transformers that are read: DINOv2 (Oquab et al. 2023), without registers and with them."""

MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)
"""Of ImageNet's channels, by which the transformer's inputs were normalised."""

SIDE = 518
"""Side in pixels of the square that it sees, as it was trained last; 37 patches of 14."""


class VisionTransformer:
    """A frozen vision transformer.

    Parameters
    ----------
    model : torch.nn.Module
        A DINOv2 model of transformers.
    files : tuple of Path
        Its configuration and weights, for the fingerprint.
    device : torch.device
        Where it computes, in single precision.
    """

    def __init__(self, model: Any, files: tuple[Path, ...], device: torch.device) -> None:
        self._model = model.float().eval().requires_grad_(False).to(device)
        self.files, self.device = files, device
        patch = int(model.config.patch_size)
        self.cells = max(1, min(SIDE, int(model.config.image_size)) // patch)
        self.side = self.cells * patch

    @torch.no_grad()
    def features(self, views: Tensor) -> Tensor:
        """Return the last layer's patch tokens, each of unit length.

        Parameters
        ----------
        views : Tensor, shape (n, 3, side, side)
            RGB in [0, 1].

        Returns
        -------
        Tensor of float32, shape (n, cells * cells, channels)
        """
        mean, deviation = (views.new_tensor(one).view(1, 3, 1, 1) for one in (MEAN, DEVIATION))
        pixels = ((views - mean) / deviation).to(self.device)
        tokens = torch.cat(
            [self._model(pixel_values=one).last_hidden_state for one in pixels.split(1)]
        )
        # Class and register tokens come first.
        return functional.normalize(tokens[:, -(self.cells**2) :].float(), dim=-1)


def load_vision_transformer(
    name: str, device: torch.device, context: RunContext, *, download: bool = True
) -> VisionTransformer:
    """Load a vision transformer.

    Parameters
    ----------
    name : str
        A name of `VISION_MODELS`, a folder of transformers, or a Hugging Face id.
    device : torch.device
        Where it computes.
    context : RunContext
        Progress of a download, and whether to stop.
    download : bool
        Whether one that is not in `VISION_MODELS` may be downloaded.

    Raises
    ------
    CheckpointError
        If there is none, it is damaged, a pickle, of another kind, or cannot be downloaded.
    Cancelled
        If a download was stopped.
    """
    folder = _folder_of(name, context, download=download)
    files = tuple(folder / name for name in TRANSFORMER)
    if not all(file.is_file() for file in files):
        raise CheckpointError(
            f"{folder} holds no {' with '.join(TRANSFORMER)}; give a DINOv2 checkpoint of "
            "transformers with safetensors."
        )
    kind = read_config(files[0]).get("model_type")
    if kind not in KINDS:
        raise CheckpointError(
            f"{name} is a model of type {kind!r}; a vision transformer of the type {KINDS[0]!r} is "
            f"needed, such as {next(iter(VISION_MODELS))}."
        )
    from transformers import AutoModel

    try:
        with quiet_libraries():
            model, report = AutoModel.from_pretrained(
                folder, use_safetensors=True, local_files_only=True, output_loading_info=True
            )
    except Exception as error:
        raise CheckpointError(
            f"The weights in {folder} cannot be loaded ({one_line(error)}); they are damaged or of "
            "another model, copy or download them again."
        ) from error
    if report["missing_keys"] or report["mismatched_keys"]:
        raise CheckpointError(
            f"The weights in {folder} do not fit their configuration; they belong to another model."
        )
    return VisionTransformer(model, files, device)


def _folder_of(name: str, context: RunContext, *, download: bool) -> Path:
    """Return the folder of a vision transformer, from the hub if it has to be."""
    known = VISION_MODELS.get(name)
    if known is not None:
        return fetch_in_subprocess(known.source, known.revision, context, transformer=True)[0]
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if not is_hub_id(name):
        raise CheckpointError(
            f"There is no vision transformer {name!r}: it is neither a folder, nor a hub id of the "
            f"form owner/name, nor one of the known names {', '.join(VISION_MODELS)}."
        )
    if not download:
        raise CheckpointError(
            f"The landmarks were learned with the vision transformer {name!r} of the Hugging Face hub, "
            f"and no file may start a download; if you trust it, name model and transformer yourself: "
            f"--model and --vision {name}."
        )
    return fetch_in_subprocess(name, None, context, transformer=True)[0]
