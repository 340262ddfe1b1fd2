"""What a project tells of its landmarks together: which are linked by lines in plots."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ..errors import ProjectError
from .changes import recorded
from .database import decoding
from .state import Part, landmark_ids

Pair = tuple[str, str]
"""The names of two landmarks."""

LINKS = "links"
"""Keys of the scheme. Landmarks go by their numbers there."""


class Scheme(Part):
    """What concerns several landmarks of a project together; every change can be undone."""

    @property
    def links(self) -> tuple[Pair, ...]:
        """The landmarks between which plots of shapes draw lines."""
        return self._pairs_of(LINKS) or ()

    def set_links(self, links: Iterable[Pair]) -> None:
        """Set between which landmarks plots of shapes draw lines; all of them.

        Raises
        ------
        ProjectError
            If one is no landmark of the project, or linked to itself.
        """
        self._set_pairs(LINKS, links, "Link the landmarks")

    def _pairs_of(self, key: str) -> tuple[Pair, ...] | None:
        """Return pairs of landmarks, without those of removed ones; None if never given."""
        names = {number: name for name, number in landmark_ids(self._database).items()}
        with decoding("The scheme of the landmarks"):
            pairs = self._scheme().get(key)
            if pairs is None:
                return None
            return tuple(
                (names[one], names[other]) for one, other in pairs if {one, other} <= names.keys()
            )

    def _set_pairs(self, key: str, pairs: Iterable[Pair] | None, what: str) -> None:
        numbers = landmark_ids(self._database)
        wanted = None if pairs is None else list(dict.fromkeys(pairs))
        for pair in wanted or []:
            for name in pair:
                if name not in numbers:
                    raise ProjectError(
                        f"The project has no landmark {name!r} to pair or link; it has "
                        f"{', '.join(numbers) or 'none'}."
                    )
            if pair[0] == pair[1]:
                raise ProjectError(
                    f"{pair[0]!r} is paired or linked with itself; give two landmarks."
                )
        rows = None if wanted is None else [[numbers[one], numbers[other]] for one, other in wanted]
        self._set_in_scheme(key, rows, what)

    def _scheme(self) -> dict[str, Any]:
        (text,) = self._database.first_row("SELECT scheme FROM project")
        with decoding("The scheme of the landmarks"):
            return dict(json.loads(text or "{}"))

    def _set_in_scheme(self, key: str, value: object, what: str) -> None:
        scheme = self._scheme()
        scheme.pop(key, None)
        if value is not None:
            scheme[key] = value
        with recorded(self._database, what):
            self._database.execute(
                "UPDATE project SET scheme = ?", (json.dumps(scheme) if scheme else None,)
            )
