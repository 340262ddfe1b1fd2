"""The latents of the embedded model: a block transform of pictures.

Every block of 4 x 4 pixels becomes one cell of 12 channels: ten coefficients of the cosine transform
of its lightness, and its two mean colour differences, made faint. Lightness and colour never mix, so
that noise hides a part's colour at once and its shape hardly (training/README.md tells why).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CELL = 4
"""Pixels along a latent cell's side."""

COLOUR_CHANNELS = 2
"""The first channels of a latent: blue and red difference."""

COLOUR_STRENGTH = 0.008
"""Standard deviation of the colour channels over pictures; the others have about one.

So faint that a large part's colour cannot be read through the noise even at the 30th of 1000 timesteps.
Once colour shines through the noise, the denoiser matches it with the colour words of the caption,
wherever they belong, and learns no parts.
"""

WAVES = tuple(
    (row, col) for total in range(4) for row in range(total + 1) for col in (total - row,)
)
"""Vertical and horizontal frequencies of the lightness channels, the lowest first."""

LATENT_CHANNELS = COLOUR_CHANNELS + len(WAVES)

RGB_TO_YCC = np.array(
    [[0.299, 0.587, 0.114], [-0.1687, -0.3313, 0.5], [0.5, -0.4187, -0.0813]], dtype=np.float32
)
"""Lightness, blue and red difference (ITU-T T.871)."""

GAIN = {0: 1.9, 1: 11.0, 2: 19.0, 3: 24.0}
"""What a coefficient for pixels in [-1, 1] is multiplied by, by the sum of its frequencies: brings the
lowest to a standard deviation of one over pictures of the wide world, the others to about 0.7."""

COLOUR_GAIN = COLOUR_STRENGTH / 0.24
"""The same for the colour differences."""


def basis() -> NDArray[np.float32]:
    """Return the transform of a block, (channels, 3 colours, 4 rows, 4 cols), for RGB in [-1, 1]."""
    places = (np.arange(CELL) + 0.5) * np.pi / CELL
    waves = np.stack([np.cos(frequency * places) for frequency in range(CELL)])
    waves /= np.abs(waves).sum(1, keepdims=True)
    lightness = [np.outer(waves[row], waves[col]) * GAIN[row + col] for row, col in WAVES]
    flat = np.full((CELL, CELL), COLOUR_GAIN / CELL**2)
    blocks = [np.multiply.outer(RGB_TO_YCC[1 + index], flat) for index in range(COLOUR_CHANNELS)]
    blocks += [np.multiply.outer(RGB_TO_YCC[0], wave) for wave in lightness]
    return np.stack(blocks).astype(np.float32)


def encode(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the latents of pictures: what the auto-encoder gives, faster.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width, 3)
        Sides are multiples of 4.

    Returns
    -------
    ndarray of float32, shape (n, 12, height / 4, width / 4)
    """
    count, height, width, _ = images.shape
    blocks = images.reshape(count, height // CELL, CELL, width // CELL, CELL, 3)
    flat = blocks.transpose(0, 1, 3, 5, 2, 4).reshape(-1, 3 * CELL * CELL)
    kernel = basis().reshape(LATENT_CHANNELS, -1)
    latents = flat.astype(np.float32) @ (kernel.T / 127.5) - kernel.sum(1)
    shape = (count, height // CELL, width // CELL, LATENT_CHANNELS)
    return np.ascontiguousarray(latents.reshape(shape).transpose(0, 3, 1, 2))
