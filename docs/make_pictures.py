"""Makes the documentation's pictures: ``python docs/make_pictures.py`` (needs a screen or Xvfb)."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import napari
import numpy as np
from PIL import Image
from qtpy.QtWidgets import QApplication

from napari_homolog.plugin.dock import HomologWidget

PICTURES = Path(__file__).with_name("pictures")
PATIENCE = 300
"""Seconds to wait for a worker."""


def let_live(seconds: float = 0.4) -> None:
    """Let the window draw for a while."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.01)


def wait_for(dock: HomologWidget, condition: Callable[[], bool]) -> None:
    """Let the window live until a condition holds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"The widget still says: {dock.bar.message.text()}")
        let_live(0.02)
    let_live()


def take(viewer: napari.Viewer, name: str) -> None:
    """Store a picture of the window."""
    let_live()
    picture = viewer.screenshot(canvas_only=False, flash=False)
    save(PICTURES / f"{name}.png", picture)


def save(path: Path, picture: np.ndarray) -> None:
    """Store a picture with few colours: the repository keeps it."""
    Image.fromarray(picture[..., :3]).quantize(200).save(path, optimize=True)
    print(path)


def take_gallery(dock: HomologWidget) -> None:
    """Store pictures of the gallery in both themes."""
    dock.review.buttons["gallery"].click()
    gallery = dock.review._gallery
    wait_for(dock, lambda: all(tile.crop is not None for tile in gallery.view.tiles))
    gallery.resize(900, 420)
    for theme, name in (("light", "gallery-light"), ("dark", "gallery")):
        dock.session.viewer.theme = theme
        let_live()
        gallery.grab().save(str(PICTURES / f"{name}.png"))
    gallery.close()


def main() -> None:
    """Work through a synthetic series in a real window and take its pictures."""
    PICTURES.mkdir(exist_ok=True)
    viewer = napari.Viewer(show=True)
    viewer.window.resize(1366, 768)
    viewer.open_sample("napari-homolog", "butterflies")
    _, dock = viewer.window.add_plugin_dock_widget("napari-homolog", "Homologous landmarks")
    let_live()
    dock.landmarks.image.choose(viewer.layers["butterfly 1"])
    dock.landmarks.take_button.click()
    take(viewer, "landmarks")

    dock.tabs.setCurrentWidget(dock.learn)
    dock.learn.learn_button.click()
    wait_for(dock, lambda: dock.bar.progress.value() > 150)
    take(viewer, "learn")
    wait_for(dock, lambda: not dock.bar.running)

    dock.tabs.setCurrentWidget(dock.transfer)
    dock.transfer.layers_button.click()
    dock.transfer.with_maps.setChecked(True)
    dock.transfer.transfer_button.click()
    wait_for(dock, lambda: not dock.bar.running)
    take(viewer, "transfer")

    dock.tabs.setCurrentWidget(dock.review)
    let_live()
    dock.review.accept()
    for theme in ("light", "dark"):
        viewer.theme = theme
        take(viewer, "review" if theme == "dark" else "review-light")
    take_gallery(dock)
    dock.review.buttons["quality"].click()
    let_live()
    dock.review._quality.grab().save(str(PICTURES / "quality.png"))
    dock.review._quality.close()

    dock.tabs.setCurrentWidget(dock.words)
    dock.words.text.setText("a butterfly , left forewing red")
    dock.words.show_button.click()
    wait_for(dock, lambda: not dock.bar.running)
    take(viewer, "words")
    viewer.close()


if __name__ == "__main__":
    main()
