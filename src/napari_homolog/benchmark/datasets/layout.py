"""Published layouts of data sets, and errors about files that are missing or damaged."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ...errors import DatasetError
from .pair import Pair

Protocol = Literal["official", "corrected"]
"""As the paper's authors measured, or corrected; see `napari_homolog.benchmark.protocols`."""

ENCODING = "utf-8-sig"
"""Lists are UTF-8, some with a byte-order mark."""


@dataclass(frozen=True)
class Dataset:
    """A data set with true landmarks.

    Attributes
    ----------
    name : str
        Name on the command line.
    title : str
        Name given by its authors.
    place : str
        Where it can be downloaded.
    tree : str
        Its files, as in its authors' archives.
    read : callable
        Called with this data set, its folder and the protocol; returns all pairs of its test part.
    """

    name: str
    title: str
    place: str
    tree: str
    read: Callable[[Dataset, Path, Protocol], list[Pair]]

    def pairs(self, folder: str | Path, protocol: Protocol = "corrected") -> list[Pair]:
        """Return all pairs of the test part.

        Parameters
        ----------
        folder : str or Path
            Folder of the data set.
        protocol : {"official", "corrected"}
            Some data sets have other pairs under each protocol.

        Returns
        -------
        list of Pair

        Raises
        ------
        DatasetError
            If files are missing or damaged.
        """
        pairs = self.read(self, Path(folder), protocol)
        if not pairs:
            raise self.missing(Path(folder), "a pair of pictures with landmarks in common")
        return pairs

    def missing(self, folder: Path, what: str) -> DatasetError:
        """Return the error for a folder that lacks something."""
        return DatasetError(
            f"{folder} does not hold {self.title}: there is no {what}. Get it from {self.place}; "
            f"the folder has to look like this:\n{self.tree}"
        )

    def require(self, folder: Path, *names: str) -> Path:
        """Return the first of some files or folders that exists.

        Raises
        ------
        DatasetError
            If none of them does.
        """
        for name in names:
            if (folder / name).exists():
                return folder / name
        raise self.missing(folder, " or ".join(names))

    def damaged(self, path: Path, error: object) -> DatasetError:
        """Return the error for a damaged file."""
        return DatasetError(
            f"{path} is not as {self.title} has it ({error}); get the data set again from "
            f"{self.place}."
        )

    def table(self, path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
        """Return the rows of a CSV file with some required columns.

        Raises
        ------
        DatasetError
            If a column is missing.
        """
        with open(path, encoding=ENCODING, newline="") as file:
            reader = csv.DictReader(file)
            lacking = [name for name in columns if name not in (reader.fieldnames or ())]
            if lacking:
                raise self.damaged(path, f"no column {', '.join(lacking)}")
            return list(reader)

    def document(self, path: Path) -> Any:
        """Return the contents of a JSON file.

        Raises
        ------
        DatasetError
            If it is not JSON.
        """
        try:
            return json.loads(path.read_text(encoding=ENCODING))
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise self.damaged(path, error) from error
