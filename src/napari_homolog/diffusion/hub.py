"""Downloading checkpoints from the Hugging Face hub: safetensors only, resumable, cached."""

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
from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]
from tqdm.auto import tqdm

from ..context import RunContext
from ..errors import CheckpointError

COMPONENTS = ("unet", "vae", "text_encoder", "text_encoder_2")
LISTING = "model_index.json"
"""The file in which a diffusers folder lists its components."""

SMALL_FILES = (
    LISTING,
    "homolog.json",
    *(f"{part}/*.json" for part in (*COMPONENTS, "scheduler", "tokenizer", "tokenizer_2")),
    "tokenizer/*.txt",
    "tokenizer_2/*.txt",
)
WEIGHTS = tuple(f"{part}/*.safetensors" for part in COMPONENTS)
COMMIT = re.compile(r"[0-9a-f]{40}")
SHARD = re.compile(r"-\d+-of-(\d+)\.")
"""Ending of the name of one of several files that hold a network's weights together."""

CONNECTION_ERRORS: tuple[type[Any], ...] = HfHubHTTPError.__bases__
"""Errors of the HTTP library, which differs between versions of the hub's client, and OSError."""


def is_hub_id(name: str) -> bool:
    """Return whether a name has the form of a Hugging Face id, ``owner/name``."""
    try:
        validate_repo_id(name)
    except HFValidationError:
        return False
    return "/" in name and not name.endswith(".safetensors")


def fetch(source: str, revision: str | None, context: RunContext | None = None) -> tuple[Path, str]:
    """Return the folder of a hub model, downloading what is not in the cache.

    The hub is not asked about a commit that is completely in the cache. Half-precision files are
    preferred if the model has them. An interrupted download is continued; ``HF_HUB_OFFLINE`` is
    respected.

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
        If the model does not exist, is not a Stable Diffusion model, or needs its terms accepted;
        if the hub cannot be reached; or if the cache cannot be written.
    """
    context = context or RunContext()
    cached = pinned_in_cache(source, revision)
    if cached is not None:
        return cached
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
        bars = _reporting(context, source, sum(file.file_size or 0 for file in missing))
        commit = files[0].commit_hash
        folder = Path(
            snapshot_download(source, revision=commit, allow_patterns=wanted, tqdm_class=bars)
        )
    return folder, folder.name


TRANSFORMER = ("config.json", "model.safetensors")
"""What is downloaded of a model of transformers, such as a vision transformer."""


def fetch_transformer(
    source: str, revision: str | None, context: RunContext | None = None
) -> tuple[Path, str]:
    """Return the folder of a model of transformers, downloading what is not in the cache.

    Parameters
    ----------
    source, revision, context
        As in `fetch`; a commit that is completely in the cache is not asked about.

    Returns
    -------
    folder : Path
        With `TRANSFORMER` in it.
    revision : str
        The commit.

    Raises
    ------
    CheckpointError
        If the model does not exist, has no safetensors, or cannot be downloaded.
    """
    context = context or RunContext()
    pinned = revision is not None and COMMIT.fullmatch(revision) is not None
    try:
        # Raises unless the snapshot is there; of a branch, the last one that was seen.
        folder = Path(
            snapshot_download(
                source, revision=revision, allow_patterns=list(TRANSFORMER), local_files_only=True
            )
        )
        if pinned and all((folder / name).exists() for name in TRANSFORMER):
            return folder, folder.name
    except (LocalEntryNotFoundError, HFValidationError):
        pass
    with explained(source, revision):
        files = snapshot_download(
            source, revision=revision, allow_patterns=list(TRANSFORMER), dry_run=True
        )
        lacking = [name for name in TRANSFORMER if name not in {one.filename for one in files}]
        if lacking:
            raise CheckpointError(
                f"The model {source} has no {' and no '.join(lacking)}; choose a model of transformers "
                "with safetensors, because opening a pickle can run arbitrary code."
            )
        size = sum(one.file_size or 0 for one in files if one.will_download)
        folder = Path(
            snapshot_download(
                source,
                revision=files[0].commit_hash,
                allow_patterns=list(TRANSFORMER),
                tqdm_class=_reporting(context, source, size),
            )
        )
    return folder, folder.name


def pinned_in_cache(source: str, revision: str | None) -> tuple[Path, str] | None:
    """Return folder and commit if the revision is a commit that is completely in the cache."""
    if revision is None or not COMMIT.fullmatch(revision):
        return None
    folder = _cached(source, revision)
    return None if folder is None else (folder, folder.name)


def in_cache(source: str, revision: str | None) -> tuple[Path, str] | None:
    """Return folder and commit of a model that is completely in the cache; the hub is not asked."""
    folder = _cached(source, revision)
    return None if folder is None else (folder, folder.name)


def _cached(source: str, revision: str | None) -> Path | None:
    """Return the folder of a model in the cache, or None if a component is missing."""
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
    listed = json.loads(listing.read_text(encoding="utf-8"))
    networks = [name for name in COMPONENTS if listed.get(name, [None])[0] is not None]
    others = [name for name in ("scheduler", "tokenizer", "tokenizer_2") if name in listed]
    complete = all(_has_weights(folder / name) for name in networks) and all(
        (folder / name).is_dir() for name in others
    )
    return folder if complete else None


def _has_weights(component: Path) -> bool:
    """Return whether a component's configuration and all files of its weights exist."""
    names = [path.name for path in component.glob("*.safetensors") if path.exists()]
    shards = [match for match in map(SHARD.search, names) if match is not None]
    complete = not shards or len(shards) == int(shards[0][1])
    return bool(names) and complete and (component / "config.json").exists()


def _wanted(source: str, files: Sequence[str]) -> list[str]:
    """Return the files to download: the small ones, and weights, in half precision if available.

    Raises
    ------
    CheckpointError
        If the model is of another architecture or has only pickles.
    """
    for component in ("unet", "vae"):
        if f"{component}/config.json" not in files:
            raise CheckpointError(
                f"The model {source} has no {component}/config.json, so it is not a Stable "
                "Diffusion model in diffusers' layout; use Stable Diffusion 1, 2 or XL or a model "
                "of the same architecture."
            )
    wanted = [file for file in files if any(fnmatch(file, pattern) for pattern in SMALL_FILES)]
    for component in COMPONENTS:
        weights = [
            file
            for file in files
            if fnmatch(file, f"{component}/*.safetensors") and "non_ema" not in file
        ]
        if f"{component}/config.json" in files and not weights:
            raise CheckpointError(
                f"The model {source} has no .safetensors file in {component}; pickles are not "
                "downloaded, because opening one can run arbitrary code; choose a model with "
                "safetensors."
            )
        wanted += [file for file in weights if ".fp16" in file] or weights
    return wanted


@contextmanager
def explained(source: str, revision: str | None) -> Iterator[None]:
    """Turn the errors of the hub's client into `CheckpointError` with one sentence each."""
    try:
        yield
    except GatedRepoError as error:
        raise CheckpointError(
            f"The model {source} is available only to those who accept its terms: log in at "
            f"https://huggingface.co/{source}, accept its terms, and run `hf auth login`."
        ) from error
    except RevisionNotFoundError as error:
        if revision is None or not COMMIT.fullmatch(revision):
            raise _not_there(source, revision) from error
        raise CheckpointError(
            f"The Hugging Face hub no longer has the commit {revision[:12]} of {source}: its publisher "
            "has moved or rewritten it; see there which model takes its place, or give a local folder "
            "or file."
        ) from error
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise _not_there(source, revision) from error
    except (PermissionError, NotADirectoryError, FileExistsError) as error:
        raise CheckpointError(
            f"The model {source} cannot be stored in {constants.HF_HUB_CACHE} ({error}); make that "
            "folder writable, or set HF_HUB_CACHE to another one."
        ) from error
    except CONNECTION_ERRORS as error:
        raise CheckpointError(
            f"The model {source} is not completely on this machine and could not be downloaded "
            f"({type(error).__name__}); connect to the network for the first use and unset "
            "HF_HUB_OFFLINE, check whether the disk is full, or give a local folder or file."
        ) from error


def _not_there(source: str, revision: str | None) -> CheckpointError:
    return CheckpointError(
        f"The Hugging Face hub has no model {source!r} at revision {revision or 'main'!r}; "
        "check its spelling."
    )


def _reporting(context: RunContext, source: str, total: int) -> type[tqdm[Any]]:
    """Return a progress bar class that draws nothing and reports bytes to the context.

    The hub's client has several bars at once (files, bytes received, bytes written). The one that
    counts bytes and is furthest is reported.
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
