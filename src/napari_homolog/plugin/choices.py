"""Drop-down lists of the viewer's layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari.layers import Layer
from qtpy.QtWidgets import QComboBox

from .points_style import OWN

if TYPE_CHECKING:
    import napari


def layers_of(viewer: napari.Viewer, kind: type[Layer]) -> list[Layer]:
    """Return the viewer's layers of a kind that the plugin did not make itself."""
    return [
        layer for layer in viewer.layers if isinstance(layer, kind) and OWN not in layer.metadata
    ]


class LayerChoice(QComboBox):
    """A drop-down list of the viewer's layers of one kind."""

    def __init__(self, kind: type[Layer], tool_tip: str) -> None:
        super().__init__()
        self._kind = kind
        self.setToolTip(tool_tip)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)

    def refresh(self, viewer: napari.Viewer) -> None:
        """List the present layers, and keep the choice if it is still there and no stack."""
        chosen = self.layer
        self.blockSignals(True)
        self.clear()
        for layer in layers_of(viewer, self._kind):
            self.addItem(layer.name, layer)
        index = self._index_of(chosen)
        stack = index >= 0 and chosen.ndim != 2
        self.setCurrentIndex(self._first_picture() if index < 0 or stack else index)
        self.blockSignals(False)

    @property
    def layer(self) -> Any:
        """The chosen layer, or None."""
        return self.currentData()

    def choose(self, layer: Layer) -> None:
        """Choose a layer."""
        self.setCurrentIndex(self._index_of(layer))

    def _first_picture(self) -> int:
        """Return the index of the first layer that is no stack; else of the first one, or -1."""
        flat = [index for index in range(self.count()) if self.itemData(index).ndim == 2]
        return flat[0] if flat else min(self.count(), 1) - 1

    def _index_of(self, layer: Layer | None) -> int:
        found = [i for i in range(self.count()) if layer is not None and self.itemData(i) is layer]
        return found[0] if found else -1
