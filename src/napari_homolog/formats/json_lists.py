"""Reading JSON files of one object with lists, with the line on which each item starts."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import FormatError
from .text_files import read_text

_BLANK = re.compile(r"[ \t\n\r]*")


@dataclass
class Lists:
    """The members of a JSON object.

    Attributes
    ----------
    values : dict
        The members that are not lists, by name.
    items : dict of str to list of (int, value)
        The items of each list with their line numbers, by name.
    """

    values: dict[str, Any] = field(default_factory=dict)
    items: dict[str, list[tuple[int, Any]]] = field(default_factory=dict)


def read_lists(path: Path) -> Lists:
    """Read a JSON file.

    Raises
    ------
    FormatError
        With the line, if the file is missing, is not JSON or not a single object.
    """
    text = read_text(path)
    try:
        return _Walker(path, text).read()
    except json.JSONDecodeError as error:
        ends = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated")
        early = " The file ends early: is it a partial copy?" if ends else ""
        raise FormatError(
            f"{path}, line {error.lineno}: not valid JSON: {error.msg}.{early}"
        ) from error
    except FormatError:
        raise
    except (RecursionError, ValueError) as error:
        # Lists nested thousands of levels deep, or numbers with thousands of digits.
        raise FormatError(f"{path}: not a landmark file: {error}.") from error


class _Walker:
    """Parses the outer object and its lists itself, and their items with the decoder of json."""

    def __init__(self, path: Path, text: str) -> None:
        self._path, self._text = path, text
        self._decode = json.JSONDecoder().raw_decode
        self._place = self._line_place = 0
        self._line = 1

    def read(self) -> Lists:
        lists = Lists()
        if self._next() == "[":
            raise FormatError(
                f"{self._path}, line {self._line_here()}: a list, but expected an object with "
                "images, annotations and categories; is it a file of results?"
            )
        self._take("{")
        while self._next() != "}":
            if lists.values or lists.items:
                self._take(",")
            self._next()
            if self._text[self._place : self._place + 1] != '"':
                raise json.JSONDecodeError("expected a name in quotes", self._text, self._place)
            name = self._value()
            self._take(":")
            if self._next() == "[":
                lists.items[name] = self._list()
            else:
                lists.values[name] = self._value()
        self._take("}")
        if self._next():
            raise json.JSONDecodeError("something follows the object", self._text, self._place)
        return lists

    def _list(self) -> list[tuple[int, Any]]:
        items = list[tuple[int, Any]]()
        self._take("[")
        while self._next() != "]":
            if items:
                self._take(",")
                self._next()
            items.append((self._line_here(), self._value()))
        self._take("]")
        return items

    def _next(self) -> str:
        """Return the next character that is not white space; empty at the end."""
        match = _BLANK.match(self._text, self._place)
        self._place = match.end() if match else self._place
        return self._text[self._place : self._place + 1]

    def _take(self, character: str) -> None:
        if self._next() != character:
            raise json.JSONDecodeError(f"expected {character!r}", self._text, self._place)
        self._place += 1

    def _value(self) -> Any:
        value, self._place = self._decode(self._text, self._place)
        return value

    def _line_here(self) -> int:
        self._line += self._text.count("\n", self._line_place, self._place)
        self._line_place = self._place
        return self._line
