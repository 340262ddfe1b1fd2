from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import napari_homolog as nh
from napari_homolog.correspondence import LandmarkSet, Preset
from napari_homolog.correspondence.views import SHIFT, ZOOM, close_ups
from napari_homolog.diffusion import Backbone
from napari_homolog.errors import LandmarkSetError, SettingsError
from napari_homolog.images import as_rgb
from napari_homolog.synthetic import SyntheticSpecimen, generate

QUICK = nh.preset("precise").changed(
    "quick",
    learn={"rounds": 1, "steps": 150, "encodings": 2, "close_ups": 2},
    locate={"encodings": 2, "close_ups": 2},
)


@pytest.fixture(scope="module")
def specimen() -> SyntheticSpecimen:
    return generate("fish", 31, (180, 240))


@pytest.fixture(scope="module")
def learned(embedded: Backbone, specimen: SyntheticSpecimen) -> LandmarkSet:
    return nh.learn(embedded, [nh.Reference(specimen.image, specimen.landmarks)], preset=QUICK)


def test_every_close_up_shows_its_point_near_its_middle(
    embedded: Backbone, specimen: SyntheticSpecimen
) -> None:
    points = specimen.landmarks.points
    rng = np.random.default_rng(0)
    views = close_ups(embedded, as_rgb(specimen.image), points, count=3, share=0.4, rng=rng)
    assert len(views) == 3 * len(points)
    assert views.groups == tuple(np.repeat([0, 1, 2], len(points)).tolist())
    for rectangle, point in zip(views.rectangles, np.tile(points, (3, 1)), strict=True):
        assert rectangle.height == rectangle.width
        assert abs(rectangle.height / (0.4 * 240) - 1) <= ZOOM
        (share,) = rectangle.to_shares(point[None])
        assert np.abs(share - 0.5).max() <= SHIFT + 1e-9


def test_close_ups_find_the_reference_s_own_landmarks_more_closely(
    embedded: Backbone, specimen: SyntheticSpecimen, learned: LandmarkSet
) -> None:
    far = learned.preset.changed("far", locate={"close_ups": 0}).locate

    def error(settings: nh.LocateSettings | None) -> float:
        found = nh.locate(embedded, specimen.image, learned, settings=settings)
        errors = np.linalg.norm(found.points - specimen.landmarks.points, axis=1)
        return float(np.median(errors)) / specimen.landmarks.longer_side()

    assert error(None) < 0.02
    assert error(None) < error(far)


def test_a_set_without_close_ups_is_refused(
    embedded: Backbone, specimen: SyntheticSpecimen, learned: LandmarkSet
) -> None:
    bare = replace(learned, close_up=None)
    with pytest.raises(LandmarkSetError, match="learned without close-ups"):
        nh.locate(embedded, specimen.image, bare)


def test_close_ups_must_be_learned_before_they_are_looked_at() -> None:
    with pytest.raises(SettingsError, match="not in learning"):
        nh.preset("balanced").changed("odd", locate={"close_ups": 2})


def test_the_paper_s_views_have_no_close_ups() -> None:
    with pytest.raises(SettingsError, match="no close-ups"):
        nh.preset("paper").changed("odd", learn={"close_ups": 2})


def test_both_passes_look_at_neighbourhoods_of_one_size() -> None:
    with pytest.raises(SettingsError, match="close_up_share"):
        nh.preset("precise").changed("odd", locate={"close_up_share": 0.5})


def test_extending_goes_on_from_the_close_ups_too(
    embedded: Backbone, specimen: SyntheticSpecimen, learned: LandmarkSet
) -> None:
    short: Preset = learned.preset.changed("short", learn={"steps": 2})
    other = generate("fish", 32, (180, 240))
    marks = nh.Landmarks({"eye": other.landmarks["eye"]})
    more = nh.extend(embedded, replace(learned, preset=short), [nh.Reference(other.image, marks)])
    assert learned.close_up is not None
    assert more.close_up is not None
    assert more.names == learned.names
    eye = learned.names.index("eye")
    others = [index for index in range(len(learned)) if index != eye]
    before, after = learned.close_up.tokens, more.close_up.tokens
    torch.testing.assert_close(after[:, others], before[:, others], atol=0, rtol=0)
    moved = (after[:, eye] - before[:, eye]).abs().mean()
    assert 0 < moved < 3 * short.learn.learning_rate


def test_the_arrangement_outvotes_a_decoy(embedded: Backbone, specimen: SyntheticSpecimen) -> None:
    """A second fish at the picture's edge draws landmarks away, but not all of them alike."""
    small = generate("fish", 31, (60, 80)).image
    scene = specimen.image.copy()
    scene[:60, -80:] = small
    quick = QUICK.changed("no close-ups", locate={"close_ups": 0})
    learned = nh.learn(embedded, [nh.Reference(specimen.image, specimen.landmarks)], preset=quick)
    found = nh.locate(embedded, scene, learned)
    errors = np.linalg.norm(found.points - specimen.landmarks.points, axis=1)
    assert errors.max() < 0.12 * specimen.landmarks.longer_side()
