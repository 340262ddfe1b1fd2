"""Reviewing in a real window: worst first, decided by button and key, undone, exported."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import napari
import numpy as np
import pytest
from hands import NAMES, QUICK, SIZE, canvas_of, finish, focus
from PIL import Image
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog

from napari_homolog import formats
from napari_homolog.correspondence import PRESETS, LandmarkSet
from napari_homolog.diffusion import Backbone
from napari_homolog.plugin.attention_layers import show_prediction_maps
from napari_homolog.plugin.dock import HomologWidget
from napari_homolog.project import PlacementStatus, Project, SpecimenStatus
from napari_homolog.synthetic import generate


def column(table: Any, index: int) -> list[str]:
    return [table.item(row, index).text() for row in range(table.rowCount())]


def percents(table: Any, index: int) -> list[float]:
    return [float(text.rstrip("%")) for text in column(table, index) if text]


def blank_prediction() -> Any:
    """What showing attention takes of a prediction."""
    maps = np.ones((1, 4, 4), np.float32)
    return SimpleNamespace(names=("snout",), maps=maps, scale=np.ones(2), translate=np.zeros(2))


def press(viewer: napari.Viewer, qtbot: Any, key: Any, modifier: Any = None) -> None:
    canvas = canvas_of(viewer)
    canvas.setFocus()
    if modifier is None:
        qtbot.keyClick(canvas, key)
    else:
        qtbot.keyClick(canvas, key, modifier)
    qtbot.wait(30)


def test_the_least_certain_come_first(transferred: HomologWidget, click: Any) -> None:
    review = transferred.review
    assert sorted(column(review.specimens, 0)) == ["fish 1", "fish 2", "fish 3"]
    assert column(review.specimens, 1)[-1] == "reference"
    least = percents(review.specimens, 2)
    assert least == sorted(least)
    current = transferred.session.current
    assert current is not None
    assert current.name == column(review.specimens, 0)[0]
    confidence = percents(review.landmarks, 2)
    assert confidence == sorted(confidence)
    assert set(column(review.landmarks, 0)) == set(NAMES)
    assert review.landmarks.chosen() == column(review.landmarks, 0)[0]


def test_buttons_and_keys_go_through_specimens_and_landmarks(
    viewer: napari.Viewer, transferred: HomologWidget, click: Any, qtbot: Any
) -> None:
    review, session = transferred.review, transferred.session
    order = column(review.specimens, 0)
    assert session.current.name == order[0]
    press(viewer, qtbot, Qt.Key.Key_PageDown)
    assert session.current.name == order[1]
    click(review.buttons["next"])
    assert session.current.name == "fish 1", "the reference comes last"
    press(viewer, qtbot, Qt.Key.Key_PageDown)
    assert "last specimen" in transferred.bar.message.text()
    press(viewer, qtbot, Qt.Key.Key_PageUp)
    press(viewer, qtbot, Qt.Key.Key_PageUp)
    assert session.current.name == order[0]
    first = review.landmarks.chosen()
    press(viewer, qtbot, Qt.Key.Key_Period)
    assert review.landmarks.chosen() != first
    press(viewer, qtbot, Qt.Key.Key_Comma)
    assert review.landmarks.chosen() == first


def test_the_view_follows_the_landmark(
    viewer: napari.Viewer, transferred: HomologWidget, click: Any, qtbot: Any
) -> None:
    review = transferred.review
    name = column(review.landmarks, 0)[1]
    review.landmarks.selectRow(1)
    layer = transferred.session.current.points
    place = layer.data[list(layer.features["name"]).index(name)]
    np.testing.assert_allclose(viewer.scene.camera.center[-2:], place)
    visible = [one.name for one in viewer.layers if one.visible]
    current = transferred.session.current.name
    assert visible == [current, f"{current} landmarks"]


def test_decisions_by_key_are_kept_and_undone(
    viewer: napari.Viewer, transferred: HomologWidget, click: Any, qtbot: Any
) -> None:
    review, session = transferred.review, transferred.session
    specimen, order = session.current.specimen, column(review.landmarks, 0)
    press(viewer, qtbot, Qt.Key.Key_K)
    placed = session.project.placements(specimen)
    assert placed[order[0]].status is PlacementStatus.ACCEPTED
    symbols = dict(
        zip(session.current.points.features["name"], session.current.points.symbol, strict=True)
    )
    assert str(symbols[order[0]].value) == "square"
    assert review.landmarks.chosen() != order[0], "the next landmark is at hand"
    marked = review.landmarks.chosen()
    press(viewer, qtbot, Qt.Key.Key_J)
    assert session.project.placements(specimen)[marked].status is PlacementStatus.MISSING
    assert marked not in list(session.current.points.features["name"])
    press(viewer, qtbot, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert session.project.placements(specimen)[marked].status is PlacementStatus.PREDICTED
    assert marked in list(session.current.points.features["name"])
    click(transferred.project_bar.redo_button)
    assert session.project.placements(specimen)[marked].status is PlacementStatus.MISSING


def test_keys_work_while_a_table_has_the_focus(
    viewer: napari.Viewer, transferred: HomologWidget, qtbot: Any
) -> None:
    review, session = transferred.review, transferred.session
    specimen, name = session.current.specimen, review.landmarks.chosen()
    focus(review.landmarks, qtbot)
    qtbot.keyClick(review.landmarks, Qt.Key.Key_J)
    assert session.project.placements(specimen)[name].status is PlacementStatus.MISSING
    focus(review.landmarks, qtbot)
    qtbot.keyClick(review.landmarks, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert session.project.placements(specimen)[name].status is PlacementStatus.PREDICTED
    focus(review.specimens, qtbot)
    qtbot.keyClick(review.specimens, Qt.Key.Key_PageDown)
    assert session.current.specimen != specimen


def test_a_dragged_point_is_a_correction(
    viewer: napari.Viewer, transferred: HomologWidget, click: Any, drag_canvas: Any
) -> None:
    session = transferred.session
    current = session.current
    name = list(current.points.features["name"])[1]
    start = current.points.data[1].copy()
    end = np.clip(start + (12, 9), 5, np.array(SIZE) - 5)
    drag_canvas(tuple(start), tuple(end))
    placed = session.project.placements(current.specimen)[name]
    assert placed.status is PlacementStatus.CORRECTED
    np.testing.assert_allclose(placed.point, end, atol=1.5)
    assert session.project.specimen(current.specimen).status is SpecimenStatus.CORRECTED


def test_accepting_a_specimen_goes_on_to_the_next(transferred: HomologWidget, click: Any) -> None:
    review, session = transferred.review, transferred.session
    order = column(review.specimens, 0)
    click(review.buttons["accept_all"])
    assert session.current.name == order[1]
    rows = {one.name: one.status for one in session.project.specimens()}
    assert rows[order[0]] is SpecimenStatus.ACCEPTED
    assert column(review.specimens, 0) == order, "nothing moves during a pass"
    transferred.tabs.setCurrentWidget(transferred.learn)
    transferred.tabs.setCurrentWidget(review)
    assert column(review.specimens, 0) == [order[1], order[0], "fish 1"], "what is done comes last"
    assert review.summary.text().startswith("1 of 2 reviewed")


def test_accepting_goes_on_until_nothing_is_left(transferred: HomologWidget, click: Any) -> None:
    review, session = transferred.review, transferred.session
    order = column(review.specimens, 0)
    click(review.buttons["next"])
    assert session.current.name == order[1]
    click(review.buttons["accept_all"])
    assert session.current.name == order[0], "the one that was passed over"
    click(review.buttons["accept_all"])
    assert "All specimens are reviewed" in transferred.bar.message.text()


def test_corrected_specimens_become_references_with_one_click(
    transferred: HomologWidget, click: Any, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PRESETS, "fast", QUICK.changed("fast"))
    transferred.learn.preset.setCurrentText("fast")
    review, session = transferred.review, transferred.session
    name = session.current.name
    assert not review.buttons["again"].isEnabled()
    assert "Accept or correct" in review.buttons["again"].toolTip()
    for _ in NAMES:
        click(review.buttons["accept"])
    click(review.buttons["again"])
    finish(transferred, qtbot)
    assert transferred.bar.message.text().startswith("Learned 3 landmarks")
    assert session.learned.references == ("fish 1", name)
    rows = dict(zip(column(review.specimens, 0), column(review.specimens, 1), strict=True))
    assert rows[name] == "reference"
    # Picture, tables and keys are still about one specimen.
    assert session.current.name == name
    assert review.specimens.item(review.specimens.chosen_row, 0).text() == name
    assert set(review.landmarks.names()) == set(session.current.names)


def test_what_was_learned_again_goes_to_the_files_that_are_not_reviewed(
    dock: HomologWidget,
    learned: LandmarkSet,
    embedded: Backbone,
    click: Any,
    qtbot: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(PRESETS, "fast", QUICK.changed("fast"))
    session, review = dock.session, dock.review
    paths = [tmp_path / f"fish {number + 1}.png" for number in range(3)]
    specimens = [generate("fish", 900 + number, SIZE) for number in range(3)]
    for path, one in zip(paths, specimens, strict=True):
        Image.fromarray(one.image).save(path)
    first, _, _ = session.add_files(paths)
    session.project.set_landmarks(NAMES)
    marks = specimens[0].landmarks
    session.project.place_many(first, {name: tuple(marks[name]) for name in NAMES})
    session.project.mark_reference(first)
    session.backbone = embedded
    session.use_learned(learned)
    dock.learn.preset.setCurrentText("fast")
    dock.tabs.setCurrentWidget(dock.transfer)
    click(dock.transfer.transfer_button)
    finish(dock, qtbot)
    dock.tabs.setCurrentWidget(review)
    reviewed = session.current.name
    assert not review.transfer_button.isVisible()
    for _ in NAMES:
        click(review.buttons["accept"])
    click(review.buttons["again"])
    finish(dock, qtbot)
    assert review.transfer_button.text() == "Transfer to the 1 specimen that is not reviewed"
    click(review.buttons["next"])
    click(review.transfer_button)
    finish(dock, qtbot)
    assert dock.bar.message.text().startswith("Transferred to 1 specimen")
    assert not review.transfer_button.isVisible()
    (left,) = (one for one in session.project.specimens() if not one.reference)
    assert left.name != reviewed
    assert left.status is SpecimenStatus.FOUND


def test_attention_of_one_landmark_is_shown_on_demand(
    viewer: napari.Viewer, transferred: HomologWidget, click: Any, qtbot: Any
) -> None:
    review, session = transferred.review, transferred.session
    current, chosen = session.current, review.landmarks.chosen()
    title = f"{current.name} attention: {chosen}"
    click(review.buttons["map"])
    kept = viewer.layers[title].data.copy()
    click(review.buttons["map"])
    assert not viewer.layers[title].visible
    viewer.layers.remove(title)
    transferred.transfer.maps.forget()
    before = session.project.placements(current.specimen)
    click(review.buttons["map"])
    finish(transferred, qtbot)
    np.testing.assert_allclose(viewer.layers[title].data, kept, atol=1e-6)
    assert session.project.placements(current.specimen) == before
    assert session.current is current


def test_quality_names_a_slip(
    transferred: HomologWidget, click: Any, qtbot: Any, fish: list[Any]
) -> None:
    session = transferred.session
    for number in range(6):
        name = session.project.add_picture(f"drawn {number}", SIZE)
        marks = generate("fish", 930 + number, SIZE).landmarks
        points = {one: tuple(marks[one]) for one in NAMES}
        session.project.place_many(name, points)
    session.refresh()
    click(transferred.review.buttons["quality"])
    window = transferred.review._quality
    qtbot.waitUntil(window.isVisible)
    assert "mean Procrustes distance" in window.summary.text()
    assert len(window.figure.axes) == 2
    window.close()


def test_quality_of_one_specimen_is_no_quality(ready: HomologWidget) -> None:
    ready.tabs.setCurrentWidget(ready.review)
    assert not ready.review.buttons["quality"].isEnabled()
    assert "Two specimens" in ready.review.buttons["quality"].toolTip()


def test_quality_of_few_specimens_says_that_they_are_few(
    transferred: HomologWidget, click: Any
) -> None:
    click(transferred.review.buttons["quality"])
    text = transferred.review._quality.summary.text()
    assert "3 specimens are too few to tell" in text
    assert "No landmark stands out" not in text
    transferred.review._quality.close()


def test_export_writes_what_is_shown(
    transferred: HomologWidget, click: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    session = transferred.session
    session.project.mark_missing(2, "eye")
    for suffix in (".tps", ".csv"):
        path = tmp_path / f"all{suffix}"
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, p=path, **k: (str(p), ""))
        click(transferred.review.buttons["export"])
        if suffix == ".tps":
            with pytest.warns(formats.FormatWarning):
                click(transferred.review.export_dialog.export_button)
        else:
            click(transferred.review.export_dialog.export_button)
        read = formats.read_landmarks(path, image_size=SIZE)
        assert len(read) == 3
        for number, specimen in enumerate(read):
            np.testing.assert_allclose(
                specimen.landmarks.points,
                session.project.landmarks_of(number + 1).points,
                atol=1e-3,
            )
        assert not read[1].landmarks.present.all()


@pytest.mark.filterwarnings("ignore::napari_homolog.formats.FormatWarning")
@pytest.mark.parametrize("name", ["napari", "morphoj", "deeplabcut"])
def test_export_writes_the_format_that_was_chosen(
    transferred: HomologWidget,
    click: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    name: str,
) -> None:
    chosen = formats.find_format(name)
    kind = f"{chosen.title} (*{chosen.suffixes[0]})"
    written = (str(tmp_path / "all"), kind)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: written)
    click(transferred.review.buttons["export"])
    click(transferred.review.export_dialog.export_button)
    (file,) = tmp_path.glob("all.*")
    assert file.suffix == chosen.suffixes[0]
    assert len(formats.read_landmarks(file, format=name, image_size=SIZE)) == 3


def test_every_decision_is_on_disk_and_found_again(
    viewer: napari.Viewer,
    transferred: HomologWidget,
    click: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    qtbot: Any,
) -> None:
    file = tmp_path / "series.homolog"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(file), ""))
    transferred.project_bar.save_action.trigger()
    assert transferred.project_bar.name.text() == "series.homolog"
    specimen = transferred.session.current.specimen
    click(transferred.review.buttons["accept_all"])
    with Project.open(file, read_only=True) as elsewhere:
        assert elsewhere.specimen(specimen).status is SpecimenStatus.ACCEPTED
    transferred.project_bar.new_action.trigger()
    assert transferred.session.project.specimens() == []
    assert "fish 2 landmarks" not in viewer.layers
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a, **k: (str(file), ""))
    transferred.project_bar.open_action.trigger()
    assert transferred.session.project.specimen(specimen).status is SpecimenStatus.ACCEPTED
    assert transferred.session.learned.names == NAMES
    assert column(transferred.landmarks.table, 0) == list(NAMES)


def test_files_open_one_at_a_time(
    viewer: napari.Viewer, ready: HomologWidget, click: Any, qtbot: Any, tmp_path: Path
) -> None:
    paths = []
    for number in range(3):
        paths.append(tmp_path / f"f{number}.png")
        Image.fromarray(generate("fish", 980 + number, SIZE).image).save(paths[-1])
    ready.transfer.add_files(paths)
    ready.tabs.setCurrentWidget(ready.transfer)
    click(ready.transfer.transfer_button)
    finish(ready, qtbot)
    ready.tabs.setCurrentWidget(ready.review)
    before = len(viewer.layers)
    for _ in range(2):
        click(ready.review.buttons["next"])
        assert len(viewer.layers) == before, "one picture and its points"
    paths[0].unlink()
    paths[1].unlink()
    click(ready.review.buttons["previous"])
    click(ready.review.buttons["previous"])
    assert ".png" in ready.bar.message.text()


def test_files_of_any_size_are_shown_in_the_same_layers(
    viewer: napari.Viewer, ready: HomologWidget, click: Any, qtbot: Any, tmp_path: Path
) -> None:
    """Layers that come and go would fill the memory; those that stay must show nothing stale."""
    session, sizes = ready.session, [(100, 140), (220, 180), (90, 90)]
    for number, size in enumerate(sizes):
        Image.fromarray(generate("fish", 990 + number, size).image).save(
            tmp_path / f"f{number}.png"
        )
    ready.transfer.add_files(sorted(tmp_path.glob("f*.png")))
    numbers = [session.project.find(f"f{number}").id for number in range(3)]
    session.project.place_many(numbers[0], {"snout": (10, 20), "eye": (30, 40)})
    session.project.place_many(numbers[1], {"dorsal fin peak": (50, 60)})
    first = session.look_at(numbers[0])
    layers = (first.image, first.points)
    show_prediction_maps(viewer, first.image, blank_prediction(), each=False)
    session.look_at(numbers[1])
    assert (session.current.image, session.current.points) == layers
    assert session.opened(numbers[0]) is None
    assert [layer.name for layer in layers] == ["f1", "f1 landmarks"]
    assert layers[0].data.shape == (*sizes[1], 3)
    np.testing.assert_array_equal(layers[1].data, [(50, 60)])
    assert list(layers[1].features["name"]) == ["dorsal fin peak"]
    assert not [one for one in viewer.layers if "attention" in one.name]
    session.look_at(numbers[2])
    assert len(layers[1].data) == 0
    layers[1].add((5, 6))
    qtbot.wait(50)
    assert session.project.placements(numbers[2])["snout"].point == (5, 6)
    assert "snout" not in session.project.placements(numbers[1])
    path = tmp_path / "out.csv"
    layers[1].save(str(path), plugin="napari-homolog")
    assert formats.read_landmarks(path)[0].image == "f2.png"


def test_a_closed_specimen_is_opened_again(
    viewer: napari.Viewer, transferred: HomologWidget, click: Any
) -> None:
    name = transferred.session.current.name
    viewer.layers.remove(f"{name} landmarks")
    assert transferred.session.current is None
    click(transferred.review.buttons["next"])
    assert f"{transferred.session.current.name} landmarks" in viewer.layers


def test_a_draft_is_kept_and_recovered(
    viewer: napari.Viewer, transferred: HomologWidget, click: Any, qtbot: Any
) -> None:
    bar, session = transferred.project_bar, transferred.session
    assert bar.name.text() == "not saved yet"
    draft = session.project.path
    click(transferred.review.buttons["accept_all"])
    bar.new_action.trigger()
    empty = session.project.path
    assert draft.exists()
    bar.recover_menu.aboutToShow.emit()
    (action,) = bar.recover_menu.actions()
    assert action.text() == f"fish 1 and 2 more, 1 reviewed, {draft.stem}"
    assert action.toolTip().split("\n") == ["fish 1", "fish 2", "fish 3"]
    action.trigger()
    assert session.project.path == draft
    assert not empty.exists(), "an empty draft leaves nothing behind"
    assert session.project.summary()[SpecimenStatus.ACCEPTED] == 1
    bar.recover_menu.aboutToShow.emit()
    assert not bar.recover_menu.actions()[0].isEnabled()


def test_a_saved_draft_leaves_nothing_behind(transferred: HomologWidget, tmp_path: Path) -> None:
    draft = transferred.session.project.path
    transferred.project_bar.save(tmp_path / "named.homolog")
    assert list(draft.parent.iterdir()) == []
