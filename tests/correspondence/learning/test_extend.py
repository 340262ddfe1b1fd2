from __future__ import annotations

import numpy as np
import pytest
import torch

import napari_homolog as nh
from napari_homolog.diffusion import Backbone
from napari_homolog.errors import LandmarkSetError
from napari_homolog.synthetic import generate

SHORT_LEARN = {"restarts": 1, "steps": 3, "encodings": 1, "windows": 2}
SHORT = nh.preset("attention").changed("short", learn=SHORT_LEARN)


def reference_of(seed: int, *names: str) -> nh.Reference:
    specimen = generate("fish", seed, (90, 120))
    points = {name: specimen.landmarks[name] for name in names}
    return nh.Reference(specimen.image, nh.Landmarks(points), f"fish {seed}")


def test_learning_continues_from_the_set_s_embeddings(embedded: Backbone) -> None:
    first = nh.learn(embedded, [reference_of(1, "snout", "eye")], preset=SHORT)
    references = [reference_of(2, "eye", "tail base")]
    more = nh.extend(embedded, first, references, context=nh.RunContext(seed=9))
    assert more.names == ("snout", "eye", "tail base")
    assert more.references == ("fish 1", "fish 2")
    assert more.seed == 9
    before, after = first.coarse.tokens, more.coarse.tokens
    torch.testing.assert_close(after[:, 0], before[:, 0], atol=0, rtol=0)
    # Adam moves a number by at most about the step size in one step; another start is one away.
    moved = (after[:, 1] - before[:, 1]).abs().mean()
    assert 0 < moved < 3.5 * SHORT.learn.learning_rate
    assert (after[:, 2] - before[:, 1]).abs().mean() > 0.8


def test_pictures_of_old_and_new_references_are_kept(embedded: Backbone) -> None:
    first = nh.learn(embedded, [reference_of(1, "snout", "eye")], preset=SHORT)
    again = [reference_of(1, "eye", "tail base"), reference_of(2, "snout")]
    more = nh.extend(embedded, first, again)
    assert [drawing.name for drawing in more.drawings] == ["fish 1", "fish 2"]
    present = [np.isfinite(drawing.points[:, 0]).tolist() for drawing in more.drawings]
    assert present == [[False, True, True], [True, False, False]]
    other = nh.extend(embedded, first, [reference_of(3, "tail base")])
    assert [drawing.name for drawing in other.drawings] == ["fish 1", "fish 3"]
    np.testing.assert_array_equal(other.drawings[0].points[:2], first.drawings[0].points)


def test_features_become_the_mean_of_old_and_new_references(embedded: Backbone) -> None:
    old = nh.learn(embedded, [reference_of(1, "snout", "eye")], preset=SHORT)
    new = nh.learn(embedded, [reference_of(2, "eye")], preset=SHORT)
    both = nh.extend(embedded, old, [reference_of(2, "eye")])
    for before, alone, after in zip(
        old.coarse.features, new.coarse.features, both.coarse.features, strict=True
    ):
        torch.testing.assert_close(after[0], before[0], atol=0, rtol=0)
        mean = torch.nn.functional.normalize(before[1] + alone[0], dim=-1)
        torch.testing.assert_close(after[1], mean, atol=1e-5, rtol=0)


def test_close_ups_are_extended_too(embedded: Backbone) -> None:
    standard = nh.preset("standard").changed("short", learn={**SHORT_LEARN, "close_ups": 1})
    first = nh.learn(embedded, [reference_of(1, "snout", "eye", "tail base")], preset=standard)
    more = nh.extend(embedded, first, [reference_of(2, "eye")])
    assert first.close_up is not None
    assert more.close_up is not None
    assert more.names == first.names
    before, after = first.close_up.tokens, more.close_up.tokens
    torch.testing.assert_close(after[:, [0, 2]], before[:, [0, 2]], atol=0, rtol=0)
    moved = (after[:, 1] - before[:, 1]).abs().mean()
    assert 0 < moved < 3.5 * standard.learn.learning_rate


def test_another_model_is_refused(embedded: Backbone) -> None:
    first = nh.learn(embedded, [reference_of(1, "eye")], preset=SHORT)
    first.backbone["fingerprint"] = "0" * 64
    with pytest.raises(LandmarkSetError, match="learned on the model"):
        nh.extend(embedded, first, [reference_of(2, "eye")])


def test_the_mean_shape_has_the_new_landmarks_in_the_first_reference_s_frame(
    embedded: Backbone,
) -> None:
    first = nh.learn(embedded, [reference_of(1, "snout", "eye", "tail base")], preset=SHORT)
    references = [reference_of(1, "snout", "eye", "tail base", "dorsal fin peak")]
    more = nh.extend(embedded, first, references)
    truth = generate("fish", 1, (90, 120)).landmarks
    expected = np.stack([truth[name] for name in more.names])
    np.testing.assert_allclose(more.mean_shape, expected, atol=1e-6)
