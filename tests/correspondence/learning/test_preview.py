"""The attention on the first reference, shown while landmarks are learned."""

from __future__ import annotations

import numpy as np
import torch

import napari_homolog as nh
from napari_homolog.correspondence import Preview
from napari_homolog.diffusion import Backbone
from napari_homolog.synthetic import generate

QUICK = nh.preset("attention").changed("quick", learn={"restarts": 2, "steps": 200, "encodings": 2})


def test_previews_end_with_peaks_at_the_landmarks_and_change_nothing(embedded: Backbone) -> None:
    specimen = generate("fish", 5, (150, 220))
    references = [
        nh.Reference(specimen.image, specimen.landmarks),
        nh.Reference(
            generate("fish", 6, (100, 130)).image, generate("fish", 6, (100, 130)).landmarks
        ),
    ]
    previews: list[Preview] = []
    previewed = nh.learn(
        embedded, references, preset=QUICK, context=nh.RunContext(preview=previews.append)
    )
    alone = nh.learn(embedded, references, preset=QUICK)
    torch.testing.assert_close(previewed.coarse.tokens, alone.coarse.tokens, atol=0, rtol=0)

    assert len(previews) > 2
    truth = np.array([specimen.landmarks[name] for name in previewed.names])

    def errors(preview: Preview) -> np.ndarray:
        peaks = [np.unravel_index(single.argmax(), single.shape) for single in preview.maps]
        return np.linalg.norm(np.array(peaks) * preview.scale + preview.translate - truth, axis=1)

    assert np.median(errors(previews[-1])) < 12 < np.median(errors(previews[0]))
    # The maps' edges are the image's.
    np.testing.assert_allclose(np.array(previews[0].maps.shape[1:]) * previews[0].scale, (150, 220))
