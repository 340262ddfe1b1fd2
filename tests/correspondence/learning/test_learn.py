from __future__ import annotations

import numpy as np
import pytest
import torch

import napari_homolog as nh
from napari_homolog.correspondence import with_method
from napari_homolog.diffusion import Backbone
from napari_homolog.errors import Cancelled, ImageError, LandmarkError
from napari_homolog.synthetic import SyntheticSpecimen, generate

QUICK = nh.preset("attention").changed(
    "quick", learn={"restarts": 2, "steps": 150, "encodings": 2}, locate={"encodings": 2}
)


@pytest.fixture(scope="module")
def specimen() -> SyntheticSpecimen:
    return generate("butterfly", 77, (150, 190))


def reference_of(specimen: SyntheticSpecimen, *names: str) -> nh.Reference:
    landmarks = {name: specimen.landmarks[name] for name in names or specimen.landmarks.names}
    return nh.Reference(specimen.image, nh.Landmarks(landmarks), "a.png")


def test_one_seed_one_result(embedded: Backbone, specimen: SyntheticSpecimen) -> None:
    short = QUICK.changed("short", learn={"steps": 10})
    first, second, third = (
        nh.learn(
            embedded, [reference_of(specimen)], preset=short, context=nh.RunContext(seed=seed)
        ).coarse.tokens
        for seed in (5, 5, 6)
    )
    torch.testing.assert_close(first, second, atol=1e-5, rtol=0)
    assert not torch.allclose(first, third)


def test_learning_one_landmark_does_not_depend_on_the_others(
    embedded: Backbone, specimen: SyntheticSpecimen
) -> None:
    # Adam works element by element and each prompt has its own sum in the loss: the first
    # landmark's path is the same beside any others, as every step sees all four views.
    names = specimen.landmarks.names
    settings = QUICK.changed(
        "short", learn={"restarts": 1, "steps": 8, "encodings": 1, "tolerance": 0}
    )
    alone = nh.learn(embedded, [reference_of(specimen, names[0])], preset=settings)
    both = nh.learn(embedded, [reference_of(specimen, *names[:2])], preset=settings)
    (first, second) = both.coarse.tokens[0]
    torch.testing.assert_close(alone.coarse.tokens[0, 0], first, atol=1e-4, rtol=0)
    assert not torch.allclose(first, second, atol=0.1)


def test_progress_rises_to_its_end(embedded: Backbone, specimen: SyntheticSpecimen) -> None:
    reported: list[tuple[int, int]] = []
    nh.learn(
        embedded,
        [reference_of(specimen)],
        preset=QUICK.changed("short", learn={"steps": 7, "tolerance": 0}),
        context=nh.RunContext(progress=lambda done, total, text: reported.append((done, total))),
    )
    assert reported == [(step, 7) for step in range(1, 8)]


@pytest.mark.parametrize("method", ["cached-queries", "full-unet"])
def test_stopping(embedded: Backbone, specimen: SyntheticSpecimen, method: str) -> None:
    steps: list[int] = []
    context = nh.RunContext(
        progress=lambda done, total, text: steps.append(done),
        should_stop=lambda: len(steps) >= 3,
    )
    short = with_method(QUICK, method).changed("short", learn={"steps": 50, "restarts": 1})
    with pytest.raises(Cancelled):
        nh.learn(embedded, [reference_of(specimen)], preset=short, context=context)
    assert len(steps) == 3


def test_learning_through_the_full_unet_finds_its_reference_s_landmarks(
    embedded: Backbone, specimen: SyntheticSpecimen
) -> None:
    reference = reference_of(specimen, "head", "abdomen tip")
    settings = with_method(QUICK, "full-unet").changed(
        "short", learn={"restarts": 1, "steps": 60, "learning_rate": 0.05, "tolerance": 0}
    )
    learned = nh.learn(embedded, [reference], preset=settings)
    assert learned.coarse.tokens.shape == (1, 2, *embedded.prompt_shape)
    prediction = nh.locate(embedded, specimen.image, learned)
    errors = np.linalg.norm(prediction.points - reference.landmarks.points, axis=1)
    assert errors.max() < 0.15 * reference.landmarks.longer_side()


def test_missing_landmarks_are_left_out(embedded: Backbone, specimen: SyntheticSpecimen) -> None:
    landmarks = nh.Landmarks({"head": specimen.landmarks["head"], "lost": None})
    learned = nh.learn(
        embedded,
        [nh.Reference(specimen.image, landmarks)],
        preset=QUICK.changed("short", learn={"steps": 2}),
    )
    assert learned.names == ("head",)


def test_a_landmark_outside_the_image_is_named(
    embedded: Backbone, specimen: SyntheticSpecimen
) -> None:
    landmarks = nh.Landmarks({"head": (10, 10), "tail": (10, 5000)})
    with pytest.raises(LandmarkError, match=r"'tail'.*150 rows and 190 columns"):
        nh.learn(embedded, [nh.Reference(specimen.image, landmarks)])


def test_a_reference_without_landmarks_is_refused(
    embedded: Backbone, specimen: SyntheticSpecimen
) -> None:
    with pytest.raises(LandmarkError, match="missing"):
        nh.learn(embedded, [nh.Reference(specimen.image, nh.Landmarks({"lost": None}))])


def test_a_stack_is_no_reference(embedded: Backbone) -> None:
    stack = nh.Reference(np.zeros((5, 40, 40)), nh.Landmarks({"tip": (3, 3)}))
    with pytest.raises(ImageError):
        nh.learn(embedded, [stack])
