"""A single insect wing: hinge on the left of the image, front margin up."""

from __future__ import annotations

import numpy as np

from .anatomy import Anatomy, between, ellipse, smooth


def wing(rng: np.random.Generator) -> Anatomy:
    """Draw the proportions of one wing from the generator."""
    anatomy = Anatomy("wing")
    uniform = rng.uniform
    hinge = np.array([uniform(-0.08, 0.04), -1.0])
    tip = np.array([uniform(-0.1, 0.1), uniform(0.92, 1.0)])
    front = np.array([uniform(-0.5, -0.36), uniform(-0.1, 0.25)])
    hind = np.array([uniform(0.42, 0.58), uniform(0.05, 0.35)])
    lobe = np.array([uniform(0.34, 0.46), uniform(-0.66, -0.52)])
    notch = np.array([uniform(0.22, 0.3), uniform(-0.4, -0.3)])
    membrane = smooth(
        [
            hinge + [-0.05, 0.0],
            between(hinge, front, 0.5) + [-0.14, 0.0],
            front,
            between(front, tip, 0.6) + [-0.1, 0.06],
            tip,
            between(tip, hind, 0.5) + [0.1, 0.06],
            hind,
            notch,
            lobe,
            hinge + [0.08, 0.0],
        ]
    )
    fork = np.array([uniform(-0.06, 0.04), uniform(-0.4, -0.25)])
    upper_cross = np.array([uniform(-0.22, -0.14), uniform(0.1, 0.3)])
    lower_cross = np.array([uniform(0.14, 0.24), uniform(0.2, 0.42)])
    front_end = between(front, tip, uniform(0.55, 0.7)) + [-0.08, 0.04]
    hind_end = between(tip, hind, uniform(0.4, 0.6)) + [0.09, 0.05]

    anatomy.part("membrane", membrane)
    anatomy.part(
        "front cell",
        smooth(
            [
                hinge,
                between(hinge, front, 0.6) + [-0.1, 0.0],
                front + [0.04, 0],
                front_end + [0.03, -0.05],
                upper_cross,
                fork,
            ]
        ),
    )
    anatomy.part("middle cell", smooth([fork, upper_cross, lower_cross]))
    anatomy.part(
        "tip cell", smooth([upper_cross, front_end, tip - [0, 0.05], hind_end, lower_cross])
    )
    anatomy.part("hind cell", smooth([fork, lower_cross, hind - [0.06, 0.0], notch - [0.05, 0]]))
    anatomy.part("lobe", smooth([hinge + [0.06, 0.04], notch, lobe - [0.03, 0]]))
    spot = between(front, front_end, 0.5) + [0.1, 0.0]
    radius = uniform(0.06, 0.1)
    anatomy.part("spot", ellipse(spot, (radius, radius * 1.5)))
    for path in (
        [hinge, fork, upper_cross, front_end],
        [fork, lower_cross, hind_end],
        [upper_cross, lower_cross],
        [hinge, notch],
    ):
        anatomy.stroke(path, 0.03)
    anatomy.part("hinge", ellipse(hinge + [0.0, 0.05], (0.1, 0.08)))
    for name, point in {
        "hinge": hinge + [0.0, 0.05],
        "tip": tip,
        "vein fork": fork,
        "upper crossing": upper_cross,
        "lower crossing": lower_cross,
        "spot": spot,
        "notch": notch,
        "lobe": lobe,
        "front vein end": front_end,
        "hind vein end": hind_end,
    }.items():
        anatomy.landmark(name, point)
    return anatomy
