"""Writing DeepLabCut's HDF5 files, array by array as pandas does."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError
from ..files import atomic_write
from .deeplabcut import Frame, frame_of
from .deeplabcut_h5 import KEY
from .file_specimen import Specimen
from .hdf5 import library


def write_deeplabcut_h5(path: Path, specimens: Sequence[Specimen]) -> list[str]:
    """Write specimens as a DeepLabCut table of labels in HDF5, atomically.

    Parameters
    ----------
    path : Path
        The file. ``CollectedData_NAME.h5`` makes NAME the scorer. Images whose names have no folder
        get the folder of this file.
    specimens : sequence of Specimen
        Confidence is not written: DeepLabCut expects no likelihood in tables of labels.

    Returns
    -------
    list of str
        The identifiers, if they cannot be written as individuals.

    Raises
    ------
    FormatError
        If h5py is not installed, there is no specimen, one has no image name, specimens differ in
        their landmarks, or the file cannot be written.
    """
    h5py = library(path)
    frame, lost = frame_of(path, specimens)
    buffer = io.BytesIO()
    try:
        with h5py.File(buffer, "w") as file:
            _store(h5py, file, frame)
        with atomic_write(path) as target:
            target.write(buffer.getvalue())
    except UnicodeEncodeError as error:
        raise FormatError(
            f"{path}: a name has a character that is not valid Unicode; rename it."
        ) from error
    return lost


def _store(h5py: Any, file: Any, frame: Frame) -> None:
    """Write a table as pandas does, so that pandas and DeepLabCut can read it."""
    several = any(individual for individual, _, _ in frame.columns)
    titles = ["scorer", *(["individuals"] if several else []), "bodyparts", "coords"]
    columns = [
        (frame.scorer, *([column[0]] if several else []), *column[1:]) for column in frame.columns
    ]
    _mark(h5py, file, CLASS="GROUP", PYTABLES_FORMAT_VERSION="2.1", TITLE="", VERSION="1.0")
    group = file.create_group(KEY)
    _mark(h5py, group, CLASS="GROUP", TITLE="", VERSION="1.0", pandas_type="frame")
    _mark(h5py, group, encoding="UTF-8", errors="strict", pandas_version="0.15.2")
    group.attrs["ndim"] = np.int64(2)
    group.attrs["nblocks"] = np.int64(1)
    for name, labels, level_titles in (
        ("axis0", columns, titles),
        ("axis1", frame.rows, None),
        ("block0_items", columns, titles),
    ):
        _mark(h5py, group, **{f"{name}_variety": "multi"})
        group.attrs[f"{name}_nlevels"] = np.int64(len(labels[0]))
        for level, texts in enumerate(zip(*labels, strict=True)):
            known = {text: code for code, text in enumerate(sorted(set(texts)))}
            array = np.array([text.encode("utf-8") for text in known])
            node = _store_array(h5py, group, f"{name}_level{level}", array)
            # "N." is how PyTables spells None.
            title = level_titles[level] if level_titles else "N."
            _mark(h5py, node, kind="string", name=title, **{f"{name}_name{level}": title})
            codes = np.array([known[text] for text in texts], dtype=np.int32)
            _store_array(h5py, group, f"{name}_label{level}", codes)
    _store_array(h5py, group, "block0_values", frame.values)


def _store_array(h5py: Any, group: Any, name: str, array: NDArray[Any]) -> Any:
    node = group.create_dataset(name, data=array)
    _mark(h5py, node, CLASS="ARRAY", FLAVOR="numpy", TITLE="", VERSION="2.4")
    node.attrs["transposed"] = np.uint8(1)
    return node


def _mark(h5py: Any, node: Any, **attributes: str) -> None:
    for name, text in attributes.items():
        data = text.encode("utf-8")
        if not data:
            node.attrs[name] = h5py.Empty("S1")
            continue
        kind = h5py.string_dtype("utf-8", len(data))
        node.attrs.create(name, np.array(data, dtype=kind), dtype=kind)
