"""Decisions go to the landmark that is looked at: picture, table and keys are one selection."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import napari
import numpy as np
import pytest
from hands import NAMES, canvas_of, focus
from qtpy.QtCore import Qt

from napari_homolog.plugin.attention_layers import show_prediction_maps
from napari_homolog.plugin.dock import HomologWidget
from napari_homolog.plugin.review_panel import ReviewPanel
from napari_homolog.project import PlacementStatus, SpecimenStatus

CONTROL = Qt.KeyboardModifier.ControlModifier
PREDICTED, ACCEPTED = PlacementStatus.PREDICTED, PlacementStatus.ACCEPTED


def names(review: ReviewPanel) -> list[str]:
    return review.landmarks.names()


def press(viewer: napari.Viewer, qtbot: Any, key: Any, modifier: Any = None) -> None:
    canvas = canvas_of(viewer)
    canvas.setFocus()
    qtbot.keyClick(canvas, key, modifier or Qt.KeyboardModifier.NoModifier)
    qtbot.wait(30)


def statuses(dock: HomologWidget) -> dict[str, PlacementStatus]:
    current = dock.session.current
    assert current is not None
    placed = dock.session.project.placements(current.specimen)
    return {name: one.status for name, one in placed.items()}


def test_one_key_accepts_one_landmark_while_control_is_held(
    viewer: napari.Viewer, transferred: HomologWidget, qtbot: Any
) -> None:
    table = transferred.review.landmarks
    press(viewer, qtbot, Qt.Key.Key_K)
    qtbot.keyPress(canvas_of(viewer), Qt.Key.Key_Control)
    press(viewer, qtbot, Qt.Key.Key_Z, CONTROL)
    # What Qt's own selectRow would ask is which keys are held.
    qtbot.mouseClick(
        table.viewport(),
        Qt.MouseButton.LeftButton,
        CONTROL,
        table.visualItemRect(table.item(2, 0)).center(),
    )
    qtbot.keyRelease(canvas_of(viewer), Qt.Key.Key_Control)
    assert len({index.row() for index in table.selectedIndexes()}) == 1
    chosen = table.chosen()
    press(viewer, qtbot, Qt.Key.Key_K)
    assert [name for name, one in statuses(transferred).items() if one is ACCEPTED] == [chosen]


def test_a_point_that_is_clicked_is_the_one_that_is_accepted(
    viewer: napari.Viewer, transferred: HomologWidget, click_canvas: Callable[..., None], qtbot: Any
) -> None:
    review, current = transferred.review, transferred.session.current
    other = names(review)[-1]
    place = current.points.data[current.names.index(other)]
    click_canvas(tuple(place))
    assert review.landmarks.chosen() == other
    press(viewer, qtbot, Qt.Key.Key_K)
    assert [name for name, one in statuses(transferred).items() if one is ACCEPTED] == [other]


def test_a_point_that_is_dragged_is_selected(
    transferred: HomologWidget, drag_canvas: Callable[..., None]
) -> None:
    review, current = transferred.review, transferred.session.current
    other = names(review)[-1]
    place = current.points.data[current.names.index(other)]
    drag_canvas(tuple(place), tuple(place + (4, 5)))
    assert statuses(transferred)[other] is PlacementStatus.CORRECTED
    assert review.landmarks.chosen() == other


def test_several_picked_points_are_no_selection(
    viewer: napari.Viewer, transferred: HomologWidget, qtbot: Any
) -> None:
    transferred.session.current.points.selected_data = {0, 1}
    assert transferred.review.landmarks.chosen() is None
    press(viewer, qtbot, Qt.Key.Key_K)
    assert set(statuses(transferred).values()) == {PREDICTED}
    assert "Select one landmark" in transferred.bar.message.text()


def test_as_many_keys_as_landmarks_accept_all_of_them(
    viewer: napari.Viewer, transferred: HomologWidget, qtbot: Any
) -> None:
    order = names(transferred.review)
    for _ in order:
        press(viewer, qtbot, Qt.Key.Key_K)
        assert names(transferred.review) == order
    assert set(statuses(transferred).values()) == {ACCEPTED}


def test_next_skips_no_specimen_that_was_decided_about_on_the_way(
    transferred: HomologWidget, click: Callable[..., None]
) -> None:
    review, session = transferred.review, transferred.session
    line = [review.specimens.item(row, 0).text() for row in range(3)]
    first = session.current.specimen
    session.project.accept(first)
    session.changed(first)
    assert [review.specimens.item(row, 0).text() for row in range(3)] == line
    click(review.buttons["next"])
    assert session.current.name == line[1]


@pytest.mark.parametrize("key", [Qt.Key.Key_PageDown, Qt.Key.Key_PageUp])
def test_page_keys_work_in_the_tables(
    viewer: napari.Viewer, transferred: HomologWidget, qtbot: Any, key: Any
) -> None:
    review, session = transferred.review, transferred.session
    review.look_at(review._line()[1].id)
    before = session.current.specimen
    focus(review.landmarks, qtbot)
    qtbot.keyClick(review.landmarks, key)
    assert session.current.specimen != before


def test_a_landmark_that_was_marked_missing_is_placed_again_by_a_click(
    viewer: napari.Viewer, transferred: HomologWidget, click_canvas: Callable[..., None], qtbot: Any
) -> None:
    review, current = transferred.review, transferred.session.current
    name = review.landmarks.chosen()
    press(viewer, qtbot, Qt.Key.Key_J)
    assert statuses(transferred)[name] is PlacementStatus.MISSING
    press(viewer, qtbot, Qt.Key.Key_Comma)
    assert review.landmarks.chosen() == name
    assert f"{name} is not placed; click where it is" in transferred.bar.message.text()
    click_canvas((40, 50))
    qtbot.waitUntil(lambda: statuses(transferred)[name] is not PlacementStatus.MISSING)
    point = transferred.session.project.placements(current.specimen)[name].point
    np.testing.assert_allclose(point, (40, 50), atol=1)
    assert current.points.mode == "select"
    assert review.landmarks.chosen() == name


def test_placing_again_with_all_placed_adds_nothing(
    transferred: HomologWidget, click: Callable[..., None], qtbot: Any
) -> None:
    transferred.tabs.setCurrentWidget(transferred.landmarks)
    transferred.landmarks.image.choose(transferred.session.viewer.layers["fish 1"])
    click(transferred.landmarks.place_button)
    assert not transferred.landmarks.place_button.isChecked()
    assert transferred.session.current.points.mode == "select"
    assert "All landmarks are placed" in transferred.bar.message.text()


def test_a_specimen_in_review_does_not_become_a_reference_by_the_way(
    transferred: HomologWidget, click: Callable[..., None]
) -> None:
    project = transferred.session.project
    transferred.tabs.setCurrentWidget(transferred.landmarks)
    transferred.landmarks.image.choose(transferred.session.viewer.layers["fish 2"])
    click(transferred.landmarks.place_button)
    assert "correct them in Review" in transferred.bar.message.text()
    assert [one.name for one in project.references()] == ["fish 1"]
    assert not transferred.landmarks.place_button.isChecked()


def test_one_click_is_one_step_and_control_z_undoes_it_while_placing(
    viewer: napari.Viewer,
    dock: HomologWidget,
    click: Callable[..., None],
    click_canvas: Callable[..., None],
    qtbot: Any,
) -> None:
    viewer.add_image(np.zeros((80, 100, 3), np.uint8), name="wing", rgb=True)
    click(dock.landmarks.place_button)
    for place in ((20, 30), (50, 60)):
        click_canvas(place)
    project = dock.session.project
    assert [one.name for one in project.landmarks] == ["1", "2"]
    press(viewer, qtbot, Qt.Key.Key_Z, CONTROL)
    assert [one.name for one in project.landmarks] == ["1"]
    assert len(dock.session.current.points.data) == 1
    press(viewer, qtbot, Qt.Key.Key_Z, CONTROL)
    assert project.landmarks == ()
    project.redo()
    (wing,) = project.specimens()
    np.testing.assert_allclose(project.placements(wing.id)["1"].point, (20, 30), atol=1)


def test_undoing_an_accepted_specimen_returns_to_it(
    viewer: napari.Viewer, transferred: HomologWidget, qtbot: Any
) -> None:
    session = transferred.session
    first = session.current.specimen
    press(viewer, qtbot, Qt.Key.Key_B)
    assert session.current.specimen != first
    press(viewer, qtbot, Qt.Key.Key_Z, CONTROL)
    assert session.current.specimen == first
    assert session.project.specimen(first).status is SpecimenStatus.FOUND


def test_the_landmark_of_each_specimen_is_selected_and_centred(
    viewer: napari.Viewer, transferred: HomologWidget, click: Callable[..., None]
) -> None:
    review, session = transferred.review, transferred.session
    assert review.landmarks.chosen() == names(review)[0], "the least certain one"
    review.landmarks.choose(1)
    name = review.landmarks.chosen()
    for button in ("next", "previous", "next"):
        click(review.buttons[button])
        current = session.current
        assert review.landmarks.chosen() == name, "the same landmark on the next specimen"
        assert current.selected() == [name]
        place = current.points.data[current.names.index(name)]
        np.testing.assert_allclose(viewer.scene.camera.center[-2:], place)
    click(review.buttons["previous"])
    click(review.buttons["accept_all"])
    assert review.landmarks.chosen() == names(review)[0], "another judgement begins"


def test_removing_image_and_points_together(
    viewer: napari.Viewer, transferred: HomologWidget, qtbot: Any
) -> None:
    current = transferred.session.current
    viewer.layers.selection = {current.image, current.points}
    viewer.layers.remove_selected()
    qtbot.wait(50)
    assert transferred.session.current is None
    assert transferred.review.landmarks.rowCount() == 0
    transferred.review.look_at(transferred.review._line()[1].id)
    assert set(names(transferred.review)) == set(NAMES)


def test_a_deleted_points_layer_takes_no_landmarks_with_it(
    viewer: napari.Viewer, transferred: HomologWidget, click: Callable[..., None], qtbot: Any
) -> None:
    session = transferred.session
    specimen = session.current.specimen
    before = session.project.placements(specimen)
    viewer.layers.remove(session.current.points)
    qtbot.wait(50)
    assert transferred.review.landmarks.rowCount() == 0
    assert session.project.placements(specimen) == before
    transferred.review.look_at(specimen)
    assert len(session.current.points.data) == len(before)


def test_the_reference_of_a_project_is_reached_from_review(
    transferred: HomologWidget, qtbot: Any
) -> None:
    review, session = transferred.review, transferred.session
    row = review.specimens.rowCount() - 1
    review.specimens.choose(row)
    assert session.current.name == "fish 1"
    assert [one.value for one in statuses(transferred).values()] == ["manual"] * 3


@pytest.mark.parametrize(
    ("key", "modifier", "by"),
    [
        (Qt.Key.Key_Up, None, (-1, 0)),
        (Qt.Key.Key_Right, None, (0, 1)),
        (Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier, (10, 0)),
        (Qt.Key.Key_Left, None, (0, -1)),
    ],
)
def test_arrow_keys_move_the_selected_point(
    viewer: napari.Viewer,
    transferred: HomologWidget,
    qtbot: Any,
    key: Any,
    modifier: Any,
    by: tuple[int, int],
) -> None:
    session = transferred.session
    specimen, name = session.current.specimen, transferred.review.landmarks.chosen()
    before = session.project.placements(specimen)[name].point
    press(viewer, qtbot, key, modifier)
    placed = session.project.placements(specimen)[name]
    assert placed.status is PlacementStatus.CORRECTED
    np.testing.assert_allclose(np.subtract(placed.point, before), by)
    assert transferred.review.landmarks.chosen() == name
    assert session.current.selected() == [name]
    press(viewer, qtbot, Qt.Key.Key_Z, CONTROL)
    assert session.project.placements(specimen)[name].point == before


def test_a_line_tells_how_far_the_review_has_come(
    viewer: napari.Viewer, transferred: HomologWidget, qtbot: Any
) -> None:
    review, project = transferred.review, transferred.session.project
    doubtful = sum(
        one.confidence < 0.5 for number in (2, 3) for one in project.placements(number).values()
    )
    assert review.summary.text().startswith("0 of 2 reviewed")
    assert (f", {doubtful} landmark" in review.summary.text()) == bool(doubtful)
    press(viewer, qtbot, Qt.Key.Key_B)
    assert review.summary.text().startswith("1 of 2 reviewed")


def test_a_reference_that_was_moved_is_to_be_learned_again(
    transferred: HomologWidget, click: Callable[..., None]
) -> None:
    session = transferred.session
    (reference,) = session.project.references()
    row, col = session.project.placements(reference.id)["eye"].point
    session.project.place(reference.id, "eye", (row + 20, col))
    session.changed(reference.id)
    transferred.tabs.setCurrentWidget(transferred.transfer)
    transferred.transfer.again.setChecked(True)
    click(transferred.transfer.transfer_button)
    assert not transferred.bar.running
    assert (
        "Landmarks of fish 1 were moved since they were learned" in transferred.bar.message.text()
    )


def test_attention_leaves_a_light_picture_to_be_seen(
    viewer: napari.Viewer, transferred: HomologWidget
) -> None:
    light = viewer.add_image(np.full((40, 50, 3), 250, np.uint8), name="light", rgb=True)
    maps = np.zeros((1, 40, 50), np.float32)
    maps[0, 20, 25] = 1
    found = SimpleNamespace(names=("eye",), maps=maps, scale=np.ones(2), translate=np.zeros(2))
    show_prediction_maps(viewer, light, found, each=False)
    layer = viewer.layers["light attention"]
    assert layer.blending == "translucent"
    none, most = np.array(layer.colormap.map(np.array([0.0, 1.0])))
    assert none[3] == 0, "where there is no attention the picture is as it was"
    assert 0.5 < most[3] < 0.9
