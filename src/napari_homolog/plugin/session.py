"""The session: the project, the model, and the specimens that are open; shared by all panels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Image, Layer
from qtpy.QtCore import QObject, QTimer, Signal

from ..errors import HomologError, ImageError, ProjectError
from ..images import Picture, read_image
from ..jobs import ImageArray, ImageSupplier, image_files
from ..project import Project
from .attention_layers import remove_maps_of
from .canvas_buffers import forget_drawn_buffers
from .drafts import new_draft, put_away
from .landmark_camera import LandmarkCamera
from .layers import picture_of, shown_pixels_of
from .open_specimen import OpenSpecimen
from .review_keys import bind_nudges, bind_on_layer

if TYPE_CHECKING:
    import napari
    from numpy.typing import NDArray

    from ..correspondence import LandmarkSet
    from ..diffusion import Backbone
    from ..landmarks import Landmarks
    from ..project import Change, Specimen


class Session(QObject):
    """What the panels share: the project, the layers that show it, and the model. It computes nothing.

    Parameters
    ----------
    viewer : napari.Viewer
        The window.
    """

    project_changed = Signal()
    """Another project was opened."""
    landmarks_changed = Signal()
    """The list of landmarks changed."""
    specimens_changed = Signal()
    """Specimens were added or removed, or their status changed."""
    placements_changed = Signal(int)
    """Landmarks of a specimen changed."""
    learned_changed = Signal()
    """Landmarks were learned, or a set was loaded."""
    picked = Signal(int, list)
    """Points were picked in the picture; the specimen, and the names of their landmarks."""
    current_changed = Signal()
    """Another specimen is shown."""
    asked = Signal(int)
    """A specimen is to be looked at: something was undone on it."""
    message = Signal(str)
    """An answer to what the user did."""
    news = Signal(str)
    """News of what goes on beside the window."""
    acted = Signal()
    """The user begins to do something: what was said before is over."""

    def __init__(self, viewer: napari.Viewer) -> None:
        super().__init__()
        self.viewer = viewer
        self.camera = LandmarkCamera(viewer)
        self.project = new_draft()
        self.backbone: Backbone | None = None
        self.learned: LandmarkSet | None = None
        self._layers: dict[int, Image] = {}
        self._open: dict[int, OpenSpecimen] = {}
        self._current: int | None = None
        self._names_shown = True
        viewer.layers.events.removed.connect(self._on_layer_removed)

    # Specimens and their layers

    def specimen_of(self, layer: Image) -> Specimen:
        """Return the specimen that an image layer shows; it is added to the project if needed.

        A layer belongs to the file that it was opened from only if both have the same pixels: a
        viewer may read a file differently, without its orientation or another page.

        Raises
        ------
        ImageError
            If the layer holds no single picture.
        """
        for specimen, known in self._layers.items():
            if known is layer:
                return self.project.specimen(specimen)
        picture = Picture.from_array(picture_of(layer))
        path = _file_of(layer, picture)
        found = self.project.find_image(path) if path is not None else None
        if found is None:
            found = self.project.find_pixels(picture.pixel_hash)
        if found is not None:
            number = found.id
        elif path is not None:
            number = self.project.add_image(path)
            self.project.set_pixel_hash(number, picture.pixel_hash)
        else:
            name = self.project.free_name(layer.name)
            number = self.project.add_picture(name, picture.size, pixel_hash=picture.pixel_hash)
        self._layers[number] = layer
        self.specimens_changed.emit()
        return self.project.specimen(number)

    def add_files(self, paths: list[Path]) -> list[int]:
        """Add image files to the project, except those that it has already.

        Raises
        ------
        ImageError
            If one is no image.
        """
        added = [
            self.project.add_image(path) for path in paths if self.project.find_image(path) is None
        ]
        self.specimens_changed.emit()
        return added

    def supplier(self, specimen: int) -> ImageSupplier:
        """Return what supplies a specimen's image to a job: its file, or the pixels of its layer.

        Raises
        ------
        ProjectError
            If it has neither.
        ImageError
            If the layer is no picture.
        """
        layer = self._layers.get(specimen)
        row = self.project.specimen(specimen)
        if row.path is None and layer is not None:
            return ImageArray(np.array(shown_pixels_of(layer)))
        if row.path is None:
            raise ProjectError(
                f"The picture of {row.name!r} was a layer that is no longer there; open it again "
                "and add it under its name."
            )
        return image_files(self.project)(specimen)

    def picture(self, specimen: int) -> NDArray[Any]:
        """Return a specimen's picture for the user to look at: of its layer, else of its file.

        A file that has changed since it was added is shown, and the user is told.

        Raises
        ------
        ProjectError, ImageError
            As `supplier`, and if the file cannot be read.
        """
        layer, row = self._layers.get(specimen), self.project.specimen(specimen)
        if layer is not None:
            return picture_of(layer)
        if row.path is None:
            return self.supplier(specimen)()
        picture = read_image(row.path, row.plane)
        if not self.project.fingerprint_of(specimen).matches(row.path):
            self.message.emit(f"{row.path} has changed since it was added to the project.")
        return picture

    def has_picture(self, specimen: Specimen) -> bool:
        """Return whether a specimen's picture is there, as a layer or a file."""
        return specimen.id in self._layers or (specimen.path is not None and specimen.path.exists())

    def layer_of(self, specimen: int) -> Image | None:
        """Return the image layer of a specimen, if it is open."""
        return self._layers.get(specimen)

    # What is open

    @property
    def current(self) -> OpenSpecimen | None:
        """The specimen that is shown."""
        return self._open.get(self._current) if self._current is not None else None

    def opened(self, specimen: int) -> OpenSpecimen | None:
        """Return a specimen's layers if it is open."""
        return self._open.get(specimen)

    def open(self, specimen: int) -> OpenSpecimen:
        """Open a specimen: its picture, unless it is open already, and its points.

        The active layer stays active: the user may be working on another specimen.

        Raises
        ------
        ProjectError, ImageError
            See `picture`.
        """
        known = self._open.get(specimen)
        if known is not None:
            return known
        layer, from_file = self._layers.get(specimen), False
        active = self.viewer.layers.selection.active
        if layer is None:
            picture, row = self.picture(specimen), self.project.specimen(specimen)
            layer, from_file = Image(picture, name=row.name, rgb=True), True
            self.viewer.add_layer(layer)
            self._layers[specimen] = layer
        found = OpenSpecimen(self.viewer, self.project, specimen, layer, from_file)
        found.decided.connect(self._on_decided)
        found.surplus.connect(self.message)
        found.picked.connect(self.picked)
        actions = {"undo": self.undo, "redo": self.redo, "names": self.switch_names}
        bind_on_layer(found.points, actions)
        found.show_names(self._names_shown)
        bind_nudges(found.points, found.nudge)
        self._open[specimen] = found
        if active is not None:
            self.viewer.layers.selection.active = active
        return found

    def switch_names(self) -> None:
        """Write the names of all points on the picture, or only those selected or pointed at."""
        self._names_shown = not self._names_shown
        for one in self._open.values():
            one.show_names(self._names_shown)

    def look_at(self, specimen: int) -> OpenSpecimen:
        """Show a specimen; pictures that were opened from files before are closed.

        Raises
        ------
        ProjectError, ImageError
            See `picture`.
        """
        before = [one for one in self._open.values() if one.from_file and one.specimen != specimen]
        if before and specimen not in self._layers:
            found = self._turn(before.pop(), specimen)
        else:
            found = self.open(specimen)
        for other in before:
            self._close(other)
        own = (found.image, found.points)
        for layer in self.viewer.layers:
            # Setting the same value would make napari draw the layer again.
            if layer.visible != (layer in own):
                layer.visible = layer in own
        self._current = specimen
        found.show()
        self.camera.fit(found.image)
        self.current_changed.emit()
        return found

    def _turn(self, one: OpenSpecimen, specimen: int) -> OpenSpecimen:
        """Show a specimen from its file in the layers of another one that was opened from a file."""
        picture = self.picture(specimen)
        remove_maps_of(self.viewer, one.image)
        del self._open[one.specimen], self._layers[one.specimen]
        one.turn_to(specimen, picture)
        self._open[specimen], self._layers[specimen] = one, one.image
        return one

    def _close(self, one: OpenSpecimen) -> None:
        del self._open[one.specimen]
        if one.from_file:
            self._layers.pop(one.specimen, None)
            remove_maps_of(self.viewer, one.image)
        one.close()

    def _on_layer_removed(self, event: Any) -> None:
        layer: Layer = event.value
        forget_drawn_buffers(self.viewer)
        for specimen, one in list(self._open.items()):
            if layer in (one.points, one.image):
                del self._open[specimen]
                if layer is one.image:
                    self._layers.pop(specimen, None)
                # napari may be removing several layers one after the other.
                QTimer.singleShot(0, one.close)
                if self._current == specimen:
                    self._current = None
                    self.current_changed.emit()
        for specimen, image in list(self._layers.items()):
            if image is layer:
                del self._layers[specimen]

    # Decisions

    def _on_decided(self, specimen: int) -> None:
        self.placements_changed.emit(specimen)
        self.specimens_changed.emit()

    def changed(self, *specimens: int) -> None:
        """Announce that the landmarks of some specimens changed in the project."""
        for specimen in specimens:
            one = self._open.get(specimen)
            if one is not None:
                one.refresh()
            self.placements_changed.emit(specimen)
        self.specimens_changed.emit()

    def undo(self) -> None:
        """Undo the last decision, and show the specimen that it was about."""
        change = self.project.next_undo
        self.project.undo()
        self._show_step(change, "Nothing to undo.", "Undone")

    def redo(self) -> None:
        """Redo the decision that was undone last, and show the specimen that it was about."""
        change = self.project.next_redo
        self.project.redo()
        self._show_step(change, "Nothing to redo.", "Redone")

    def _show_step(self, change: Change | None, nothing: str, verb: str) -> None:
        if change is None:
            self.message.emit(nothing)
            return
        self.refresh()
        specimen, current = change.specimen_id, self._current
        if specimen is not None and current is not None and specimen != current:
            self.asked.emit(specimen)
        self.message.emit(f"{verb}: {change.description}.")

    def attempt(self, change: Callable[[], object]) -> None:
        """Change the project, say what stood against it, and show everything as it is then."""
        try:
            change()
        except HomologError as error:
            self.message.emit(str(error))
        self.refresh()

    def refresh(self) -> None:
        """Show everything as it is in the project."""
        for one in list(self._open.values()):
            one.refresh()
            self.placements_changed.emit(one.specimen)
        self.landmarks_changed.emit()
        self.specimens_changed.emit()

    # The model, references and projects

    def model(self, name: str) -> str | Backbone:
        """Return a model's name, or the model itself if it is loaded already."""
        loaded = self.backbone
        return loaded if loaded is not None and loaded.name == name else name

    def keep_model(self, backbone: Backbone) -> None:
        """Keep a model that was loaded for the next work that asks for it."""
        self.backbone = backbone

    def use_learned(self, learned: LandmarkSet) -> None:
        """Add a landmark set to the project and transfer it from now on."""
        self.project.add_landmark_set(learned)
        self.refresh_learned()

    def refresh_learned(self) -> None:
        """Take over the project's latest landmark set."""
        self.learned = self.project.landmark_set()
        self.learned_changed.emit()
        self.landmarks_changed.emit()

    def references(self) -> list[tuple[Specimen, Landmarks]]:
        """Return the specimens marked as references, with the landmarks decided by hand."""
        if not self.project.landmarks:
            return []
        return [
            (one, self.project.landmarks_of(one.id, decided=True))
            for one in self.project.references()
        ]

    def use_project(self, project: Project) -> None:
        """Switch to another project; layers that were made for the previous one are removed."""
        for one in list(self._open.values()):
            self._close(one)
        put_away(self.project)
        self.project = project
        self.learned = project.landmark_set()
        self._layers.clear()
        self._current = None
        self.project_changed.emit()
        self.learned_changed.emit()
        self.refresh()
        self.current_changed.emit()

    def close(self) -> None:
        """Close the project; its decisions are on disk, and so are those of a draft."""
        self.viewer.layers.events.removed.disconnect(self._on_layer_removed)
        put_away(self.project)


def _file_of(layer: Image, picture: Picture) -> Path | None:
    """Return the file that a layer was opened from if both show the same picture, else None."""
    path = layer.source.path
    file = None if path is None else Path(path)
    if file is None or not file.is_file():
        return None
    try:
        return file if Picture.from_file(file).is_same_as(picture) else None
    except ImageError:
        # A file that only another reader understands: the layer's own pixels count.
        return None
