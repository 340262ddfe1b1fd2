"""Makes the documentation's pictures: ``python docs/make_pictures.py`` (needs a screen or Xvfb)."""

from __future__ import annotations

import time
from pathlib import Path

import napari
import numpy as np
from qtpy.QtWidgets import QApplication

from napari_homolog.drawn import draw
from napari_homolog.plugin.dock import HomologWidget

PICTURES = Path(__file__).with_name("pictures")
SIZE = (256, 320)
PATIENCE = 300
"""Seconds to wait for a worker."""


def wait_for(dock: HomologWidget, text: str) -> None:
    """Let the window live until the widget's message starts with a text."""
    end = time.monotonic() + PATIENCE
    while not dock.message.text().startswith(text):
        if time.monotonic() > end:
            raise TimeoutError(f"The widget still says: {dock.message.text()}")
        QApplication.processEvents()
        time.sleep(0.02)
    QApplication.processEvents()


def main() -> None:
    """Learn on one drawn butterfly, transfer to another, and take the window's picture."""
    PICTURES.mkdir(exist_ok=True)
    viewer = napari.Viewer(show=True)
    viewer.window.resize(1300, 860)
    reference, target = draw("butterfly", 1, SIZE), draw("butterfly", 2, SIZE)
    viewer.add_image(reference.image, name="reference", rgb=True)
    viewer.add_image(target.image, name="target", rgb=True, translate=(SIZE[0] + 12, 0))
    viewer.add_points(
        reference.landmarks.points,
        name="landmarks",
        features={"name": list(reference.landmarks.names)},
        text={"string": "{name}", "color": "white", "size": 9, "anchor": "upper_left"},
        size=8,
        face_color="red",
    )
    dock = HomologWidget(viewer)
    viewer.window.add_dock_widget(dock, name="Homologous landmarks")
    dock.image.choose(viewer.layers["reference"])
    dock.learn_button.click()
    wait_for(dock, "Learned")
    while not dock.transfer_button.isEnabled():
        QApplication.processEvents()
    dock.transfer_button.click()
    wait_for(dock, "Transferred")
    viewer.reset_view()
    for theme in ("dark", "light"):
        viewer.theme = theme
        for _ in range(50):
            QApplication.processEvents()
            time.sleep(0.01)
        picture = viewer.screenshot(canvas_only=False, flash=False)
        name = "dock.png" if theme == "dark" else "dock-light.png"
        _save(PICTURES / name, picture)
    viewer.close()


def _save(path: Path, picture: np.ndarray) -> None:
    from PIL import Image

    Image.fromarray(picture[..., :3]).save(path, optimize=True)
    print(path)


if __name__ == "__main__":
    main()
