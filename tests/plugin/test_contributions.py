"""What the manifest promises: samples, readers, writers, menus, preferences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import napari
import numpy as np
import pytest
from hands import NAMES, SIZE
from PIL import Image

from napari_homolog import formats
from napari_homolog.correspondence import LandmarkSet
from napari_homolog.errors import FormatError, LandmarkError
from napari_homolog.plugin.preferences import preference
from napari_homolog.plugin.readers import dock_reader, landmark_reader
from napari_homolog.plugin.writers import write_points
from napari_homolog.project import LandmarkDefinition, Project
from napari_homolog.synthetic import generate


@pytest.mark.parametrize("key", ["butterflies", "beetles"])
def test_samples_open_as_series_with_marks(viewer: napari.Viewer, key: str) -> None:
    viewer.open_sample("napari-homolog", key)
    kind = {"butterflies": "butterfly", "beetles": "beetle"}[key]
    assert [layer.name for layer in viewer.layers] == [
        *(f"{kind} {number}" for number in range(1, 7)),
        f"{kind} 1 marks",
    ]
    marks = viewer.layers[f"{kind} 1 marks"]
    truth = generate(kind, 500, (384, 480)).landmarks
    np.testing.assert_allclose(marks.data, truth.points)
    assert list(marks.features["name"]) == list(truth.names)


def test_tps_opens_as_points_on_its_images(viewer: napari.Viewer, tmp_path: Path) -> None:
    Image.new("RGB", (60, 50)).save(tmp_path / "a.png")
    file = tmp_path / "marks.tps"
    file.write_text("LM=2\n10 20\n-1 -1\nIMAGE=a.png\nID=first\n")
    (layer,) = viewer.open(file, plugin="napari-homolog")
    assert layer.name == "first landmarks"
    assert next(tuple(point) for point in layer.data) == (30, 10)
    file.write_text("LM=1\n10 20\nIMAGE=b.png\n")
    with pytest.raises(FormatError, match="height is not known"):
        landmark_reader(str(file))(str(file))
    assert landmark_reader([str(file)]) is None


def test_one_missing_picture_leaves_out_one_specimen(
    viewer: napari.Viewer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (60, 50)).save(tmp_path / "wing.png")
    file = tmp_path / "marks.tps"
    file.write_text("LM=1\n10 20\nIMAGE=wing.png\nID=0\nLM=1\n10 20\nIMAGE=gone.png\nID=1\n")
    (layer,) = viewer.open(file, plugin="napari-homolog")
    assert layer.name == "wing landmarks", "a number is no name"
    assert (
        "1 of 2 specimens of marks.tps were left out: there is no gone.png"
        in capsys.readouterr().out
    )


def test_projects_and_sets_open_in_the_dock(
    viewer: napari.Viewer, learned: LandmarkSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "series.homolog"
    with Project.create(file) as project:
        project.set_landmarks([LandmarkDefinition("tip")])
    monkeypatch.setattr(napari, "current_viewer", lambda: viewer)
    assert dock_reader(str(file))(str(file)) == [(None,)]
    _, widget = viewer.window.add_plugin_dock_widget("napari-homolog", "Homologous landmarks")
    assert widget.session.project.path == file
    target = tmp_path / "set.safetensors"
    learned.save(target)
    dock_reader(str(target))(str(target))
    assert widget.session.learned.names == NAMES
    assert not viewer.layers


def test_points_are_saved_with_their_names(
    viewer: napari.Viewer, ready: Any, tmp_path: Path
) -> None:
    path = tmp_path / "out.tps"
    with pytest.warns(formats.FormatWarning, match="names"):
        viewer.layers["fish 1 landmarks"].save(str(path), plugin="napari-homolog")
    (specimen,) = formats.read_landmarks(path, image_size=SIZE)
    np.testing.assert_allclose(
        specimen.landmarks.points, ready.session.project.landmarks_of(1).points, atol=1e-4
    )
    table = tmp_path / "out.csv"
    write_points(str(table), [[1.5, 2.5]], {"name": "x", "features": {"name": ["tip"]}})
    (specimen,) = formats.read_landmarks(table)
    assert specimen.landmarks.names == ("tip",)
    np.testing.assert_array_equal(specimen.landmarks.points, [(1.5, 2.5)])
    coco = tmp_path / "out.json"
    viewer.layers["fish 1 landmarks"].save(str(coco), plugin="napari-homolog")
    (specimen,) = formats.read_landmarks(coco)
    assert specimen.landmarks.names == NAMES
    with pytest.raises(LandmarkError, match="on one picture"):
        write_points(str(table), np.zeros((2, 3)), {"name": "stack"})


def test_the_preferences_page_has_the_defaults() -> None:
    assert preference("model", "") == "embedded"
    assert preference("preset", "") == "standard"
    assert preference("log_level", "") == "warning"


@pytest.mark.parametrize("menu", ["annotate", "measure", "register"])
def test_the_widget_is_in_the_layers_menus(viewer: napari.Viewer, menu: str) -> None:
    from napari._app_model import get_app_model

    titles = [
        item.command.title
        for item in get_app_model().menus.get_menu(f"napari/layers/{menu}")
        if hasattr(item, "command")
    ]
    assert any("omologous landmarks" in title for title in titles), titles
