from __future__ import annotations

import numpy as np
import pytest

import napari_homolog as nh
from napari_homolog.correspondence import LocateSettings
from napari_homolog.diffusion import Backbone
from napari_homolog.errors import Cancelled, SettingsError
from napari_homolog.synthetic import generate

FEW = LocateSettings(encodings=1, windows=2)
TEXT = "a butterfly , left forewing red"


def test_one_map_for_each_token_on_the_image_grid(embedded: Backbone) -> None:
    image = generate("butterfly", 41, (120, 160)).image
    found = nh.words(embedded, image, TEXT, settings=FEW)
    assert found.tokens == ("a", "butterfly", ",", "left", "forewing", "red")
    assert found.maps.shape == (6, 192, 256)
    np.testing.assert_allclose(found.scale * found.maps.shape[1:], (120, 160))
    assert found.maps.min() >= 0
    assert found.maps.sum(0).max() <= 1 + 1e-5


def test_maps_are_the_backbone_s_own_attention(embedded: Backbone) -> None:
    import torch

    # A grey square image; its single view is a window of 18 x 18 latent cells.
    settings = LocateSettings(encodings=1, windows=1)
    image = np.full((64, 64, 3), 128, np.uint8)
    found = nh.words(embedded, image, "red", settings=settings, context=nh.RunContext(seed=3))
    latent = embedded.encode(torch.full((1, 3, 72, 72), 128 / 255))[..., 1:17, 1:17]
    noise = torch.randn(latent.shape, generator=torch.Generator().manual_seed(3))
    noisy = embedded.add_noise(latent, noise, embedded.locate_timestep)
    layers = embedded.attention(noisy, embedded.locate_timestep, embedded.encode_text("red"))
    expected = torch.stack([layer[0, ..., 1].mean() for layer in layers]).mean()
    in_view = found.maps[0] > 0
    assert in_view.mean() > 0.7
    assert found.maps[0][in_view].mean() == pytest.approx(float(expected), rel=0.05)


def test_a_word_is_attended_to_at_the_part_that_it_describes(embedded: Backbone) -> None:
    specimen = generate("butterfly", 43, (128, 128))
    found = nh.words(embedded, specimen.image, "a butterfly , head red", settings=FEW)
    attention = found.maps[found.tokens.index("red")]
    row, col = ((specimen.landmarks["head"] - found.translate) / found.scale).round().astype(int)
    near = attention[max(row - 16, 0) : row + 17, max(col - 16, 0) : col + 17].mean()
    assert near > 2 * attention.mean()


@pytest.mark.parametrize("text", ["", "red " * 60])
def test_too_few_or_too_many_words(embedded: Backbone, text: str) -> None:
    with pytest.raises(SettingsError, match=r"has \d+ tokens; this model takes 1 to 46"):
        nh.words(embedded, np.zeros((30, 30)), text)


def test_stopping(embedded: Backbone) -> None:
    with pytest.raises(Cancelled):
        nh.words(
            embedded, np.zeros((30, 30)), "red", context=nh.RunContext(should_stop=lambda: True)
        )
