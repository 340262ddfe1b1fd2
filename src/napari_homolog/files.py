"""Writing files atomically: a file is replaced by its complete new version or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import re
import stat
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from .errors import WriteError

NAME_LENGTH = 32
"""Characters of a file's name that its temporary file repeats; file systems limit the length."""

PART = re.compile(r"[0-9a-f]{8}-[0-9]+-[0-9a-f]{8}\.part")
"""The rest of a temporary file's name: machine, process, and what tells its files apart."""

OLD_SECONDS = 24 * 3600.0
"""Age at which a temporary file was left behind, on systems where its writer cannot be asked."""


def is_file(path: Path) -> bool:
    """Return whether there is a file; False if that cannot be found out, where `Path` raises."""
    return os.path.isfile(path)


def reason_of(error: OSError | ValueError) -> str:
    """Return why the system refused something, such as ``"Permission denied"``."""
    return getattr(error, "strerror", None) or str(error)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield an empty temporary file that replaces a file when the block ends without an error.

    The file keeps its permissions if it exists; a new file has those of any new file. If the path
    is a symbolic link, the file that it points to is replaced. The new content is on the disk
    before it replaces the old one, so that a power failure leaves one or the other. Temporary
    files that killed processes left beside it are removed.

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
    WriteError
        If the folder or the file cannot be written, for example because the disk is full.
    """
    target = Path(os.path.realpath(path))
    part = None
    try:
        remove_leftovers(target)
        mode = _mode_of(target)
        part = _new_part(target)
        # The operating system applies the umask, which a program cannot read without changing it. A
        # file that may be private is not readable by others even while it is written.
        _create(part, 0o666 if mode is None else 0o600)
        yield part
        _flush_to_disk(part, os.O_RDWR)
        if mode is not None:
            part.chmod(mode)
        os.replace(part, target)
    except BaseException as error:
        if part is not None:
            _remove_with_journals(part)
        if isinstance(error, OSError) and _concerns(error, {str(path), str(target), str(part)}):
            raise WriteError(path, error) from error
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
    with replacing(path) as part, part.open("wb") as file:
        yield file


def check_writable(path: Path) -> None:
    """Try whether a file could be written, before the work of which it is to hold the result.

    Parameters
    ----------
    path : Path
        The file; it and its folder stay as they are.

    Raises
    ------
    WriteError
        If its folder is missing or read-only, its name is too long, or a folder is in the way.
    """
    target = Path(os.path.realpath(path))
    try:
        _mode_of(target)
        trial = _new_part(target)
        _create(trial, 0o600)
        trial.unlink()
    except OSError as error:
        raise WriteError(path, error) from error


def make_folder(folder: Path) -> None:
    """Create a folder, and those above it, unless it is there, and try whether it can be written.

    Raises
    ------
    WriteError
        If it cannot be created or written, or a file is in the way.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        trial = _new_part(folder / "trial")
        _create(trial, 0o600)
        trial.unlink()
    except OSError as error:
        raise WriteError(folder, error) from error


def remove_leftovers(path: Path) -> None:
    """Remove the temporary files of a file that killed processes left behind.

    What another process is writing stays.

    Parameters
    ----------
    path : Path
        The file, as it was given to `replacing`.
    """
    target = Path(os.path.realpath(path))
    prefix = _prefix(target)
    with suppress(OSError):
        with os.scandir(target.parent) as entries:
            left = [entry.name for entry in entries if entry.name.startswith(prefix)]
        for name in left:
            part = target.with_name(name)
            if PART.fullmatch(name.removeprefix(prefix)) and not _is_in_use(part):
                _remove_with_journals(part)


def _concerns(error: OSError, names: set[str]) -> bool:
    """Return whether an error is about one of some files; one of a block may be about any other."""
    return error.errno is not None and error.filename in (None, *names)


def _prefix(target: Path) -> str:
    """Return how the names of a file's temporary files start, unlike those of any other file."""
    name = target.name
    digest = hashlib.blake2b(os.fsencode(name), digest_size=4).hexdigest()
    return f".{name[:NAME_LENGTH]}.{digest}-"


def _mode_of(target: Path) -> int | None:
    """Return the permissions of a file, or None if there is none; raise OSError for a folder."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    return stat.S_IMODE(mode)


def _new_part(target: Path) -> Path:
    """Return a name for a temporary file, which tells whose it is."""
    return target.with_name(
        f"{_prefix(target)}{_machine()}-{os.getpid()}-{uuid.uuid4().hex[:8]}.part"
    )


def _is_in_use(part: Path) -> bool:
    """Return whether the process that made a temporary file may still write it."""
    _, machine, process, _ = part.name.rsplit("-", 3)
    if sys.platform == "win32" or machine != _machine():
        return time.time() - part.stat().st_mtime < OLD_SECONDS
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@lru_cache(maxsize=1)
def _machine() -> str:
    """Return what tells this machine, or container, apart from others that share a folder."""
    parts = [platform.node()]
    with suppress(OSError):
        # Numbers of processes are counted from one anew in each container.
        parts.append(os.readlink("/proc/self/ns/pid"))
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=4).hexdigest()


def _remove_with_journals(part: Path) -> None:
    """Remove a temporary file, and what SQLite may have written beside it."""
    for ending in ("", "-journal", "-wal", "-shm"):
        with suppress(OSError):
            part.with_name(part.name + ending).unlink(missing_ok=True)


def _create(path: Path, mode: int) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode))


def _flush_to_disk(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
