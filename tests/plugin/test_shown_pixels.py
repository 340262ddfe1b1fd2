"""The model sees a layer as the user does: within its contrast limits."""

from __future__ import annotations

import napari
import numpy as np

from napari_homolog.plugin.dock import HomologWidget
from napari_homolog.plugin.layers import shown_pixels_of


def test_greys_lie_within_the_contrast_limits(viewer: napari.Viewer, dock: HomologWidget) -> None:
    ramp = np.tile(np.arange(64, dtype=np.uint16) * 10, (40, 1))
    layer = viewer.add_image(ramp, contrast_limits=(100, 300), name="ramp")
    np.testing.assert_allclose(
        shown_pixels_of(layer), np.clip((ramp - 100.0) / 200, 0, 1), atol=1e-6
    )
    specimen = dock.session.specimen_of(layer)
    supplied = dock.session.supplier(specimen.id)()
    np.testing.assert_allclose(supplied[..., 0], shown_pixels_of(layer), atol=1e-6)


def test_colours_are_shown_as_they_are(viewer: napari.Viewer) -> None:
    colours = np.random.default_rng(0).integers(0, 200, (40, 50, 3), dtype=np.uint8)
    np.testing.assert_array_equal(shown_pixels_of(viewer.add_image(colours, rgb=True)), colours)
