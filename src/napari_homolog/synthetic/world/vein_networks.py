"""Insect wings with networks of veins: hinge on the left, front margin up."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..anatomy import Anatomy, ellipse
from .axis import Axis, Floats, jitter

Vein = Callable[[int, Floats], Floats]
"""Returns the points (n, 2) of a vein, given by its number, at some places along the wing (n,)."""

ROWS = ("front", "second", "third", "hind", "last")
COLUMNS = ("base", "middle", "tip")


def vein_networks(rng: np.random.Generator) -> Anatomy:
    """Return a wing: long veins from hinge to margin, crossed by short ones, cells between them."""
    u = rng.uniform
    anatomy = Anatomy("wing")
    breadth = u(0.22, 0.55)
    shape = np.array([u(0.1, 0.3), u(0.4, 0.9), u(0.8, 1.0), 1.0, u(0.75, 0.95), u(0.2, 0.5), 0.03])
    bow = u(-0.1, 0.1)
    axis = Axis.through(
        [[0, -0.95], [bow, -0.3], [bow, 0.3], [u(-0.1, 0.1), 0.95]],
        jitter(rng, shape, 0.1) * breadth * u(0.9, 1.3),
        jitter(rng, shape, 0.1) * breadth * u(0.6, 1.0),
    )
    anatomy.part("membrane", axis.outline())
    veins = int(rng.integers(3, 6))
    heights = np.linspace(0.96, -0.7, veins) + np.r_[0, rng.uniform(-0.1, 0.1, veins - 1)]
    curve = u(0.5, 1.6)
    spread = np.sort(u(0.05, 0.3, veins))
    along = np.linspace(0, 1, 25)

    def vein(index: int, places: Floats) -> Floats:
        fan = np.clip(places / 0.35, 0, 1) ** curve
        across = heights[index] * (0.35 + 0.65 * fan)
        return axis.at(places, across * (1 - spread[index] * np.clip(places - 0.6, 0, 1)))

    ends = np.array([0.93, *u(0.72, 0.97, veins - 1)])
    _cells(anatomy, rng, vein, ends)
    for index in range(veins):
        path = vein(index, along * ends[index])
        anatomy.stroke(path, u(0.015, 0.035))
        if index < 4:
            anatomy.landmark(f"{ROWS[index]} vein end", path[-1])
    anatomy.stroke(axis.at(along, 1), u(0.02, 0.05))
    anatomy.stroke(axis.at(along, -1), u(0.008, 0.02))
    if rng.random() < 0.5:
        place = u(0.6, 0.8)
        anatomy.part("wing spot", axis.spot(place, 0.85, u(0.04, 0.08), u(0.08, 0.15)))
    anatomy.part("hinge", ellipse(axis.at(0.02, 0.0), (breadth * 0.35, u(0.05, 0.1))))
    anatomy.landmark("hinge", axis.at(0.02, 0))
    anatomy.landmark("tip", axis.at(1, 0))
    return anatomy


def _cells(anatomy: Anatomy, rng: np.random.Generator, vein: Vein, ends: Floats) -> None:
    """Add the cells between neighbouring veins, and the cross-veins that divide them."""
    for index in range(len(ends) - 1):
        last = float(min(ends[index], ends[index + 1]))
        cuts = [0.08, rng.uniform(0.28, 0.45), rng.uniform(0.52, 0.7), last]
        for column, start, stop in zip(COLUMNS, cuts[:-1], cuts[1:], strict=True):
            places = np.linspace(start, stop, 7)
            cell = np.concatenate([vein(index, places), vein(index + 1, places[::-1])])
            anatomy.part(f"{ROWS[index]} {column} cell", cell)
        for number, cut in enumerate(cuts[1:3]):
            slant = rng.uniform(-0.05, 0.05)
            cross = np.stack(
                [vein(index, np.array([cut]))[0], vein(index + 1, np.array([cut + slant]))[0]]
            )
            anatomy.stroke(cross, 0.02)
            if index < 3:
                anatomy.landmark(f"{ROWS[index]} {COLUMNS[number]} crossing", cross[0])
