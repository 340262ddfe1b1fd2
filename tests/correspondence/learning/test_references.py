from __future__ import annotations

import numpy as np
import pytest
import torch

import napari_homolog as nh
from napari_homolog.correspondence.learning.references import prepare_references
from napari_homolog.diffusion import Backbone
from napari_homolog.errors import LandmarkError
from napari_homolog.synthetic import generate

SHORT = nh.preset("attention").changed(
    "short", learn={"restarts": 1, "steps": 3, "encodings": 1, "windows": 2}
)


def reference_of(seed: int, *names: str, missing: tuple[str, ...] = ()) -> nh.Reference:
    specimen = generate("fish", seed, (90, 120))
    points = {name: specimen.landmarks[name] for name in names}
    return nh.Reference(
        specimen.image, nh.Landmarks({**points, **dict.fromkeys(missing)}), f"fish {seed}"
    )


def test_references_are_brought_into_one_order_of_names() -> None:
    first, second = (
        reference_of(1, "snout", "eye"),
        reference_of(2, "eye", "tail base", missing=("snout",)),
    )
    names, marked = prepare_references([first, second])
    assert names == ("snout", "eye", "tail base")
    np.testing.assert_array_equal(marked[0].points[:2], first.landmarks.points)
    assert np.isnan(marked[0].points[2]).all()
    assert np.isnan(marked[1].points[0]).all()
    np.testing.assert_array_equal(marked[1].points[1], second.landmarks["eye"])


def test_a_landmark_that_is_present_nowhere_is_left_out() -> None:
    names, _ = prepare_references(
        [reference_of(1, "eye", missing=("snout",)), reference_of(2, "eye")]
    )
    assert names == ("eye",)


def test_no_reference() -> None:
    with pytest.raises(LandmarkError, match="at least one image"):
        prepare_references([])


@pytest.mark.parametrize("method", ["cached-queries", "full-unet"])
def test_missing_landmarks_leave_no_trace(embedded: Backbone, method: str) -> None:
    short = SHORT.changed(method, shared={"method": method})
    references = [reference_of(1, "snout", "eye"), reference_of(2, "eye", "tail base")]
    learned = nh.learn(embedded, references, preset=short)
    assert learned.names == ("snout", "eye", "tail base")
    assert learned.references == ("fish 1", "fish 2")
    assert torch.isfinite(learned.coarse.tokens).all()


def test_the_paper_s_views_alternate_between_references(embedded: Backbone) -> None:
    paper = nh.preset("paper").changed("short", learn={"steps": 4, "restarts": 1})
    learned = nh.learn(embedded, [reference_of(1, "eye"), reference_of(2, "snout")], preset=paper)
    assert learned.names == ("eye", "snout")
    assert torch.isfinite(learned.coarse.tokens).all()


def test_two_references_fit_both_of_them(embedded: Backbone) -> None:
    quick = SHORT.changed("quick", learn={"restarts": 2, "steps": 200, "encodings": 2})
    references = [reference_of(seed, "snout", "tail base") for seed in (1, 2)]
    learned = nh.learn(embedded, references, preset=quick)
    for reference in references:
        found = nh.locate(embedded, reference.image, learned).landmarks
        errors = np.linalg.norm(found.points - reference.landmarks.points, axis=1)
        assert errors.max() < 0.1 * reference.landmarks.longer_side()
