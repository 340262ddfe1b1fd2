"""Loading a backbone by name, from the hub, from a folder or from one file; never a pickle."""

from __future__ import annotations

import time
from pathlib import Path

import torch

from ..context import RunContext
from ..errors import CheckpointError
from .backbone import Backbone
from .download import fetch_in_subprocess
from .fingerprint import Provenance, joined_fingerprint
from .hardware import choose_device, choose_precision
from .hub import in_cache, is_hub_id, pinned_in_cache
from .model_catalogue import CATALOGUE, EMBEDDED
from .model_folder import PICKLES, load_folder
from .model_names import ModelName
from .quiet import quiet_libraries


def load_backbone(
    model: str | Path | ModelName = "embedded",
    *,
    device: str = "auto",
    precision: str = "auto",
    revision: str | None = None,
    download: bool = True,
    context: RunContext | None = None,
) -> Backbone:
    """Load a frozen latent diffusion model.

    Parameters
    ----------
    model : str or Path or ModelName
        A name of the catalogue, a folder in diffusers' layout, a single ``.safetensors``
        checkpoint, or a Hugging Face id ``owner/name``. A folder or file that exists takes
        precedence over a hub model of the same name. A `ModelName`, or its text, also names a UNet
        file that is laid over the checkpoint, and a vision transformer for further evidence.
    device : {"auto", "cuda", "mps", "cpu"}
        Device to run it on; ``auto`` prefers CUDA, then Apple's MPS.
    precision : {"auto", "fp32", "bf16", "fp16"}
        Precision of the weights; ``auto`` is a half precision on CUDA and MPS, else ``fp32``.
    revision : str, optional
        Commit, tag or branch of a hub model; default: the catalogue's pinned commit.
    download : bool
        Whether hub models that are not in the catalogue may be downloaded. False where their
        names come out of a file, not from the user.
    context : RunContext, optional
        Its progress and stop check apply to a download; its log names the loaded model.

    Returns
    -------
    Backbone

    Raises
    ------
    CheckpointError
        If the model does not exist, is a pickle, is damaged or of another architecture, or cannot
        be downloaded.
    SettingsError
        If the device or the precision does not exist.
    Cancelled
        If a download was stopped; the next one continues it.
    """
    context = context or RunContext()
    start = time.perf_counter()
    place = choose_device(device)
    dtype = choose_precision(precision, place)
    with quiet_libraries():
        named = ModelName.parse(str(model))
        backbone = _load(named.base, revision, place, dtype, context, download=download)
        _complete(backbone, named, context, download=download)
    context.log.info(
        "loaded %s on %s in %s: fingerprint %s, %.1f s",
        backbone.name,
        place,
        str(dtype).removeprefix("torch."),
        backbone.fingerprint[:12],
        time.perf_counter() - start,
    )
    return backbone


def _complete(backbone: Backbone, named: ModelName, context: RunContext, *, download: bool) -> None:
    """Lay a UNet file over a model, and join a vision transformer, where the name says so."""
    identity, files = backbone.provenance.fingerprint, []
    if named.unet is not None:
        path = Path(named.unet).expanduser()
        backbone.replace_unet(path)
        files.append(path)
    if named.vision is not None:
        from .vision_transformer import load_vision_transformer

        backbone.vision = load_vision_transformer(
            named.vision, backbone.device, context, download=download
        )
        files.extend(backbone.vision.files)
    if files:
        identity = joined_fingerprint(identity, files)
        backbone.provenance = Provenance(str(named), backbone.provenance.revision, identity)


def _load(
    name: str,
    revision: str | None,
    device: torch.device,
    dtype: torch.dtype,
    context: RunContext,
    *,
    download: bool,
) -> Backbone:
    """Load what a name refers to: a catalogue entry, a folder, a file or a hub model."""
    known = CATALOGUE.get(name)
    if known is not None:
        if known.source == "package":
            return load_folder(EMBEDDED, name, device, dtype, known=known)
        folder, commit = _find_hub_model(known.source, revision or known.revision, context)
        return load_folder(folder, name, device, dtype, revision=commit, known=known)
    path = Path(name).expanduser()
    if path.suffix.lower() in PICKLES:
        raise CheckpointError(
            f"{path} is a pickle, and opening a pickle can run arbitrary code; give a .safetensors "
            "file or a folder of them."
        )
    if path.is_dir():
        return load_folder(path, name, device, dtype)
    if path.is_file():
        # diffusers' pipelines, which only single files need, take seconds to import.
        from .single_file import load_single_file

        return load_single_file(path, name, device, dtype)
    if not is_hub_id(name):
        raise CheckpointError(
            f"There is no model {name!r}: it is neither a file or folder, nor a hub id of the form "
            f"owner/name, nor one of the known names {', '.join(CATALOGUE)}."
        )
    folder, commit = _find_hub_model(name, revision, context, download=download)
    return load_folder(folder, name, device, dtype, revision=commit)


def _find_hub_model(
    source: str, revision: str | None, context: RunContext, *, download: bool = True
) -> tuple[Path, str]:
    """Return the folder and the commit of a hub model, from the cache or the hub."""
    cached = pinned_in_cache(source, revision) if download else in_cache(source, revision)
    if cached is not None:
        context.log.info("%s, commit %s, is in %s", source, cached[1], cached[0])
        return cached
    if not download:
        raise CheckpointError(
            f"The landmarks were learned on the model {source!r} of the Hugging Face hub, which is not "
            "on this machine, and no file may start a download; if you trust it, name the model "
            f"yourself: --model {source}, or the list of models in napari."
        )
    return fetch_in_subprocess(source, revision, context)
