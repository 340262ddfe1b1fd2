"""Reviewing one landmark on all specimens at once, with mouse and keys in a real window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import napari
import numpy as np
import pytest
from hands import NAMES, PATIENCE, SIZE, focus, move
from PIL import Image
from qtpy.QtCore import QPoint, Qt

from napari_homolog.correspondence import Prediction
from napari_homolog.plugin.dock import HomologWidget
from napari_homolog.plugin.gallery_window import GalleryWindow
from napari_homolog.project import PlacementStatus, SpecimenStatus

PREDICTED, ACCEPTED = PlacementStatus.PREDICTED, PlacementStatus.ACCEPTED
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def gallery(transferred: HomologWidget, click: Callable[[Any], None], qtbot: Any) -> GalleryWindow:
    """The gallery of two fish beside the reference, with all its pictures."""
    click(transferred.review.buttons["gallery"])
    window: GalleryWindow = transferred.review._gallery  # type: ignore[assignment]
    wait_for_pictures(window, qtbot)
    return window


def wait_for_pictures(window: GalleryWindow, qtbot: Any) -> None:
    qtbot.waitUntil(
        lambda: all(tile.crop is not None for tile in window.view.tiles), timeout=PATIENCE
    )


def press(window: GalleryWindow, qtbot: Any, key: Any, modifier: Any = None) -> None:
    focus(window.view, qtbot)
    qtbot.keyClick(window.view, key, modifier or Qt.KeyboardModifier.NoModifier)
    qtbot.wait(30)


def statuses(dock: HomologWidget, landmark: str) -> dict[str, PlacementStatus]:
    project = dock.session.project
    return {
        one.name: project.placements(one.id)[landmark].status
        for one in project.specimens()
        if not one.reference
    }


def middle_of(window: GalleryWindow, index: int) -> QPoint:
    return window.view.crop_rectangle(index).center()


def index_of(window: GalleryWindow, name: str) -> int:
    return [tile.name for tile in window.view.tiles].index(name)


def test_the_reference_stands_before_the_others_the_least_certain_first(
    gallery: GalleryWindow, transferred: HomologWidget
) -> None:
    first, *others = gallery.view.tiles
    assert (first.name, first.sign) == ("fish 1", "reference")
    project = transferred.session.project
    sure = [project.placements(one.specimen)[gallery.shown_landmark].confidence for one in others]
    assert sure == sorted(sure)
    assert {one.name for one in others} == {"fish 2", "fish 3"}
    # The middle of a crop shows the landmark: the colours there are those of the image.
    image = transferred.session.viewer.layers["fish 1"].data
    row, col = np.round(first.point).astype(int)
    around = image[row - 1 : row + 2, col - 1 : col + 2].reshape(-1, 3).astype(int)
    assert first.crop is not None
    shown = first.crop[65:67, 65:67].reshape(-1, 3).mean(0)
    assert (around.min(0) - 3 <= shown).all()
    assert (shown <= around.max(0) + 3).all()


def test_one_key_accepts_a_page_and_one_takes_it_back(
    gallery: GalleryWindow, transferred: HomologWidget, qtbot: Any
) -> None:
    project = transferred.session.project
    for name in NAMES:
        assert gallery.shown_landmark == name
        assert set(statuses(transferred, name).values()) == {PREDICTED}
        press(gallery, qtbot, Qt.Key.Key_B)
        assert set(statuses(transferred, name).values()) == {ACCEPTED}
        wait_for_pictures(gallery, qtbot)
    assert "All landmarks are reviewed" in gallery.message.text()
    assert not gallery.buttons["pass"].isEnabled()
    reviewed = [one.status for one in project.specimens() if not one.reference]
    assert reviewed == [SpecimenStatus.ACCEPTED] * 2
    assert "2 of 2 reviewed" in transferred.review.summary.text()
    press(gallery, qtbot, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert set(statuses(transferred, NAMES[-1]).values()) == {PREDICTED}
    assert set(statuses(transferred, NAMES[0]).values()) == {ACCEPTED}
    assert gallery.buttons["pass"].isEnabled()


def test_nothing_is_accepted_before_it_is_shown(
    transferred: HomologWidget, click: Callable[[Any], None], qtbot: Any
) -> None:
    click(transferred.review.buttons["gallery"])
    window = transferred.review._gallery
    assert window is not None
    window.pass_page()
    assert "not shown yet" in window.message.text()
    assert set(statuses(transferred, NAMES[0]).values()) == {PREDICTED}
    wait_for_pictures(window, qtbot)


def test_what_moved_since_it_was_shown_is_not_accepted(
    gallery: GalleryWindow, transferred: HomologWidget, found: list[Prediction], qtbot: Any
) -> None:
    project, session = transferred.session.project, transferred.session
    (moved,) = (one.id for one in project.specimens() if one.name == "fish 3")
    elsewhere = replace(found[1], points=found[1].points + 4)
    project.record_prediction(moved, elsewhere, project.landmark_set_id)
    before = gallery.view.tiles[index_of(gallery, "fish 3")].point
    session.changed(moved)
    qtbot.wait(50)
    assert gallery.view.tiles[index_of(gallery, "fish 3")].point == before
    press(gallery, qtbot, Qt.Key.Key_B)
    assert statuses(transferred, NAMES[0]) == {"fish 2": ACCEPTED, "fish 3": PREDICTED}
    assert gallery.shown_landmark == NAMES[0]
    assert "1 specimen is placed anew" in gallery.message.text()
    wait_for_pictures(gallery, qtbot)
    press(gallery, qtbot, Qt.Key.Key_B)
    assert set(statuses(transferred, NAMES[0]).values()) == {ACCEPTED}


def test_a_mark_is_dragged_inside_its_crop(
    gallery: GalleryWindow, transferred: HomologWidget, qtbot: Any
) -> None:
    view, index = gallery.view, index_of(gallery, "fish 2")
    tile, start = view.tiles[index], middle_of(gallery, index)
    end = start + QPoint(20, -12)
    qtbot.mousePress(view, LEFT, pos=start)
    for place in (start + QPoint(8, -4), end):
        move(view, place)
    qtbot.mouseRelease(view, LEFT, pos=end)
    qtbot.wait(30)
    placed = transferred.session.project.placements(tile.specimen)[NAMES[0]]
    assert placed.status is PlacementStatus.CORRECTED
    assert tile.point is not None
    expected = np.array(tile.point) + tile.place.step @ (-12, 20)
    np.testing.assert_allclose(placed.point, expected, atol=1e-6)
    after = view.tiles[index]
    assert after.point == placed.point
    assert after.place is tile.place, "the picture stays under the mark"
    assert "moved" in after.sign
    # A key moves it by one pixel of the image.
    press(gallery, qtbot, Qt.Key.Key_Right)
    now = transferred.session.project.placements(tile.specimen)[NAMES[0]]
    np.testing.assert_allclose(now.point, expected + (0, 1), atol=1e-6)
    press(gallery, qtbot, Qt.Key.Key_B)
    assert statuses(transferred, NAMES[0]) == {
        "fish 2": PlacementStatus.CORRECTED,
        "fish 3": ACCEPTED,
    }


def test_a_click_moves_nothing_and_keys_decide_about_one(
    gallery: GalleryWindow, transferred: HomologWidget, qtbot: Any
) -> None:
    view, index = gallery.view, index_of(gallery, "fish 3")
    assert not gallery.buttons["accept"].isEnabled()
    qtbot.mouseClick(view, LEFT, pos=middle_of(gallery, index) + QPoint(30, 30))
    assert view.selected == index
    assert set(statuses(transferred, NAMES[0]).values()) == {PREDICTED}
    press(gallery, qtbot, Qt.Key.Key_J)
    assert statuses(transferred, NAMES[0])["fish 3"] is PlacementStatus.MISSING
    assert view.tiles[index].point is None
    qtbot.mouseClick(view, LEFT, pos=middle_of(gallery, index_of(gallery, "fish 2")))
    press(gallery, qtbot, Qt.Key.Key_K)
    assert statuses(transferred, NAMES[0])["fish 2"] is ACCEPTED
    press(gallery, qtbot, Qt.Key.Key_Period)
    assert gallery.shown_landmark == NAMES[1]
    press(gallery, qtbot, Qt.Key.Key_Comma)
    assert gallery.shown_landmark == NAMES[0]
    # The reference is not up for decision.
    qtbot.mouseClick(view, LEFT, pos=middle_of(gallery, 0))
    press(gallery, qtbot, Qt.Key.Key_J)
    marks = transferred.session.project.landmarks_of(view.tiles[0].specimen)
    assert np.isfinite(marks[NAMES[0]]).all()


def test_a_double_click_opens_the_specimen(
    gallery: GalleryWindow, transferred: HomologWidget, qtbot: Any
) -> None:
    for name in ("fish 3", "fish 2"):
        qtbot.mouseDClick(gallery.view, LEFT, pos=middle_of(gallery, index_of(gallery, name)))
        current = transferred.session.current
        assert current is not None
        assert current.name == name


def test_a_small_window_has_more_pages(
    gallery: GalleryWindow, transferred: HomologWidget, qtbot: Any
) -> None:
    view = gallery.view
    view.setMinimumSize(1, 1)
    view.setFixedSize(300, 170)
    qtbot.waitUntil(lambda: view.capacity == 2, timeout=PATIENCE)
    assert [tile.fixed for tile in view.tiles] == [True, False]
    assert "page 1 of 2" in gallery.status.text()
    first = view.tiles[1].name
    wait_for_pictures(gallery, qtbot)
    press(gallery, qtbot, Qt.Key.Key_B)
    assert statuses(transferred, NAMES[0])[first] is ACCEPTED
    assert "page 2 of 2" in gallery.status.text()
    assert view.tiles[1].name != first
    press(gallery, qtbot, Qt.Key.Key_PageUp)
    assert view.tiles[1].name == first


def test_a_picture_that_is_gone_is_told_and_not_accepted(
    ready: HomologWidget, found: list[Prediction], click: Any, qtbot: Any, tmp_path: Any
) -> None:
    session, project = ready.session, ready.session.project
    pixels = np.full((*SIZE, 3), 90, np.uint8)
    for name in ("here.png", "gone.png"):
        Image.fromarray(pixels).save(tmp_path / name)
    added = session.add_files([tmp_path / "here.png", tmp_path / "gone.png"])
    for number, prediction in zip(added, found, strict=True):
        project.record_prediction(number, prediction, project.landmark_set_id)
    (tmp_path / "gone.png").unlink()
    session.changed(*added)
    ready.tabs.setCurrentWidget(ready.review)
    click(ready.review.buttons["gallery"])
    window = ready.review._gallery
    assert window is not None
    window.activateWindow()
    gone, here = index_of(window, "gone"), index_of(window, "here")
    qtbot.waitUntil(lambda: bool(window.view.tiles[gone].trouble), timeout=PATIENCE)
    qtbot.waitUntil(lambda: window.view.tiles[here].crop is not None, timeout=PATIENCE)
    assert "gone.png" in window.view.tiles[gone].trouble
    click(window.buttons["pass"])
    name = NAMES[0]
    assert project.placements(added[0])[name].status is ACCEPTED
    assert project.placements(added[1])[name].status is PREDICTED
    assert "not to be seen" in window.message.text()


def test_the_wheel_shows_less_and_more(
    gallery: GalleryWindow, viewer: napari.Viewer, qtbot: Any
) -> None:
    before = gallery.view.tiles[1].place.step
    gallery.view.zoomed.emit(1)
    wait_for_pictures(gallery, qtbot)
    np.testing.assert_allclose(gallery.view.tiles[1].place.step, before / 1.25)
    for _ in range(30):
        gallery.view.zoomed.emit(-1)
    np.testing.assert_allclose(gallery.view.tiles[1].place.step, before / 0.3)


def test_a_decision_reads_what_changed_and_nothing_that_others_changed_is_missed(
    gallery: GalleryWindow,
    transferred: HomologWidget,
    qtbot: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project, name = transferred.session.project, gallery.shown_landmark
    second, third = (gallery.view.tiles[index_of(gallery, f"fish {n}")].specimen for n in (2, 3))
    read: list[Any] = []
    reload = gallery.line.reload
    monkeypatch.setattr(gallery.line, "reload", lambda only=None: (read.append(only), reload(only)))
    qtbot.mouseClick(gallery.view, LEFT, pos=middle_of(gallery, index_of(gallery, "fish 2")))
    gallery.accept()
    assert read == [[second]]
    assert not gallery.line.is_undecided(second, name)
    project.accept_on([third], name)
    transferred.session.changed(third)
    gallery.view.select(index_of(gallery, "fish 2"))
    gallery.mark_missing()
    assert read[1:] == [None], "the third waited to be read"
    assert not gallery.line.is_undecided(third, name)
