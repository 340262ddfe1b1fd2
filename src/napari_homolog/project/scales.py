"""The real size of pixels of a project's specimens, and where it is known from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ..errors import ProjectError, ScaleError
from ..rulers import RulerReading, check_length, scale_between
from .changes import recorded
from .database import decoding
from .records import PlacementStatus, Point
from .scheme import Scheme
from .state import landmark_id, landmark_ids, specimen_name, specimen_row

SCALE_BAR = "scale bar"
"""Key of the scheme."""


LEAST_DOUBT = 1e-4
"""As a share: the doubt of a ruler is not told to be nothing."""


class ScaleSource(StrEnum):
    """Where the scale of a specimen is known from."""

    GIVEN = "given"
    """The image or landmark file, or somebody who gave the number."""
    POINTS = "two points"
    """Two points of a known distance, set by hand on its picture."""
    RULER = "ruler"
    """The ticks of a ruler."""
    LANDMARKS = "landmarks"
    """Two landmarks of a known distance, which somebody placed: see `Scales.scale_bar`."""
    LOCATED = "landmarks, not reviewed"
    """Two landmarks of a known distance, one of which was located and nobody has decided about."""


@dataclass(frozen=True)
class Scale:
    """The real size of a pixel.

    Attributes
    ----------
    value : float
        Units per pixel.
    unit : str or None
        The unit; None where it is not known, as in TPS files.
    source : ScaleSource
        Where it is known from.
    doubt : float or None
        By how much of itself it may be wrong, two standard deviations; None if unknown.
    """

    value: float
    unit: str | None
    source: ScaleSource = ScaleSource.GIVEN
    doubt: float | None = None

    @property
    def doubt_in_words(self) -> str:
        """The doubt in percent; empty if unknown."""
        return "" if self.doubt is None else f"{max(self.doubt, LEAST_DOUBT):.2%}"


@dataclass(frozen=True)
class ScaleBar:
    """Two landmarks of a known distance, which are no part of the shape.

    Attributes
    ----------
    first, second : str
        The landmarks.
    length : float
        Their distance.
    unit : str
        Its unit.
    """

    first: str
    second: str
    length: float
    unit: str


@dataclass(frozen=True)
class MeasuredScale:
    """A scale that is known from a place on a picture.

    Attributes
    ----------
    start, end : (float, float)
        The two points, or the ends of the line over the ruler: (row, col) in pixels.
    scale : Scale
        What follows from it.
    """

    start: Point
    end: Point
    scale: Scale

    @classmethod
    def between(cls, start: Point, end: Point, length: float, unit: str) -> MeasuredScale:
        """Return the scale that follows from two points of a known distance.

        Parameters
        ----------
        start, end : (float, float)
            The points, (row, col) in pixels.
        length : float
            Their distance.
        unit : str
            Its unit.

        Raises
        ------
        ScaleError
            If the length is not positive, the unit unknown, or the points are in one place.
        """
        check_length(length, unit)
        return cls(start, end, Scale(scale_between(start, end, length), unit, ScaleSource.POINTS))

    @classmethod
    def of_ruler(
        cls, start: Point, end: Point, reading: RulerReading, tick: float, unit: str
    ) -> MeasuredScale:
        """Return the scale that follows from a reading of a ruler.

        Parameters
        ----------
        start, end : (float, float)
            The ends of the line over its ticks, (row, col) in pixels.
        reading : RulerReading
            What `napari_homolog.rulers.read_ruler` read there.
        tick : float
            The distance of neighbouring ticks.
        unit : str
            Its unit.

        Raises
        ------
        ScaleError
            If the distance is not positive, or the unit unknown.
        """
        check_length(tick, unit)
        scale = Scale(tick / reading.period, unit, ScaleSource.RULER, reading.doubt)
        return cls(start, end, scale)


class Scales(Scheme):
    """What a project knows of the real size of pixels; every change can be undone."""

    @property
    def scale_bar(self) -> ScaleBar | None:
        """The two landmarks of a known distance; None if there are none, or one was removed."""
        names = {number: name for name, number in landmark_ids(self._database).items()}
        with decoding("The scale bar"):
            stored = self._scheme().get(SCALE_BAR)
            if stored is None:
                return None
            first, second, length, unit = stored
            if not {first, second} <= names.keys():
                return None
            return ScaleBar(names[first], names[second], float(length), str(unit))

    def set_scale_bar(self, bar: ScaleBar | None) -> None:
        """Set which two landmarks have a known distance, from which scales follow; None for none.

        They are placed on references and located on other specimens as all landmarks are. They do
        not count as landmarks of the shape: landmark files and reports leave them out.

        Raises
        ------
        ProjectError
            If one is no landmark of the project, or an anchor of a curve.
        ScaleError
            If the length is not positive, the unit unknown, or both are the same landmark.
        """
        if bar is None:
            self._set_in_scheme(SCALE_BAR, None, "Remove the scale bar")
            return
        check_length(bar.length, bar.unit)
        if bar.first == bar.second:
            raise ScaleError(f"The scale bar is from {bar.first!r} to itself; give two landmarks.")
        numbers = [landmark_id(self._database, name) for name in (bar.first, bar.second)]
        for curve, anchors in self._anchors_of_curves():
            if set(anchors) & set(numbers):
                raise ProjectError(
                    f"The curve {curve!r} ends at one end of the scale bar, which is no part of the "
                    "shape; give the scale bar landmarks of its own."
                )
        what = f"Measure scales from {bar.first!r} to {bar.second!r}"
        self._set_in_scheme(SCALE_BAR, [*numbers, float(bar.length), bar.unit], what)

    @property
    def shape_landmarks(self) -> tuple[str, ...]:
        """The landmarks in their order, but for those of the scale bar."""
        bar = self.scale_bar
        ends = () if bar is None else (bar.first, bar.second)
        return tuple(name for name in landmark_ids(self._database) if name not in ends)

    def scale_of(self, specimen_id: int) -> Scale | None:
        """Return the real size of a pixel of a specimen, or None where it is not known.

        What was measured on its own picture counts before what follows from the scale bar, and that
        before what its file says.

        Raises
        ------
        ProjectError
            If there is no such specimen.
        """
        value, unit, text = specimen_row(self._database, "scale, unit, scale_source", specimen_id)
        with decoding("A scale"):
            stored = json.loads(text or "{}")
            if value is not None and stored:
                return Scale(value, unit, ScaleSource(stored["source"]), stored.get("doubt"))
        return self._by_scale_bar(specimen_id) or (None if value is None else Scale(value, unit))

    def measured_place(self, specimen_id: int) -> tuple[Point, Point] | None:
        """Return the two points on a specimen's picture from which its scale was measured, or None."""
        (text,) = specimen_row(self._database, "scale_source", specimen_id)
        with decoding("A scale"):
            places = json.loads(text or "{}").get("places")
            if places is None:
                return None
            (top, left), (bottom, right) = places
            return (float(top), float(left)), (float(bottom), float(right))

    def measure_scales(self, measured: Mapping[int, MeasuredScale]) -> None:
        """Set the scales of specimens that were measured on their pictures, as one step.

        Parameters
        ----------
        measured : mapping of int to MeasuredScale
            By the numbers of the specimens.

        Raises
        ------
        ProjectError
            If there is no such specimen.
        """
        names = [specimen_name(self._database, number) for number in measured]
        if not names:
            return
        what = f"of {names[0]!r}" if len(names) == 1 else f"of {len(names)} specimens"
        with recorded(self._database, f"Measure the scale {what}", several=list(measured)):
            for number, one in measured.items():
                stored = {
                    "source": one.scale.source.value,
                    "places": [list(one.start), list(one.end)],
                    "doubt": one.scale.doubt,
                }
                self._database.execute(
                    "UPDATE specimen SET scale = ?, unit = ?, scale_source = ? WHERE id = ?",
                    (one.scale.value, one.scale.unit, json.dumps(stored), number),
                )

    def clear_scales(self, specimen_ids: list[int]) -> None:
        """Forget the scales of specimens, as one step of the history."""
        if not specimen_ids:
            return
        what = f"Forget the scales of {len(specimen_ids)} specimens"
        with recorded(self._database, what, several=specimen_ids):
            self._database.execute_many(
                "UPDATE specimen SET scale = NULL, unit = NULL, scale_source = NULL WHERE id = ?",
                ((number,) for number in specimen_ids),
            )

    def _anchors_of_curves(self) -> list[tuple[str, list[int]]]:
        """Return the name and the numbers of the anchors of each curve that is defined."""
        (text,) = self._database.first_row("SELECT curves FROM project")
        with decoding("The definitions of curves"):
            return [
                (str(one[0]), [int(number) for number in one[1]])
                for one in json.loads(text or "[]")
            ]

    def _by_scale_bar(self, specimen_id: int) -> Scale | None:
        bar = self.scale_bar
        if bar is None:
            return None
        points, decided = list[Point](), True
        for name in (bar.first, bar.second):
            place = self._place_of(specimen_id, name)
            if place is None:
                return None
            points.append(place[0])
            decided = decided and place[1]
        source = ScaleSource.LANDMARKS if decided else ScaleSource.LOCATED
        try:
            return Scale(scale_between(points[0], points[1], bar.length), bar.unit, source)
        except ScaleError as error:
            raise ProjectError(
                f"{specimen_name(self._database, specimen_id)!r}: {error} Move one end of its scale "
                "bar."
            ) from error

    def _place_of(self, specimen_id: int, name: str) -> tuple[Point, bool] | None:
        """Return where a landmark is, and whether somebody decided so; None where it is missing."""
        number = landmark_id(self._database, name)
        key = (specimen_id, number)
        decided = self._database.first_row(
            "SELECT status, row, col FROM decision WHERE specimen_id = ? AND landmark_id = ?", key
        )
        if decided is not None:
            missing = decided[0] == PlacementStatus.MISSING
            return None if missing else ((float(decided[1]), float(decided[2])), True)
        found = self._database.first_row(
            "SELECT row, col, missing_probability FROM prediction "
            "WHERE specimen_id = ? AND landmark_id = ?",
            key,
        )
        if found is None or (found[2] or 0.0) > 0.5:
            return None
        return (float(found[0]), float(found[1])), False
