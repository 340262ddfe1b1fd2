"""The camera goes to landmarks in the user's zoom; the reference is seen as the specimen is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import napari
import numpy as np
import pytest
from hands import NAMES, PATIENCE, SIZE, canvas_of
from qtpy.QtCore import QPointF, Qt

from napari_homolog.plugin.dock import HomologWidget
from napari_homolog.plugin.landmark_camera import SHARE
from napari_homolog.synthetic import generate


def shorter(viewer: napari.Viewer) -> int:
    canvas = canvas_of(viewer)
    return min(canvas.width(), canvas.height())


def zoom_of(viewer: napari.Viewer) -> float:
    return float(viewer.scene.camera.zoom)


def test_a_landmark_is_seen_from_near_and_the_users_zoom_is_kept(
    viewer: napari.Viewer, transferred: HomologWidget, click: Callable[..., None], qtbot: Any
) -> None:
    review, session = transferred.review, transferred.session
    review.landmarks.choose(1)
    # The shorter side of the canvas shows half of the longer side of the picture.
    assert zoom_of(viewer) == pytest.approx(shorter(viewer) / (SHARE * (max(SIZE) - 1)), rel=0.02)
    viewer.scene.camera.zoom *= 1.7
    chosen = zoom_of(viewer)
    review.landmarks.choose(2)
    assert zoom_of(viewer) == pytest.approx(chosen)
    landmark, before = review.landmarks.chosen(), session.current.specimen
    canvas = canvas_of(viewer)
    canvas.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_PageDown)
    assert session.current.specimen != before
    assert review.landmarks.chosen() == landmark
    assert zoom_of(viewer) == pytest.approx(chosen)
    current = session.current
    np.testing.assert_allclose(
        viewer.scene.camera.center[-2:], current.points.data[current.names.index(landmark)]
    )


def test_a_point_that_is_picked_in_the_picture_does_not_move_the_view(
    viewer: napari.Viewer, transferred: HomologWidget, click_canvas: Callable[..., None]
) -> None:
    current = transferred.session.current
    other = next(name for name in current.names if name not in current.selected())
    transferred.session.camera.fit(current.image)
    before = (zoom_of(viewer), viewer.scene.camera.center)
    click_canvas(tuple(current.points.data[current.names.index(other)]))
    assert current.selected() == [other]
    assert (zoom_of(viewer), viewer.scene.camera.center) == before


def test_the_reference_has_the_scale_and_turn_of_the_canvas(
    viewer: napari.Viewer, transferred: HomologWidget, click: Callable[..., None], qtbot: Any
) -> None:
    """A specimen that is the reference turned by 90 degrees and twice as large."""
    session, review = transferred.session, transferred.review
    reference = generate("fish", 900, SIZE)
    turned = np.rot90(reference.image).repeat(2, 0).repeat(2, 1)
    points = {}
    for name in NAMES:
        row, col = reference.landmarks[name]
        points[name] = (2 * (SIZE[1] - 1 - col) + 0.5, 2 * row + 0.5)
    viewer.add_image(turned, name="turned", rgb=True)
    number = session.specimen_of(viewer.layers["turned"]).id
    session.project.place_many(number, points)
    session.refresh()
    review.look_at(number, "eye")
    assert review.landmarks.chosen() == "eye"
    for zoom in (3.0, 9.0):
        viewer.scene.camera.zoom = zoom
        inset = review.inset
        way = inset.to_view()
        eye = np.array(reference.landmarks["eye"])
        middle = way.map(QPointF(eye[1], eye[0]))
        assert (middle.x(), middle.y()) == pytest.approx((inset.width() / 2, inset.height() / 2))
        for name in NAMES:
            row, col = reference.landmarks[name]
            seen = way.map(QPointF(col, row))
            here = (np.array(points[name]) - points["eye"]) * zoom
            assert (seen.y() - middle.y(), seen.x() - middle.x()) == pytest.approx(tuple(here))


def test_the_inset_shows_the_reference_and_its_landmark(
    viewer: napari.Viewer, transferred: HomologWidget, qtbot: Any
) -> None:
    review = transferred.review
    name = review.landmarks.chosen()
    reference = generate("fish", 900, SIZE)
    viewer.scene.camera.zoom = 8
    qtbot.wait(50)
    picture = review.inset.grab().toImage()
    x, y = picture.width() // 2, picture.height() // 2
    way = review.inset.to_view().inverted()[0]
    # Beside the mark: nothing is drawn over the picture, which is enlarged smoothly.
    for right, down in ((-40, -40), (40, 30), (-30, 45)):
        there = way.map(QPointF(x + right, y + down))
        row, col = round(there.y()), round(there.x())
        if not (1 <= row < SIZE[0] - 1 and 1 <= col < SIZE[1] - 1):
            continue
        colour = picture.pixelColor(x + right, y + down)
        around = reference.image[row - 1 : row + 2, col - 1 : col + 2].reshape(-1, 3).astype(int)
        seen = np.array([colour.red(), colour.green(), colour.blue()])
        assert (seen >= around.min(0) - 6).all()
        assert (seen <= around.max(0) + 6).all()
    assert name in NAMES
    assert "fish 1" in review.inset.toolTip()


def test_the_reference_can_be_enlarged_and_follows(
    viewer: napari.Viewer, transferred: HomologWidget, qtbot: Any
) -> None:
    review = transferred.review
    qtbot.mouseClick(review.inset, Qt.MouseButton.LeftButton)
    window = review.inset._window
    qtbot.waitUntil(window.isVisible, timeout=PATIENCE)
    assert window.windowTitle() == f"{review.landmarks.chosen()} on fish 1"
    review.landmarks.choose(1)
    assert window.windowTitle() == f"{review.landmarks.chosen()} on fish 1"
    assert window.width() > 2 * review.inset.width()
    window.close()


def test_the_photograph_is_fitted_when_the_dock_opens(
    make_napari_viewer: Any, qtbot: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from napari_homolog.plugin import drafts

    monkeypatch.setattr(drafts, "user_data_path", lambda *names, **more: tmp_path / "data")
    viewer = make_napari_viewer(show=True)
    viewer.window.resize(1100, 700)
    viewer.add_image(np.zeros((300, 900, 3), np.uint8), name="wing", rgb=True)
    qtbot.wait(50)
    before = canvas_of(viewer).width()
    viewer.window.add_plugin_dock_widget("napari-homolog", "Homologous landmarks")
    qtbot.waitUntil(lambda: canvas_of(viewer).width() < before - 200, timeout=PATIENCE)
    # 95 % of the width of the canvas, as napari itself fits.
    qtbot.waitUntil(
        lambda: abs(900 * zoom_of(viewer) - 0.95 * canvas_of(viewer).width()) < 5, timeout=PATIENCE
    )
    np.testing.assert_allclose(viewer.scene.camera.center[-2:], (149.5, 449.5))
