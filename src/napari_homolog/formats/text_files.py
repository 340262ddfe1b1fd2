"""Bytes to text, as the programs of the trade write it."""

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
"""Larger files are refused: no landmark file comes near."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""Text cells that start so are run as formulas by spreadsheets; they get an apostrophe."""


def read_text(path: Path) -> str:
    """Return a file's text: by its byte-order mark, else UTF-8, else Windows-1252.

    Raises
    ------
    FormatError
        If the file is missing, too large, or no text.
    """
    if not path.is_file():
        raise FormatError(f"There is no file {path}; check the name and the folder.")
    if path.stat().st_size > MOST_BYTES:
        raise FormatError(f"{path} is larger than {MOST_BYTES:,} bytes; it is no landmark file.")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FormatError(f"{path} cannot be read: {error.strerror}.") from error
    text = _decoded(data, path)
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise FormatError(
            f"{path}, line {line}: NUL bytes; this is no text file, or a damaged one, or UTF-16 "
            "without a byte-order mark. Save it as UTF-8."
        )
    return text


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8 without a byte-order mark, whole or not at all.

    Raises
    ------
    FormatError
        If the text cannot be encoded, holds NUL, or the file cannot be written.
    """
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise FormatError(
            f"{path}: {text[max(0, error.start - 20) : error.end]!r} holds a character that is no "
            "Unicode text; rename the image or the landmark."
        ) from error
    if b"\0" in data:
        raise FormatError(f"{path}: a name or comment holds a NUL character; take it out.")
    try:
        with atomic_write(path) as file:
            file.write(data)
    except OSError as error:
        raise FormatError(
            f"{path} cannot be written: {error.strerror}; check the folder and its permissions."
        ) from error


def number_of(word: str, *, decimal_comma: bool = False) -> float | None:
    """Return a number as files spell it: NaN for ``NA``, infinity if too large, None if none."""
    if decimal_comma and word.count(",") == 1:
        word = word.replace(",", ".")
    if word.upper() == "NA":
        return math.nan
    try:
        # Python's own underscores and non-ASCII digits are no numbers in files.
        return float(word) if word.isascii() and "_" not in word else None
    except ValueError:
        return None


def positional(value: float) -> str:
    """Return a number in full precision without an exponent, which some programs do not read."""
    return str(np.format_float_positional(value, unique=True, trim="0"))


def one_line(text: str) -> str:
    """Return a text with every run of white space turned into one blank."""
    return " ".join(text.split())


def runs_as_formula(text: str) -> bool:
    """Return whether a spreadsheet would run a text, or would but for apostrophes before it."""
    # Apostrophes of the text's own are looked through, so that the reader takes off exactly one.
    return text.lstrip("'").startswith(FORMULA_STARTS)


def _decoded(data: bytes, path: Path) -> str:
    encoding = next((name for mark, name in BYTE_ORDER_MARKS if data.startswith(mark)), None)
    try:
        return data.decode(encoding or "utf-8")
    except UnicodeDecodeError as error:
        if encoding is None:
            return data.decode("cp1252", errors="replace")
        raise FormatError(f"{path} is damaged ({error}); save it again as UTF-8.") from error
