"""Specimens that are looked for in their boxes."""

from __future__ import annotations

import numpy as np
import pytest

import napari_homolog as nh
from napari_homolog.boxes import Box
from napari_homolog.correspondence.views.specimen_part import part_around
from napari_homolog.diffusion import Backbone
from napari_homolog.errors import BoxError, LandmarkError
from napari_homolog.images import as_rgb
from napari_homolog.synthetic import SyntheticSpecimen, generate

QUICK = nh.preset("attention").changed(
    "quick",
    learn={"restarts": 1, "steps": 60, "encodings": 1},
    locate={"encodings": 1, "shape_prior": 0.2},
)
OFFSET = np.array([140, 60])
BOX = Box(159.5, 79.5, 269.5, 229.5)


@pytest.fixture(scope="module")
def specimen() -> SyntheticSpecimen:
    return generate("butterfly", 77, (150, 190))


@pytest.fixture(scope="module")
def frame(specimen: SyntheticSpecimen) -> np.ndarray:
    """Return a large picture with the specimen in it."""
    frame = np.full((400, 360, 3), 90, np.uint8)
    frame[140:290, 60:250] = specimen.image
    return frame


@pytest.fixture(scope="module")
def reference(specimen: SyntheticSpecimen, frame: np.ndarray) -> nh.Reference:
    points = specimen.landmarks.points + OFFSET
    return nh.Reference(frame, nh.Landmarks.from_arrays(specimen.landmarks.names, points), box=BOX)


@pytest.fixture(scope="module")
def in_box(embedded: Backbone, reference: nh.Reference) -> nh.LandmarkSet:
    return nh.learn(embedded, [reference], preset=QUICK)


def test_what_is_outside_the_box_does_not_count(
    embedded: Backbone, learned: nh.LandmarkSet, frame: np.ndarray
) -> None:
    part, origin = part_around(as_rgb(frame), BOX)
    alone = nh.locate(embedded, part, learned)
    found = nh.locate(embedded, frame, learned, box=BOX)
    np.testing.assert_array_equal(found.points, alone.points + origin)
    np.testing.assert_array_equal(found.translate, alone.translate + origin)
    np.testing.assert_array_equal(found.maps, alone.maps)
    assert found.secondary_peaks is not None
    np.testing.assert_array_equal(found.secondary_peaks, alone.secondary_peaks + origin)


def test_references_tell_where_landmarks_lie_in_their_boxes(
    in_box: nh.LandmarkSet, reference: nh.Reference
) -> None:
    assert in_box.box_places is not None
    np.testing.assert_allclose(BOX.to_pixels(in_box.box_places), reference.landmarks.points)


def test_where_nothing_is_to_be_seen_the_box_decides(
    embedded: Backbone, in_box: nh.LandmarkSet
) -> None:
    box = Box(40, 30, 240, 330)
    found = nh.locate(embedded, np.full((400, 360, 3), 90, np.uint8), in_box, box=box)
    assert in_box.box_places is not None
    away = np.linalg.norm(found.points - box.to_pixels(in_box.box_places), axis=1)
    assert away.max() < 0.15 * box.size
    assert np.median(away) < 0.05 * box.size


def test_the_places_in_boxes_are_kept(in_box: nh.LandmarkSet) -> None:
    assert in_box.box_places is not None
    again = nh.LandmarkSet.from_bytes(in_box.to_bytes(), "the file")
    np.testing.assert_array_equal(again.box_places, in_box.box_places)
    some = again.subset(in_box.names[2:4])
    np.testing.assert_array_equal(some.box_places, in_box.box_places[2:4])


def test_extending_without_boxes_keeps_the_places(
    embedded: Backbone, in_box: nh.LandmarkSet, specimen: SyntheticSpecimen
) -> None:
    name = specimen.landmarks.names[0]
    marks = nh.Landmarks({name: specimen.landmarks[name], "new": (20, 30)})
    wider = nh.extend(embedded, in_box, [nh.Reference(specimen.image, marks)])
    assert wider.box_places is not None
    assert wider.names == (*in_box.names, "new")
    np.testing.assert_array_equal(wider.box_places[:-1], in_box.box_places)
    assert np.isnan(wider.box_places[-1]).all()


def test_a_landmark_far_outside_its_box(embedded: Backbone, reference: nh.Reference) -> None:
    away = nh.Landmarks({"head": (20.0, 20.0)})
    with pytest.raises(LandmarkError, match="outside its box; draw the box around the whole"):
        nh.learn(embedded, [nh.Reference(reference.image, away, box=BOX)], preset=QUICK)


def test_a_box_beside_the_target(embedded: Backbone, in_box: nh.LandmarkSet) -> None:
    with pytest.raises(BoxError, match="does not lie on its image"):
        nh.locate(embedded, np.zeros((50, 60, 3), np.uint8), in_box, box=BOX)
