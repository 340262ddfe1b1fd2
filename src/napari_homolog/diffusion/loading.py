"""Loading a backbone: shipped, from the hub, from a folder or from one file; never a pickle."""

from __future__ import annotations

from pathlib import Path

from ..context import RunContext
from ..errors import CheckpointError
from .backbone import Backbone
from .catalogue import CATALOGUE, EMBEDDED
from .download import fetch_in_subprocess
from .folder import PICKLES, load_folder
from .hardware import choose_device, choose_precision
from .hub import is_hub_id, pinned_in_cache


def load_backbone(
    model: str | Path = "embedded",
    *,
    device: str = "auto",
    precision: str = "auto",
    revision: str | None = None,
    context: RunContext | None = None,
) -> Backbone:
    """Load a frozen latent diffusion model.

    Parameters
    ----------
    model : str or Path
        A name of the catalogue, a Hugging Face id ``owner/name``, a folder in diffusers' layout or
        a single ``.safetensors`` checkpoint. What exists on this machine goes before the hub.
    device : {"auto", "cuda", "mps", "cpu"}
        Where to run it.
    precision : {"auto", "fp32", "bf16", "fp16"}
        See `napari_homolog.diffusion.hardware.choose_precision`.
    revision : str, optional
        Commit, tag or branch of a hub model; default: the catalogue's pinned commit.
    context : RunContext, optional
        Reports and stops a download.

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
    Cancelled
        If a download was stopped; the next one goes on where it was.
    """
    place = choose_device(device)
    dtype = choose_precision(precision, place)
    name = str(model)
    known = CATALOGUE.get(name)
    if known is not None and known.source == "package":
        return load_folder(EMBEDDED, name, place, dtype, known=known)
    path = Path(model).expanduser()
    if known is None and path.suffix.lower() in PICKLES:
        raise CheckpointError(
            f"{path} is a pickle, which could run any program when it is opened; give a "
            ".safetensors file or a folder of them."
        )
    if known is None and path.is_dir():
        return load_folder(path, name, place, dtype)
    if known is None and path.is_file():
        # diffusers' pipelines, which only single files need, take seconds to import.
        from .single_file import load_single_file

        return load_single_file(path, name, place, dtype)
    if known is None and not is_hub_id(name):
        raise CheckpointError(
            f"There is no model {name!r}: it is no file or folder here, no hub id of the form "
            f"owner/name, and none of the known names {', '.join(CATALOGUE)}."
        )
    source = known.source if known is not None else name
    wanted = revision or (known.revision if known is not None else None)
    kept = pinned_in_cache(source, wanted)
    folder, commit = kept or fetch_in_subprocess(source, wanted, context)
    return load_folder(folder, name, place, dtype, revision=commit, known=known)
