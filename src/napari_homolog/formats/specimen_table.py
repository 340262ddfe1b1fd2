"""Tables with one row for each specimen and columns of classifiers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import FormatError
from .delimited import guarded, read_rows, write_rows
from .file_specimen import combined_error
from .text_files import unguarded

IMAGE_COLUMNS = ("image", "file", "filename", "file name", "image name", "picture", "photo")
SPECIMEN_COLUMNS = ("specimen", "id", "name", "identifier", "label")
"""What the columns are called, in any letter case, that tell which specimen a row is about."""


@dataclass(frozen=True)
class SpecimenRow:
    """A row of a table of specimens.

    Attributes
    ----------
    line : int
        Its line in the file.
    image, specimen : str
        The names of its image and of the specimen; empty where the table has none.
    values : mapping of str to str
        Its other cells by column.
    """

    line: int
    image: str
    specimen: str
    values: Mapping[str, str]


def read_specimen_table(path: str | Path) -> list[SpecimenRow]:
    """Read a table of specimens, separated by commas, semicolons or tabs.

    The column ``image`` (or ``file``) names the image, the column ``specimen`` (or ``id``, ``name``)
    the specimen. If there is neither, the first column tells which specimen it is.

    Parameters
    ----------
    path : str or Path
        The file, with a header.

    Returns
    -------
    list of SpecimenRow
        In the order of the file.

    Raises
    ------
    FormatError
        If it is no such table; with the line of up to 20 problems.
    """
    path = Path(path)
    _, rows = read_rows(path)
    (first, header), *body = rows
    columns = [unguarded(cell.strip()) for cell in header]
    lowered = [column.casefold() for column in columns]
    image, specimen = _first_of(IMAGE_COLUMNS, lowered), _first_of(SPECIMEN_COLUMNS, lowered)
    if image is None and specimen is None:
        image = 0
    others = [index for index in range(len(columns)) if index not in (image, specimen)]
    problems = [
        f"{path}, line {first}: column {index + 1} has no name."
        for index in others
        if not columns[index]
    ]
    problems += [
        f"{path}, line {first}: duplicate column {name!r}."
        for name in sorted({columns[index] for index in others if columns[index]})
        if [columns[index] for index in others].count(name) > 1
    ]
    read = []
    for line, cells in body:
        if len(cells) > len(columns):
            problems.append(
                f"{path}, line {line}: {len(cells)} cells, but the header has {len(columns)}."
            )
            continue
        texts = [unguarded(cell.strip()) for cell in cells] + [""] * (len(columns) - len(cells))
        row = SpecimenRow(
            line,
            "" if image is None else texts[image],
            "" if specimen is None else texts[specimen],
            {columns[index]: texts[index] for index in others},
        )
        if row.image or row.specimen:
            read.append(row)
        else:
            problems.append(f"{path}, line {line}: it names no specimen.")
    if problems:
        raise combined_error(problems)
    if not read:
        raise FormatError(f"{path} has a header, but no specimens below it.")
    return read


def write_specimen_table(
    path: Path, columns: Sequence[str], rows: Sequence[Sequence[str]], *, tabs: bool = False
) -> None:
    """Write a table of specimens, atomically.

    Parameters
    ----------
    path : Path
        The file.
    columns : sequence of str
        The header.
    rows : sequence of sequence of str
        The cells of each specimen.
    tabs : bool
        Whether cells are separated by tabs instead of commas, as MorphoJ reads them.

    Raises
    ------
    FormatError
        If the file cannot be written.
    """
    header = [guarded(column) for column in columns]
    cells = [[guarded(cell) for cell in row] for row in rows]
    write_rows(path, header, cells, separator="\t" if tabs else ",")


def _first_of(names: Sequence[str], columns: Sequence[str]) -> int | None:
    """Return the place of the first of these names that is a column."""
    return next((columns.index(name) for name in names if name in columns), None)
