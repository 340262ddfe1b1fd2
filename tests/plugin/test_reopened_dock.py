"""A dock that is closed by its cross and opened again is the one that it was."""

from __future__ import annotations

from typing import Any

import napari
from hands import NAMES

from napari_homolog.plugin.dock import HomologWidget


def test_a_closed_dock_is_opened_with_its_project(
    viewer: napari.Viewer, transferred: HomologWidget, qtbot: Any
) -> None:
    path = transferred.session.project.path
    docked, _ = viewer.window.add_plugin_dock_widget("napari-homolog", "Homologous landmarks")
    docked.title.close_button.click()
    qtbot.wait(50)
    assert not transferred.isVisible()
    _, again = viewer.window.add_plugin_dock_widget("napari-homolog", "Homologous landmarks")
    qtbot.wait(50)
    assert again is transferred
    assert again.isVisible()
    assert again.session.project.path == path
    assert set(again.review.landmarks.names()) == set(NAMES)


def test_each_window_has_its_own_dock(
    viewer: napari.Viewer, dock: HomologWidget, make_napari_viewer: Any, qtbot: Any
) -> None:
    other = make_napari_viewer()
    _, second = other.window.add_plugin_dock_widget("napari-homolog", "Homologous landmarks")
    assert second is not dock
    assert second.session.project.path != dock.session.project.path
