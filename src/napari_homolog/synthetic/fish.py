"""A fish seen from its left side: the head points to the left of the image, the back up."""

from __future__ import annotations

import numpy as np

from .anatomy import Anatomy, between, ellipse, smooth


def fish(rng: np.random.Generator) -> Anatomy:
    """Draw the proportions of one fish from the generator."""
    anatomy = Anatomy("fish")
    uniform = rng.uniform
    snout = np.array([uniform(-0.02, 0.08), uniform(-1.0, -0.92)])
    back, belly = -uniform(0.26, 0.42), uniform(0.28, 0.42)
    stem = np.array([0.0, uniform(0.5, 0.62)])
    half = uniform(0.06, 0.1)
    gill = uniform(-0.52, -0.42)
    upper = np.array([-uniform(0.3, 0.48), uniform(0.88, 1.0)])
    lower = np.array([uniform(0.3, 0.48), uniform(0.88, 1.0)])
    fork = np.array([uniform(-0.03, 0.03), uniform(0.7, 0.84)])

    anatomy.part("tail", smooth([stem - [half, 0.0], upper, fork, lower, stem + [half, 0.0]], 5))
    for name, end in (("upper", upper), ("lower", lower)):
        base = between(stem, end, 0.55)
        patch = [base, end, between(fork, end, 0.45)]
        anatomy.part(f"{name} tail tip", smooth(patch, 5))
        anatomy.landmark(f"{name} tail tip", end)
    _fins(anatomy, rng, back, belly)
    body = smooth(
        [
            snout,
            [back * 0.7, gill - 0.1],
            [back, -0.15],
            [back * 0.62, 0.28],
            stem - [half, 0.0],
            stem + [half, 0.0],
            [belly * 0.62, 0.25],
            [belly, -0.15],
            [belly * 0.75, gill - 0.1],
        ]
    )
    anatomy.part("body", body)
    flank = [[0.02, gill + 0.1], [-0.04, 0.1], [0.0, 0.5], [0.05, 0.1]]
    anatomy.part("stripe", smooth(np.array(flank) * [uniform(1.5, 2.2), 1.0]))
    head = smooth([snout, [back * 0.78, gill], [0.0, gill + 0.09], [belly * 0.8, gill]])
    anatomy.part("head", head)
    eye = np.array([back * uniform(0.22, 0.32), between(snout, (0.0, gill), 0.5)[1]])
    radius = uniform(0.05, 0.075)
    anatomy.part("eye", ellipse(eye, (radius, radius)))
    anatomy.landmark("snout", snout)
    anatomy.landmark("eye", eye)
    anatomy.landmark("gill", (0.0, gill + 0.09))
    anatomy.landmark("tail base", stem)
    return anatomy


def _fins(anatomy: Anatomy, rng: np.random.Generator, back: float, belly: float) -> None:
    front, rear = rng.uniform(-0.35, -0.22), rng.uniform(0.18, 0.34)
    peak = np.array([back - rng.uniform(0.18, 0.3), rng.uniform(-0.18, 0.1)])
    dorsal = [[back * 0.85, front], peak, [back * 0.85 - 0.06, rear + 0.06], [back * 0.5, rear]]
    anatomy.part("dorsal fin", smooth(dorsal))
    anatomy.landmark("dorsal fin peak", peak)
    place = rng.uniform(0.1, 0.2)
    tip = np.array([belly + rng.uniform(0.12, 0.22), place + 0.2])
    anal = [[belly * 0.7, place - 0.08], tip, [belly * 0.45, place + 0.2]]
    anatomy.part("anal fin", smooth(anal))
    anatomy.landmark("anal fin tip", tip)
    pelvic_tip = np.array([belly + rng.uniform(0.14, 0.24), rng.uniform(-0.18, -0.08)])
    pelvic = [[belly * 0.8, -0.36], pelvic_tip, [belly * 0.85, -0.14]]
    anatomy.part("pelvic fin", smooth(pelvic))
    anatomy.landmark("pelvic fin tip", pelvic_tip)
