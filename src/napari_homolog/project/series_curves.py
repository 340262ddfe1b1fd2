"""The curves that a project defines, and where they are on its specimens."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..curves import CurveDefinition, as_path
from ..errors import CurveError
from .annotations import Annotations, points_of_text, text_of_points
from .changes import recorded, write_curves
from .database import decoding
from .records import Curve
from .state import landmark_ids, specimen_name


class SeriesCurves(Annotations):
    """Curves of a series; what a person does can be undone."""

    @property
    def curve_definitions(self) -> tuple[CurveDefinition, ...]:
        """The curves in their order, but for those with an anchor that was removed."""
        (text,) = self._database.first_row("SELECT curves FROM project")
        names = {number: name for name, number in landmark_ids(self._database).items()}
        with decoding("The definitions of curves"):
            return tuple(
                CurveDefinition(
                    name,
                    tuple(names[number] for number in anchors),
                    count,
                    closed=bool(closed),
                    shares=None if shares is None else tuple(shares),
                )
                for name, anchors, count, closed, shares in json.loads(text or "[]")
                if names.keys() >= set(anchors)
            )

    def set_curve_definitions(self, definitions: Iterable[CurveDefinition]) -> None:
        """Define the curves, all of them in their order.

        Raises
        ------
        CurveError
            If two have one name, or an anchor is no landmark of the project.
        """
        wanted, numbers = tuple(definitions), landmark_ids(self._database)
        names = [one.name for one in wanted]
        for one in wanted:
            if names.count(one.name) > 1:
                raise CurveError(f"Two curves are called {one.name!r}; give each its own name.")
            unknown = [anchor for anchor in one.anchors if anchor not in numbers]
            if unknown:
                raise CurveError(
                    f"Curve {one.name!r} ends at {unknown[0]!r}, and the project has no such "
                    f"landmark; it has {', '.join(numbers) or 'none'}."
                )
        rows = [
            [one.name, [numbers[a] for a in one.anchors], one.semilandmarks, one.closed, one.shares]
            for one in wanted
        ]
        with recorded(self._database, "Define the curves"):
            self._database.execute(
                "UPDATE project SET curves = ?", (json.dumps(rows) if rows else None,)
            )

    def define_and_draw(
        self,
        specimen_id: int,
        definitions: Iterable[CurveDefinition],
        curves: Mapping[str, ArrayLike],
    ) -> None:
        """Define the curves of the series and draw some on a specimen, as one step of the history.

        Parameters
        ----------
        specimen_id : int
            The specimen's number.
        definitions : iterable of CurveDefinition
            All curves, as for `set_curve_definitions`.
        curves : mapping of str to array_like, shape (n, 2)
            By the names of the curves, as for `draw_curve`.

        Raises
        ------
        ProjectError, CurveError
            As for these two.
        """
        what = (
            f"Draw {', '.join(map(repr, curves))} on {specimen_name(self._database, specimen_id)!r}"
        )
        with recorded(self._database, what, specimen_id, definitions=True):
            self.set_curve_definitions(definitions)
            for name, points in curves.items():
                self.draw_curve(specimen_id, name, points)

    def remove_curve(self, name: str) -> None:
        """Remove a curve from the series, with where it was drawn, until this is undone.

        Raises
        ------
        CurveError
            If the project has no such curve.
        """
        self._curve(name)
        left = [one for one in self.curve_definitions if one.name != name]
        rows = self._database.execute("SELECT specimen_id FROM curve WHERE name = ?", (name,))
        drawn = sorted({specimen for (specimen,) in rows.fetchall()})
        with recorded(self._database, f"Remove curve {name!r}", definitions=True, several=drawn):
            self.set_curve_definitions(left)
            for specimen in drawn:
                self.erase_curve(specimen, name)

    def set_semilandmarks(self, name: str, count: int) -> None:
        """Give a curve another number of semilandmarks, at even distances.

        Raises
        ------
        CurveError
            If the project has no such curve, or cannot have so many.
        """
        wanted = replace(self._curve(name), semilandmarks=count, shares=None)
        self.set_curve_definitions(
            wanted if one.name == name else one for one in self.curve_definitions
        )

    def _curve(self, name: str) -> CurveDefinition:
        for one in self.curve_definitions:
            if one.name == name:
                return one
        there = ", ".join(one.name for one in self.curve_definitions) or "none"
        raise CurveError(f"The project has no curve {name!r}; it has {there}.")

    def draw_curve(self, specimen_id: int, name: str, points: ArrayLike) -> None:
        """Set where a curve is on a specimen, by hand.

        Parameters
        ----------
        specimen_id : int
            The specimen's number.
        name : str
            The curve.
        points : array_like, shape (n, 2)
            Along the curve from one anchor to the other, (row, col) in pixels of the image.

        Raises
        ------
        ProjectError
            If there is no such specimen.
        CurveError
            If the points are too few or not finite.
        """
        called = specimen_name(self._database, specimen_id)
        closed = any(one.closed for one in self.curve_definitions if one.name == name)
        path = as_path(points, closed=closed, what=f"Curve {name!r} of {called!r}")
        rows = self._drawn_rows(specimen_id)
        rows[name] = text_of_points(path, name)
        self._write_drawn(specimen_id, rows, f"Draw curve {name!r} on {called!r}")

    def erase_curve(self, specimen_id: int, name: str) -> None:
        """Remove a curve that was drawn by hand; where it was located shows again, if it was."""
        called = specimen_name(self._database, specimen_id)
        rows = self._drawn_rows(specimen_id)
        if rows.pop(name, None) is not None:
            self._write_drawn(specimen_id, rows, f"Erase curve {name!r} on {called!r}")

    def series_curves(self, specimen_id: int) -> dict[str, Curve]:
        """Return the defined curves that a specimen has, drawn or located, in their order.

        What somebody drew counts before what was located.
        """
        drawn = {curve.name: curve for curve in self.curves(specimen_id)}
        located = self._located_curves(specimen_id)
        found = {}
        for definition in self.curve_definitions:
            curve = drawn.get(definition.name) or located.get(definition.name)
            if curve is not None:
                found[definition.name] = curve
        return found

    def record_curve(self, specimen_id: int, curve: Curve, made_from: str) -> None:
        """Store where a curve was located; what was drawn by hand stays.

        Parameters
        ----------
        specimen_id : int
            The specimen's number.
        curve : Curve
            With its name, confidence and spread.
        made_from : str
            Tells apart what it was located with: see `curves_made_from`.

        Raises
        ------
        ProjectError
            If there is no such specimen.
        CurveError
            If the curve has no name, confidence or spread.
        """
        specimen_name(self._database, specimen_id)
        if curve.name is None or curve.confidence is None or curve.spread is None:
            raise CurveError("A located curve has a name, confidence and spread; give all three.")
        values = (
            text_of_points(curve.points, f"Curve {curve.name!r}"),
            json.dumps(curve.confidence.tolist()),
            json.dumps(curve.spread.tolist()),
        )
        with self._database.transaction():
            self._database.execute(
                "INSERT OR REPLACE INTO curve_prediction "
                "(specimen_id, name, points, confidence, spread, made_from) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (specimen_id, curve.name, *values, made_from),
            )

    def curves_made_from(self, specimen_id: int) -> dict[str, str]:
        """Return what each located curve of a specimen was located with, by its name."""
        return dict(
            self._database.execute(
                "SELECT name, made_from FROM curve_prediction WHERE specimen_id = ?", (specimen_id,)
            ).fetchall()
        )

    def _located_curves(self, specimen_id: int) -> dict[str, Curve]:
        rows = self._database.execute(
            "SELECT name, points, confidence, spread FROM curve_prediction WHERE specimen_id = ?",
            (specimen_id,),
        ).fetchall()
        return {
            name: Curve(points_of_text(points), name, _values(confidence), _values(spread))
            for name, points, confidence, spread in rows
        }

    def _drawn_rows(self, specimen_id: int) -> dict[str | int, str]:
        """Return the drawn curves as JSON by name, those without a name by their position."""
        rows = self._database.execute(
            "SELECT position, name, points FROM curve WHERE specimen_id = ? ORDER BY position",
            (specimen_id,),
        ).fetchall()
        return {position if name is None else name: points for position, name, points in rows}

    def _write_drawn(self, specimen_id: int, rows: dict[str | int, str], description: str) -> None:
        named = [(None if isinstance(key, int) else key, text) for key, text in rows.items()]
        with recorded(self._database, description, specimen_id):
            write_curves(self._database, specimen_id, named)


def _values(text: str) -> NDArray[np.float64]:
    with decoding("The confidence of a curve"):
        return np.array(json.loads(text), dtype=float)
