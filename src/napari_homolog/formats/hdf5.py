"""HDF5 files of other programs, of which plain arrays and texts only are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError

MOST_BYTES = 50_000_000
"""Larger arrays are refused."""

MOST_TEXTS = 100_000
"""Texts of an array of texts of any length, of which there are no more than `MOST_BYTES`."""

DAMAGES = (
    OSError,
    KeyError,
    ValueError,
    TypeError,
    RuntimeError,
    IndexError,
    OverflowError,
    AttributeError,
    NotImplementedError,
    RecursionError,
)
"""Exceptions that h5py raises for damaged files, beside out-of-memory errors."""


def library(path: Path) -> Any:
    """Return h5py, or raise `FormatError` with the command that installs it."""
    try:
        import h5py
    except ImportError as error:
        raise FormatError(
            f"{path}: HDF5 files need h5py; run pip install napari-homolog[deeplabcut], or use a .csv "
            "file of the same landmarks."
        ) from error
    return h5py


def own_member(parent: Any, name: str, kind: Any, problem: str) -> Any:
    """Return a member that is stored in this file itself.

    Parameters
    ----------
    parent : h5py.Group
        The group that holds it.
    name : str
        Its name.
    kind : type
        ``h5py.Group`` or ``h5py.Dataset``.
    problem : str
        Message of the error if there is none.

    Raises
    ------
    FormatError
        If there is none, or it is a link to elsewhere.
    """
    # There is a group, and therefore the library.
    import h5py

    link = parent.get(name, getlink=True) if name else None
    node = parent[name] if isinstance(link, h5py.HardLink) else None
    if not isinstance(node, kind):
        raise FormatError(problem)
    return node


def check_size(node: Any, path: Path, name: str) -> None:
    """Raise `FormatError` if an array is too large, or stored in another file.

    Parameters
    ----------
    node : h5py.Dataset
        The array.
    path : Path
        The file, for the message.
    name : str
        The array's name, for the message.
    """
    if node.size is None or node.size * node.dtype.itemsize > MOST_BYTES:
        raise FormatError(
            f"{path}: {name} is not an array, or is larger than {MOST_BYTES:,} bytes."
        )
    if node.external or node.is_virtual:
        raise FormatError(f"{path}: {name} is stored in another file, which is not opened.")


def texts_of(node: Any, path: Path, name: str) -> list[str]:
    """Return an array of texts, of one or of any length.

    Parameters
    ----------
    node : h5py.Dataset
        The array.
    path : Path
        The file, for messages.
    name : str
        The array's name, for messages.

    Raises
    ------
    FormatError
        If it holds anything else, or too much.
    """
    check_size(node, path, name)
    any_length = library(path).check_string_dtype(node.dtype)
    if node.ndim != 1 or (any_length is None and node.dtype.kind != "S"):
        raise FormatError(f"{path}: {name} is {node.dtype}, expected texts.")
    if len(node) > MOST_TEXTS:
        raise FormatError(
            f"{path}: {name} holds {len(node):,} texts; at most {MOST_TEXTS:,} are read."
        )
    texts, size = [], 0
    # One by one: many may be one text of any length, stored once.
    for index in range(len(node)):
        text = as_text(node[index])
        size += len(text)
        if size > MOST_BYTES:
            raise FormatError(f"{path}: {name} is larger than {MOST_BYTES:,} bytes.")
        texts.append(text)
    return texts


def as_text(value: Any) -> str:
    """Return a text that h5py returned as bytes, as text or in an array."""
    if isinstance(value, np.ndarray):
        value = value.tobytes()
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def array_of(node: Any, path: Path, name: str) -> NDArray[Any]:
    """Return an array of numbers, or of rows of named numbers.

    Parameters
    ----------
    node : h5py.Dataset
        The array.
    path : Path
        The file, for messages.
    name : str
        The array's name, for messages.

    Raises
    ------
    FormatError
        If it holds objects, which are never unpickled, or is too large.
    """
    check_size(node, path, name)
    if node.dtype.hasobject:
        raise FormatError(f"{path}: {name} is {node.dtype}, expected numbers.")
    return np.asarray(node[()])
