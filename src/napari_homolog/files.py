"""Writing files whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Make an empty temporary file beside a path; it takes the path's place after the block.

    Parameters
    ----------
    path : Path
        Where the file shall be; its folder must exist.

    Yields
    ------
    Path
        The temporary file. If an error leaves the block, it is removed and whatever was at the
        path stays as it was.
    """
    path = Path(path)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    try:
        yield Path(name)
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def atomic_write(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary file beside a path; it takes the path's place once all is written.

    Parameters
    ----------
    path : Path
        As for `replacing`.

    Yields
    ------
    binary file
        What is written goes to the temporary file.
    """
    with replacing(path) as part, part.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
