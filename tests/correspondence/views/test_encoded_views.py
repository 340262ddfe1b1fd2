from __future__ import annotations

import numpy as np

from napari_homolog.correspondence.views.encoded_views import (
    SHIFT,
    ZOOM,
    encode_close_ups,
    encode_whole_image,
)
from napari_homolog.diffusion import Backbone


def test_views_cover_the_image_and_lie_on_the_latent_grid(embedded: Backbone) -> None:
    image = np.random.default_rng(0).random((90, 150, 3), dtype=np.float32)
    rng = np.random.default_rng(1)
    views = encode_whole_image(embedded, image, encodings=2, windows=9, crop_share=0.93, rng=rng)
    assert views.latents.shape[1:] == (embedded.latent_channels, 16, 16)
    assert len(views) == len(views.latents)
    sides = np.array([rectangle.height for rectangle in views.rectangles])
    assert np.all(sides > 0.85 * 150)
    first = views.rectangles[: len(views) // 2]
    cell = first[0].height / 16
    corners = [(rectangle.top, rectangle.left) for rectangle in first]
    steps = (np.array(corners) - corners[0]) / cell
    np.testing.assert_allclose(steps, np.rint(steps), atol=1e-9)


def test_every_close_up_has_its_point_near_its_centre(embedded: Backbone) -> None:
    rng = np.random.default_rng(0)
    image = rng.random((180, 240, 3), dtype=np.float32)
    points = np.array([[20.0, 30.5], [90.25, 200.0], [170.0, 5.0]])
    views = encode_close_ups(embedded, image, points, count=3, share=0.4, rng=rng)
    assert len(views) == 3 * len(points)
    assert views.groups == tuple(np.repeat([0, 1, 2], len(points)).tolist())
    for rectangle, point in zip(views.rectangles, np.tile(points, (3, 1)), strict=True):
        assert rectangle.height == rectangle.width
        assert abs(rectangle.height / (0.4 * 240) - 1) <= ZOOM
        (normalised,) = rectangle.to_normalised(point[None])
        assert np.abs(normalised - 0.5).max() <= SHIFT + 1e-9
