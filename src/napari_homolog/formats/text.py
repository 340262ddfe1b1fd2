"""Bytes to text, as the programs of the trade write it."""

from __future__ import annotations

import codecs
from pathlib import Path

from ..errors import FormatError

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
MOST_BYTES = 100_000_000
"""Larger files are refused: no landmark file comes near."""


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
    data = path.read_bytes()
    encoding = next((name for mark, name in BYTE_ORDER_MARKS if data.startswith(mark)), None)
    try:
        if encoding is not None:
            return data.decode(encoding)
        if b"\0" in data:
            line = data[: data.index(b"\0")].count(b"\n") + 1
            raise FormatError(
                f"{path}, line {line}: NUL bytes; this is no text file, or a damaged one, or UTF-16 "
                "without a byte-order mark. Save it as UTF-8."
            )
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            return data.decode("cp1252", errors="replace")
    except UnicodeDecodeError as error:
        raise FormatError(f"{path} is damaged ({error}); save it again as UTF-8.") from error
