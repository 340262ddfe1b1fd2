"""From an anatomy in its place to maps of parts and lines, and from those to lightness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from ..anatomy import Anatomy, Part
from .framing import Placement
from .textures import BANK, Field, pattern, texture

LOOKS: dict[str, float] = {"opaque": 0.6, "translucent": 0.15, "relief": 0.2, "line drawing": 0.05}
"""How a specimen is seen, and how often."""

LOOKS_OF_KINDS: dict[str, dict[str, float]] = {
    "wing": {"opaque": 0.2, "translucent": 0.75, "line drawing": 0.05},
    "leaf": {"opaque": 0.6, "translucent": 0.3, "relief": 0.05, "line drawing": 0.05},
    "pygidium": {"opaque": 0.3, "relief": 0.6, "line drawing": 0.1},
    "trilobite": {"opaque": 0.3, "relief": 0.6, "line drawing": 0.1},
    "ammonite": {"opaque": 0.5, "relief": 0.45, "line drawing": 0.05},
}
"""The same for kinds that are mostly seen in another way."""


@dataclass(frozen=True, eq=False)
class PartMap:
    """Where the parts of a specimen are seen.

    Attributes
    ----------
    index : ndarray of uint8, shape (height, width)
        0 for what is not the specimen, else one more than the place of the part in `names`.
    lines : ndarray of float32, shape (height, width)
        1 on veins, ribs, sutures, legs, else 0.
    names : tuple of str
        The parts' names.
    """

    index: NDArray[np.uint8]
    lines: Field
    names: tuple[str, ...]

    @property
    def covered(self) -> NDArray[np.bool_]:
        """Where the specimen is, lines among it."""
        return (self.index > 0) | (self.lines > 0)


def paint_parts(anatomy: Anatomy, places: Sequence[Placement], size: tuple[int, int]) -> PartMap:
    """Paint a specimen, or several that are alike, into maps.

    Parameters
    ----------
    anatomy : Anatomy
        The specimen.
    places : sequence of Placement
        Where it lies, once for each copy.
    size : (int, int)
        Height and width in pixels.
    """
    names = tuple(dict.fromkeys(part.name for part in anatomy.parts))
    number = {name: place + 1 for place, name in enumerate(names)}
    index, lines = (Image.new("L", (size[1], size[0])) for _ in range(2))
    on_index, on_lines = ImageDraw.Draw(index), ImageDraw.Draw(lines)
    for place in places:
        for layer in anatomy.layers:
            if isinstance(layer, Part):
                vertices = [(col, row) for row, col in place(layer.outline).tolist()]
                on_index.polygon(vertices, number[layer.name])
                on_lines.polygon(vertices, 0)
            else:
                vertices = [(col, row) for row, col in place(layer.path).tolist()]
                on_lines.line(vertices, 255, max(1, round(layer.width * place.unit)))
    return PartMap(np.asarray(index), _field(lines), names)


def blurred(field: Field, radius: float) -> Field:
    """Return a field of values in [0, 1] blurred, in 8 bits."""
    image = Image.fromarray(np.uint8(np.clip(field, 0, 1) * 255))
    return _field(image.filter(ImageFilter.BoxBlur(radius)))


def soft(field: Field, radius: float) -> Field:
    """Return a field of values in [0, 1] blurred twice, which is smooth enough to be shaded."""
    image = Image.fromarray(np.uint8(np.clip(field, 0, 1) * 255))
    twice = image.filter(ImageFilter.BoxBlur(radius)).filter(ImageFilter.BoxBlur(radius))
    return _field(twice)


def _field(image: Image.Image) -> Field:
    """Return an image of 8 bits as numbers in [0, 1]."""
    return (np.asarray(image, dtype=np.float32) / 255).astype(np.float32)


def part_edges(index: NDArray[np.uint8]) -> Field:
    """Return 1 along the borders between parts, else 0."""
    edges = np.zeros(index.shape, dtype=np.float32)
    edges[1:] = index[1:] != index[:-1]
    edges[:, 1:] = np.maximum(edges[:, 1:], index[:, 1:] != index[:, :-1])
    return edges


def lightness(
    rng: np.random.Generator, parts: PartMap, behind: Field, place: Placement, look: str
) -> Field:
    """Return the lightness of a scene: the specimen lit, in front of its surroundings.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of everything random.
    parts : PartMap
        The specimen.
    behind : ndarray, shape (height, width)
        Lightness of the surroundings.
    place : Placement
        The specimen's, for patterns that turn with it.
    look : str
        One of `LOOKS`.
    """
    covered = parts.covered.astype(np.float32)
    unit = place.unit
    edges = part_edges(parts.index)
    shaded = _shading(rng, parts, covered, edges, unit, strong=look == "relief")
    if look == "line drawing":
        ink = np.clip(np.maximum(edges, parts.lines), 0, 1)
        fill = rng.uniform(0.7, 1.0)
        body = fill + (1 - fill) * rng.random(256).astype(np.float32)[parts.index] - 0.85 * ink
        return np.where((covered > 0) | (edges > 0), body, behind)
    surface = _surface(rng, parts, edges, behind, place, look)
    if look == "translucent":
        seen = behind * np.clip(surface * (1 + 0.3 * (shaded - 1)), 0.02, 1)
    else:
        seen = surface * shaded + _gloss(rng, shaded)
        behind = _shadowed(rng, behind, covered, unit)
    return np.where(covered > 0, seen, behind)


def _surface(
    rng: np.random.Generator,
    parts: PartMap,
    edges: Field,
    behind: Field,
    place: Placement,
    look: str,
) -> Field:
    """Return what the specimen's surface reflects, or lets through."""
    u, size = rng.uniform, parts.index.shape
    level = _level(rng, float(behind.mean()), look)
    spread = u(0.0, 0.3) if rng.random() < 0.5 else u(0.0, 0.07)
    tones = level * (1 + spread * rng.standard_normal(256).astype(np.float32))
    surface = np.clip(tones, 0.03, 1.0)[parts.index]
    surface = np.where(parts.index == 0, level * 0.6, surface)
    coarse = u(0.0, 0.14) if look != "translucent" else u(0.0, 0.05)
    surface = surface * (1 + coarse * texture(rng, size, (8, BANK)))
    surface = surface * (1 + u(0.0, 0.12) * texture(rng, size, (0, 12)))
    if rng.random() < (0.55 if look == "opaque" else 0.15):
        surface = _patterned(rng, surface, place)
    line_tone = u(0.1, 0.6) if look == "translucent" or rng.random() < 0.8 else u(1.1, 1.7)
    line_strength = u(0.5, 1.0) if look == "translucent" else u(0.0, 0.9)
    surface = surface * (1 + (line_tone - 1) * line_strength * parts.lines)
    if rng.random() < 0.6:
        surface = surface * (1 - u(0.0, 0.6) * edges)
    return np.asarray(surface, dtype=np.float32)


def _level(rng: np.random.Generator, ground: float, look: str) -> float:
    """Return how light a specimen is: mostly unlike the ground, but for fossils in their matrix."""
    low, high = {"opaque": (0.12, 0.9), "translucent": (0.4, 0.93), "relief": (0.3, 0.75)}[look]
    level = float(rng.uniform(low, high))
    if look == "relief" and rng.random() < 0.5:
        return ground + float(rng.uniform(-0.08, 0.08))
    if look == "opaque" and abs(level - ground) < 0.15 and rng.random() < 0.85:
        return ground - 0.3 if ground > 0.5 else ground + 0.3
    return level


def _patterned(rng: np.random.Generator, surface: Field, place: Placement) -> Field:
    rows, cols = np.mgrid[: surface.shape[0], : surface.shape[1]].astype(np.float32)
    inverse = np.linalg.inv(place.linear).astype(np.float32)
    rows, cols = rows - np.float32(place.origin[0]), cols - np.float32(place.origin[1])
    along = inverse[0, 0] * rows + inverse[0, 1] * cols
    across = inverse[1, 0] * rows + inverse[1, 1] * cols
    drawn = pattern(rng, along, across, surface.shape)
    strength = rng.uniform(0.2, 0.95)
    if rng.random() < 0.5:
        return surface * (1 - strength * drawn)
    return surface + (rng.uniform(0.5, 1.0) - surface) * strength * drawn


def _shading(
    rng: np.random.Generator,
    parts: PartMap,
    covered: Field,
    edges: Field,
    unit: float,
    strong: bool,
) -> Field:
    """Return the light that falls on a body that bulges, with grooves and swollen parts."""
    u = rng.uniform
    angle = u(0, 2 * np.pi)
    height = u(0.3, 1.0) * soft(covered, 0.16 * unit) + u(0.1, 0.5) * soft(covered, 0.05 * unit)
    grooves = np.maximum(edges * u(0.2, 1.0), parts.lines)
    depth = u(0.15, 0.6) if strong else u(0.0, 0.25)
    height = height - depth * soft(grooves, max(1.0, 0.025 * unit))
    if rng.random() < 0.5:
        height = height + u(0, 0.03) * texture(rng, covered.shape, (6, 18))
    slope = np.cos(angle) * np.gradient(height, axis=0) + np.sin(angle) * np.gradient(
        height, axis=1
    )
    power = u(1.5, 4.5) if strong else u(0.3, 2.5)
    steep = 0.75 * np.tanh(power * 0.12 * unit * slope)
    return np.asarray(1 + steep, dtype=np.float32)


def _gloss(rng: np.random.Generator, shaded: Field) -> Field | float:
    """Return highlights where the surface turns to the light."""
    if rng.random() < 0.6:
        return 0.0
    threshold = 1 + rng.uniform(0.1, 0.5)
    return rng.uniform(0.4, 1.5) * np.clip(shaded - threshold, 0, 0.5)


def _shadowed(rng: np.random.Generator, behind: Field, covered: Field, unit: float) -> Field:
    if rng.random() < 0.35:
        return behind
    offset = rng.normal(0, 0.05, 2) * unit
    shadow = np.roll(covered, (round(offset[0]), round(offset[1])), (0, 1))
    soft_shadow = blurred(shadow, rng.uniform(0.01, 0.12) * unit)
    return behind * (1 - rng.uniform(0.1, 0.7) * soft_shadow)


def random_look(rng: np.random.Generator, kind: str) -> str:
    """Return one of `LOOKS`, as it is likely for a kind of specimen."""
    shares = LOOKS_OF_KINDS.get(kind, LOOKS)
    return str(rng.choice(list(shares), p=list(shares.values())))
