"""Bones, jaws, vertebrae, teeth and skulls from the side."""

from __future__ import annotations

import numpy as np

from ..anatomy import Anatomy, Outline, ellipse, smooth
from .axis import SIDES, Axis, jitter, limb


def long_bones(rng: np.random.Generator) -> Anatomy:
    """Return a long bone: a shaft between two knobbed ends."""
    u = rng.uniform
    anatomy = Anatomy("bone")
    shaft = u(0.05, 0.14)
    flare = [u(1.5, 2.6), u(1.1, 1.5), 1.0, u(0.85, 1.0), 1.0, u(1.1, 1.5), u(1.5, 2.4)]
    bend = rng.normal(0, 0.07)
    knots = [[-0.8, 0], [-0.3, bend], [0.3, bend], [0.8, rng.normal(0, 0.04)]]
    axis = Axis.through(knots, jitter(rng, flare, 0.1) * shaft, jitter(rng, flare, 0.1) * shaft)
    for end, along, row in (("upper", 0.0, -1.0), ("lower", 1.0, 1.0)):
        for side, sign in SIDES:
            radius = shaft * u(0.9, 1.9)
            centre = axis.at(along, sign * u(0.5, 0.9)) + [row * u(0.0, 0.08), 0]
            anatomy.part(f"{side} {end} knob", ellipse(centre, (radius * u(0.7, 1.1), radius)))
            anatomy.landmark(f"{side} {end} knob", centre + [row * radius * 0.8, 0])
    anatomy.part("shaft", axis.outline())
    anatomy.part("upper shaft", axis.patch(u(0.12, 0.2), u(0.33, 0.42), -1, 1))
    anatomy.part("lower shaft", axis.patch(u(0.6, 0.68), u(0.8, 0.88), -1, 1))
    anatomy.part("upper end", axis.patch(0, u(0.08, 0.14), -1, 1, 4))
    anatomy.part("lower end", axis.patch(u(0.88, 0.93), 1, -1, 1, 4))
    if rng.random() < 0.5:
        ridge = axis.fin(0.2, u(0.35, 0.6), rng.choice([-1.0, 1.0]), [0, u(0.05, 0.14), 0])
        anatomy.part("crest", ridge)
    for side, sign in SIDES:
        anatomy.landmark(f"{side} shaft waist", axis.at(0.5, sign))
    return anatomy


NAMES = {1: ("middle",), 2: ("left", "right"), 3: ("left", "middle", "right")}
SPREAD = {1: (0.0,), 2: (-0.5, 0.5), 3: (-0.7, 0.0, 0.7)}
"""Names and places of a tooth's cusps and roots by their number; places as shares of half its width."""


def teeth(rng: np.random.Generator) -> Anatomy:
    """Return a tooth, crown up, with one to three cusps and roots."""
    u = rng.uniform
    anatomy = Anatomy("tooth")
    roots = int(rng.integers(1, 4))
    half, neck = u(0.25, 0.55), u(-0.25, 0.2)
    for name, place in zip(NAMES[roots], SPREAD[roots], strict=True):
        root = limb(
            [neck - 0.05, place * half * 0.9],
            [1, place * u(0.0, 0.4)],
            u(0.5, 0.9),
            [half * 0.95 / roots, half * 0.8 / roots, 0.03],
            rng.normal(0, 0.3),
        )
        anatomy.part(f"{name} root", root.outline())
        anatomy.part(f"{name} root tip", root.patch(0.6, 1, -1, 1, 5))
        anatomy.landmark(f"{name} root tip", root.at(1, 0))
    _crown(anatomy, rng, half, neck)
    return anatomy


def _crown(anatomy: Anatomy, rng: np.random.Generator, half: float, neck: float) -> None:
    u, top = rng.uniform, -0.55
    cusps = int(rng.integers(1, 4))
    sharp = u(0.12, 0.6)
    edge: list[list[float]] = [[neck, -half * 0.85], [top + 0.15, -half]]
    for index, place in enumerate(SPREAD[cusps]):
        if index:
            edge.append([top + 0.05, (place + SPREAD[cusps][index - 1]) / 2 * half])
        edge.append([top - sharp * u(0.6, 1.2), place * half])
    edge += [[top + 0.15, half], [neck, half * 0.85]]
    crown = smooth(edge, 4, closed=False) if rng.random() < 0.6 else np.array(edge)
    anatomy.part("crown", crown)

    def band(low: float, high: float, left: float, right: float) -> Outline:
        return np.array([[low, left], [low, right], [high, right], [high, left]])

    anatomy.part("neck", band(neck - 0.12, neck, -0.87 * half, 0.87 * half))
    for index, (name, place) in enumerate(zip(NAMES[cusps], SPREAD[cusps], strict=True)):
        tip = np.array(edge[2 + 2 * index])
        width = half / cusps * 0.75
        foot = [[top + 0.1, place * half + width], [top + 0.1, place * half - width]]
        anatomy.part(f"{name} cusp", np.array([tip, *foot]))
        anatomy.landmark(f"{name} cusp", tip)
    for side, sign in SIDES:
        anatomy.landmark(f"{side} neck", (neck, sign * half * 0.85))
        low, high = sorted((0.0, sign * 0.9 * half))
        anatomy.part(f"{side} crown base", band(top + 0.2, neck - 0.12, low, high))


def jaws(rng: np.random.Generator) -> Anatomy:
    """Return a lower jaw from the side, its front on the left."""
    u = rng.uniform
    anatomy = Anatomy("jaw")
    rise = u(0.3, 0.8)
    corner = np.array([u(0.3, 0.5), u(0.55, 0.8)])
    knots = [[u(-0.05, 0.1), -0.95], [u(0.15, 0.3), -0.4], [0.25, 0.1], corner]
    thick = u(0.12, 0.22)
    axis = Axis.through(knots, jitter(rng, [0.4, 0.9, 1, 1.3, 1.5], 0.15) * thick)
    top = axis.at(u(0.8, 0.92), 1)
    crest = limb(top, [-1, u(-0.2, 0.2)], rise, [thick * 1.6, thick, 0.04], rng.normal(0, 0.3))
    joint = limb(
        axis.at(0.98, 0.9), [-1, u(0.2, 0.6)], rise * u(0.5, 0.9), [thick, 0.6 * thick, thick * 0.5]
    )
    anatomy.part("jaw crest", crest.outline())
    anatomy.part("jaw joint", joint.outline())
    count, first, last = int(rng.integers(4, 11)), u(0.05, 0.15), u(0.65, 0.8)
    names = ("front teeth", "middle teeth", "back teeth")
    for index, along in enumerate(np.linspace(first, last, count).tolist()):
        width, height = (last - first) / count * 0.48, u(0.05, 0.2)
        tip = axis.beyond(along, 1, height)
        tooth = np.array([axis.at(along - width, 0.9), tip, axis.at(along + width, 0.9)])
        anatomy.part(names[min(2, 3 * index // count)], tooth)
    anatomy.part("jaw body", axis.outline())
    anatomy.part("chin", axis.patch(0, u(0.12, 0.2), -1, 1, 5))
    anatomy.part("jaw corner", axis.patch(u(0.82, 0.9), 1, -1, 0.1, 5))
    anatomy.part("jaw edge", axis.patch(0.25, 0.75, -1, u(-0.5, -0.2), 7))
    anatomy.landmark("jaw tip", axis.at(0, 0))
    anatomy.landmark("jaw crest", crest.at(1, 0))
    anatomy.landmark("jaw joint", joint.at(1, 0))
    anatomy.landmark("jaw corner", axis.at(1, -1))
    anatomy.landmark("first tooth", axis.at(first, 1))
    anatomy.landmark("last tooth", axis.at(last, 1))
    return anatomy


def skulls_from_the_side(rng: np.random.Generator) -> Anatomy:
    """Return a skull from the side, its snout on the left."""
    u = rng.uniform
    anatomy = Anatomy("skull")
    dome, length = u(0.35, 0.6), u(0.3, 0.95)
    centre = np.array([-0.15, 0.4])
    snout = np.array([u(0.05, 0.3), centre[1] - 0.35 - length])
    depth = u(0.1, 0.22)
    lower = limb([0.35, centre[1]], [u(-0.1, 0.15), -1], length + 0.3, [0.12, 0.1, 0.09, 0.05])
    anatomy.part("lower jaw", lower.outline())
    anatomy.part("chin", lower.patch(0.75, 1, -1, 1, 5))
    upper = Axis.through(
        [snout, (snout + centre) / 2 + [0.05, 0], centre + [0.15, 0]],
        [depth * 0.6, depth, depth * 1.4],
    )
    anatomy.part("teeth", upper.fin(0.05, 0.6, -1, [u(0.02, 0.12) for _ in range(9)]))
    anatomy.part("upper jaw", upper.outline())
    case = ellipse(centre, (dome * u(0.8, 1.1), u(0.45, 0.62)), 24)
    anatomy.part("braincase", case)
    anatomy.part("crown", case[13:22])
    anatomy.part("nape", case[[22, 23, 0, 1, 2, 3]])
    anatomy.part("snout tip", upper.patch(0, u(0.12, 0.22), -1, 1, 5))
    anatomy.part("nose bridge", upper.patch(0.2, 0.6, u(0.2, 0.5), 1, 6))
    eye = centre + [u(-0.05, 0.1), -u(0.25, 0.42)]
    radius = u(0.09, 0.2)
    bar = smooth(
        [eye + [radius, 0], centre + [0.25, 0.05], centre + [0.33, 0.0], eye + [radius + 0.1, 0]], 4
    )
    anatomy.part("cheekbone", bar)
    anatomy.part("orbit", ellipse(eye, (radius, radius)))
    ear = centre + [u(0.15, 0.3), u(0.1, 0.25)]
    anatomy.part("ear hole", ellipse(ear, (0.06, 0.06), 10))
    points: dict[str, Outline] = {
        "snout tip": snout,
        "orbit": eye,
        "ear hole": ear,
        "crown": case[18],
        "nape": case[0],
        "chin": lower.at(1, 0),
        "jaw joint": lower.at(0, 0),
    }
    for name, point in points.items():
        anatomy.landmark(name, point)
    return anatomy


def vertebrae(rng: np.random.Generator) -> Anatomy:
    """Return a vertebra from the front: a body, a canal and processes."""
    u = rng.uniform
    anatomy = Anatomy("vertebra")
    radius, canal = u(0.25, 0.42), u(0.1, 0.24)
    middle = -0.05
    spine = limb(
        [middle - canal, 0], [-1, rng.normal(0, 0.05)], u(0.4, 0.75), [0.14, 0.08, u(0.04, 0.12)]
    )
    anatomy.part("upper spine", spine.outline())
    anatomy.part("upper spine tip", spine.patch(0.65, 1, -1, 1, 5))
    reach, lift = u(0.4, 0.85), u(-0.5, 0.5)
    for side, sign in SIDES:
        wing = limb([middle, sign * canal * 0.8], [lift, sign], reach, [0.16, 0.1, u(0.05, 0.12)])
        anatomy.part(f"{side} process", wing.outline())
        anatomy.part(f"{side} process tip", wing.patch(0.6, 1, -1, 1, 5))
        anatomy.landmark(f"{side} process tip", wing.at(1, 0))
    anatomy.part("arch", ellipse((middle, 0), (canal * 1.6, canal * 1.7)))
    low = middle + canal + radius * 0.8
    anatomy.part("body", ellipse((low, 0), (radius * u(0.75, 1.0), radius)))
    anatomy.part("body centre", ellipse((low, 0), (radius * 0.5, radius * 0.55)))
    anatomy.part("canal", ellipse((middle, 0), (canal, canal * u(0.8, 1.2))))
    anatomy.landmark("upper spine tip", spine.at(1, 0))
    anatomy.landmark("canal top", (middle - canal, 0))
    anatomy.landmark("body bottom", (low + radius * 0.85, 0))
    for side, sign in SIDES:
        anatomy.landmark(f"{side} body edge", (low, sign * radius))
    return anatomy
