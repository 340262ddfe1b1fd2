"""Makes the documentation's pictures: ``python docs/make_pictures.py`` (needs a screen or Xvfb).

With ``--everywhere FOLDER``, every panel in both themes and two sizes of the window, to be looked at.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import napari
import numpy as np
from PIL import Image
from qtpy.QtWidgets import QApplication, QWidget

from napari_homolog.plugin.dock import HomologWidget

PICTURES = Path(__file__).with_name("pictures")
PATIENCE = 300
"""Seconds to wait for a worker."""

GENERA = ("Ameura", "Baliothyreus", "Cordania", "Monodechenella")
"""Of trilobites, whose photographs may be shown with their source."""

SIZES = ((1366, 768), (1400, 900))
"""Width and height of the window; the first is that of the documentation."""

THEMES = ("light", "dark")
"""The second is that of the documentation."""


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


class Camera:
    """Takes pictures of a window, or of another one that belongs to it.

    Parameters
    ----------
    viewer : napari.Viewer
        The window.
    everywhere : Path, optional
        A folder that gets each picture in all themes and sizes; default: none, and the
        documentation gets one of each.
    """

    def __init__(self, viewer: napari.Viewer, everywhere: Path | None) -> None:
        self._viewer, self._everywhere = viewer, everywhere
        if everywhere is not None:
            everywhere.mkdir(parents=True, exist_ok=True)

    def take(self, name: str, window: QWidget | None = None, *, light: bool = False) -> None:
        """Take a picture; with `light`, the documentation gets one in the light theme too."""
        for theme in THEMES:
            self._viewer.theme = theme
            for width, height in SIZES if self._everywhere is not None else SIZES[:1]:
                if window is None:
                    self._viewer.window.resize(width, height)
                let_live()
                if self._everywhere is not None:
                    self._grab(window, self._everywhere / f"{name}-{theme}-{width}.png")
                elif theme == THEMES[1] or light:
                    ending = "" if theme == THEMES[1] else "-light"
                    self._grab(window, PICTURES / f"{name}{ending}.png")

    def _grab(self, window: QWidget | None, path: Path) -> None:
        if window is None:
            save(path, self._viewer.screenshot(canvas_only=False, flash=False))
        else:
            window.grab().save(str(path))
            save(path, np.asarray(Image.open(path).convert("RGB")))


def save(path: Path, picture: np.ndarray) -> None:
    """Store a picture with few colours: the repository keeps it."""
    Image.fromarray(picture[..., :3]).quantize(200).save(path, optimize=True)
    print(path)


def take_windows(camera: Camera, dock: HomologWidget) -> None:
    """Take pictures of the gallery and of the quality window."""
    dock.review.buttons["gallery"].click()
    gallery = dock.review._gallery
    assert gallery is not None
    gallery.resize(900, 420)
    wait_for(dock, lambda: all(tile.crop is not None for tile in gallery.view.tiles))
    camera.take("gallery", gallery, light=True)
    gallery.close()
    dock.review.buttons["quality"].click()
    quality = dock.review._quality
    assert quality is not None
    camera.take("quality", quality)
    quality.close()


def take_photograph(viewer: napari.Viewer, dock: HomologWidget, folder: Path) -> None:
    """Store a picture of photographs that were digitised before, dropped on the dock."""
    document = json.loads((folder / "keypoints.json").read_text(encoding="utf-8"))
    chosen = [one for one in document["images"] if one["genus"] in GENERA]
    with tempfile.TemporaryDirectory() as temporary:
        blocks = []
        for one in chosen:
            name = Path(one["file"]).name
            shutil.copy(folder / one["file"], Path(temporary) / name)
            points = "".join(f"{x} {one['height'] - y}\n" for x, y, _ in one["keypoints"])
            blocks.append(f"LM={len(one['keypoints'])}\n{points}IMAGE={name}\n")
        series = Path(temporary) / "pygidia.tps"
        series.write_text("".join(blocks))
        dock.project_bar.open_digitised(series)
        dock.session.look_at(dock.session.references()[1][0].id)
        Camera(viewer, None).take("photograph")


def main() -> None:
    """Work through a synthetic series in a real window and take its pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--everywhere", type=Path, metavar="FOLDER")
    parser.add_argument(
        "--photographs",
        type=Path,
        metavar="FOLDER",
        help="Take only the picture of trilobite tails, of TriloMorph (CC BY 4.0), in this folder.",
    )
    options = parser.parse_args()
    PICTURES.mkdir(exist_ok=True)
    viewer = napari.Viewer(show=True)
    viewer.window.resize(*SIZES[0])
    if options.photographs is not None:
        _, dock = viewer.window.add_plugin_dock_widget("napari-homolog", "Homologous landmarks")
        take_photograph(viewer, dock, options.photographs)
        viewer.close()
        return
    viewer.open_sample("napari-homolog", "butterflies")
    _, dock = viewer.window.add_plugin_dock_widget("napari-homolog", "Homologous landmarks")
    camera = Camera(viewer, options.everywhere)
    let_live()
    dock.landmarks.image.choose(viewer.layers["butterfly 1"])
    dock.landmarks.take_button.click()
    camera.take("landmarks")

    dock.tabs.setCurrentWidget(dock.learn)
    dock.learn.learn_button.click()
    wait_for(dock, lambda: dock.bar.progress.value() > 150)
    camera.take("learn")
    wait_for(dock, lambda: not dock.bar.running)

    dock.tabs.setCurrentWidget(dock.transfer)
    dock.transfer.layers_button.click()
    dock.transfer.with_maps.setChecked(True)
    dock.transfer.transfer_button.click()
    wait_for(dock, lambda: not dock.bar.running)
    camera.take("transfer")

    dock.tabs.setCurrentWidget(dock.review)
    let_live()
    dock.review.accept()
    camera.take("review", light=True)
    take_windows(camera, dock)

    dock.tabs.setCurrentWidget(dock.words)
    dock.words.text.setText("a butterfly , left forewing red")
    dock.words.show_button.click()
    wait_for(dock, lambda: not dock.bar.running)
    camera.take("words")
    viewer.close()


if __name__ == "__main__":
    main()
