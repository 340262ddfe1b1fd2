"""Reading DeepLabCut's HDF5 files, which are tables in the fixed format of pandas.

pandas reads such files with PyTables, which unpickles attributes and cells, and a pickle can run any
program. This module reads the arrays themselves and unpickles nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError
from .deeplabcut import Frame, specimens_of
from .file_specimen import ImageSize, Specimen
from .hdf5 import DAMAGES, check_size, library, own_member

KEY = "df_with_missing"
"""Name of the table in the file."""

MOST_LEVELS = 4


def read_deeplabcut_h5(path: Path, image_size: ImageSize) -> list[Specimen]:
    """Read a DeepLabCut table of labels or of predictions from HDF5.

    Parameters
    ----------
    path : Path
        The file.
    image_size : (int, int) or callable, optional
        Height and width in pixels, which the specimens get.

    Returns
    -------
    list of Specimen
        Likelihood becomes confidence. Individuals and the numbers of video frames become
        identifiers.

    Raises
    ------
    FormatError
        If h5py is not installed, the file is damaged, or its table is a pickle.

    Warns
    -----
    FormatWarning
        If a likelihood is not within 0 and 1.
    """
    if not path.is_file():
        raise FormatError(f"There is no file {path}; check the name and the folder.")
    h5py = library(path)
    try:
        with h5py.File(path, "r") as file:
            frame = _Group(h5py, path, file).frame()
    except FormatError:
        raise
    except (*DAMAGES, MemoryError) as error:
        raise FormatError(
            f"{path} is not an HDF5 file of DeepLabCut, or is damaged ({error}); give the .csv file "
            "beside it."
        ) from error
    return specimens_of(path, frame, image_size)


class _Group:
    """A table in the fixed format of pandas."""

    def __init__(self, h5py: Any, path: Path, file: Any) -> None:
        self._h5py, self._path = h5py, path
        name = KEY if KEY in file else next(iter(file), "")
        self._group = self._own(file, name, h5py.Group)
        if self._attribute("pandas_type") != "frame":
            raise FormatError(
                f"{path}: its table is not in the fixed format of pandas; others store the names "
                "of columns as pickles, which can run any program and are not read. Give the .csv "
                "file that DeepLabCut wrote beside it."
            )

    def frame(self) -> Frame:
        """Return the table."""
        columns, titles = self._index("axis0")
        rows, _ = self._index("axis1")
        if len(rows) == 0 or len(columns) == 0:
            raise FormatError(f"{self._path}: the table is empty; label some images first.")
        if [title.lower() for title in titles] not in (
            ["scorer", "bodyparts", "coords"],
            ["scorer", "individuals", "bodyparts", "coords"],
        ):
            raise FormatError(
                f"{self._path}: its columns are not scorer / (individuals) / bodyparts / coords but "
                f"{' / '.join(titles)[:200]}."
            )
        if len({column[0] for column in columns}) != 1:
            raise FormatError(
                f"{self._path}: several scorers where one was expected; write one file for each."
            )
        values = self._values(columns, len(rows))
        return Frame(
            columns[0][0],
            [(c[1] if len(titles) == 4 else "", c[-2], c[-1]) for c in columns],
            rows,
            values,
            "columns",
            tuple(f"row {number}" for number in range(1, len(rows) + 1)),
        )

    def _values(self, columns: list[tuple[str, ...]], rows: int) -> NDArray[np.float64]:
        # pandas stores columns of different number types in separate blocks.
        blocks = int(self._attribute("nblocks") or 0)
        by_column: dict[tuple[str, ...], NDArray[np.float64]] = {}
        for block in range(min(blocks, len(columns))):
            items, _ = self._index(f"block{block}_items")
            array = self._array(f"block{block}_values")
            if array.shape != (rows, len(items)) or array.dtype.kind not in "fiu":
                raise FormatError(
                    f"{self._path}: {array.dtype} of shape {array.shape}, expected numbers of shape "
                    f"({rows}, {len(items)})."
                )
            by_column.update(zip(items, array.astype(float).T, strict=True))
        missing = [column for column in columns if column not in by_column]
        if missing:
            raise FormatError(f"{self._path}: no values for the column {' / '.join(missing[0])}.")
        values = np.stack([by_column[column] for column in columns], axis=1)
        if np.isinf(values).any():
            raise FormatError(f"{self._path}: a coordinate is infinite.")
        return values

    def _index(self, name: str) -> tuple[list[tuple[str, ...]], list[str]]:
        """Return the labels of rows or columns, and the names of their levels."""
        if self._attribute(f"{name}_variety") != "multi":
            return [(text,) for text in self._texts(name)], [""]
        count = int(self._attribute(f"{name}_nlevels") or 0)
        if not 1 <= count <= MOST_LEVELS:
            raise FormatError(
                f"{self._path}: {count} levels of labels; expected 1 to {MOST_LEVELS}."
            )
        levels, titles = [], []
        for level in range(count):
            texts = [*self._texts(f"{name}_level{level}"), ""]
            codes = self._array(f"{name}_label{level}")
            # Code -1, a missing label, is the empty text at the end.
            if codes.ndim != 1 or codes.dtype.kind not in "iu":
                raise FormatError(f"{self._path}: the codes of {name} are not integers.")
            if len(codes) and not -1 <= codes.min() <= codes.max() < len(texts) - 1:
                raise FormatError(f"{self._path}: a code of {name} is beyond its labels.")
            levels.append([texts[code] for code in codes.tolist()])
            titles.append(self._attribute("name", f"{name}_level{level}"))
        return list(zip(*levels, strict=True)), titles

    def _texts(self, name: str) -> list[str]:
        array = self._array(name)
        if array.ndim != 1 or array.dtype.kind not in "Siu":
            raise FormatError(f"{self._path}: {name} is {array.dtype}, expected texts or numbers.")
        if array.dtype.kind == "S":
            return [text.decode("utf-8") for text in array.tolist()]
        return [str(number) for number in array.tolist()]

    def _array(self, name: str) -> NDArray[Any]:
        node = self._own(self._group, name, self._h5py.Dataset)
        if node.dtype.kind == "O" or "PSEUDOATOM" in node.attrs:
            raise FormatError(
                f"{self._path}: {name} holds pickled objects, which can run any program and are not "
                "read. Give the .csv file that DeepLabCut wrote beside it."
            )
        check_size(node, self._path, name)
        return np.asarray(node[()])

    def _own(self, parent: Any, name: str, kind: Any) -> Any:
        """Return a member that is stored in this file itself."""
        problem = f"{self._path}: there is no {name or KEY}; expected a file of DeepLabCut."
        return own_member(parent, name, kind, problem)

    def _attribute(self, name: str, member: str = "") -> str:
        node = self._group[member] if member else self._group
        value = node.attrs.get(name, "")
        if isinstance(value, bytes):
            return value.decode("utf-8")
        return str(value) if isinstance(value, str | int | np.integer) else ""
