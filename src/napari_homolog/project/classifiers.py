"""Classifiers of specimens: species, sex, side and whatever else a table tells about them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ..errors import ProjectError
from .changes import recorded
from .database import decoding
from .state import Part, specimen_name, specimen_row

OWN_COLUMNS = ("specimen", "image", "status", "scale", "unit", "mirrored")
"""Columns of the tables of specimens that exports write themselves."""


class Classifiers(Part):
    """What a person tells about specimens in columns; every change can be undone."""

    @property
    def classifier_columns(self) -> tuple[str, ...]:
        """The columns of all specimens, in the order in which they were first given."""
        columns = dict.fromkeys(
            column for values in self.all_classifiers().values() for column in values
        )
        return tuple(columns)

    def classifiers(self, specimen_id: int) -> dict[str, str]:
        """Return the classifiers of a specimen by their columns; without those that are empty."""
        (text,) = specimen_row(self._database, "classifiers", specimen_id)
        return _decoded(text)

    def all_classifiers(self) -> dict[int, dict[str, str]]:
        """Return the classifiers of all specimens that have some, by the specimens' numbers."""
        rows = self._database.execute(
            "SELECT id, classifiers FROM specimen "
            "WHERE NOT removed AND classifiers IS NOT NULL ORDER BY id"
        )
        return {number: _decoded(text) for number, text in rows}

    def set_classifiers(self, specimen_id: int, values: Mapping[str, str]) -> None:
        """Set some classifiers of a specimen; those of other columns stay as they are.

        Parameters
        ----------
        specimen_id : int
            The specimen's number.
        values : mapping of str to str
            By column; an empty value removes it.

        Raises
        ------
        ProjectError
            If there is no such specimen, or a column has no name or one that exports use.
        """
        self.classify({specimen_id: values})

    def classify(self, values: Mapping[int, Mapping[str, str]]) -> None:
        """Set classifiers of several specimens, as one step of the history.

        Parameters
        ----------
        values : mapping of int to mapping of str to str
            Classifiers by column, by the numbers of the specimens, as for `set_classifiers`.

        Raises
        ------
        ProjectError
            As for `set_classifiers`; then nothing is changed.
        """
        for column in dict.fromkeys(column for each in values.values() for column in each):
            check_column(column)
        names = [specimen_name(self._database, number) for number in values]
        if not names:
            return
        what = f"Classify {names[0]!r}" if len(names) == 1 else f"Classify {len(names)} specimens"
        with recorded(self._database, what, several=list(values)):
            for number, each in values.items():
                merged = self.classifiers(number) | {
                    column: value.strip() for column, value in each.items()
                }
                kept = {column: value for column, value in merged.items() if value}
                self._database.execute(
                    "UPDATE specimen SET classifiers = ? WHERE id = ?",
                    (json.dumps(kept, ensure_ascii=False) if kept else None, number),
                )


def check_column(column: str) -> None:
    """Raise `ProjectError` if a column has no name, or one that exports use."""
    if not column.strip():
        raise ProjectError("A column of classifiers has no name; name each column.")
    if column.casefold() in OWN_COLUMNS:
        raise ProjectError(
            f"A column of classifiers cannot be called {column!r}, because exported tables have a "
            f"column of that name already ({', '.join(OWN_COLUMNS)}); rename it."
        )


def _decoded(text: str | None) -> dict[str, str]:
    with decoding("The classifiers of a specimen"):
        return {str(column): str(value) for column, value in json.loads(text or "{}").items()}
