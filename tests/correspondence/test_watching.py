"""The attention that is shown while landmarks are learned."""

from __future__ import annotations

import numpy as np
import torch

import napari_homolog as nh
from napari_homolog.correspondence import Glimpse
from napari_homolog.diffusion import Backbone
from napari_homolog.synthetic import generate

QUICK = nh.preset("balanced").changed("quick", learn={"rounds": 2, "steps": 200, "encodings": 2})


def test_glimpses_come_to_peak_at_the_landmarks_and_change_nothing(embedded: Backbone) -> None:
    specimen = generate("fish", 5, (150, 220))
    references = [
        nh.Reference(specimen.image, specimen.landmarks),
        nh.Reference(
            generate("fish", 6, (100, 130)).image, generate("fish", 6, (100, 130)).landmarks
        ),
    ]
    glimpses: list[Glimpse] = []
    watched = nh.learn(embedded, references, preset=QUICK, watch=glimpses.append)
    alone = nh.learn(embedded, references, preset=QUICK)
    torch.testing.assert_close(watched.whole.tokens, alone.whole.tokens, atol=0, rtol=0)

    assert len(glimpses) > 2
    truth = np.array([specimen.landmarks[name] for name in watched.names])

    def errors(glimpse: Glimpse) -> np.ndarray:
        peaks = [np.unravel_index(one.argmax(), one.shape) for one in glimpse.maps]
        return np.linalg.norm(np.array(peaks) * glimpse.scale + glimpse.translate - truth, axis=1)

    assert np.median(errors(glimpses[-1])) < 12 < np.median(errors(glimpses[0]))
    # The maps' edges are the image's.
    np.testing.assert_allclose(np.array(glimpses[0].maps.shape[1:]) * glimpses[0].scale, (150, 220))
