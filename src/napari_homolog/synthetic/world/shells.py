"""Shells: spires of whorls with the mouth in front, coils in a plane, and fans with ribs."""

from __future__ import annotations

import numpy as np

from ..anatomy import Anatomy, Outline, ellipse, smooth
from .axis import SIDES

WHORLS = ("body whorl", "second whorl", "third whorl", "fourth whorl")


def spires(rng: np.random.Generator) -> Anatomy:
    """Return a snail's shell, apex up, its mouth at the lower right."""
    u = rng.uniform
    anatomy = Anatomy("shell")
    count, ratio = int(rng.integers(3, 9)), u(1.22, 1.95)
    slender, tilt, bulge = u(0.3, 0.95), u(0.0, 0.22), u(0.0, 0.3)
    heights = ratio ** np.arange(count)
    heights[-1] *= u(1.0, 1.7)
    heights *= 1.75 / heights.sum()
    edges = np.concatenate([[0], np.cumsum(heights)]) - 0.95
    widths = np.concatenate([[0.02], np.cumsum(ratio ** np.arange(count))])
    widths *= slender * 0.9 / widths[-1]
    if rng.random() < 0.3:
        widths = widths[-1] * (widths / widths[-1]) ** u(0.6, 1.6)
    sway = u(-0.06, 0.06)
    for index in range(count):
        name = WHORLS[count - 1 - index] if count - 1 - index < len(WHORLS) else "spire tip"
        top, bottom, lower = edges[index], edges[index + 1], widths[index + 1]
        last = index == count - 1
        drop = tilt * lower
        ring = _whorl((top, bottom), (widths[index], lower), bulge, drop, last, u(0.2, 0.5))
        ring[:, 1] += sway * ring[:, 0]
        anatomy.part(name, ring)
        if not last:
            across = np.linspace(-1, 1, 7)
            seam = np.stack([bottom + drop * across, lower * across + sway * bottom], axis=1)
            anatomy.stroke(seam, u(0.012, 0.03))
        if name != "spire tip" and not last:
            for side, sign in SIDES:
                point = [bottom + sign * drop, sign * lower + sway * bottom]
                anatomy.landmark(f"{side} end of {name}", point)
    _ribs(anatomy, rng, edges, widths, tilt)
    anatomy.landmark("apex", (edges[0], sway * edges[0]))
    _mouth(anatomy, rng, float(edges[-2]), float(edges[-1]), float(widths[-1]))
    return anatomy


def _whorl(
    seams: tuple[float, float],
    widths: tuple[float, float],
    bulge: float,
    drop: float,
    last: bool,
    base: float,
) -> Outline:
    """Return a barrel between two seams and their half widths; the last has a rounded base."""
    (top, bottom), (upper, lower) = seams, widths
    middle, swell = (top + bottom) / 2, lower * (1 + bulge * 0.35)
    if last:
        low = top + 0.55 * (bottom - top)
        return smooth(
            [
                [top - drop, -upper],
                [middle - drop, -swell],
                [low + 0.1, -lower * 0.9],
                [bottom, -base * lower],
                [bottom, base * lower],
                [low + 0.1, lower * 0.9],
                [middle, swell],
                [top + drop, upper],
            ],
            5,
        )
    return np.array(
        [
            [top - drop * 0.8, -upper],
            [top + 0.3 * (bottom - top) - drop, -swell * 0.93],
            [middle - drop, -swell],
            [bottom - drop, -lower],
            [bottom, 0.0],
            [bottom + drop, lower],
            [middle + drop, swell],
            [top + 0.3 * (bottom - top) + drop, swell * 0.93],
            [top + drop * 0.8, upper],
        ]
    )


def _ribs(
    anatomy: Anatomy, rng: np.random.Generator, edges: Outline, widths: Outline, tilt: float
) -> None:
    if rng.random() < 0.6:
        return
    count, slant = int(rng.integers(4, 12)), rng.uniform(-0.1, 0.1)
    for index in range(max(0, len(edges) - 4), len(edges) - 1):
        for across in np.sin(np.linspace(-1.3, 1.3, count)):
            shift = tilt * widths[index + 1] * across
            anatomy.stroke(
                [
                    [edges[index] + shift, widths[index] * across],
                    [edges[index + 1] + shift, widths[index + 1] * across + slant],
                ],
                0.012,
            )


def _mouth(
    anatomy: Anatomy, rng: np.random.Generator, top: float, bottom: float, width: float
) -> None:
    u = rng.uniform
    height = (bottom - top) * u(0.25, 0.48)
    breadth = min(width * u(0.25, 0.55), height * u(0.55, 1.0))
    centre = np.array([bottom - height * u(0.85, 1.05), width * u(0.1, 0.5)])
    turn, point = u(-0.2, 0.5), u(1.0, 1.5)
    angle = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    ring = np.stack([-np.cos(angle) * height, np.sin(angle) * breadth], axis=1)
    ring[angle > 1.5 * np.pi] *= [point, 1]
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    lip = ring @ rotation.T
    anatomy.part("lip", centre + lip)
    inner = u(0.7, 0.9)
    anatomy.part("mouth", centre + inner * lip)
    anatomy.part("mouth floor", centre + inner * lip[7:14])
    for name, index in (("top", 0), ("outer edge", 5), ("bottom", 10), ("inner edge", 15)):
        anatomy.landmark(f"mouth {name}", centre + lip[index])


def coils(rng: np.random.Generator) -> Anatomy:
    """Return an ammonite: a tube that winds in the picture's plane, its mouth at the upper right."""
    u = rng.uniform
    anatomy = Anatomy("ammonite")
    growth, turns = u(0.1, 0.28), u(2.0, 3.6)
    start, end = u(-0.4, 0.4) - 2 * np.pi * turns, u(-0.4, 0.4)
    scale = 0.95 / np.exp(growth * end)
    cover = np.exp(-growth * 2 * np.pi) * u(0.9, 1.5)
    cover = min(cover, 0.85)

    def tube(angles: Outline, depth: Outline | float) -> Outline:
        radius = scale * np.exp(growth * angles)
        radius = radius * (1 - np.asarray(depth) * (1 - cover))
        return np.stack([-np.sin(angles) * radius, np.cos(angles) * radius], axis=1)

    quarter = np.pi / 2
    names = ("first", "second", "third", "fourth")
    anatomy.part(
        "inner whorls", tube(np.linspace(end - 4 * quarter - 2 * np.pi, end - 3 * quarter, 40), 0)
    )
    for index in range(3, -1, -1):
        far, near = end - (index + 1) * quarter, end - index * quarter
        along = np.linspace(far, near, 9)
        ring = np.concatenate([tube(along, 0), tube(along[::-1], 1)])
        anatomy.part(f"{names[index]} quarter", ring)
        inner = np.concatenate([tube(along, 0), tube(along[::-1], u(0.15, 0.35))])
        anatomy.part(f"{names[index]} keel", inner)
        anatomy.landmark(f"{names[index]} outer", tube(np.array([near]), 0)[0])
        anatomy.landmark(f"{names[index]} inner", tube(np.array([near]), 1)[0])
    anatomy.stroke(
        tube(np.linspace(max(start, end - 5 * np.pi), end - 2 * np.pi, 40), 0), u(0.015, 0.04)
    )
    anatomy.stroke(tube(np.linspace(end - 2 * np.pi, end, 40), 1), u(0.015, 0.04))
    if rng.random() < 0.75:
        sway, step = u(-0.3, 0.3), u(0.1, 0.35)
        for angle in np.arange(end - 0.05, end - 2 * np.pi, -step):
            depth = np.linspace(0.05, 1, 4)
            anatomy.stroke(tube(angle + sway * depth * (1 - depth), depth), 0.018)
    middle = 0.9 * min(cover**2, 0.3)
    anatomy.part("centre", ellipse((0, 0), (middle, middle), 12))
    anatomy.landmark("centre", (0.0, 0.0))
    return anatomy


def fans(rng: np.random.Generator) -> Anatomy:
    """Return a clam or a scallop, its beak up."""
    u = rng.uniform
    eared = rng.random() < 0.5
    anatomy = Anatomy("scallop" if eared else "clam")
    spread, long, skew = u(0.7, 1.25), u(1.2, 1.7), 0.0 if eared else u(-0.3, 0.3)
    wide, power = u(0.8, 1.3), u(0.6, 1.4)

    def at(angles: Outline, share: Outline | float) -> Outline:
        reach = long * np.cos(angles / spread * 1.1).clip(0.2) ** (0.5 * power)
        radius = reach * np.asarray(share)
        col = np.sin(angles) * radius * wide + skew * radius
        return np.stack([np.cos(angles) * radius - 0.75, col], axis=1)

    if eared:
        size = u(0.25, 0.5)
        for side, sign in SIDES:
            ear = [[-0.78, 0], [-0.78, sign * size], [-0.45, sign * size * u(0.6, 1.0)], [-0.4, 0]]
            anatomy.part(f"{side} ear", np.array(ear))
            anatomy.landmark(f"{side} ear", ear[1])
    full = np.linspace(-spread, spread, 24)
    anatomy.part("shell rim", np.concatenate([[[-0.75, 0.0]], at(full, 1.0)]))
    thirds = np.linspace(-spread, spread, 4)
    inner, middle = u(0.25, 0.45), u(0.6, 0.85)
    for index, name in enumerate(("left", "middle", "right")):
        along = np.linspace(thirds[index], thirds[index + 1], 8)
        outer = np.concatenate([at(along, inner), at(along[::-1], middle)])
        anatomy.part(f"{name} upper field", outer)
        outer = np.concatenate([at(along, middle), at(along[::-1], 0.94)])
        anatomy.part(f"{name} lower field", outer)
    anatomy.part("beak", np.concatenate([[[-0.77, 0.0]], at(full, inner)]))
    if eared or rng.random() < 0.3:
        for angle in np.linspace(-spread, spread, int(rng.integers(7, 18))):
            anatomy.stroke(at(np.full(4, angle), np.linspace(0.1, 1, 4)), 0.018)
    else:
        for share in np.sort(u(0.2, 0.97, int(rng.integers(4, 10)))):
            anatomy.stroke(at(full, share), 0.015)
    anatomy.landmark("beak", (-0.75, 0.0))
    anatomy.landmark("lower edge", at(np.zeros(1), 1.0)[0])
    for side, sign in SIDES:
        anatomy.landmark(f"{side} edge", at(np.array([sign * spread * 0.8]), 1.0)[0])
    return anatomy
