"""Animals with legs seen from above, head up: salamanders, lizards and insects."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ..anatomy import Anatomy, ellipse
from .axis import SIDES, Axis, jitter, limb, ordinal


def salamanders(rng: np.random.Generator) -> Anatomy:
    """Return a four-legged animal with a tail, its body bent to either side."""
    u = rng.uniform
    anatomy = Anatomy("salamander")
    head, hip = u(0.14, 0.22), u(0.5, 0.62)
    breadth = u(0.09, 0.2)
    shape = [0.35, 0.95, u(0.65, 0.9), 0.9, 1.0, 1.0, 0.75, 0.6, 0.45, 0.28, 0.06]
    sway = rng.normal(0, 0.12, 5) * [0.3, 0.5, 0.7, 1.0, 2.0]
    knots = np.stack([np.linspace(-0.95, u(0.7, 1.0), 5), sway], axis=1)
    axis = Axis.through(knots, jitter(rng, shape, 0.08) * breadth)
    _legs(anatomy, rng, axis, ((head + 0.08, "front"), (hip - 0.03, "rear")), breadth)
    anatomy.part("back", axis.outline())
    middle = (head + hip) / 2
    for side, sign in SIDES:
        low, high = sorted((sign, sign * u(0.3, 0.55)))
        anatomy.part(f"{side} front flank", axis.patch(head + 0.02, middle, low, high))
        anatomy.part(f"{side} rear flank", axis.patch(middle, hip, low, high))
    anatomy.part("neck", axis.patch(head - 0.02, head + 0.05, -1, 1, 4))
    first, second = hip + (1 - hip) * u(0.25, 0.4), hip + (1 - hip) * u(0.6, 0.75)
    anatomy.part("tail base", axis.patch(hip, first, -1, 1))
    anatomy.part("tail middle", axis.patch(first, second, -1, 1))
    anatomy.part("tail tip", axis.patch(second, 1, -1, 1))
    _head(anatomy, rng, axis, head)
    anatomy.landmark("tail tip", axis.at(1, 0))
    anatomy.landmark("neck", axis.at(head + 0.02, 0))
    anatomy.landmark("hip", axis.at(hip, 0))
    return anatomy


def insects(rng: np.random.Generator) -> Anatomy:
    """Return a six-legged animal of three bodies, such as an ant, without wings."""
    u = rng.uniform
    anatomy = Anatomy("insect")
    head, waist = u(0.16, 0.25), u(0.42, 0.52)
    breadth = u(0.14, 0.3)
    narrow = u(0.15, 0.6)
    shape = [0.3, 0.7, narrow, 0.6, 0.65, narrow, 0.85, 1.0, 0.9, 0.6, 0.08]
    sway = rng.normal(0, 0.03, 4)
    knots = np.stack([np.linspace(-0.85, u(0.75, 1.0), 4), sway], axis=1)
    axis = Axis.through(knots, jitter(rng, shape, 0.12) * breadth)
    places = ((head + 0.06, "front"), (head + 0.13, "middle"), (waist - 0.04, "rear"))
    _legs(anatomy, rng, axis, places, breadth * 0.5)
    for _side, sign in SIDES:
        antenna = limb(axis.at(0.05, 0.4 * sign), [-1, 0.7 * sign], u(0.3, 0.6), [1, 1], 0.5 * sign)
        anatomy.stroke(antenna.at(np.linspace(0, 1, 7), 0), 0.02)
    anatomy.part("thorax", axis.patch(head, waist, -1, 1))
    anatomy.part("pronotum", axis.patch(head, (head + waist) / 2, -1, 1))
    count = int(rng.integers(3, 6))
    edges = np.linspace(waist, 1, count + 1)
    for index, (start, end) in enumerate(pairwise(edges.tolist())):
        anatomy.part(f"{ordinal(index)} abdomen segment", axis.patch(start, end, -1, 1))
        anatomy.stroke(axis.at(end, np.linspace(-1, 1, 5)), 0.012)
        if index < 3:
            for side, sign in SIDES:
                anatomy.landmark(f"{side} {ordinal(index)} segment", axis.at(end, sign))
    _head(anatomy, rng, axis, head)
    anatomy.landmark("abdomen tip", axis.at(1, 0))
    anatomy.landmark("waist", axis.at(waist, 0))
    return anatomy


def _head(anatomy: Anatomy, rng: np.random.Generator, axis: Axis, head: float) -> None:
    u = rng.uniform
    anatomy.part("head", axis.patch(0, head, -1, 1))
    anatomy.part("snout", axis.patch(0, head * u(0.25, 0.45), -1, 1, 5))
    along, across, radius = head * u(0.35, 0.65), u(0.6, 0.95), u(0.022, 0.045)
    for side, sign in SIDES:
        eye = axis.at(along, sign * across)
        anatomy.part(f"{side} eye", ellipse(eye, (radius, radius), 10))
        anatomy.landmark(f"{side} eye", eye)
    anatomy.landmark("snout", axis.at(0, 0))


def _legs(
    anatomy: Anatomy,
    rng: np.random.Generator,
    axis: Axis,
    places: tuple[tuple[float, str], ...],
    breadth: float,
) -> None:
    u = rng.uniform
    length, thick = u(0.16, 0.34), breadth * u(0.22, 0.42)
    lean = np.linspace(-0.7, 0.8, len(places))
    for (along, name), row in zip(places, lean, strict=True):
        for side, sign in SIDES:
            start = axis.at(along, 0.7 * sign)
            tilt = row + rng.normal(0, 0.35)
            upper = limb(start, [tilt, sign], length, [1.2 * thick, thick, 0.8 * thick])
            knee = upper.at(1, 0)
            turn = rng.normal(0, 0.5) + (0.5 if row > 0 else -0.5)
            lower = limb(knee, [tilt + turn, sign], length * u(0.6, 1.1), [thick, 0.6 * thick])
            foot = lower.at(1, 0)
            anatomy.part(f"{side} {name} leg", upper.outline())
            anatomy.part(f"{side} {name} shin", lower.outline())
            anatomy.part(f"{side} {name} foot", ellipse(foot, (thick * 1.3, thick * 1.3), 10))
            anatomy.landmark(f"{side} {name} leg base", axis.at(along, sign))
            anatomy.landmark(f"{side} {name} foot", foot)
