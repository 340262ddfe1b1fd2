"""What identifies a model, wherever its files lie."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

BLOCK = 1 << 22


def fingerprint(unet_folder: Path) -> str:
    """Return the SHA-256 of a UNet's configuration and weight files, as hexadecimal digits.

    Parameters
    ----------
    unet_folder : Path
        Holds ``config.json`` and ``.safetensors`` files.

    Notes
    -----
    Entries of the configuration that start with an underscore tell where and with what version it
    was saved; they do not count.
    """
    config = json.loads((unet_folder / "config.json").read_text(encoding="utf-8"))
    digest = hashlib.sha256()
    kept = {key: value for key, value in config.items() if not key.startswith("_")}
    digest.update(json.dumps(kept, sort_keys=True).encode())
    for path in sorted(unet_folder.glob("*.safetensors")):
        digest.update(file_digest(path))
    return digest.hexdigest()


def file_digest(path: Path) -> bytes:
    """Return the SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.digest()
