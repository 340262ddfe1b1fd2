"""Messages speak of the last act; buttons that can do nothing are disabled and say why."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import napari
import numpy as np
import pytest
from hands import canvas_of, focus
from qtpy.QtCore import Qt

from napari_homolog.plugin import run_bar
from napari_homolog.plugin.dock import WELCOME, HomologWidget


def said(dock: HomologWidget) -> str:
    text: str = dock.bar.message.text()
    return text


def say_something(dock: HomologWidget) -> None:
    dock.session.message.emit("This is the answer to the last act.")


def test_the_first_words_are_said_in_the_dock_alone(dock: HomologWidget) -> None:
    assert said(dock) == WELCOME


def test_a_message_is_over_with_the_next_click_in_the_dock(
    transferred: HomologWidget, click: Callable[..., None]
) -> None:
    say_something(transferred)
    click(transferred.review.buttons["accept"])
    assert said(transferred) == ""


def test_a_message_is_over_with_the_next_click_on_the_picture(
    transferred: HomologWidget, click_canvas: Callable[..., None]
) -> None:
    say_something(transferred)
    click_canvas((5, 5))
    assert said(transferred) == ""


def test_a_message_is_over_with_the_next_key(
    viewer: napari.Viewer, transferred: HomologWidget, qtbot: Any
) -> None:
    table = transferred.review.landmarks
    for widget in (canvas_of(viewer), table):
        focus(widget, qtbot)
        say_something(transferred)
        qtbot.keyClick(widget, Qt.Key.Key_K)
        assert said(transferred) == ""
        say_something(transferred)
        qtbot.keyClick(widget, Qt.Key.Key_Control)
        assert said(transferred) != "", "a key that is held does nothing by itself"


def test_an_answer_that_comes_with_the_act_stays(
    transferred: HomologWidget, qtbot: Any, viewer: napari.Viewer
) -> None:
    for _ in range(2):
        canvas = canvas_of(viewer)
        canvas.setFocus()
        transferred.review.landmarks.clearSelection()
        qtbot.keyClick(canvas, Qt.Key.Key_K)
        qtbot.wait(30)
        assert "Select one landmark first" in said(transferred)


def test_news_can_be_read_by_somebody_who_is_working(
    transferred: HomologWidget, click: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr(run_bar, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    transferred.session.news.emit("Learned 3 landmarks.")
    click(transferred.review.buttons["accept"])
    assert said(transferred) == "Learned 3 landmarks."
    clock[0] += 2.1
    assert said(transferred) == "Learned 3 landmarks.", "nobody did anything meanwhile"
    click(transferred.review.buttons["accept"])
    assert said(transferred) == ""


def test_nothing_to_do_disables_and_tells_why(dock: HomologWidget, qtbot: Any) -> None:
    expected = {
        dock.landmarks.take_button: "Open an image first",
        dock.landmarks.place_button: "Open an image first",
        dock.landmarks.list.remove_button: "Select a landmark",
        dock.landmarks.files.save_action: "list is empty",
        dock.landmarks.files.import_action: "Open the image first",
        dock.curves.draw_button: "Place the landmarks",
        dock.curves.locate_button: "Draw a curve",
        dock.learn.learn_button: "There is no reference yet",
        dock.learn.save_button: "Nothing is learned yet",
        dock.transfer.layers_button: "No image is open",
        dock.transfer.transfer_button: "Nothing is learned yet",
        dock.words.show_button: "Open an image first",
    }
    switches = ("names", "legend")
    deciding = [one for name, one in dock.review.buttons.items() if name not in switches]
    expected |= dict.fromkeys(deciding, "")
    for control, why in expected.items():
        assert not control.isEnabled(), control.text()
        assert why in control.toolTip()
    assert "nothing to review yet" in dock.review.buttons["next"].toolTip()
    dock.tabs.setCurrentWidget(dock.review)
    qtbot.mouseClick(dock.review.buttons["accept"], Qt.MouseButton.LeftButton)
    assert said(dock) == "", "a disabled button does nothing"


def test_buttons_can_be_used_as_soon_as_they_can_do_something(
    viewer: napari.Viewer, dock: HomologWidget
) -> None:
    place, own = dock.landmarks.place_button, "Click on the image to place"
    viewer.add_image(np.zeros((80, 100, 3), np.uint8), name="wing", rgb=True)
    assert place.isEnabled()
    assert own in place.toolTip()
    assert "no Points layer" in dock.landmarks.take_button.toolTip()
    assert dock.transfer.layers_button.isEnabled()
    viewer.add_points([(10, 20)], name="marks")
    assert dock.landmarks.take_button.isEnabled()
    assert dock.learn.learn_button.isEnabled()
    viewer.layers.clear()
    assert not place.isEnabled()
    assert not dock.learn.learn_button.isEnabled()


def test_the_buttons_of_the_review_follow_what_is_selected(
    transferred: HomologWidget, click: Callable[..., None]
) -> None:
    review, buttons = transferred.review, transferred.review.buttons
    assert not buttons["previous"].isEnabled()
    assert "first specimen" in buttons["previous"].toolTip()
    assert not buttons["again"].isEnabled()
    click(buttons["missing"])
    review.landmarks.choose(0)
    assert "marked as missing already" in buttons["missing"].toolTip()
    review.landmarks.clearSelection()
    assert "Select one landmark first" in buttons["accept"].toolTip()
    review.landmarks.choose(1)
    click(buttons["accept"])
    assert buttons["again"].isEnabled()
    for _ in range(2):
        click(buttons["next"])
    assert not buttons["next"].isEnabled()
    assert "last specimen" in buttons["next"].toolTip()
    assert buttons["previous"].isEnabled()


def test_the_list_moves_what_can_be_moved(transferred: HomologWidget) -> None:
    transferred.tabs.setCurrentWidget(transferred.landmarks)
    tools = transferred.landmarks.list
    enabled = []
    for row in range(3):
        tools.table.selectRow(row)
        enabled.append((tools.up_button.isEnabled(), tools.down_button.isEnabled()))
    assert enabled == [(False, True), (True, True), (True, False)]
    tools.table.selectAll()
    assert not tools.up_button.isEnabled()
    assert tools.remove_button.isEnabled()
