"""A layer of shapes that the user draws, drags and deletes, and what the project has of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar

import numpy as np
from napari.layers import Layer, Shapes
from numpy.typing import NDArray
from qtpy.QtCore import QObject, QTimer

from ..errors import HomologError
from .layers import same_vertices
from .points_style import OWN

if TYPE_CHECKING:
    from .open_specimen import OpenSpecimen
    from .session import Session

_Layer = TypeVar("_Layer", bound=Layer)


class ProjectShapes(QObject):
    """Synchronises a Shapes layer with what the project has of the shown specimen, both ways.

    Parameters
    ----------
    session : Session
        What the panels share.

    Attributes
    ----------
    layer : Shapes or None
        None until there is something to show.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._writing = False
        self.layer: Shapes | None = None

    # What each kind of shape does in its own way

    def refresh(self) -> None:
        """Show what the project has."""
        raise NotImplementedError

    def _whose(self) -> Sequence[Any]:
        """Return what the project calls the layer's shapes, in their order."""
        raise NotImplementedError

    def _take(self, one: OpenSpecimen) -> None:
        """Store the shapes of the layer that differ from those of the project."""
        raise NotImplementedError

    def _remove(self, one: OpenSpecimen, gone: Sequence[Any]) -> None:
        """Remove from the project what was deleted in the layer."""
        raise NotImplementedError

    def _announce(self, one: OpenSpecimen) -> None:
        """Tell everybody that a decision was made, and show the project as it is now."""
        raise NotImplementedError

    # The layer

    def _draw_on(self, layer: Shapes, mode: str) -> None:
        """Let the user draw on the layer."""
        self._session.viewer.layers.selection.active = layer
        layer.mode = mode

    def _show(
        self,
        layer: Shapes,
        one: OpenSpecimen,
        shapes: Sequence[NDArray[np.float64]],
        add: Callable[[Sequence[NDArray[np.float64]]], object],
    ) -> None:
        """Show the vertices (n, 2) of shapes on a specimen; `add` draws them if others are there."""
        layer.scale, layer.translate = one.image.scale[-2:], one.image.translate[-2:]
        there = [np.asarray(shape)[:, -2:] for shape in layer.data]
        if len(there) != len(shapes) or not all(map(same_vertices, there, shapes)):
            # What was refused, too, is shown as it is in the project.
            layer.selected_data = set()
            layer.data = []
            if shapes:
                add(shapes)
        if not layer.visible:
            # Setting it again would make napari leave the mode of drawing.
            layer.visible = True

    def _clear(self) -> None:
        """Show nothing."""
        if self._is_there(self.layer):
            with self._written():
                self.layer.data = []

    def _is_there(self, layer: _Layer | None) -> TypeGuard[_Layer]:
        """Return whether a layer was made and the user has not deleted it."""
        return layer is not None and layer in self._session.viewer.layers

    def _add(self, layer: Layer) -> None:
        """Add a layer, and leave the layer selected that the user had selected.

        Layers are made once: napari leaks those that are removed.
        """
        layers = self._session.viewer.layers
        active = layers.selection.active
        layer.metadata[OWN] = {}
        self._session.viewer.add_layer(layer)
        if isinstance(layer, Shapes):
            layer.events.data.connect(self._on_data)
        if active is not None and active in layers:
            layers.selection.active = active

    def _is_being_drawn(self) -> bool:
        """Return whether a shape is being drawn, which must not be replaced."""
        # napari has no public name for it.
        return bool(getattr(self.layer, "_is_creating", False))

    @contextmanager
    def _written(self) -> Iterator[None]:
        """Change the layer without taking the change for a decision."""
        self._writing = True
        try:
            yield
        finally:
            self._writing = False

    # What the user does

    def _on_data(self, event: Any) -> None:
        if self._writing or getattr(event, "action", None) is None:
            return
        action = str(getattr(event.action, "value", event.action))
        # The layer is still handling its own change.
        if action == "removed":
            whose = self._whose()
            gone = [whose[int(index) % len(whose)] for index in event.data_indices]
            QTimer.singleShot(0, partial(self._decide, gone))
        elif action in ("added", "changed"):
            QTimer.singleShot(0, partial(self._decide, ()))

    def _decide(self, gone: Sequence[Any]) -> None:
        """Store what was drawn or dragged, or remove what was deleted."""
        one = self._session.current
        if one is None or self.layer is None or self._is_being_drawn():
            return
        try:
            if gone:
                self._remove(one, gone)
            else:
                self._take(one)
        except HomologError as error:
            self._session.message.emit(str(error))
        self._announce(one)
