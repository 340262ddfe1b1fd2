"""The dock widget in a real viewer, driven by clicks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import Qt

pytest.importorskip("napari", reason="the plugin needs napari")

import napari

from napari_homolog.drawn import draw
from napari_homolog.plugin.dock import HomologWidget

PATIENCE = 240_000
"""Milliseconds to wait for a worker."""


@pytest.fixture
def viewer(make_napari_viewer: Any) -> napari.Viewer:
    return make_napari_viewer(show=True)


@pytest.fixture
def dock(viewer: napari.Viewer, qtbot: Any) -> HomologWidget:
    widget = HomologWidget(viewer)
    viewer.window.add_dock_widget(widget, name="Homologous landmarks")
    qtbot.wait(50)
    return widget


def click(qtbot: Any, button: Any) -> None:
    assert button.isEnabled(), f"{button.text()} cannot be clicked"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def add_series(viewer: napari.Viewer, names: tuple[str, ...] = ("snout", "eye")) -> Any:
    reference, target = draw("fish", 900, (150, 200)), draw("fish", 901, (130, 170))
    viewer.add_image(reference.image, name="reference", rgb=True)
    viewer.add_image(target.image, name="target", rgb=True, scale=(2, 2), translate=(0, 250))
    marks = np.array([reference.landmarks[name] for name in names])
    viewer.add_points(marks, name="marks", features={"name": list(names)})
    return target


def learn(qtbot: Any, dock: HomologWidget) -> None:
    click(qtbot, dock.learn_button)
    qtbot.waitUntil(lambda: dock.message.text().startswith("Learned"), timeout=PATIENCE)
    qtbot.waitUntil(dock.learn_button.isEnabled, timeout=5000)


def test_learn_and_transfer_write_layers(
    viewer: napari.Viewer, dock: HomologWidget, qtbot: Any
) -> None:
    add_series(viewer)
    dock.image.choose(viewer.layers["reference"])
    assert not dock.transfer_button.isEnabled()
    learn(qtbot, dock)
    dock.with_maps.setChecked(True)
    click(qtbot, dock.transfer_button)
    qtbot.waitUntil(lambda: dock.message.text().startswith("Transferred to 1"), timeout=PATIENCE)

    points = viewer.layers["target landmarks"]
    assert list(points.features["name"]) == ["snout", "eye"]
    assert set(points.features["status"]) == {"predicted"}
    assert points.features["confidence"].between(0, 1).all()
    np.testing.assert_allclose(points.scale, (2, 2))
    np.testing.assert_allclose(points.translate, (0, 250))
    for title in ("target attention", "target attention: snout", "target attention: eye"):
        layer = viewer.layers[title]
        assert (layer.colormap.name, layer.blending) == ("inferno", "additive")
        # The map's outer edges are those of the image in the world.
        shape = np.array(layer.data.shape)
        np.testing.assert_allclose(layer.translate - layer.scale / 2, (0 - 1, 250 - 1))
        np.testing.assert_allclose(shape * layer.scale, (130 * 2, 170 * 2))


def test_a_second_transfer_replaces_the_layers_of_the_first(
    viewer: napari.Viewer, dock: HomologWidget, qtbot: Any
) -> None:
    add_series(viewer)
    dock.image.choose(viewer.layers["reference"])
    learn(qtbot, dock)
    for _ in range(2):
        dock.message.setText("")
        click(qtbot, dock.transfer_button)
        qtbot.waitUntil(lambda: dock.message.text().startswith("Transferred"), timeout=PATIENCE)
        qtbot.waitUntil(dock.transfer_button.isEnabled, timeout=5000)
    titles = [layer.name for layer in viewer.layers]
    assert titles.count("target landmarks") == titles.count("target attention") == 1
    assert dock.targets.count() == 1, "the plugin's own layers are no targets"


def test_cancel_answers_and_the_widget_is_usable_again(
    viewer: napari.Viewer, dock: HomologWidget, qtbot: Any
) -> None:
    add_series(viewer)
    click(qtbot, dock.learn_button)
    qtbot.waitUntil(lambda: dock.progress.value() > 0, timeout=PATIENCE)
    click(qtbot, dock.cancel_button)
    qtbot.waitUntil(lambda: dock.message.text() == "Stopped.", timeout=10_000)
    qtbot.waitUntil(dock.learn_button.isEnabled, timeout=5000)
    assert not dock.cancel_button.isEnabled()


def test_points_without_names_are_numbered(
    viewer: napari.Viewer, dock: HomologWidget, qtbot: Any
) -> None:
    specimen = draw("leaf", 4, (100, 100))
    viewer.add_image(specimen.image, name="leaf", rgb=True)
    viewer.add_points(specimen.landmarks.points[:2], name="marks")
    learn(qtbot, dock)
    assert "Learned 2 landmarks" in dock.message.text()


@pytest.mark.parametrize("what", ["no image", "no points", "empty points", "outside", "stack"])
def test_what_is_wrong_is_said_in_the_widget(
    viewer: napari.Viewer, dock: HomologWidget, qtbot: Any, what: str
) -> None:
    expected = {
        "no image": "Open an image",
        "no points": "Points layer",
        "empty points": "no points",
        "outside": "outside the image",
        "stack": "stack",
    }[what]
    if what == "stack":
        viewer.add_image(np.zeros((3, 40, 40)), name="stack")
        viewer.add_points([[1, 2, 3]], name="marks")
    elif what != "no image":
        viewer.add_image(np.zeros((40, 40)), name="image")
    if what == "empty points":
        viewer.add_points(name="marks", ndim=2)
    elif what == "outside":
        viewer.add_points([[400, 20]], name="marks")
    click(qtbot, dock.learn_button)
    qtbot.waitUntil(lambda: expected in dock.message.text(), timeout=60_000)
    qtbot.waitUntil(dock.learn_button.isEnabled, timeout=5000)


def test_target_removed_while_transferring(
    viewer: napari.Viewer, dock: HomologWidget, qtbot: Any
) -> None:
    add_series(viewer)
    dock.image.choose(viewer.layers["reference"])
    learn(qtbot, dock)
    click(qtbot, dock.transfer_button)
    viewer.layers.remove("target")
    qtbot.waitUntil(lambda: dock.message.text().startswith("Transferred"), timeout=PATIENCE)
    assert "target landmarks" in viewer.layers


def test_choices_follow_the_layers(viewer: napari.Viewer, dock: HomologWidget, qtbot: Any) -> None:
    first = viewer.add_image(np.zeros((20, 20)), name="first")
    viewer.add_image(np.zeros((20, 20)), name="second")
    dock.image.choose(first)
    assert [dock.targets.item(i).text() for i in range(dock.targets.count())] == ["second"]
    viewer.layers.remove("first")
    assert dock.image.layer is viewer.layers["second"]
    assert dock.targets.count() == 0


def test_terms_are_told_before_anything_is_fetched(dock: HomologWidget) -> None:
    dock.model.setCurrentText("sd-1.4")
    assert "OpenRAIL" in dock.terms.text()
    assert "GB" in dock.terms.text()
