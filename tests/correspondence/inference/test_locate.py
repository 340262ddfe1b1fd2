from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import napari_homolog as nh
from napari_homolog.diffusion import Backbone
from napari_homolog.errors import Cancelled, ImageError, LandmarkSetError
from napari_homolog.synthetic import SyntheticSpecimen, generate

QUICK = nh.preset("attention").changed(
    "quick", learn={"restarts": 2, "steps": 150, "encodings": 2}, locate={"encodings": 2}
)


@pytest.fixture(scope="module")
def specimen() -> SyntheticSpecimen:
    return generate("butterfly", 77, (150, 190))


def test_the_reference_s_own_landmarks_are_located(
    specimen: SyntheticSpecimen, on_itself: nh.Prediction
) -> None:
    assert on_itself.names == specimen.landmarks.names
    errors = np.linalg.norm(on_itself.points - specimen.landmarks.points, axis=1)
    assert np.median(errors) < 0.03 * specimen.landmarks.longer_side()


def test_shapes_and_ranges_of_a_prediction(
    specimen: SyntheticSpecimen, on_itself: nh.Prediction
) -> None:
    count = len(specimen.landmarks)
    assert on_itself.maps.shape == (count, round(256 * 150 / 190), 256)
    assert on_itself.maps.min() >= 0
    assert on_itself.maps.max() <= 1
    assert on_itself.spread.shape == on_itself.confidence.shape == (count,)
    assert np.all((on_itself.confidence >= 0) & (on_itself.confidence <= 1))
    np.testing.assert_allclose(on_itself.scale * on_itself.maps.shape[1:], (150, 190))


def test_16_bit_targets_give_nearly_the_same_points(
    embedded: Backbone,
    specimen: SyntheticSpecimen,
    learned: nh.LandmarkSet,
    on_itself: nh.Prediction,
) -> None:
    sixteen_bits = nh.locate(embedded, specimen.image.astype(np.uint16) * 257, learned)
    np.testing.assert_allclose(sixteen_bits.points, on_itself.points, atol=0.01)


def test_stopping(embedded: Backbone, specimen: SyntheticSpecimen, learned: nh.LandmarkSet) -> None:
    checks: list[bool] = []

    def stop_at_the_second_check() -> bool:
        checks.append(len(checks) == 1)
        return checks[-1]

    with pytest.raises(Cancelled):
        nh.locate(
            embedded,
            specimen.image,
            learned,
            context=nh.RunContext(should_stop=stop_at_the_second_check),
        )
    assert checks == [False, True]


def test_a_stack_is_refused(embedded: Backbone, learned: nh.LandmarkSet) -> None:
    with pytest.raises(ImageError, match="no single picture"):
        nh.locate(embedded, np.zeros((5, 40, 40)), learned)


def test_a_set_of_another_model_is_refused(
    embedded: Backbone, specimen: SyntheticSpecimen, learned: nh.LandmarkSet
) -> None:
    foreign = replace(
        learned, backbone={**learned.backbone, "name": "sd-1.5", "fingerprint": "0" * 64}
    )
    with pytest.raises(LandmarkSetError, match=r"'sd-1\.5'.*'embedded'"):
        nh.locate(embedded, specimen.image, foreign)
