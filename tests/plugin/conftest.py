"""A real window with the dock in it, and hands to work it."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import QPoint, Qt
from qtpy.QtGui import QCursor, QGuiApplication

pytest.importorskip("napari", reason="the plugin needs napari")

import napari
from hands import NAMES, PATIENCE, QUICK, SIZE, canvas_of, hover, move, on_canvas
from npe2 import PluginManifest
from pytestqt.qtbot import QtBot

import napari_homolog as nh
from napari_homolog.correspondence import LandmarkSet, Prediction
from napari_homolog.diffusion import Backbone
from napari_homolog.jobs import TransferJob
from napari_homolog.plugin import background_refinement, drafts
from napari_homolog.plugin.dock import HomologWidget
from napari_homolog.synthetic import generate


@pytest.fixture(scope="session", autouse=True)
def kept_imports(embedded: Backbone) -> Iterator[None]:
    """Let napari's searches for garbage, several in each test, pass over what is imported to stay."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(scope="session", autouse=True)
def manifests_read_once() -> Iterator[None]:
    """Read the manifest of each plugin once: each viewer looks for all plugins anew."""
    read = cache(PluginManifest.from_file)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PluginManifest, "from_file", lambda path: read(path).model_copy(deep=True))
        yield


@pytest.fixture(scope="session", autouse=True)
def patient_waits() -> Iterator[None]:
    """Wait as long as a busy machine takes where a test does not say how long; usual are 5 s."""
    wait = QtBot.waitUntil

    def wait_until(self: QtBot, callback: Callable[[], Any], *, timeout: int = PATIENCE) -> None:
        wait(self, callback, timeout=timeout)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(QtBot, "waitUntil", wait_until)
        yield


@pytest.fixture
def viewer(make_napari_viewer: Any) -> napari.Viewer:
    # A window that opens under the real pointer gets events of its own, and so do those below it.
    screen = QGuiApplication.primaryScreen()
    assert screen is not None
    QCursor.setPos(screen.geometry().bottomRight())
    shown: napari.Viewer = make_napari_viewer(show=True)
    shown.window.resize(1300, 860)
    return shown


@pytest.fixture
def refining() -> bool:
    """Whether what is decided places the other specimens anew, which takes a second each time."""
    return False


@pytest.fixture
def dock(
    viewer: napari.Viewer,
    qtbot: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    refining: bool,
) -> HomologWidget:
    if not refining:
        monkeypatch.setattr(background_refinement, "preference", lambda name, default: False)
    monkeypatch.setattr(drafts, "user_data_path", lambda *names, **more: tmp_path / "data")
    _, widget = viewer.window.add_plugin_dock_widget("napari-homolog", "Homologous landmarks")
    qtbot.wait(50)
    return widget


@pytest.fixture
def click(qtbot: Any) -> Callable[[Any], None]:
    def press(button: Any) -> None:
        assert button.isVisible(), f"{button.text()} is not to be seen"
        assert button.isEnabled(), f"{button.text()} cannot be clicked"
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    return press


@pytest.fixture
def click_canvas(viewer: napari.Viewer, qtbot: Any) -> Callable[[tuple[float, float]], None]:
    """A click of the mouse on the canvas at (row, col) of the world."""

    def press(place: tuple[float, float]) -> None:
        qtbot.wait(50)
        qtbot.mouseClick(canvas_of(viewer), Qt.MouseButton.LeftButton, pos=on_canvas(viewer, place))
        qtbot.wait(50)

    return press


@pytest.fixture
def drag_canvas(viewer: napari.Viewer, qtbot: Any) -> Callable[..., None]:
    """A drag of the mouse on the canvas from one place (row, col) of the world to another."""

    def drag(start: tuple[float, float], end: tuple[float, float]) -> None:
        qtbot.wait(50)
        canvas, left = canvas_of(viewer), Qt.MouseButton.LeftButton
        first, last = on_canvas(viewer, start), on_canvas(viewer, end)
        hover(canvas, first)
        qtbot.mousePress(canvas, left, pos=first)
        for share in (0.3, 0.6, 1.0):
            step = QPoint(
                round(first.x() + share * (last.x() - first.x())),
                round(first.y() + share * (last.y() - first.y())),
            )
            move(canvas, step)
            qtbot.wait(20)
        qtbot.mouseRelease(canvas, left, pos=last)
        qtbot.wait(50)

    return drag


@pytest.fixture
def fish(viewer: napari.Viewer) -> list[Any]:
    """Three drawn fish as image layers, the first with some of its landmarks as points."""
    specimens = [generate("fish", 900 + number, SIZE) for number in range(3)]
    for number, one in enumerate(specimens):
        viewer.add_image(one.image, name=f"fish {number + 1}", rgb=True)
    marks = np.array([specimens[0].landmarks[name] for name in NAMES])
    viewer.add_points(marks, name="marks", features={"name": list(NAMES)})
    return specimens


@pytest.fixture(scope="session")
def learned(embedded: Backbone) -> LandmarkSet:
    """A set learned in seconds on the first fish."""
    one = generate("fish", 900, SIZE)
    marks = nh.Landmarks({name: tuple(one.landmarks[name]) for name in NAMES})
    return nh.learn(embedded, [nh.Reference(one.image, marks, "fish 1")], preset=QUICK)


@pytest.fixture
def ready(
    dock: HomologWidget, fish: list[Any], learned: LandmarkSet, embedded: Backbone, click: Any
) -> HomologWidget:
    """The dock with landmarks taken over on the first fish and learned."""
    dock.landmarks.image.choose(dock.session.viewer.layers["fish 1"])
    dock.landmarks.points.choose(dock.session.viewer.layers["marks"])
    click(dock.landmarks.take_button)
    dock.session.backbone = embedded
    dock.session.use_learned(learned)
    return dock


@pytest.fixture(scope="session")
def found(embedded: Backbone, learned: LandmarkSet) -> list[Prediction]:
    """What is located on the second and third fish, with the seeds that their names give."""
    context = nh.RunContext()
    return [
        nh.locate(
            embedded,
            generate("fish", 901 + n, SIZE).image,
            learned,
            context=context.for_specimen(f"fish {n + 2}"),
        )
        for n in range(2)
    ]


@pytest.fixture
def transferred(
    ready: HomologWidget, found: list[Prediction], click: Any, qtbot: Any
) -> HomologWidget:
    """The dock at the review of the other fish, as after a transfer."""
    ready.tabs.setCurrentWidget(ready.transfer)
    click(ready.transfer.layers_button)
    job = TransferJob(ready.session.project, images=ready.session.supplier)
    for task, prediction in zip(job.work.tasks, found, strict=True):
        job.record(task, prediction)
        ready.transfer.maps.keep(task.specimen_id, prediction)
        ready.session.open(task.specimen_id)
        ready.session.changed(task.specimen_id)
    ready.tabs.setCurrentWidget(ready.review)
    qtbot.wait(100)
    return ready
