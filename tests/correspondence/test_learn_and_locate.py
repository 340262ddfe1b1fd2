from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import napari_homolog as nh
from napari_homolog.correspondence import LandmarkSet, preset, with_method
from napari_homolog.diffusion import Backbone
from napari_homolog.errors import Cancelled, ImageError, LandmarkError, LandmarkSetError
from napari_homolog.synthetic import SyntheticSpecimen, generate

QUICK = preset("balanced").changed(
    "quick", learn={"rounds": 2, "steps": 150, "encodings": 2}, locate={"encodings": 2}
)


@pytest.fixture(scope="module")
def specimen() -> SyntheticSpecimen:
    return generate("butterfly", 77, (150, 190))


@pytest.fixture(scope="module")
def learned(embedded: Backbone, specimen: SyntheticSpecimen) -> LandmarkSet:
    return nh.learn(
        embedded, [nh.Reference(specimen.image, specimen.landmarks, "a.png")], preset=QUICK
    )


def relative_errors(found: nh.Landmarks, truth: nh.Landmarks) -> np.ndarray:
    return np.linalg.norm(found.points - truth.points, axis=1) / truth.longer_side()


def test_landmarks_are_found_again_on_their_own_reference(
    embedded: Backbone, specimen: SyntheticSpecimen, learned: LandmarkSet
) -> None:
    found = nh.locate(embedded, specimen.image, learned)
    assert found.names == specimen.landmarks.names
    assert np.median(relative_errors(found.landmarks, specimen.landmarks)) < 0.03


def test_shapes_and_ranges_of_a_prediction(
    embedded: Backbone, specimen: SyntheticSpecimen, learned: LandmarkSet
) -> None:
    found = nh.locate(embedded, specimen.image, learned)
    count = len(specimen.landmarks)
    assert found.maps.shape == (count, round(256 * 150 / 190), 256)
    assert found.maps.min() >= 0
    assert found.maps.max() <= 1
    assert found.spread.shape == found.confidence.shape == (count,)
    assert np.all((found.confidence >= 0) & (found.confidence <= 1))
    np.testing.assert_allclose(found.scale * found.maps.shape[1:], (150, 190))


def test_grey_and_16_bit_targets_give_nearly_the_same_points(
    embedded: Backbone, specimen: SyntheticSpecimen, learned: LandmarkSet
) -> None:
    eight = nh.locate(embedded, specimen.image, learned)
    sixteen = specimen.image.astype(np.uint16) * 257
    again = nh.locate(embedded, sixteen, learned)
    np.testing.assert_allclose(again.points, eight.points, atol=0.01)


def test_one_seed_one_result(embedded: Backbone, specimen: SyntheticSpecimen) -> None:
    short = QUICK.changed("short", learn={"steps": 10})
    first, second, other = (
        nh.learn(
            embedded, [nh.Reference(specimen.image, specimen.landmarks)], preset=short, seed=seed
        ).whole.tokens
        for seed in (5, 5, 6)
    )
    torch.testing.assert_close(first, second, atol=1e-5, rtol=0)
    assert not torch.allclose(first, other)


def test_learning_one_landmark_does_not_depend_on_the_others(
    embedded: Backbone, specimen: SyntheticSpecimen
) -> None:
    # Adam works element by element and each prompt has its own sum in the loss: the first
    # landmark's path is the same, whatever stands beside it, as every step sees all four views.
    marks = specimen.landmarks
    settings = QUICK.changed(
        "short", learn={"rounds": 1, "steps": 8, "encodings": 1, "tolerance": 0}
    )
    alone = nh.Landmarks.from_arrays(marks.names[:1], marks.points[:1])
    one = nh.learn(embedded, [nh.Reference(specimen.image, alone)], preset=settings)
    both = nh.Landmarks.from_arrays(marks.names[:2], marks.points[:2])
    two = nh.learn(embedded, [nh.Reference(specimen.image, both)], preset=settings)
    torch.testing.assert_close(one.whole.tokens[0, 0], two.whole.tokens[0, 0], atol=1e-4, rtol=0)
    assert not torch.allclose(two.whole.tokens[0, 0], two.whole.tokens[0, 1], atol=0.1)


def test_progress_rises_to_its_end(embedded: Backbone, specimen: SyntheticSpecimen) -> None:
    heard: list[tuple[int, int]] = []
    nh.learn(
        embedded,
        [nh.Reference(specimen.image, specimen.landmarks)],
        preset=QUICK.changed("short", learn={"steps": 7, "tolerance": 0}),
        progress=lambda done, total, text: heard.append((done, total)),
    )
    assert heard == [(step, 7) for step in range(1, 8)]


@pytest.mark.parametrize("method", ["frozen", "exact"])
def test_stopping(embedded: Backbone, specimen: SyntheticSpecimen, method: str) -> None:
    steps: list[int] = []
    with pytest.raises(Cancelled):
        nh.learn(
            embedded,
            [nh.Reference(specimen.image, specimen.landmarks)],
            preset=with_method(QUICK, method).changed("short", learn={"steps": 50, "rounds": 1}),
            progress=lambda done, total, text: steps.append(done),
            should_stop=lambda: len(steps) >= 3,
        )
    assert len(steps) == 3


def test_exact_learning_lowers_the_distance_on_its_reference(
    embedded: Backbone, specimen: SyntheticSpecimen
) -> None:
    marks = nh.Landmarks({name: specimen.landmarks[name] for name in ("head", "abdomen tip")})
    settings = with_method(QUICK, "exact").changed(
        "short", learn={"rounds": 1, "steps": 60, "learning_rate": 0.05, "tolerance": 0}
    )
    learned = nh.learn(embedded, [nh.Reference(specimen.image, marks)], preset=settings)
    assert learned.whole.tokens.shape == (1, 2, *embedded.prompt_shape)
    found = nh.locate(embedded, specimen.image, learned)
    assert relative_errors(found.landmarks, marks).max() < 0.15


def test_paper_preset_runs_from_end_to_end(embedded: Backbone, specimen: SyntheticSpecimen) -> None:
    marks = nh.Landmarks({"head": specimen.landmarks["head"]})
    paper = preset("paper")
    learned = nh.learn(
        embedded,
        [nh.Reference(specimen.image, marks)],
        preset=paper.changed("short", learn={"steps": 3, "rounds": 2}, locate={"crops": 6}),
    )
    found = nh.locate(
        embedded,
        specimen.image,
        learned,
    )
    assert found.points.shape == (1, 2)
    height, width = specimen.image.shape[:2]
    assert -0.5 <= found.points[0, 0] <= height
    assert -0.5 <= found.points[0, 1] <= width


def test_missing_landmarks_are_left_out(embedded: Backbone, specimen: SyntheticSpecimen) -> None:
    marks = nh.Landmarks({"head": specimen.landmarks["head"], "lost": None})
    learned = nh.learn(
        embedded,
        [nh.Reference(specimen.image, marks)],
        preset=QUICK.changed("short", learn={"steps": 2}),
    )
    assert learned.names == ("head",)


def test_landmark_outside_the_image_is_named(
    embedded: Backbone, specimen: SyntheticSpecimen
) -> None:
    marks = nh.Landmarks({"head": (10, 10), "tail": (10, 5000)})
    with pytest.raises(LandmarkError, match=r"'tail'.*150 rows and 190 columns"):
        nh.learn(embedded, [nh.Reference(specimen.image, marks)])


def test_nothing_to_learn(embedded: Backbone, specimen: SyntheticSpecimen) -> None:
    with pytest.raises(LandmarkError, match="missing"):
        nh.learn(embedded, [nh.Reference(specimen.image, nh.Landmarks({"lost": None}))])


def test_stack_is_refused(embedded: Backbone, learned: LandmarkSet) -> None:
    with pytest.raises(ImageError, match="no single picture"):
        nh.locate(embedded, np.zeros((5, 40, 40)), learned)


def test_set_of_another_model_is_refused(
    embedded: Backbone, specimen: SyntheticSpecimen, learned: LandmarkSet
) -> None:
    foreign = replace(
        learned, backbone={**learned.backbone, "name": "sd-1.5", "fingerprint": "0" * 64}
    )
    with pytest.raises(LandmarkSetError, match=r"'sd-1\.5'.*'embedded'"):
        nh.locate(embedded, specimen.image, foreign)
