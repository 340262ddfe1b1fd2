"""Transferring in a real window: to layers, files and folders, one by one."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import napari
import numpy as np
import pytest
from hands import NAMES, PATIENCE, finish
from napari.utils.colormaps.standardize_color import transform_color
from PIL import Image
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog

from napari_homolog.plugin import background_run
from napari_homolog.plugin.background_run import BackgroundRun
from napari_homolog.plugin.dock import HomologWidget
from napari_homolog.plugin.points_style import colours_of
from napari_homolog.project import PlacementStatus, SpecimenStatus
from napari_homolog.synthetic import generate


@pytest.fixture
def at_transfer(ready: HomologWidget) -> HomologWidget:
    ready.tabs.setCurrentWidget(ready.transfer)
    return ready


def targets(dock: HomologWidget) -> list[str]:
    panel = dock.transfer.targets.items
    return [panel.item(i).text().split("  —  ")[0] for i in range(panel.count())]


def test_found_points_become_layers_with_all_that_is_known(
    viewer: napari.Viewer, transferred: HomologWidget, fish: list[Any]
) -> None:
    points = viewer.layers["fish 2 landmarks"]
    assert list(points.features["name"]) == list(NAMES)
    assert set(points.features["status"]) == {"predicted"}
    assert points.features["confidence"].between(0, 1).all()
    assert (points.features["spread"] > 0).all()
    assert {str(symbol.value) for symbol in points.symbol} == {"disc"}
    truth = np.array([fish[1].landmarks[name] for name in NAMES])
    assert np.median(np.linalg.norm(points.data - truth, axis=1)) < 25
    colours = colours_of(transferred.session.project.landmarks)
    for name, border in zip(NAMES, points.border_color, strict=True):
        assert border == pytest.approx(transform_color(colours[name])[0])


@pytest.mark.parametrize("each", [False, True])
def test_maps_lie_exactly_on_their_image(
    viewer: napari.Viewer, at_transfer: HomologWidget, click: Any, qtbot: Any, each: bool
) -> None:
    dock = at_transfer
    target = viewer.layers["fish 2"]
    target.scale, target.translate = (2, 2), (0, 250)
    click(dock.transfer.layers_button)
    dock.transfer.targets.items.item(1).setCheckState(Qt.CheckState.Unchecked)
    dock.transfer.with_maps.setChecked(True)
    dock.transfer.each_map.setChecked(each)
    click(dock.transfer.transfer_button)
    finish(dock, qtbot)
    assert dock.bar.message.text().startswith("Transferred to 1 specimen.")
    titles = [f"fish 2 attention: {name}" for name in NAMES] if each else ["fish 2 attention"]
    made = [layer.name for layer in viewer.layers if "attention" in layer.name]
    assert sorted(made) == sorted(titles)
    for title in titles:
        layer = viewer.layers[title]
        assert (layer.colormap.name, layer.blending) == ("attention", "translucent")
        np.testing.assert_allclose(layer.translate - layer.scale / 2, (0 - 1, 250 - 1))
        np.testing.assert_allclose(np.array(layer.data.shape) * layer.scale, (240, 320))
    points = viewer.layers["fish 2 landmarks"]
    np.testing.assert_allclose(points.scale, (2, 2))
    np.testing.assert_allclose(points.translate, (0, 250))
    dock.transfer.again.setChecked(True)
    click(dock.transfer.transfer_button)
    finish(dock, qtbot)
    again = [layer.name for layer in viewer.layers if "attention" in layer.name]
    assert sorted(again) == sorted(titles), "a second transfer replaces the maps of the first"


def write_series(folder: Path) -> None:
    folder.mkdir()
    for number, size in enumerate([(120, 160), (90, 130)]):
        one = generate("fish", 950 + number, size)
        Image.fromarray(one.image).save(folder / f"f{number}.png")
    (folder / "broken.png").write_bytes(b"no picture")
    grey = (generate("fish", 960, (100, 140)).image.mean(-1) * 257).astype(np.uint16)
    Image.fromarray(grey).save(folder / "grey.tif")


def test_a_folder_of_files_of_any_size_and_type(
    viewer: napari.Viewer,
    at_transfer: HomologWidget,
    click: Any,
    qtbot: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    dock = at_transfer
    write_series(tmp_path / "series")
    folder = str(tmp_path / "series")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *a, **k: folder)
    click(dock.transfer.folder_button)
    assert "broken.png" in dock.bar.message.text()
    assert targets(dock) == ["f0", "f1", "grey"]
    click(dock.transfer.folder_button)
    assert targets(dock) == ["f0", "f1", "grey"], "no file is added twice"
    before = len(viewer.layers)
    (tmp_path / "series" / "f1.png").write_bytes(b"damaged meanwhile")
    click(dock.transfer.transfer_button)
    finish(dock, qtbot)
    assert "2 transferred, 1 failed" in dock.bar.message.text()
    assert len(viewer.layers) == before, "files are opened at review only"
    rows = {one.name: one for one in dock.session.project.specimens()}
    assert rows["f0"].status is SpecimenStatus.FOUND
    assert rows["f1"].status is SpecimenStatus.FAILED
    assert "f1.png" in rows["f1"].reason
    assert rows["grey"].size == (100, 140)


def test_what_was_decided_is_not_overwritten(
    transferred: HomologWidget, click: Any, qtbot: Any
) -> None:
    dock = transferred
    project = dock.session.project
    project.place_many(2, {"eye": (1, 2)}, status=PlacementStatus.CORRECTED)
    dock.tabs.setCurrentWidget(dock.transfer)
    dock.transfer.again.setChecked(True)
    click(dock.transfer.transfer_button)
    finish(dock, qtbot)
    assert dock.bar.message.text().startswith("Transferred to 2")
    assert project.placements(2)["eye"].point == (1, 2)


def test_nothing_learned_and_nothing_to_transfer_to(
    dock: HomologWidget, ready: HomologWidget, click: Any, viewer: napari.Viewer
) -> None:
    ready.tabs.setCurrentWidget(ready.transfer)
    learned, ready.session.learned = ready.session.learned, None
    click(ready.transfer.transfer_button)
    assert "Nothing is learned yet" in ready.bar.message.text()
    ready.session.learned = learned
    for name in ("fish 2", "fish 3"):
        viewer.layers.remove(name)
    click(ready.transfer.transfer_button)
    assert "There is no target" in ready.bar.message.text()


def test_a_target_is_deleted_during_the_run(
    viewer: napari.Viewer, at_transfer: HomologWidget, click: Any, qtbot: Any
) -> None:
    dock = at_transfer
    click(dock.transfer.layers_button)
    click(dock.transfer.transfer_button)
    viewer.layers.remove("fish 3")
    finish(dock, qtbot)
    assert dock.bar.message.text().startswith("Transferred to 2")
    assert "fish 2 landmarks" in viewer.layers
    assert "fish 3 landmarks" not in viewer.layers
    dock.transfer.again.setChecked(True)
    click(dock.transfer.transfer_button)
    finish(dock, qtbot)
    assert "1 transferred, 1 failed" in dock.bar.message.text()
    assert "'fish 3' was a layer that is no longer there" in dock.bar.message.text()


def test_cancel_keeps_what_is_done(
    viewer: napari.Viewer, at_transfer: HomologWidget, click: Any, qtbot: Any
) -> None:
    dock = at_transfer
    for number in range(4):
        viewer.add_image(generate("fish", 970 + number, (120, 160)).image, name=f"more {number}")
    click(dock.transfer.layers_button)
    click(dock.transfer.transfer_button)
    qtbot.waitUntil(lambda: dock.bar.progress.value() >= 1, timeout=PATIENCE)
    click(dock.bar.cancel_button)
    finish(dock, qtbot)
    assert dock.bar.message.text().startswith("Stopped;")
    counts = dock.session.project.summary()
    assert 1 <= counts[SpecimenStatus.FOUND] < 6


def test_a_set_of_another_model_is_refused(
    at_transfer: HomologWidget, click: Any, qtbot: Any
) -> None:
    from dataclasses import replace

    dock = at_transfer
    learned = dock.session.learned
    assert learned is not None
    foreign = replace(learned, backbone={**learned.backbone, "fingerprint": "0" * 64})
    dock.session.use_learned(foreign)
    click(dock.transfer.layers_button)
    click(dock.transfer.transfer_button)
    finish(dock, qtbot)
    assert "were learned on the model" in dock.bar.message.text()


def test_specimens_are_checked_and_removed_in_the_list(
    at_transfer: HomologWidget, click: Any, qtbot: Any
) -> None:
    dock, listed = at_transfer, at_transfer.transfer.targets
    assert not listed.remove_button.isEnabled()
    click(dock.transfer.layers_button)
    assert listed.count_label.text() == "2 specimens, 2 new"
    click(listed.none_button)
    assert not listed.checked
    assert not dock.transfer.transfer_button.isEnabled()
    click(listed.all_button)
    assert [one.name for one in listed.checked] == ["fish 2", "fish 3"]
    row = listed.items.visualItemRect(listed.items.item(0)).center()
    qtbot.mouseClick(listed.items.viewport(), Qt.MouseButton.LeftButton, pos=row)
    click(listed.remove_button)
    assert targets(dock) == ["fish 3"]
    assert "Removed 1 specimen;" in dock.bar.message.text()
    dock.session.undo()
    assert targets(dock) == ["fish 2", "fish 3"]


def test_the_time_left_is_told_from_the_first_specimen_on(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(background_run, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    run, told = BackgroundRun(), []
    run.progressed.connect(lambda done, total, text: told.append(text))
    for done in range(3):
        run.report(done, 11, f"locating the landmarks: wing {done}")
        clock[0] += 0.3
    assert "left" not in told[0]
    # Ten specimens are left after one that took a third of a second.
    assert told[1].endswith(", 3 s left")
    run.report(5, 10, "another stage")
    assert "left" not in told[-1]
