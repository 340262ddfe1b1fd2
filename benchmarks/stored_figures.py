"""Figures and tables on pages of docs/, from any file in ``results/``."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any


class PageError(Exception):
    """A block asks for something that was not measured."""


def markdown_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown, with blank lines that keep the comments around it apart."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n\n" + "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n\n"


def figure(results: Path, name: str, keys: str, form: str = "") -> str:
    """Return one figure.

    Parameters
    ----------
    results : Path
        Folder of the files.
    name : str
        File in it, without its suffix.
    keys : str
        Where the figure stands in the file's figures: keys, divided by slashes.
    form : str
        How it is written, as in Python's format strings: ``.2f``, ``.0%``; ``p`` for probabilities.

    Raises
    ------
    PageError
        If there is no such figure.
    """
    return _written(_found(_figures(results, name), keys, name), form)


def figures_table(results: Path, name: str, keys: str, *columns: str) -> str:
    """Return a table with a row for each entry of a group of figures that has all columns.

    Parameters
    ----------
    results, name, keys
        As in `figure`; keys may be empty. They lead to a mapping, the keys of which head the rows.
    *columns : str
        The first one heads the rows' names. The others are ``heading = keys : form``; the heading may
        be left out if it is as the keys, and the form.
    """
    first, *others = columns
    parsed = [_column(column) for column in others]
    group = _found(_figures(results, name), keys, name)
    rows = []
    for label, entry in group.items():
        found = [_found(entry, path, "", missing=None) for _, path, _ in parsed]
        if all(value is not None for value in found):
            shown = [
                _written(value, form) for value, (_, _, form) in zip(found, parsed, strict=True)
            ]
            rows.append([label, *shown])
    if not rows:
        raise PageError(f"{name} has no entries with {', '.join(path for _, path, _ in parsed)}.")
    return markdown_table([first, *(heading for heading, _, _ in parsed)], rows)


def compared_table(results: Path, heading: str, names: str, *rows: str) -> str:
    """Return a table with a column for each of some files, and a row for each of some figures.

    Parameters
    ----------
    results : Path
        Folder of the files.
    heading : str
        Of the column of labels.
    names : str
        ``heading = name of a file``, divided by semicolons.
    *rows : str
        ``label = keys : form``. What a file does not have was not measured.
    """
    files = [_column(name) for name in names.split(";")]
    lines = []
    for label, keys, form in map(_column, rows):
        found = [_found(_figures(results, name), keys, name, missing=None) for _, name, _ in files]
        if not any(value is not None for value in found):
            raise PageError(f"None of {names} has {keys!r}.")
        shown = ("not measured" if value is None else _written(value, form) for value in found)
        lines.append([label, *shown])
    return markdown_table([heading, *(shown for shown, _, _ in files)], lines)


def reliability_table(results: Path, name: str) -> str:
    """Return stated confidences beside the shares that were correct, by groups of landmarks."""
    groups = _found(_figures(results, name), "reliability", name)
    headings = ["landmarks, by confidence", *(str(number + 1) for number in range(len(groups)))]
    rows = [
        [heading, *(f"{group[key]:.2f}" for group in groups)]
        for heading, key in (("mean confidence", "stated"), ("share that was correct", "real"))
    ]
    return markdown_table(headings, rows)


MAKERS: dict[str, Callable[..., str]] = {
    "figure": figure,
    "figures table": figures_table,
    "compared table": compared_table,
    "reliability table": reliability_table,
}
"""By the first word of a block; these are given the folder of results first."""

_REFUSED = object()


def _written(value: Any, form: str) -> str:
    if form == "p":
        return "< 0.0001" if value < 0.0001 else f"{value:.4f}"
    return format(value, form).replace("%", " %")


def _column(text: str) -> tuple[str, str, str]:
    left, _, form = text.partition(" : ")
    heading, _, path = left.partition(" = ")
    return heading.strip(), (path or heading).strip(), form.strip()


def _found(figures: Any, keys: str, name: str, missing: object = _REFUSED) -> Any:
    for key in filter(None, (key.strip() for key in keys.split("/"))):
        if isinstance(figures, dict) and key in figures:
            figures = figures[key]
        elif missing is _REFUSED:
            raise PageError(f"{name} has no figure {keys!r}: there is no {key!r}.")
        else:
            return missing
    return figures


@cache
def _figures(results: Path, name: str) -> dict[str, Any]:
    path = results / f"{name}.json"
    if not path.is_file():
        raise PageError(f"There is no {path}.")
    stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    figures: dict[str, Any] = stored.get("figures", stored)
    return figures
