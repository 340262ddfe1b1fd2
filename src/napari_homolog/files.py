"""Writing files atomically: a file is replaced by its complete new version or not at all."""

from __future__ import annotations

import os
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from .errors import WriteError

NAME_LENGTH = 32
"""Characters of a file's name that its temporary file repeats; file systems limit the length."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield an empty temporary file that replaces a file when the block ends without an error.

    The file keeps its permissions if it exists; a new file has those of any new file. If the path
    is a symbolic link, the file that it points to is replaced. The new content is on the disk
    before it replaces the old one, so that a power failure leaves one or the other.

    Parameters
    ----------
    path : Path
        The file to replace or create; its folder must exist.

    Yields
    ------
    Path
        The temporary file, in the same folder. If the block raises, it is removed and the file at
        the path is unchanged.

    Raises
    ------
    OSError
        If the folder or the file cannot be written.
    """
    target = Path(os.path.realpath(path))
    part = target.with_name(f".{target.name[:NAME_LENGTH]}.{uuid.uuid4().hex[:8]}.part")
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
    # The operating system applies the umask, which a program cannot read without changing it. A
    # file that may be private is not readable by others even while it is written.
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666 if mode is None else 0o600))
    try:
        yield part
        _flush_to_disk(part, os.O_RDWR)
        if mode is not None:
            part.chmod(mode)
        os.replace(part, target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    # Not every system can open a folder. The file is complete without this, but a power failure
    # might bring its old version back.
    with suppress(OSError):
        _flush_to_disk(target.parent, os.O_RDONLY)


@contextmanager
def atomic_write(path: Path) -> Iterator[BinaryIO]:
    """Open a file for writing that appears, or changes, only when all of it is written.

    Parameters
    ----------
    path : Path
        See `replacing`.

    Yields
    ------
    binary file
        Its content replaces the file's when the block ends without an error.

    Raises
    ------
    WriteError
        If the file cannot be written, for example because the disk is full.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "list.txt")
    ...     with atomic_write(path) as file:
    ...         size = file.write(b"tip, base")
    ...         before = path.exists()
    ...     before, path.read_text()
    (False, 'tip, base')
    """
    part = None
    try:
        with replacing(path) as part, part.open("wb") as file:
            yield file
    except OSError as error:
        # Errors of the block itself are passed on: they name another file, or have no number.
        names = (None, *map(str, (path, part)))
        if part is not None and (error.errno is None or error.filename not in names):
            raise
        raise WriteError(path, error) from error


def _flush_to_disk(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
