"""The identity of a model, whatever the location of its files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Provenance:
    """Where a model came from.

    Attributes
    ----------
    name : str
        Catalogue name, hub id or path as the user gave it.
    revision : str or None
        Commit of a hub model.
    fingerprint : str
        SHA-256 of the UNet's configuration and weights, as hexadecimal digits.
    """

    name: str
    revision: str | None
    fingerprint: str


def fingerprint(config: Path | Mapping[str, Any], weights: Sequence[Path]) -> str:
    """Return the SHA-256 of a UNet's configuration and weight files, as hexadecimal digits.

    It depends neither on the files' location nor on device and precision.

    Parameters
    ----------
    config : Path or mapping
        The UNet's configuration, or the JSON file that holds it.
    weights : sequence of Path
        The weight files; their order matters.

    Returns
    -------
    str

    Notes
    -----
    Entries of the configuration that start with an underscore are left out: they record where and
    with which version of diffusers it was saved.
    """
    entries = json.loads(config.read_text(encoding="utf-8")) if isinstance(config, Path) else config
    digest = hashlib.sha256()
    kept = {key: value for key, value in entries.items() if not key.startswith("_")}
    digest.update(json.dumps(kept, sort_keys=True).encode())
    for path in weights:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def joined_fingerprint(base: str, files: Sequence[Path]) -> str:
    """Return the fingerprint of a model together with files that change what it answers.

    Parameters
    ----------
    base : str
        The fingerprint of the model without them.
    files : sequence of Path
        Weights and configurations; their order matters, their location does not.
    """
    digest = hashlib.sha256(base.encode())
    for path in files:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
