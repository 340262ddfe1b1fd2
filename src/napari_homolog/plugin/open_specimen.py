"""An open specimen: its image layer, and the Points layer in which the user decides."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Image, Points
from numpy.typing import NDArray
from qtpy.QtCore import QObject, QTimer, Signal

from ..project import Project
from .points_style import MARK_SIZE, OWN, TEXT, colours_of, features_of, look_of

if TYPE_CHECKING:
    import napari

    from ..project import Placement

NEW_POINT = {"face_color": "transparent"}
"""Appearance of a new point until the project has it."""


class OpenSpecimen(QObject):
    """Synchronises a Points layer with a specimen's placements in the project, both ways.

    What the user does in the layer (placing, dragging, deleting) becomes a decision in the project;
    changes in the project (a transfer, undo) are shown in the layer.

    Parameters
    ----------
    viewer : napari.Viewer
        The window.
    project : Project
        The project.
    specimen : int
        Which specimen.
    image : Image
        Its image layer; the points lie on it.
    from_file : bool
        Whether the image layer was opened for this specimen and is removed when it is closed.

    Attributes
    ----------
    grows : bool
        Whether a point beyond the list of landmarks defines a new one.
    names : list of str
        The landmarks of the layer's points.
    awaited : str or None
        The landmark that the next click places, in place of the next one of the list.
    """

    decided = Signal(int)
    """The user changed something; the specimen."""

    picked = Signal(int, list)
    """The user picked points in the picture; the specimen, and the names of their landmarks."""

    surplus = Signal(str)
    """The user placed a point although all landmarks are placed; the message for the user."""

    def __init__(
        self,
        viewer: napari.Viewer,
        project: Project,
        specimen: int,
        image: Image,
        from_file: bool = False,
    ) -> None:
        super().__init__()
        self._viewer, self._project = viewer, project
        self.specimen, self.image, self.from_file = specimen, image, from_file
        self._writing = False
        self._placing = False
        self.grows = False
        self.awaited: str | None = None
        self._drawn = self._to_draw()
        self.names = [one.landmark for one in self._drawn[0]]
        self.points = self._add_layer()

    @property
    def name(self) -> str:
        """The specimen's name."""
        return self._project.specimen(self.specimen).name

    def _add_layer(self) -> Points:
        shown, colours = self._drawn
        layer = Points(
            _array(shown),
            ndim=2,
            name=f"{self.name} landmarks",
            scale=self.image.scale[-2:],
            translate=self.image.translate[-2:],
            border_width=0.1,
            visible=self.image.visible,
            features=features_of(shown),
            text=TEXT,
            **NEW_POINT | {"size": self.mark_size} | look_of(shown, colours, self.mark_size),
        )
        layer.metadata[OWN] = self._origin()
        self._viewer.add_layer(layer)
        layer.events.data.connect(self._on_data)
        layer.selected_data.events.items_changed.connect(self._on_picked)
        self._viewer.scene.camera.events.zoom.connect(self._on_zoom)
        return layer

    def _origin(self) -> dict[str, Any]:
        """Return the provenance that writers need."""
        row = self._project.specimen(self.specimen)
        return {
            "specimen": self.specimen,
            "image": row.path.name if row.path is not None else row.name,
            "size": row.size,
        }

    def turn_to(self, specimen: int, picture: NDArray[Any]) -> None:
        """Show another specimen in the same layers.

        napari's canvas (0.9.2) leaks some megabytes for every layer that is removed; a long review
        in new layers for each file would fill the memory.
        """
        self.specimen, self.grows, self.awaited = specimen, False, None
        self.image.data, self.image.name = picture, self.name
        self._drawn, self.names = ([], {}), []
        self.points.selected_data = set()
        self.points.name = f"{self.name} landmarks"
        self.points.metadata[OWN] = self._origin()
        self.refresh()

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the image in pixels."""
        height, width = self._project.specimen(self.specimen).size
        return height, width

    @property
    def point_size(self) -> float:
        """A size that is visible on any image: a fortieth of its longer side, in pixels."""
        return max(3.0, max(self.shape) / 40)

    @property
    def mark_size(self) -> float:
        """Diameter of the points in pixels of the image, which is the same on the screen at any zoom.

        napari finds the point under the mouse by this size.
        """
        zoom = float(self._viewer.scene.camera.zoom) * abs(float(self.image.scale[-1]))
        return MARK_SIZE / max(zoom, 1e-6)

    def _on_zoom(self, event: Any = None) -> None:
        """Keep the points at one size on the screen."""
        if not self.points.visible:
            return
        with self._writing_itself():
            # The size of new points is also given to the selected ones, which are set anyway.
            self.points.current_size = self.mark_size
            self.points.size = self.mark_size

    def placements(self) -> dict[str, Placement]:
        """Return the specimen's placements in the project."""
        return self._project.placements(self.specimen)

    def unplaced(self) -> list[str]:
        """Return landmarks that are neither placed nor marked as missing, in order."""
        placements = self.placements()
        return [one.name for one in self._project.landmarks if one.name not in placements]

    def _shown(self) -> list[Placement]:
        """Return the placements that have a point, in the order of the landmarks."""
        return [one for one in self.placements().values() if one.point is not None]

    def _to_draw(self) -> tuple[list[Placement], dict[str, str]]:
        """Return what determines the layer's appearance: points, and the landmarks' colours."""
        return self._shown(), colours_of(self._project.landmarks)

    def refresh(self) -> None:
        """Show the project's placements in the layer."""
        if self.points not in self._viewer.layers:
            return
        shown, colours = now = self._to_draw()
        points = _array(shown)
        if now == self._drawn and np.array_equal(points, self.points.data):
            return
        self._drawn = now
        selected = {self.names[i] for i in self.points.selected_data if i < len(self.names)}
        self.names = [one.landmark for one in shown]
        with self._writing_itself():
            self.points.selected_data = set()
            if len(points) != len(self.points.data) or not np.array_equal(points, self.points.data):
                self.points.data = points
            self.points.features = features_of(shown)
            for name, value in look_of(shown, colours, self.mark_size).items():
                setattr(self.points, name, value)
            self.points.selected_data = {
                index for index, name in enumerate(self.names) if name in selected
            }

    @contextmanager
    def _writing_itself(self) -> Iterator[None]:
        """Change the layer without taking it for something that the user does."""
        before, self._writing = self._writing, True
        try:
            yield
        finally:
            self._writing = before

    def _on_picked(self, event: Any) -> None:
        if not self._writing and max(self.points.selected_data, default=0) < len(self.names):
            self.picked.emit(self.specimen, self.selected())

    def _on_data(self, event: Any) -> None:
        if self._writing or getattr(event, "action", None) is None:
            return
        if self._project.read_only:
            # Moved with napari's own tools: it is shown where the project has it.
            if str(getattr(event.action, "value", event.action)) in ("added", "changed", "removed"):
                QTimer.singleShot(0, self.refresh)
            return
        action = str(getattr(event.action, "value", event.action))
        if action == "added":
            self._place_added()
        elif action == "changed":
            self._move(sorted(int(index) % len(self.names) for index in event.data_indices))
        elif action == "removed":
            self._remove(event)
        else:
            return
        # The layer is still handling its own change: it is updated afterwards.
        QTimer.singleShot(0, self._after_decision)

    def _after_decision(self) -> None:
        self.refresh()
        self._set_mode()
        self.decided.emit(self.specimen)

    def _place_added(self) -> None:
        added = self.points.data[len(self.names) :]
        if self.grows:
            names = self._free_numbers(len(added))
            points = [self._inside(point) for point in added]
            self._project.place_new(self.specimen, dict(zip(names, points, strict=True)))
            return
        awaited = [] if self.awaited is None else [self.awaited]
        names = awaited + [name for name in self.unplaced() if name not in awaited]
        placed = {name: self._inside(point) for name, point in zip(names, added, strict=False)}
        if placed:
            self._project.place_many(self.specimen, placed)
            self.awaited = None
        if len(added) > len(placed):
            self.surplus.emit(
                "All landmarks are placed; add one to the list first, or drag the points there are."
            )

    def _free_numbers(self, count: int) -> list[str]:
        """Return names for new landmarks: the next free numbers."""
        names = {one.name for one in self._project.landmarks}
        free = (str(number) for number in itertools.count(1) if str(number) not in names)
        return list(itertools.islice(free, count))

    def _move(self, indices: list[int]) -> None:
        moved = {self.names[index]: self._inside(self.points.data[index]) for index in indices}
        self._project.place_many(self.specimen, moved)

    def _remove(self, event: Any) -> None:
        """Mark a deleted point as missing where one was predicted, else as not placed."""
        placements = self.placements()
        gone = [self.names[int(index) % len(self.names)] for index in event.data_indices]
        found = [name for name in gone if placements[name].predicted is not None]
        self._project.place_many(self.specimen, dict.fromkeys(found))
        for name in gone:
            if name not in found:
                self._project.clear(self.specimen, name)

    def _inside(self, point: np.ndarray) -> tuple[float, float]:
        """Return a point, (row, col), on the image: one outside is moved to its edge."""
        row, col = np.clip(point, 0, np.subtract(self.shape, 1))
        return float(row), float(col)

    def nudge(self, row: float, col: float) -> None:
        """Move the selected point by some pixels."""
        chosen = self.selected()
        if len(chosen) != 1 or self._project.read_only:
            return
        point = self.points.data[self.names.index(chosen[0])]
        self._project.place(self.specimen, chosen[0], self._inside(point + (row, col)))
        self._after_decision()

    def place_by_clicks(self, on: bool) -> None:
        """Let every click on the picture place a landmark, or not."""
        self._placing = on
        self._set_mode()

    def _set_mode(self) -> None:
        with self._writing_itself():
            # Another mode clears the layer's selection, which is not the user's doing.
            self.points.mode = (
                "pan_zoom"
                if self._project.read_only
                else "add"
                if self._placing or self.awaited is not None
                else "select"
            )

    def select(self, landmark: str) -> None:
        """Select a landmark's point; one without is placed by the next click."""
        placed = landmark in self.names
        self.awaited = None if placed else landmark
        self._set_mode()
        with self._writing_itself():
            self.points.selected_data = {self.names.index(landmark)} if placed else set()

    def place_of(self, landmark: str) -> tuple[float, float] | None:
        """Return where a landmark's point is, (row, col) in the world; None if it has none."""
        if landmark not in self.names:
            return None
        place = self.points.data_to_world(self.points.data[self.names.index(landmark)])
        return float(place[-2]), float(place[-1])

    def show_names(self, on: bool) -> None:
        """Write the names of all points, or only those that are selected or pointed at."""
        self.points.text.visible = on

    def selected(self) -> list[str]:
        """Return the landmarks whose points are selected."""
        return [self.names[i] for i in sorted(self.points.selected_data) if i < len(self.names)]

    def show(self) -> None:
        """Show this specimen's layers and make its points the active layer."""
        for layer in (self.image, self.points):
            if not layer.visible:
                layer.visible = True
        self._on_zoom()
        self._viewer.layers.selection.active = self.points

    def close(self) -> None:
        """Remove the layers that were made for the specimen."""
        self.points.events.data.disconnect(self._on_data)
        self._viewer.scene.camera.events.zoom.disconnect(self._on_zoom)
        self.points.selected_data.events.items_changed.disconnect(self._on_picked)
        for layer in (self.points, self.image) if self.from_file else (self.points,):
            if layer in self._viewer.layers:
                self._viewer.layers.remove(layer)


def _array(placements: Sequence[Placement]) -> NDArray[np.float64]:
    """Return the points, shape (n, 2)."""
    return np.array([one.point for one in placements], dtype=float).reshape(-1, 2)
