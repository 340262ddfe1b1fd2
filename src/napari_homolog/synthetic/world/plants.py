"""Flowers and leaves with veins."""

from __future__ import annotations

import numpy as np

from ..anatomy import Anatomy, ellipse
from .axis import SIDES, Axis, jitter, limb, ordinal

PETALS = {
    3: ("upper", "right lower", "left lower"),
    4: ("upper", "right", "lower", "left"),
    5: ("upper", "right upper", "right lower", "left lower", "left upper"),
    6: ("upper", "right upper", "right lower", "lower", "left lower", "left upper"),
}
"""Names of petals by their number, clockwise from the top."""


def flowers(rng: np.random.Generator) -> Anatomy:
    """Return a flower from the front, on a stalk, its upper and lower petals unlike the others."""
    u = rng.uniform
    anatomy = Anatomy("flower")
    count = int(rng.integers(3, 7))
    length, width, inner = u(0.45, 0.75), u(0.14, 0.38), u(0.08, 0.25)
    stalk = limb([0.1, 0], [1, u(-0.3, 0.3)], u(0.8, 1.1), [0.04, 0.035, 0.03], u(-0.5, 0.5))
    anatomy.part("stalk", stalk.outline())
    if rng.random() < 0.5:
        side, sign = SIDES[int(rng.integers(2))]
        blade = limb(stalk.at(0.6, 0), [0.2, sign], u(0.3, 0.5), [0.02, 0.1, 0.08, 0.01])
        anatomy.part(f"{side} stalk leaf", blade.outline())
    special = {"upper": u(0.8, 1.5), "lower": u(0.7, 1.6)}
    blunt = u(0.1, 0.9)
    for index, name in enumerate(PETALS[count]):
        angle = 2 * np.pi * index / count + rng.normal(0, 0.05)
        direction = np.array([-np.cos(angle), np.sin(angle)])
        size = special.get(name, 1.0)
        shape = np.array([0.4, 0.9, 1.0, blunt, 0.05]) * width
        petal = limb(
            direction * inner * 0.7, direction, length * size, shape.tolist(), rng.normal(0, 0.12)
        )
        anatomy.part(f"{name} petal", petal.outline())
        anatomy.part(f"{name} petal tip", petal.patch(u(0.6, 0.75), 1, -1, 1, 6))
        if rng.random() < 0.5:
            anatomy.stroke(petal.at(np.linspace(0.1, 0.9, 5), 0), 0.012)
        anatomy.landmark(f"{name} petal tip", petal.at(1, 0))
        anatomy.landmark(f"{name} petal base", direction * inner)
    anatomy.part("centre", ellipse((0, 0), (inner, inner)))
    if rng.random() < 0.6:
        anatomy.part("pistil", ellipse((u(-0.05, 0.05), 0), (inner * 0.5, inner * 0.5)))
    anatomy.landmark("centre", (0, 0))
    return anatomy


def simple_leaves(rng: np.random.Generator) -> Anatomy:
    """Return an undivided leaf with midrib and side veins, tip up."""
    u = rng.uniform
    anatomy = Anatomy("leaf")
    breadth, widest = u(0.15, 0.65), rng.permutation([1.0, u(0.6, 0.95), u(0.4, 0.8)])
    shape = [0.02, *(breadth * np.array(widest)), 0.3 * breadth, 0.02]
    end = u(0.5, 0.75)
    axis = Axis.through(
        [[-0.95, u(-0.2, 0.2)], [-0.3, u(-0.05, 0.05)], [0.2, 0], [end, 0]],
        jitter(rng, shape, 0.08),
        jitter(rng, shape, 0.08),
    )
    stalk = limb(
        [end - 0.03, 0], [1, u(-0.3, 0.3)], u(0.2, 0.45), [0.03, 0.025, 0.03], u(-0.5, 0.5)
    )
    anatomy.part("stalk", stalk.outline())
    edges = (0.0, u(0.28, 0.36), u(0.62, 0.7), 1.0)
    teeth = rng.random() < 0.4
    for side, sign in SIDES:
        for name, start, stop in zip(
            ("upper", "middle", "lower"), edges[:-1], edges[1:], strict=True
        ):
            along = np.linspace(start, stop, 9)
            margin = np.full(9, 1.0)
            if teeth:
                margin[1::2] += u(0.03, 0.2)
            outline = np.concatenate([axis.at(along, sign * margin), axis.at(along[::-1], 0)])
            anatomy.part(f"{side} {name} blade", outline)
        anatomy.landmark(f"{side} margin", axis.at(0.5, sign))
        anatomy.landmark(f"{side} upper margin", axis.at(0.25, sign))
    anatomy.part("tip", axis.patch(0, u(0.08, 0.16), -1, 1, 5))
    count, slant = int(rng.integers(3, 9)), u(0.05, 0.25)
    offset = u(0, 0.05)
    for along in np.linspace(0.15, 0.92, count):
        for _, sign in SIDES:
            out = np.linspace(0, 0.95, 5)
            start = min(along + (offset if sign > 0 else 0.0), 1.0)
            anatomy.stroke(axis.at(start - slant * out**1.3, sign * out), 0.014)
    anatomy.stroke(axis.at(np.linspace(0.02, 1, 9), 0), 0.03)
    anatomy.landmark("tip", axis.at(0, 0))
    anatomy.landmark("base", axis.at(1, 0))
    anatomy.landmark("stalk end", stalk.at(1, 0))
    return anatomy


def compound_leaves(rng: np.random.Generator) -> Anatomy:
    """Return a leaf of leaflets in pairs along a stalk, tip up."""
    u = rng.uniform
    anatomy = Anatomy("leaf")
    pairs = int(rng.integers(1, 5))
    bend = u(-0.12, 0.12)
    axis = Axis.through([[-0.45, bend], [0.2, 0], [0.95, -bend]], [0.015, 0.02, 0.03])
    anatomy.part("stalk", axis.outline())
    length, width, lift = u(0.3, 0.6), u(0.06, 0.2), u(-0.8, 0.4)
    shape = [0.02, width, width * u(0.6, 1.1), 0.02]
    for index, along in enumerate(np.linspace(0.12, 0.72, pairs).tolist()):
        for side, sign in SIDES:
            size = length * (1 - 0.12 * abs(index - 1)) * u(0.9, 1.1)
            leaflet = limb(axis.at(along, 0), [lift, sign], size, shape, rng.normal(0, 0.15))
            name = f"{side} {ordinal(index)} leaflet"
            anatomy.part(name, leaflet.outline())
            anatomy.part(f"{name} tip", leaflet.patch(0.65, 1, -1, 1, 5))
            anatomy.stroke(leaflet.at(np.linspace(0, 0.95, 4), 0), 0.012)
            anatomy.landmark(f"{name} tip", leaflet.at(1, 0))
    last = limb(axis.at(0.02, 0), [-1, bend], length * u(0.8, 1.1), shape)
    anatomy.part("end leaflet", last.outline())
    anatomy.part("end leaflet tip", last.patch(0.65, 1, -1, 1, 5))
    anatomy.stroke(last.at(np.linspace(0, 0.95, 4), 0), 0.012)
    anatomy.landmark("end leaflet tip", last.at(1, 0))
    anatomy.landmark("base", axis.at(1, 0))
    return anatomy
