"""What lies around a specimen: ground, rulers, labels, pins, forceps, frames and other things."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from ..anatomy import Anatomy, Part
from .families import random_anatomy
from .framing import random_placement
from .textures import BANK, Field, light, texture


class Surroundings:
    """The background of a picture, and what lies on top of its specimen.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of everything random.
    size : (int, int)
        Height and width in pixels.
    level : float
        Lightness of the ground in [0, 1].
    roughness : float
        Strength of its texture; 0 for the plain white or black of a cut-out.
    """

    def __init__(
        self, rng: np.random.Generator, size: tuple[int, int], level: float, roughness: float
    ) -> None:
        self._rng = rng
        self._size = size
        self._items = Image.new("L", (size[1], size[0]))
        self._covered = Image.new("L", (size[1], size[0]))
        self._over = Image.new("L", (size[1], size[0]))
        self._over_mask = Image.new("L", (size[1], size[0]))
        ground = np.full(size, level, dtype=np.float32)
        if roughness:
            ground = ground * light(rng, size, 0.15)
            ground += roughness * rng.uniform(0.1, 1) * texture(rng, size, (8, BANK))
            ground += roughness * rng.uniform(0, 0.6) * texture(rng, size, (0, 10))
        self._ground = ground

    def add_clutter(self) -> None:
        """Put a few things beside the specimen or under it."""
        choices = (self._ruler, self._label, self._blocks, self._other_specimen, self._pebbles)
        for index in self._rng.choice(len(choices), int(self._rng.integers(1, 4))):
            choices[int(index)]()

    def add_tools(self) -> None:
        """Lay a pin, forceps or a hair over the specimen."""
        for _ in range(int(self._rng.integers(1, 3))):
            self._tool()

    def behind(self) -> Field:
        """Return the lightness of everything behind the specimen."""
        covered = np.asarray(self._covered) > 0
        items = np.asarray(self._items, dtype=np.float32) / 255
        return np.where(covered, items, self._ground)

    def lay_over(self, picture: Field) -> Field:
        """Return a picture with the tools on top."""
        mask = np.asarray(self._over_mask) > 0
        return np.where(mask, np.asarray(self._over, dtype=np.float32) / 255, picture)

    def tools(self) -> np.ndarray:
        """Return where tools lie, bool, shape (height, width)."""
        return np.asarray(self._over_mask) > 0

    def _tone(self) -> int:
        return int(self._rng.integers(10, 250))

    def _polygon(self, points: np.ndarray, tone: int) -> None:
        vertices = [(col, row) for row, col in points.tolist()]
        ImageDraw.Draw(self._items).polygon(vertices, tone)
        ImageDraw.Draw(self._covered).polygon(vertices, 255)

    def _line(self, points: np.ndarray, tone: int, width: int) -> None:
        vertices = [(col, row) for row, col in points.tolist()]
        ImageDraw.Draw(self._items).line(vertices, tone, width)
        ImageDraw.Draw(self._covered).line(vertices, 255, width)

    def _bar(self, breadth: tuple[float, float], length: tuple[float, float]) -> np.ndarray:
        """Return a turned rectangle: its corners, mostly along the frame's edges."""
        rng, side = self._rng, min(self._size)
        angle = rng.choice([0.0, np.pi / 2]) + rng.normal(0, 0.08)
        along = np.array([np.sin(angle), np.cos(angle)])
        across = np.array([along[1], -along[0]])
        centre = rng.uniform(-0.05, 1.05, 2) * self._size
        half = along * rng.uniform(*length) * side / 2
        wide = across * rng.uniform(*breadth) * side / 2
        return np.array(
            [centre - half - wide, centre + half - wide, centre + half + wide, centre - half + wide]
        )

    def _ruler(self) -> None:
        corners = self._bar((0.06, 0.18), (0.5, 1.6))
        paper = self._tone()
        ink = 20 if paper > 120 else 235
        if self._rng.random() < 0.75:
            self._polygon(corners, paper)
        count = int(self._rng.integers(6, 40))
        for index, share in enumerate(np.linspace(0.02, 0.98, count)):
            foot = corners[0] + share * (corners[1] - corners[0])
            tall = 0.7 if index % 5 == 0 else 0.35
            self._line(np.array([foot, foot + tall * (corners[3] - corners[0])]), ink, 1)

    def _label(self) -> None:
        corners = self._bar((0.08, 0.3), (0.15, 0.5))
        paper = int(self._rng.integers(170, 255)) if self._rng.random() < 0.7 else self._tone()
        ink = 30 if paper > 120 else 230
        if self._rng.random() < 0.8:
            self._polygon(corners, paper)
        rows = int(self._rng.integers(1, 5))
        for row in (np.arange(rows) + 0.7) / (rows + 0.5):
            left = corners[0] + row * (corners[3] - corners[0])
            cuts = np.sort(self._rng.uniform(0.08, 0.92, 2 * int(self._rng.integers(1, 4))))
            for start, stop in cuts.reshape(-1, 2):
                step = corners[1] - corners[0]
                self._line(np.array([left + start * step, left + stop * step]), ink, 2)

    def _blocks(self) -> None:
        for _ in range(int(self._rng.integers(1, 4))):
            self._polygon(self._bar((0.1, 0.8), (0.2, 1.6)), self._tone())

    def _pebbles(self) -> None:
        angle = np.linspace(0, 2 * np.pi, 7, endpoint=False)
        ring = np.stack([np.sin(angle), np.cos(angle)], axis=1)
        size = self._rng.uniform(0.01, 0.06) * min(self._size)
        for centre in self._rng.uniform(0, 1, (int(self._rng.integers(3, 30)), 2)) * self._size:
            radii = size * self._rng.uniform(0.4, 1.6, (7, 1))
            self._polygon(centre + ring * radii, self._tone())

    def _other_specimen(self) -> None:
        anatomy: Anatomy = random_anatomy(self._rng)
        place = random_placement(self._rng, anatomy, self._size, self._rng.uniform(0.15, 0.6))
        offset = self._rng.choice([-1, 1], 2) * self._rng.uniform(0.2, 0.6, 2) * self._size
        tone = self._tone()
        for layer in anatomy.layers:
            if isinstance(layer, Part):
                shift = int(self._rng.integers(-40, 40))
                self._polygon(place(layer.outline) + offset, int(np.clip(tone + shift, 5, 250)))

    def _tool(self) -> None:
        rng, side = self._rng, min(self._size)
        start = rng.uniform(0, 1, 2) * self._size
        angle = rng.uniform(0, 2 * np.pi)
        along = np.array([np.sin(angle), np.cos(angle)])
        end = start + along * rng.uniform(0.1, 1.0) * side
        tone, width = self._tone(), max(1, round(rng.uniform(0.006, 0.03) * side))
        paths = [np.array([start, end])]
        if rng.random() < 0.25:
            paths.append(np.array([start, end + np.array([along[1], -along[0]]) * 0.15 * side]))
        for image, value in ((self._over, tone), (self._over_mask, 255)):
            draw = ImageDraw.Draw(image)
            for path in paths:
                draw.line([(col, row) for row, col in path.tolist()], value, width)
            if len(paths) == 1 and rng.random() < 0.5:
                radius = 1.5 * width
                draw.ellipse(
                    (start[1] - radius, start[0] - radius, start[1] + radius, start[0] + radius),
                    value,
                )
