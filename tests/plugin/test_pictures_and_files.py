"""A layer and a file are the same picture only if their pixels are."""

from __future__ import annotations

from pathlib import Path

import napari
import numpy as np
import pytest
from hands import SIZE
from PIL import Image

from napari_homolog.plugin.dock import HomologWidget
from napari_homolog.synthetic import generate

EXIF_ORIENTATION = 0x0112


@pytest.fixture
def picture() -> np.ndarray:
    return generate("fish", 905, SIZE).image


def test_a_layer_of_a_file_is_that_file(
    viewer: napari.Viewer, dock: HomologWidget, picture: np.ndarray, tmp_path: Path
) -> None:
    file = tmp_path / "fish.png"
    Image.fromarray(picture).save(file)
    (layer,) = viewer.open(file)
    specimen = dock.session.specimen_of(layer)
    assert specimen.path == file
    assert dock.session.project.pixel_hash_of(specimen.id) is not None


@pytest.mark.parametrize("orientation", [2, 3, 4])
def test_a_turned_photograph_is_not_its_file_unless_it_is_shown_turned(
    viewer: napari.Viewer,
    dock: HomologWidget,
    picture: np.ndarray,
    tmp_path: Path,
    orientation: int,
) -> None:
    """The size is the same: only the pixels tell whether a reader turned the picture."""
    file = tmp_path / "phone.png"
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    Image.fromarray(picture).save(file, exif=exif)
    (layer,) = viewer.open(file)
    as_stored = np.array_equal(layer.data, picture)
    specimen = dock.session.specimen_of(layer)
    assert (specimen.path is None) == as_stored


def test_a_layer_that_is_added_again_is_the_same_specimen(
    viewer: napari.Viewer, dock: HomologWidget, picture: np.ndarray
) -> None:
    first = dock.session.specimen_of(viewer.add_image(picture, name="fish", rgb=True))
    viewer.layers.remove("fish")
    again = viewer.add_image(picture.copy(), name="another name", rgb=True)
    assert dock.session.specimen_of(again).id == first.id
    other = viewer.add_image(picture[:, ::-1].copy(), name="fish", rgb=True)
    assert dock.session.specimen_of(other).id != first.id
