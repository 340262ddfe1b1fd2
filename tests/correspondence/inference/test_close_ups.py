"""The close-up pass and the shape prior, on synthetic specimens."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import napari_homolog as nh
from napari_homolog.diffusion import Backbone
from napari_homolog.errors import LandmarkSetError, SettingsError
from napari_homolog.synthetic import SyntheticSpecimen, generate

QUICK = nh.preset("standard").changed(
    "quick",
    learn={"restarts": 1, "steps": 150, "encodings": 2, "close_ups": 2},
    locate={"encodings": 2, "close_ups": 2, "refine": False},
)


@pytest.fixture(scope="module")
def specimen() -> SyntheticSpecimen:
    return generate("fish", 31, (180, 240))


def test_close_ups_locate_the_reference_s_own_landmarks_more_closely(
    embedded: Backbone, specimen: SyntheticSpecimen, learned: nh.LandmarkSet
) -> None:
    def error(settings: nh.LocateSettings) -> float:
        prediction = nh.locate(embedded, specimen.image, learned, settings=settings)
        errors = np.linalg.norm(prediction.points - specimen.landmarks.points, axis=1)
        return float(np.median(errors)) / specimen.landmarks.longer_side()

    with_close_ups = error(QUICK.locate)
    assert with_close_ups < 0.02
    assert with_close_ups < error(QUICK.locate.changed(close_ups=0))


def test_a_set_without_close_ups_is_refused(
    embedded: Backbone, specimen: SyntheticSpecimen, learned: nh.LandmarkSet
) -> None:
    without = replace(learned, close_up=None)
    with pytest.raises(LandmarkSetError, match="learned without close-ups"):
        nh.locate(embedded, specimen.image, without)


def test_close_ups_must_be_learned_before_they_are_located() -> None:
    with pytest.raises(SettingsError, match="needs close-ups that were learned"):
        nh.preset("attention").changed("odd", locate={"close_ups": 2})


def test_the_paper_s_views_have_no_close_ups() -> None:
    with pytest.raises(SettingsError, match=r"the paper's views need learn\.close_ups = 0, not 2"):
        nh.preset("paper").changed("odd", learn={"close_ups": 2})


def test_learning_and_locating_have_close_ups_of_one_size() -> None:
    with pytest.raises(SettingsError, match="close_up_share"):
        nh.preset("standard").changed("odd", locate={"close_up_share": 0.5})
    assert QUICK.changed("large", shared={"close_up_share": 0.5}).shared.close_up_share == 0.5


def test_the_shape_prior_outvotes_a_decoy(embedded: Backbone, specimen: SyntheticSpecimen) -> None:
    """A second fish at the image's edge attracts landmarks, but not all of them alike."""
    decoy = generate("fish", 31, (60, 80)).image
    image = specimen.image.copy()
    image[:60, -80:] = decoy
    coarse = QUICK.changed("no close-ups", locate={"close_ups": 0})
    learned = nh.learn(embedded, [nh.Reference(specimen.image, specimen.landmarks)], preset=coarse)
    prediction = nh.locate(embedded, image, learned)
    errors = np.linalg.norm(prediction.points - specimen.landmarks.points, axis=1)
    assert errors.max() < 0.12 * specimen.landmarks.longer_side()
