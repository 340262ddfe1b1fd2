"""Checkpoints of the baselines' networks: a folder, or a hub id."""

from __future__ import annotations

from pathlib import Path

from ...diffusion.hub import explained, is_hub_id
from ...errors import CheckpointError

CONFIG = "config.json"


def checkpoint_folder(source: str, *, config: bool = True) -> Path:
    """Return the folder of a checkpoint, downloaded from the hub if it is not a local one.

    Parameters
    ----------
    source : str
        A folder, or a Hugging Face id ``owner/name``.
    config : bool
        Whether it must contain ``config.json``.

    Returns
    -------
    Path
        With weights as ``.safetensors``.

    Raises
    ------
    CheckpointError
        If there is no such checkpoint, or only pickled weights.
    """
    folder = Path(source)
    if not folder.is_dir():
        if not is_hub_id(source):
            raise CheckpointError(
                f"There is no folder {source}; give a folder or a Hugging Face id, owner/name."
            )
        folder = _fetch(source)
    if config and not (folder / CONFIG).is_file():
        raise CheckpointError(f"{folder} holds no {CONFIG}; give a checkpoint of transformers.")
    if not list(folder.glob("*.safetensors")):
        raise CheckpointError(
            f"{source} has no weights as .safetensors; opening a pickle can run arbitrary code. "
            "Choose a checkpoint with safetensors, or convert this one with "
            "`save_pretrained` of transformers."
        )
    return folder


def _fetch(source: str) -> Path:
    from huggingface_hub import snapshot_download

    with explained(source, None):
        return Path(snapshot_download(source, allow_patterns=[CONFIG, "*.safetensors"]))
