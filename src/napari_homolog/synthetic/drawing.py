"""A canvas that turns outlines into something that looks photographed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from .palette import RGB, shade


class Canvas:
    """A picture in the making: background first, then parts, then light, blur and noise.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of everything random.
    size : (int, int)
        Height and width of the finished picture in pixels.
    background : str
        Name of the background's colour.
    supersampling : int
        Pixels painted for each pixel of the picture, along either axis.
    """

    def __init__(
        self, rng: np.random.Generator, size: tuple[int, int], background: str, supersampling: int
    ) -> None:
        self._rng = rng
        self._size = size
        self._fine = supersampling
        self._length = supersampling * min(size)
        shape = (size[1] * supersampling, size[0] * supersampling)
        self._backdrop = Image.new("RGB", shape, _bytes(shade(rng, background)))
        self._specimen = Image.new("RGB", shape)
        self._mask = Image.new("L", shape)
        self._edge_strength = rng.uniform(0.25, 0.75)
        self._edge_width = max(1, round(rng.uniform(0.004, 0.012) * self._length))
        self._ink = _bytes((rng.uniform(0.02, 0.25),) * 3)

    def fill(self, outline: NDArray[np.float64], colour: str) -> None:
        """Paint a polygon, (row, col) in pixels of the picture, in a shade of the named colour."""
        rgb = shade(self._rng, colour)
        edge: RGB = (
            rgb[0] * self._edge_strength,
            rgb[1] * self._edge_strength,
            rgb[2] * self._edge_strength,
        )
        vertices = self._vertices(outline)
        ImageDraw.Draw(self._specimen).polygon(
            vertices, _bytes(rgb), _bytes(edge), self._edge_width
        )
        ImageDraw.Draw(self._mask).polygon(vertices, 255, 255)

    def line(self, path: NDArray[np.float64], width: float) -> None:
        """Paint a polyline, (row, col) and width in pixels of the picture, in ink."""
        vertices, thickness = self._vertices(path), max(1, round(width * self._fine))
        ImageDraw.Draw(self._specimen).line(vertices, self._ink, thickness, joint="curve")
        ImageDraw.Draw(self._mask).line(vertices, 255, thickness, joint="curve")

    def break_off(self, outline: NDArray[np.float64]) -> None:
        """Take what was painted inside a polygon away, so that the background shows there."""
        ImageDraw.Draw(self._mask).polygon(self._vertices(outline), 0, 0)

    def photograph(self) -> NDArray[np.uint8]:
        """Return the finished picture, uint8, shape (height, width, 3)."""
        rng = self._rng
        scene = self._shadowed_backdrop()
        scene.paste(self._specimen, mask=self._mask)
        sharp = scene.reduce(self._fine)
        blur = rng.uniform(0.0, 0.008) * min(self._size)
        picture = np.asarray(sharp.filter(ImageFilter.GaussianBlur(blur)), dtype=np.float32) / 255
        picture = picture * self._light()[..., None]
        picture += rng.normal(0, rng.uniform(0.0, 0.03), picture.shape).astype(np.float32)
        return np.clip(np.rint(picture * 255), 0, 255).astype(np.uint8)

    def _shadowed_backdrop(self) -> Image.Image:
        rng = self._rng
        offset = rng.uniform(-0.03, 0.03, 2) * self._length
        shadow = ImageChops.offset(self._mask, round(offset[1]), round(offset[0]))
        soft = shadow.filter(ImageFilter.BoxBlur(rng.uniform(0.005, 0.03) * self._length))
        dimming = rng.uniform(0.45, 0.9)
        dark = self._backdrop.point([round(dimming * value) for value in range(256)] * 3)
        return Image.composite(dark, self._backdrop, soft)

    def _light(self) -> NDArray[np.float32]:
        """Return a field of light: a slope, coarse blotches and fine grain, shape (height, width)."""
        rng, (height, width) = self._rng, self._size
        slope = rng.normal(0, 0.12, 2)
        rows, cols = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)
        light = 1 + slope[0] * rows + slope[1] * cols
        for cells, strength in ((4, 0.08), (12, 0.07), (24, 0.06)):
            blotches = rng.normal(0, rng.uniform(0, strength), (cells, cells)).astype(np.float32)
            light = light + np.asarray(
                Image.fromarray(blotches).resize((width, height), Image.Resampling.BILINEAR)
            )
        return light.astype(np.float32)

    def _vertices(self, points: NDArray[np.float64]) -> list[tuple[float, float]]:
        # Pixel centres are integers on both grids, so that their edges, not their centres, align.
        fine = (points + 0.5) * self._fine - 0.5
        return [(col, row) for row, col in fine.tolist()]


def _bytes(rgb: RGB) -> tuple[int, int, int]:
    red, green, blue = (round(255 * value) for value in rgb)
    return red, green, blue
