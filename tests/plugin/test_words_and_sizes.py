"""Words that mean what they say, tooltips, small windows, and both themes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import napari
import numpy as np
import pytest
from hands import NAMES, PATIENCE, SIZE
from matplotlib.colors import to_hex
from qtpy.QtCore import Qt
from qtpy.QtGui import QColor
from qtpy.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QLineEdit,
    QListWidget,
    QPushButton,
    QSpinBox,
    QTableWidget,
    QWidget,
)

from napari_homolog.plugin.dock import HomologWidget
from napari_homolog.plugin.wording import counted
from napari_homolog.synthetic import generate


def luminance(colour: QColor) -> float:
    values = np.array([colour.redF(), colour.greenF(), colour.blueF()])
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def contrast(one: QColor, other: QColor) -> float:
    """As WCAG 2.2 defines it."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def words(dock: HomologWidget) -> dict[str, str]:
    table = dock.review.specimens
    return {table.item(row, 0).text(): table.item(row, 1).text() for row in range(3)}


def test_every_status_says_what_it_means(
    transferred: HomologWidget, click: Callable[..., None]
) -> None:
    current = transferred.session.current.name
    other = ({"fish 2", "fish 3"} - {current}).pop()
    assert words(transferred) == {"fish 1": "reference", current: "to review", other: "to review"}
    click(transferred.review.buttons["accept"])
    assert words(transferred)[current] == "partly reviewed"
    click(transferred.review.buttons["accept_all"])
    assert words(transferred)[current] == "reviewed"
    texts = [transferred.transfer.targets.items.item(row).text() for row in range(2)]
    assert sorted(texts) == sorted([f"{current}  —  reviewed", f"{other}  —  to review"])


def test_numbers_have_the_right_noun(
    viewer: napari.Viewer, dock: HomologWidget, click: Callable[..., None]
) -> None:
    assert [counted(number, "landmark") for number in range(3)] == [
        "0 landmarks",
        "1 landmark",
        "2 landmarks",
    ]
    viewer.add_image(np.zeros((50, 60)), name="leaf")
    viewer.add_points([(10, 20)], name="clicked")
    click(dock.landmarks.take_button)
    assert dock.bar.message.text().startswith("1 landmark taken over")
    assert dock.learn.references.item(0).text() == "leaf (1 landmark)"


def test_everything_that_can_be_used_has_a_tooltip(dock: HomologWidget) -> None:
    kinds = (QAbstractButton, QComboBox, QLineEdit, QListWidget, QSpinBox, QTableWidget)
    bare = [
        f"{type(one).__name__} {getattr(one, 'text', str)()!r}"
        for one in dock.findChildren(QWidget)
        if isinstance(one, kinds)
        and not one.toolTip()
        # Parts of other widgets, which have one.
        and not one.objectName().startswith("qt_")
        and not isinstance(one.parent(), (QComboBox, QTableWidget))
        and type(one.parent()).__name__ != "QTabBar"
    ]
    assert bare == []


def test_all_can_be_used_in_a_small_window_with_a_narrow_dock(
    viewer: napari.Viewer, transferred: HomologWidget, qtbot: Any
) -> None:
    window = viewer.window._qt_window
    window.resize(1366, 768)
    holder = transferred.parent()
    while not hasattr(holder, "setAllowedAreas"):
        holder = holder.parent()
    window.resizeDocks([holder], [380], Qt.Orientation.Horizontal)
    qtbot.waitUntil(lambda: transferred.width() <= 380, timeout=PATIENCE)
    assert window.height() <= 768
    for index in range(transferred.tabs.count()):
        panel = transferred.tabs.widget(index)
        transferred.tabs.setCurrentWidget(panel)
        qtbot.wait(20)
        for button in panel.findChildren(QPushButton):
            if button.isVisible():
                assert button.width() >= button.minimumSizeHint().width(), button.text()
                right = button.mapTo(transferred, button.rect().bottomRight())
                assert right.x() <= transferred.width(), button.text()
                assert right.y() <= transferred.height(), button.text()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_what_is_doubtful_can_be_read_in_both_themes(
    viewer: napari.Viewer, transferred: HomologWidget, qtbot: Any, theme: str
) -> None:
    viewer.theme = theme
    qtbot.wait(50)
    table = transferred.review.specimens
    colour = table.percent(0.3).foreground().color()
    cell = table.visualItemRect(table.item(1, 0))
    grounds = table.viewport().grab().toImage()
    ground = grounds.pixelColor(cell.left() + 1, cell.top() + 2)
    assert contrast(colour, ground) >= 4.5
    assert table.percent(0.6).foreground().color() != colour


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_plots_have_the_colours_of_the_theme(
    viewer: napari.Viewer, transferred: HomologWidget, click: Callable[..., None], theme: str
) -> None:
    viewer.theme = theme
    click(transferred.review.buttons["quality"])
    window = transferred.review._quality
    assert not window.outliers.isVisible(), "an empty list says nothing"
    ground = QColor(to_hex(window.figure.get_facecolor()))
    assert (luminance(ground) < 0.1) == (theme == "dark")
    for axis in window.figure.axes:
        assert to_hex(axis.get_facecolor()) == ground.name()
        for text in (axis.title, *axis.get_yticklabels(), *axis.texts):
            assert contrast(QColor(to_hex(text.get_color())), ground) > 4.5
    window.close()


def test_the_list_of_what_stands_out_is_shown_if_something_does(
    transferred: HomologWidget, click: Callable[..., None]
) -> None:
    project = transferred.session.project
    for number in range(10):
        specimen = project.add_picture(f"drawn {number}", SIZE)
        marks = generate("fish", 930 + number, SIZE).landmarks
        points = {name: tuple(marks[name]) for name in NAMES}
        if number == 4:
            points[NAMES[0]], points[NAMES[1]] = points[NAMES[1]], points[NAMES[0]]
        project.place_many(specimen, points)
    transferred.session.refresh()
    click(transferred.review.buttons["quality"])
    window = transferred.review._quality
    assert window.outliers.isVisible()
    listed = [window.outliers.item(row).text() for row in range(window.outliers.count())]
    assert any(text.startswith("drawn 4") for text in listed)
    window.close()
