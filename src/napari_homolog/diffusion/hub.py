"""Fetching checkpoints from the Hugging Face hub: safetensors only, resumable, cached."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from huggingface_hub import constants, snapshot_download
from huggingface_hub.errors import (
    DryRunError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from tqdm.auto import tqdm

from ..context import RunContext
from ..errors import CheckpointError

PARTS = ("unet", "vae", "text_encoder", "text_encoder_2")
LISTING = "model_index.json"
"""The file in which a diffusers folder names its parts."""

SMALL_FILES = (
    LISTING,
    "homolog.json",
    *(f"{part}/*.json" for part in (*PARTS, "scheduler", "tokenizer", "tokenizer_2")),
    "tokenizer/*.txt",
    "tokenizer_2/*.txt",
)
WEIGHTS = tuple(f"{part}/*.safetensors" for part in PARTS)
COMMIT = re.compile(r"[0-9a-f]{40}")
SHARD = re.compile(r"-\d+-of-(\d+)\.")
"""How the name of one of several files of the same weights ends."""

BROKEN_CONNECTION: tuple[type[Any], ...] = HfHubHTTPError.__bases__
"""The errors of the hub's HTTP library, which differs between its versions, and OSError."""


def is_hub_id(name: str) -> bool:
    """Tell whether a name has the form of a Hugging Face id, ``owner/name``."""
    looks_right = re.fullmatch(r"[A-Za-z0-9][\w.-]*/[\w.-]+", name) is not None
    return looks_right and not name.endswith(".safetensors")


def fetch(source: str, revision: str | None, context: RunContext | None = None) -> tuple[Path, str]:
    """Return the folder of a hub model, downloading what the cache does not hold.

    A pinned commit that the cache holds is taken without asking the hub. Half-precision files are
    taken where the model has them. A download that was cut off goes on where it stopped;
    ``HF_HUB_OFFLINE`` is respected.

    Parameters
    ----------
    source : str
        Hugging Face id ``owner/name``.
    revision : str or None
        Commit, tag or branch; None: the main branch.
    context : RunContext, optional
        Its progress counts bytes.

    Returns
    -------
    folder : Path
        In diffusers' layout.
    revision : str
        The commit.

    Raises
    ------
    CheckpointError
        If the model does not exist, is no Stable Diffusion model, may not be fetched, if the hub
        cannot be reached, or if the cache cannot be written.
    """
    context = context or RunContext()
    kept = pinned_in_cache(source, revision)
    if kept is not None:
        return kept
    with explained(source, revision):
        try:
            files = snapshot_download(
                source,
                revision=revision,
                allow_patterns=[*SMALL_FILES, *WEIGHTS, "*.bin"],
                tqdm_class=_reporting(RunContext(), source, 0),
                dry_run=True,
            )
        except DryRunError as error:
            folder = _cached(source, revision)
            if folder is None:
                raise error.__cause__ or error from error
            return folder, folder.name
        wanted = _wanted(source, [file.filename for file in files])
        missing = [file for file in files if file.filename in wanted and file.will_download]
        folder = Path(
            snapshot_download(
                source,
                revision=files[0].commit_hash,
                allow_patterns=wanted,
                tqdm_class=_reporting(
                    context or RunContext(), source, sum(f.file_size or 0 for f in missing)
                ),
            )
        )
    return folder, folder.name


def pinned_in_cache(source: str, revision: str | None) -> tuple[Path, str] | None:
    """Return what `fetch` returns if the revision is a commit that the cache holds completely."""
    if revision is None or not COMMIT.fullmatch(revision):
        return None
    folder = _cached(source, revision)
    return None if folder is None else (folder, folder.name)


def _cached(source: str, revision: str | None) -> Path | None:
    """Return the folder of a model in the cache, or None unless all its parts are there."""
    try:
        folder = Path(
            snapshot_download(
                source, revision=revision, allow_patterns=[LISTING], local_files_only=True
            )
        )
    except (LocalEntryNotFoundError, HFValidationError):
        return None
    listing = folder / LISTING
    if not listing.is_file():
        return None
    parts = json.loads(listing.read_text(encoding="utf-8"))
    needed = [part for part in PARTS if parts.get(part, [None])[0] is not None]
    complete = all(_has_weights(folder / part) for part in needed)
    small = [key for key in ("scheduler", "tokenizer", "tokenizer_2") if key in parts]
    return folder if complete and all((folder / key).is_dir() for key in small) else None


def _has_weights(part: Path) -> bool:
    """Tell whether a part's configuration and every file of its weights are there."""
    names = [path.name for path in part.glob("*.safetensors") if path.exists()]
    shards = [match for match in map(SHARD.search, names) if match is not None]
    whole = not shards or len(shards) == int(shards[0][1])
    return bool(names) and whole and (part / "config.json").exists()


def _wanted(source: str, files: Sequence[str]) -> list[str]:
    """Return the files to fetch: the small ones, and weights in half precision where there are.

    Raises
    ------
    CheckpointError
        If the model is of another architecture or has only pickles.
    """
    for part in ("unet", "vae"):
        if f"{part}/config.json" not in files:
            raise CheckpointError(
                f"The model {source} has no {part}/config.json, so that it is no Stable Diffusion "
                "model in diffusers' layout; only Stable Diffusion 1, 2 and XL and models like "
                "them can be used."
            )
    wanted = [file for file in files if any(fnmatch(file, pattern) for pattern in SMALL_FILES)]
    for part in PARTS:
        weights = [
            file
            for file in files
            if fnmatch(file, f"{part}/*.safetensors") and "non_ema" not in file
        ]
        if f"{part}/config.json" in files and not weights:
            raise CheckpointError(
                f"The model {source} has no .safetensors file in {part}; a pickle could run any "
                "program when it is opened and is not fetched; choose a model with safetensors."
            )
        wanted += [file for file in weights if ".fp16" in file] or weights
    return wanted


@contextmanager
def explained(source: str, revision: str | None) -> Iterator[None]:
    """Turn the hub's errors into one sentence each."""
    try:
        yield
    except GatedRepoError as error:
        raise CheckpointError(
            f"The model {source} is given only to those who accept its terms: log in at "
            f"https://huggingface.co/{source}, accept them, and run `hf auth login`."
        ) from error
    except (RepositoryNotFoundError, RevisionNotFoundError, HFValidationError) as error:
        raise CheckpointError(
            f"The Hugging Face hub has no model {source!r} at revision {revision or 'main'!r}; "
            "check its spelling."
        ) from error
    except (PermissionError, NotADirectoryError, FileExistsError) as error:
        raise CheckpointError(
            f"The model {source} cannot be kept in {constants.HF_HUB_CACHE} ({error}); make that "
            "folder writable, or set HF_HUB_CACHE to another one."
        ) from error
    except BROKEN_CONNECTION as error:
        raise CheckpointError(
            f"The model {source} is not, or not completely, on this machine and could not be "
            f"fetched ({type(error).__name__}); connect to the network for the first use and unset "
            "HF_HUB_OFFLINE, look whether the disk is full, or give a local folder or file."
        ) from error


def _reporting(context: RunContext, source: str, total: int) -> type[tqdm[Any]]:
    """Return a progress bar class that draws nothing and reports bytes to the context.

    The hub shows several bars at once (files, bytes received, bytes written): what is reported is
    the furthest of those that count bytes.
    """
    furthest = 0

    class Reporting(tqdm):  # type: ignore[type-arg]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **{**kwargs, "file": io.StringIO()})

        def display(self, *args: Any, **kwargs: Any) -> None:
            nonlocal furthest
            if self.unit != "B" or self.n <= furthest:
                return
            furthest = min(int(self.n), total)
            context.report(furthest, total, f"downloading {source}")

    return Reporting
