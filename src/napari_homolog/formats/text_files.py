"""Text and numbers as landmark programs write them, and text files."""

from __future__ import annotations

import codecs
import math
from pathlib import Path

import numpy as np

from ..errors import FormatError
from ..files import atomic_write

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
MOST_BYTES = 100_000_000
"""Larger files are refused: landmark files are far smaller."""

FAR = 1e9
"""Coordinates in pixels beyond this are refused."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""Starts of text cells that spreadsheets run as formulas."""


def read_text(path: Path) -> str:
    """Return the text of a file, decoded by its byte-order mark, else as UTF-8 or Windows-1252.

    Raises
    ------
    FormatError
        If the file is missing, too large, or not text.
    """
    try:
        if not path.is_file():
            raise FormatError(f"There is no file {path}; check the name and the folder.")
        if path.stat().st_size > MOST_BYTES:
            raise FormatError(f"{path} is larger than {MOST_BYTES:,} bytes; give a landmark file.")
        data = path.read_bytes()
    except OSError as error:
        raise FormatError(
            f"{path} cannot be read: {error.strerror}; check its permissions."
        ) from error
    text = _decoded(data, path)
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise FormatError(
            f"{path}, line {line}: NUL bytes; expected a text file. If it is UTF-16 without a "
            "byte-order mark, save it as UTF-8."
        )
    return text


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8 without a byte-order mark, atomically.

    Raises
    ------
    FormatError
        If the text cannot be encoded or contains NUL.
    WriteError
        If the file cannot be written.
    """
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise FormatError(
            f"{path}: {text[max(0, error.start - 20) : error.end]!r} has a character that is not valid "
            "Unicode; rename the image or the landmark."
        ) from error
    if b"\0" in data:
        raise FormatError(f"{path}: a name or comment contains a NUL character; remove it.")
    with atomic_write(path) as file:
        file.write(data)


def number_of(word: str, *, decimal_comma: bool = False) -> float | None:
    """Return the number that a word in a file stands for.

    Parameters
    ----------
    word : str
        A number, or ``NA``.
    decimal_comma : bool
        Whether a comma may separate the decimals.

    Returns
    -------
    float or None
        NaN for ``NA``, infinity if the number is too large, None if the word is not a number.

    Examples
    --------
    >>> number_of("1,5", decimal_comma=True), number_of("NA"), number_of("wide")
    (1.5, nan, None)
    """
    if decimal_comma and word.count(",") == 1:
        word = word.replace(",", ".")
    if word.upper() == "NA":
        return math.nan
    try:
        # Python also accepts underscores and non-ASCII digits, which are not numbers in files.
        return float(word) if word.isascii() and "_" not in word else None
    except ValueError:
        return None


def positional(value: float) -> str:
    """Return a number in full precision without exponent, which some programs cannot read."""
    return str(np.format_float_positional(value, unique=True, trim="0"))


def one_line(text: str) -> str:
    """Return a text with each run of white space replaced by one space."""
    return " ".join(text.split())


def runs_as_formula(text: str) -> bool:
    """Return whether a spreadsheet would run a text without the apostrophes before it."""
    # Ignoring the text's own apostrophes lets the reader remove exactly one.
    return text.lstrip("'").startswith(FORMULA_STARTS)


def formula_guarded(text: str) -> str:
    """Return a text as a cell that spreadsheets do not run: after an apostrophe if they would."""
    return f"'{text}" if runs_as_formula(text) else text


def unguarded(cell: str) -> str:
    """Return the text of which `formula_guarded` made a cell."""
    return cell[1:] if cell.startswith("'") and runs_as_formula(cell) else cell


def _decoded(data: bytes, path: Path) -> str:
    encoding = next((name for mark, name in BYTE_ORDER_MARKS if data.startswith(mark)), None)
    try:
        return data.decode(encoding or "utf-8")
    except UnicodeDecodeError as error:
        if encoding is None:
            return data.decode("cp1252", errors="replace")
        raise FormatError(f"{path} is damaged ({error}); save it again as UTF-8.") from error
