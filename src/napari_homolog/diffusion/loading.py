"""Loading a backbone: shipped, from the hub, from a folder or from one file; never a pickle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from safetensors import SafetensorError
from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from ..errors import CheckpointError
from ..progress import Progress
from .attention import CrossAttention
from .backbone import Backbone, Defaults, Provenance
from .catalogue import CATALOGUE
from .fingerprint import fingerprint
from .hardware import choose_device, choose_precision
from .hub import fetch
from .text import Words

EMBEDDED = Path(__file__).with_name("embedded")
PICKLES = (".ckpt", ".bin", ".pt", ".pth", ".pkl")
OWN_SETTINGS = "homolog.json"
"""A file that a model folder may hold: its layers and timesteps."""

TIMESTEP = 140
"""Noise level for checkpoints that name none: the one at which Hedlin et al. 2023 learn."""

LOADING_ERRORS = (OSError, ValueError, KeyError, RuntimeError, SafetensorError, TypeError)


def load(
    model: str | Path = "embedded",
    *,
    device: str = "auto",
    precision: str = "auto",
    revision: str | None = None,
    progress: Progress | None = None,
) -> Backbone:
    """Load a frozen latent diffusion model.

    Parameters
    ----------
    model : str or Path
        A name of the catalogue, a Hugging Face id ``owner/name``, a folder in diffusers' layout or
        a single ``.safetensors`` checkpoint.
    device : {"auto", "cuda", "mps", "cpu"}
        Where to run it.
    precision : {"auto", "fp32", "bf16", "fp16"}
        See `napari_homolog.diffusion.hardware.choose_precision`.
    revision : str, optional
        Commit, tag or branch of a hub model; default: the catalogue's pinned commit.
    progress : callable, optional
        Told about a download, see `napari_homolog.progress`.

    Returns
    -------
    Backbone

    Raises
    ------
    CheckpointError
        If the model is not there, is a pickle, is damaged or of another architecture, or cannot be
        fetched.
    SettingsError
        If the device or the precision does not exist.
    """
    place = choose_device(device)
    dtype = choose_precision(precision, place)
    name = str(model)
    if name == "embedded":
        return load_folder(EMBEDDED, name, None, place, dtype)
    if name in CATALOGUE:
        known = CATALOGUE[name]
        folder, commit = fetch(known.source, revision or known.revision, progress)
        return load_folder(folder, name, commit, place, dtype)
    path = Path(model).expanduser()
    if path.is_dir():
        return load_folder(path, name, None, place, dtype)
    if path.suffix in PICKLES:
        raise CheckpointError(
            f"{path} is a pickle, which could run any program when it is opened; give a "
            ".safetensors file or a folder of them."
        )
    if path.is_file():
        from .single_file import load_single_file

        return load_single_file(path, place, dtype)
    if name.count("/") == 1 and not name.startswith((".", "/", "~")) and not path.suffix == ".safetensors":
        folder, commit = fetch(name, revision, progress)
        return load_folder(folder, name, commit, place, dtype)
    raise CheckpointError(
        f"There is no model {name!r}: it is no file or folder here, no hub id of the form "
        f"owner/name, and none of the known names {', '.join(CATALOGUE)}."
    )


def load_folder(
    folder: Path, name: str, revision: str | None, device: torch.device, dtype: torch.dtype
) -> Backbone:
    """Load a model from a folder in diffusers' layout.

    The folder holds ``unet``, ``vae``, ``scheduler`` and, for words, ``text_encoder`` and
    ``tokenizer`` (for SDXL ``text_encoder_2`` and ``tokenizer_2`` too).

    Raises
    ------
    CheckpointError
        If a part is missing, damaged, a pickle or of another architecture.
    """
    unet_folder, vae_folder = folder / "unet", folder / "vae"
    _check_part(unet_folder, "UNet2DConditionModel")
    _check_part(vae_folder, "AutoencoderKL")
    unet = _load_part(UNet2DConditionModel, unet_folder, dtype)
    vae = _load_part(AutoencoderKL, vae_folder, dtype)
    try:
        scheduler = DDIMScheduler.from_pretrained(folder / "scheduler")
        words = _load_words(folder)
    except LOADING_ERRORS as error:
        raise CheckpointError(
            f"The scheduler or the text encoder in {folder} cannot be loaded ({error}); the folder "
            "seems incomplete, copy or download it again."
        ) from error
    own = _own_settings(folder, unet)
    return Backbone(
        unet,
        vae,
        scheduler.alphas_cumprod,
        words,
        defaults=own,
        provenance=Provenance(name, revision, fingerprint(unet_folder)),
        device=device,
        dtype=dtype,
    )


def default_layers(unet: UNet2DConditionModel) -> tuple[int, ...]:
    """Return the cross-attention layers to read in a UNet that says nothing of its own.

    The last layer of each transformer in the first upward block that attends to words, and the
    first layer of the next block: for Stable Diffusion 1 and 2 the layers of Hedlin et al. 2023.
    """
    layers = CrossAttention.names(unet)
    ups = sorted({name.split(".")[1] for name in layers if name.startswith("up_blocks.")})
    first = [name for name in layers if name.startswith(f"up_blocks.{ups[0]}.")]
    last_of = {name.rsplit(".transformer_blocks.", 1)[0]: layers.index(name) for name in first}
    following = [layers.index(n) for u in ups[1:2] for n in layers if n.startswith(f"up_blocks.{u}.")]
    return (*last_of.values(), *following[:1])


def _own_settings(folder: Path, unet: UNet2DConditionModel) -> Defaults:
    path = folder / OWN_SETTINGS
    if not path.is_file():
        return Defaults(default_layers(unet), TIMESTEP, TIMESTEP)
    try:
        own = json.loads(path.read_text(encoding="utf-8"))
        return Defaults(
            tuple(int(layer) for layer in own["layers"]),
            int(own["learn_timestep"]),
            int(own["locate_timestep"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{path} is not understood ({error!r}); expected layers, learn_timestep and "
            "locate_timestep."
        ) from error


def _check_part(folder: Path, expected: str) -> None:
    """Raise `CheckpointError` unless a folder holds safetensors of the expected architecture."""
    config = folder / "config.json"
    if not config.is_file():
        raise CheckpointError(
            f"{folder.parent} has no {folder.name}/config.json, so that it is no Stable Diffusion "
            "model in diffusers' layout; give a folder with unet, vae, scheduler, text_encoder and "
            "tokenizer."
        )
    try:
        found = json.loads(config.read_text(encoding="utf-8")).get("_class_name")
    except (ValueError, AttributeError) as error:
        raise CheckpointError(f"{config} is damaged ({error}); copy or download it again.") from error
    if found != expected:
        raise CheckpointError(
            f"{folder} holds a {found}, expected a {expected}: only Stable Diffusion 1, 2 and XL "
            "and models like them can be used."
        )
    if not any(folder.glob("*.safetensors")):
        pickles = sorted(path.name for path in folder.iterdir() if path.suffix in PICKLES)
        what = f"only pickles ({', '.join(pickles)})" if pickles else "no weights"
        raise CheckpointError(
            f"{folder} holds {what}; .safetensors files are needed, because a pickle could run any "
            "program when it is opened."
        )


def _load_part(kind: Any, folder: Path, dtype: torch.dtype) -> Any:
    names = [path.name for path in folder.glob("*.safetensors")]
    half = all(".fp16" in name for name in names)
    try:
        model, report = kind.from_pretrained(
            folder,
            use_safetensors=True,
            local_files_only=True,
            torch_dtype=dtype,
            variant="fp16" if half else None,
            output_loading_info=True,
        )
    except LOADING_ERRORS as error:
        raise CheckpointError(
            f"The weights in {folder} cannot be loaded ({error}); they are damaged, incomplete or "
            "of another model, copy or download them again."
        ) from error
    if report["missing_keys"] or report["mismatched_keys"]:
        some = [*report["missing_keys"], *report["mismatched_keys"]][:3]
        raise CheckpointError(
            f"The weights in {folder} do not fit their configuration: {some} and perhaps more are "
            "missing or of another shape; they belong to another model."
        )
    return model


def _load_words(folder: Path) -> Words | None:
    tokenizers, encoders = [], []
    for suffix in ("", "_2"):
        part = folder / f"text_encoder{suffix}"
        if not part.is_dir():
            continue
        architectures = json.loads((part / "config.json").read_text(encoding="utf-8"))["architectures"]
        projected = "CLIPTextModelWithProjection" in architectures
        kind = CLIPTextModelWithProjection if projected else CLIPTextModel
        half = all(".fp16" in path.name for path in part.glob("*.safetensors"))
        encoders.append(
            kind.from_pretrained(
                part, use_safetensors=True, local_files_only=True, variant="fp16" if half else None
            ).float()
        )
        tokenizers.append(CLIPTokenizer.from_pretrained(folder / f"tokenizer{suffix}"))
    return Words(tokenizers, encoders) if encoders else None
