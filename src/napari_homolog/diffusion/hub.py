"""Fetching checkpoints from the Hugging Face hub: safetensors only, resumable, kept in its cache."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi, snapshot_download
from huggingface_hub.constants import HF_HUB_OFFLINE
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HFValidationError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from tqdm.auto import tqdm

from ..errors import CheckpointError
from ..progress import Progress

PARTS = ("unet", "vae", "text_encoder", "text_encoder_2")
SMALL_FILES = [
    *(f"{part}/*.json" for part in (*PARTS, "scheduler", "tokenizer", "tokenizer_2")),
    "tokenizer*/*.txt",
    "homolog.json",
]
WHOLE = [f"{part}/*model.safetensors" for part in PARTS]
HALF = [f"{part}/*.fp16.safetensors" for part in PARTS]


def fetch(source: str, revision: str | None, progress: Progress | None) -> tuple[Path, str]:
    """Return the folder of a hub model, downloading what the cache does not hold.

    Half-precision files are taken where the model has them. A download that was cut off goes on
    where it stopped; ``HF_HUB_OFFLINE`` is respected.

    Parameters
    ----------
    source : str
        Hugging Face id ``owner/name``.
    revision : str or None
        Commit, tag or branch; None: the main branch.
    progress : callable or None
        Told of bytes and files as they come.

    Returns
    -------
    folder : Path
        In diffusers' layout.
    revision : str
        The commit.

    Raises
    ------
    CheckpointError
        If the model does not exist, may not be fetched, or the hub cannot be reached.
    """
    try:
        patterns = _patterns(source, revision)
        folder = Path(
            snapshot_download(
                source,
                revision=revision,
                allow_patterns=patterns,
                tqdm_class=_reporting(progress, source) if progress is not None else None,
            )
        )
    except GatedRepoError as error:
        raise CheckpointError(
            f"The model {source} is given only to those who accept its terms: log in at "
            f"https://huggingface.co/{source}, accept them, and run `hf auth login`."
        ) from error
    except (RepositoryNotFoundError, RevisionNotFoundError, HFValidationError) as error:
        raise CheckpointError(
            f"The Hugging Face hub has no model {source!r} at revision {revision or 'main'!r}; check "
            "its spelling."
        ) from error
    except (LocalEntryNotFoundError, OfflineModeIsEnabled, HfHubHTTPError, EntryNotFoundError, OSError) as error:
        raise CheckpointError(
            f"The model {source} is not on this machine and could not be fetched "
            f"({type(error).__name__}); connect to the network for the first use, or give a local "
            "folder or file."
        ) from error
    return folder, folder.name


def _patterns(source: str, revision: str | None) -> list[str]:
    """Return what to fetch; offline, anything that the cache may hold."""
    if HF_HUB_OFFLINE:
        return [*SMALL_FILES, *WHOLE, *HALF]
    files = HfApi().list_repo_files(source, revision=revision)
    halved = any(fnmatch(file, HALF[0]) for file in files)
    return [*SMALL_FILES, *(HALF if halved else WHOLE)]


def _reporting(progress: Progress, source: str) -> type[tqdm[Any]]:
    """Return a progress bar class that reports to a callable instead of drawing."""

    class Reporting(tqdm):  # type: ignore[type-arg]
        def display(self, *args: Any, **kwargs: Any) -> None:
            if self.total:
                progress(int(self.n), int(self.total), f"downloading {source}")

    return Reporting
