"""The published method, from learning to its read-out."""

from __future__ import annotations

import numpy as np
import torch

import napari_homolog as nh
from napari_homolog.correspondence.paper import read_out
from napari_homolog.correspondence.paper_crops import crop_around
from napari_homolog.diffusion import Backbone
from napari_homolog.synthetic import generate

SHORT = nh.preset("paper").changed("short", learn={"steps": 3, "restarts": 2}, locate={"crops": 6})


def test_learning_and_locating_as_published(embedded: Backbone) -> None:
    specimen = generate("butterfly", 77, (150, 190))
    landmarks = nh.Landmarks({"head": specimen.landmarks["head"]})
    learned = nh.learn(embedded, [nh.Reference(specimen.image, landmarks)], preset=SHORT)
    assert learned.cycle_reference is None
    assert learned.coarse.features == ()
    prediction = nh.locate(embedded, specimen.image, learned)
    assert prediction.points.shape == (1, 2)
    # An argmax is the centre of a pixel of the square, to which the image is squashed.
    in_square = (prediction.points + 0.5) * embedded.resolution / (150, 190) - 0.5
    np.testing.assert_allclose(in_square, np.rint(in_square), atol=1e-9)
    assert in_square.min() >= 0
    assert in_square.max() <= embedded.resolution - 1
    assert prediction.missing_probability is None


def test_crops_contain_their_landmark_away_from_the_edges() -> None:
    rng = np.random.default_rng(0)
    for pixel in rng.uniform(150, 362, (200, 2)):
        crop = crop_around(pixel, 477, 512, 0.15, rng)
        corner = np.array([crop.top, crop.left])
        assert (corner >= 0).all()
        assert (corner <= 512 - 477).all()
        assert (pixel - corner >= 0.15 * 477 - 0.5).all()
        assert (corner + 477 - pixel >= 0.15 * 477 - 0.5).all()


def test_the_read_out_is_the_maximum_of_the_mean_softmax() -> None:
    average = torch.zeros(2, 1, 8, 8)
    average[0, 0, 2, 3] = 8.0
    average[1, 0, 6, 5] = 1.0
    # By the softmax, layer 1's peak counts for next to nothing beside layer 0's.
    assert read_out(average).tolist() == [[2.5, 3.5]]
