"""What is accepted or corrected in the review places the other specimens anew."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hands import NAMES, PATIENCE, SIZE
from qtpy.QtCore import Qt

from napari_homolog.plugin import background_refinement
from napari_homolog.plugin.dock import HomologWidget
from napari_homolog.project import PlacementStatus, RefinedLandmark, specimens_to_mark
from napari_homolog.synthetic import generate


@pytest.fixture
def refining() -> bool:
    return True


def specimen(dock: HomologWidget, name: str) -> int:
    found = dock.session.project.find(name)
    assert found is not None
    return found.id


def references(dock: HomologWidget) -> set[str]:
    rows = dock.session.project._database.execute("SELECT DISTINCT refined_with FROM location")
    return {digest for (digest,) in rows}


def truth(number: int) -> dict[str, tuple[float, float]]:
    landmarks = generate("fish", 899 + number, SIZE).landmarks
    return {name: tuple(landmarks[name]) for name in NAMES}


def decide(dock: HomologWidget, number: int) -> None:
    """Put all landmarks of a fish in their places, as by hand."""
    found = specimen(dock, f"fish {number}")
    dock.session.project.place_many(found, truth(number))
    dock.session.changed(found)


def settle(dock: HomologWidget, qtbot: Any) -> None:
    qtbot.waitUntil(lambda: not dock.review.refinement.running, timeout=PATIENCE)


def test_the_others_follow_and_the_one_that_is_shown_does_not_move(
    transferred: HomologWidget, qtbot: Any
) -> None:
    review, session = transferred.review, transferred.session
    shown, other = (specimen(transferred, name) for name in ("fish 2", "fish 3"))
    review.look_at(shown)
    settle(transferred, qtbot)
    before = session.project.landmarks_of(shown).points
    first = references(transferred)
    decide(transferred, 3)
    settle(transferred, qtbot)
    np.testing.assert_array_equal(session.project.landmarks_of(shown).points, before)
    assert references(transferred) == first
    review.look_at(other)
    settle(transferred, qtbot)
    assert references(transferred) != first
    assert review.refining.text() == "Placed anew by what you decided: 1."
    moved = session.project.placements(shown)
    assert {one.status for one in moved.values()} == {PlacementStatus.PREDICTED}
    layer = session.opened(shown)
    if layer is not None:
        np.testing.assert_allclose(
            layer.points.data, [moved[name].point for name in layer.points.features["name"]]
        )


def test_what_was_decided_stays(transferred: HomologWidget, qtbot: Any) -> None:
    project, shown = transferred.session.project, specimen(transferred, "fish 2")
    transferred.review.look_at(specimen(transferred, "fish 3"))
    project.place(shown, NAMES[0], (7.0, 9.0))
    decide(transferred, 3)
    settle(transferred, qtbot)
    assert project.placements(shown)[NAMES[0]].point == (7.0, 9.0)


def test_it_can_be_turned_off(
    transferred: HomologWidget, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(transferred, qtbot)
    first = references(transferred)
    monkeypatch.setattr(background_refinement, "preference", lambda name, default: False)
    transferred.review.look_at(specimen(transferred, "fish 3"))
    decide(transferred, 3)
    assert not transferred.review.refinement.running
    qtbot.wait(1500)
    assert references(transferred) == first


def test_the_most_useful_specimen_is_another_one(transferred: HomologWidget, qtbot: Any) -> None:
    review, session = transferred.review, transferred.session
    settle(transferred, qtbot)
    useful = specimens_to_mark(session.project, 1)[0].id
    other = next(
        one.id for one in session.project.specimens() if one.id != useful and not one.reference
    )
    review.look_at(other)
    qtbot.mouseClick(review.buttons["suggested"], Qt.MouseButton.LeftButton)
    assert session.current is not None
    assert session.current.specimen == useful


def test_a_specimen_that_was_not_found_is_marked(transferred: HomologWidget, qtbot: Any) -> None:
    review, session = transferred.review, transferred.session
    settle(transferred, qtbot)
    lost = specimen(transferred, "fish 3")
    elsewhere = RefinedLandmark((5.0, 5.0), 0.1, float("nan"))
    session.project.record_refinement(lost, dict.fromkeys(NAMES, elsewhere), "none")
    review.refresh()
    status = {
        review.specimens.item(row, 0).text(): review.specimens.item(row, 1).text()
        for row in range(review.specimens.rowCount())
    }
    assert status["fish 3"].endswith(", not the specimen?")
    assert not status["fish 2"].endswith("?")
