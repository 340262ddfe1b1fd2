from __future__ import annotations

import numpy as np
import pytest
import torch

import napari_homolog as nh
from napari_homolog.correspondence.reference import line_up
from napari_homolog.diffusion import Backbone
from napari_homolog.errors import LandmarkError, LandmarkSetError
from napari_homolog.synthetic import generate

SHORT = nh.preset("balanced").changed(
    "short", learn={"rounds": 1, "steps": 3, "encodings": 1, "windows": 2}
)


def some(seed: int, *names: str, missing: tuple[str, ...] = ()) -> nh.Reference:
    specimen = generate("fish", seed, (90, 120))
    points = {name: specimen.landmarks[name] for name in names}
    return nh.Reference(
        specimen.image, nh.Landmarks({**points, **dict.fromkeys(missing)}), f"fish {seed}"
    )


def test_references_are_lined_up_by_name() -> None:
    first, second = some(1, "snout", "eye"), some(2, "eye", "tail base", missing=("snout",))
    names, marked = line_up([first, second])
    assert names == ("snout", "eye", "tail base")
    np.testing.assert_array_equal(marked[0].points[:2], first.landmarks.points)
    assert np.isnan(marked[0].points[2]).all()
    assert np.isnan(marked[1].points[0]).all()
    np.testing.assert_array_equal(marked[1].points[1], second.landmarks["eye"])


def test_a_landmark_that_is_present_nowhere_is_left_out() -> None:
    names, _ = line_up([some(1, "eye", missing=("snout",)), some(2, "eye")])
    assert names == ("eye",)


def test_no_reference() -> None:
    with pytest.raises(LandmarkError, match="at least one image"):
        line_up([])


@pytest.mark.parametrize("method", ["frozen", "exact"])
def test_missing_landmarks_leave_no_trace(embedded: Backbone, method: str) -> None:
    short = SHORT.changed(method, learn={"method": method}, locate={"method": method})
    references = [some(1, "snout", "eye"), some(2, "eye", "tail base")]
    learned = nh.learn(embedded, references, preset=short)
    assert learned.names == ("snout", "eye", "tail base")
    assert learned.references == ("fish 1", "fish 2")
    assert torch.isfinite(learned.whole.tokens).all()


def test_paper_views_take_references_in_turn(embedded: Backbone) -> None:
    paper = nh.preset("paper").changed("short", learn={"steps": 4, "rounds": 1})
    learned = nh.learn(embedded, [some(1, "eye"), some(2, "snout")], preset=paper)
    assert learned.names == ("eye", "snout")
    assert torch.isfinite(learned.whole.tokens).all()


def test_two_references_fit_both_of_them(embedded: Backbone) -> None:
    quick = SHORT.changed("quick", learn={"rounds": 2, "steps": 200, "encodings": 2})
    references = [some(seed, "snout", "tail base") for seed in (1, 2)]
    learned = nh.learn(embedded, references, preset=quick)
    for reference in references:
        found = nh.locate(embedded, reference.image, learned).landmarks
        errors = np.linalg.norm(found.points - reference.landmarks.points, axis=1)
        assert errors.max() < 0.1 * reference.landmarks.longer_side()


def test_extend_starts_from_what_was_learned(embedded: Backbone) -> None:
    first = nh.learn(embedded, [some(1, "snout", "eye")], preset=SHORT)
    more = nh.extend(embedded, first, [some(2, "eye", "tail base")], seed=9)
    assert more.names == ("snout", "eye", "tail base")
    assert more.references == ("fish 1", "fish 2")
    torch.testing.assert_close(more.whole.tokens[:, 0], first.whole.tokens[:, 0], atol=0, rtol=0)
    # Adam moves a number by at most about the step size in one step; another start is one away.
    moved = (more.whole.tokens[:, 1] - first.whole.tokens[:, 1]).abs().mean()
    assert 0 < moved < 3.5 * SHORT.learn.learning_rate
    assert (more.whole.tokens[:, 2] - first.whole.tokens[:, 1]).abs().mean() > 0.8


def test_extend_refuses_another_model(embedded: Backbone) -> None:
    first = nh.learn(embedded, [some(1, "eye")], preset=SHORT)
    first.backbone["fingerprint"] = "0" * 64
    with pytest.raises(LandmarkSetError, match="learned on the model"):
        nh.extend(embedded, first, [some(2, "eye")])
