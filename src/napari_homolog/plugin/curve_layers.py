"""The curves of the specimen that is shown: paths to draw and correct, coloured by confidence."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from napari.layers import Points, Shapes
from napari.utils.colormaps import ensure_colormap
from numpy.typing import NDArray

from ..project import Curve, draw_and_define
from .layers import same_vertices
from .points_style import BY_HAND
from .project_shapes import ProjectShapes

if TYPE_CHECKING:
    from .open_specimen import OpenSpecimen
    from .session import Session


NO_SPECIMEN = "Place the landmarks of a specimen first, then its curves."


class CurveLayers(ProjectShapes):
    """Synchronises a Shapes layer with the curves of the shown specimen, both ways.

    A path that is drawn on a specimen with landmarks at its ends becomes a curve of the project, a
    path that is changed a decision about this specimen. The vertices of a path are the curve's ends
    and semilandmarks.

    Parameters
    ----------
    session : Session
        What the panels share.

    Attributes
    ----------
    semilandmarks : int
        How many a curve gets that is drawn now.
    names : list of str
        The curves of the layer's paths.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.semilandmarks = 20
        self.names: list[str] = []
        self.points: Points | None = None
        session.current_changed.connect(self.refresh)
        session.placements_changed.connect(self._on_placements)
        session.landmarks_changed.connect(self.refresh)

    def draw(self) -> bool:
        """Let the user draw a path on the shown specimen; return whether there is one."""
        one = self._session.current
        if one is None:
            self._session.message.emit(NO_SPECIMEN)
            return False
        self._draw_on(self._layers(one)[0], "add_polyline")
        self._session.message.emit(
            "Click along the curve from one landmark to another; double-click to end it."
        )
        return True

    def refresh(self) -> None:
        """Show the curves of the specimen that is shown."""
        one = self._session.current
        if one is None:
            self._clear()
            return
        shown = self._shown(one)
        if not shown and self.layer is None:
            return
        paths, points = self._layers(one)
        if self._is_being_drawn():
            return
        vertices = [points_ for points_, _ in shown.values()]
        with self._written():
            self.names = list(shown)
            self._set_paths(paths, shown)
            paths.scale = points.scale = one.image.scale[-2:]
            paths.translate = points.translate = one.image.translate[-2:]
            points.data = np.concatenate([np.empty((0, 2)), *vertices])
            points.features = {
                "confidence": np.concatenate([[], *map(_confidence, shown.values())])
            }
            if len(points.data):
                points.face_color = np.concatenate([_colours(each) for each in shown.values()])
                points.size = one.point_size / 3
            paths.visible = points.visible = True

    def _set_paths(
        self, layer: Shapes, shown: dict[str, tuple[NDArray[np.float64], Curve]]
    ) -> None:
        layer.selected_data = set()
        layer.data = []
        if shown:
            layer.add_paths(
                [vertices for vertices, _ in shown.values()],
                edge_width=max(1.0, self._thickness()),
                edge_color=[_colours(each).mean(0) for each in shown.values()],
            )

    def _thickness(self) -> float:
        one = self._session.current
        return 1.0 if one is None else one.point_size / 8

    def _shown(self, one: OpenSpecimen) -> dict[str, tuple[NDArray[np.float64], Curve]]:
        """Return the vertices that are shown of each curve of a specimen, and the curve."""
        project = self._session.project
        curves = project.series_curves(one.specimen)
        shown = {}
        for definition in project.curve_definitions:
            curve = curves.get(definition.name)
            if curve is not None:
                vertices = definition.with_ends(curve.points)
                if definition.closed:
                    vertices = np.concatenate([vertices, vertices[:1]])
                shown[definition.name] = (vertices, curve)
        return shown

    def _layers(self, one: OpenSpecimen) -> tuple[Shapes, Points]:
        """Return the layers of curves, which are made once."""
        placed = {"scale": one.image.scale[-2:], "translate": one.image.translate[-2:]}
        if not self._is_there(self.points):
            self.points = Points(
                np.empty((0, 2)), ndim=2, name="semilandmarks", border_width=0, **placed
            )
            self.points.editable = False
            self._add(self.points)
        if not self._is_there(self.layer):
            self.layer = Shapes(ndim=2, name="curves", edge_color=BY_HAND, **placed)
            self.layer.current_edge_width = max(1.0, self._thickness())
            self._add(self.layer)
        return self.layer, self.points

    def _clear(self) -> None:
        self.names = []
        super()._clear()
        if self._is_there(self.points):
            self.points.data = []

    def _on_placements(self, specimen: int) -> None:
        one = self._session.current
        if one is not None and one.specimen == specimen:
            self.refresh()

    def _whose(self) -> list[str]:
        return self.names

    def _announce(self, one: OpenSpecimen) -> None:
        self.refresh()
        self._session.changed(one.specimen)

    def _take(self, one: OpenSpecimen) -> None:
        layer, project, shown = self.layer, self._session.project, self._shown(one)
        if layer is None:
            return
        drawn = [np.asarray(path, dtype=float)[:, -2:] for path in layer.data]
        for name, path in zip(self.names, drawn, strict=False):
            if name in shown and not same_vertices(shown[name][0], path):
                draw_and_define(project, one.specimen, {name: self._inside(one, path)})
        for path in drawn[len(self.names) :]:
            name = self._free_name(one)
            draw_and_define(
                project, one.specimen, {name: self._inside(one, path)}, self.semilandmarks
            )
            self._session.message.emit(f"Drew {name!r}. Go on, or press Locate curves.")

    def _remove(self, one: OpenSpecimen, gone: Sequence[str]) -> None:
        for name in gone:
            self._session.project.erase_curve(one.specimen, name)

    def _free_name(self, one: OpenSpecimen) -> str:
        """Return the first curve that the specimen lacks, else a new name."""
        project = self._session.project
        there = project.series_curves(one.specimen)
        known = [each.name for each in project.curve_definitions]
        lacking = [name for name in known if name not in there]
        new = (f"curve {number}" for number in itertools.count(1))
        return lacking[0] if lacking else next(name for name in new if name not in known)

    def _inside(self, one: OpenSpecimen, path: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.clip(path, 0, np.subtract(one.shape, 1))


def _confidence(shown: tuple[NDArray[np.float64], Curve]) -> NDArray[np.float64]:
    """Return the confidence at the vertices: of the closest point of the curve; 1 where drawn."""
    vertices, curve = shown
    if curve.confidence is None:
        return np.ones(len(vertices))
    distances = np.linalg.norm(vertices[:, None] - curve.points, axis=2)
    return np.asarray(curve.confidence[distances.argmin(1)])


def _colours(shown: tuple[NDArray[np.float64], Curve]) -> NDArray[np.float64]:
    """Return the colours of the vertices, as those of landmarks: violet uncertain, yellow certain."""
    colours = np.array(ensure_colormap("viridis").map(_confidence(shown)))
    if not shown[1].located:
        colours[:] = (1.0, 1.0, 1.0, 1.0)
    return colours
