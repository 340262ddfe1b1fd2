"""A lobed leaf, tip up, stalk down."""

from __future__ import annotations

import numpy as np

from .anatomy import Anatomy, between, both_sides, ellipse, smooth


def leaf(rng: np.random.Generator) -> Anatomy:
    """Draw the proportions of one five-lobed leaf from the generator."""
    anatomy = Anatomy("leaf")
    uniform = rng.uniform
    base = np.array([uniform(0.3, 0.42), 0.0])
    tip = np.array([uniform(-1.0, -0.82), 0.0])
    upper = np.array([uniform(-0.42, -0.22), uniform(0.66, 0.92)])
    lower = np.array([uniform(0.3, 0.52), uniform(0.52, 0.78)])
    notch = np.array([uniform(-0.36, -0.26), uniform(0.22, 0.32)])
    bay = np.array([uniform(0.08, 0.16), uniform(0.36, 0.48)])
    end = np.array([uniform(0.85, 1.0), uniform(-0.12, 0.12)])
    heart = between(base, tip, uniform(0.28, 0.36))

    anatomy.stroke(smooth([base, between(base, end, 0.5) + [0.0, 0.03], end], closed=False), 0.06)
    sides = both_sides(rng, asymmetry=0.05)
    points = {
        side: {k: place(v) for k, v in _half(upper, lower, notch, bay).items()}
        for side, place in sides
    }
    for side, _ in sides:
        half = points[side]
        anatomy.part(
            f"{side} lower lobe",
            smooth([heart, half["bay"], half["lower"], between(half["lower"], base, 0.6), base]),
        )
        bulge = between(half["notch"], half["upper"], 0.5) + [-0.05, 0.0]
        anatomy.part(
            f"{side} upper lobe",
            smooth([heart, half["notch"], bulge, half["upper"], half["bay"]]),
        )
        anatomy.landmark(f"{side} upper tip", half["upper"])
        anatomy.landmark(f"{side} lower tip", half["lower"])
        anatomy.landmark(f"{side} notch", half["notch"])
    left, right = points["left"]["notch"], points["right"]["notch"]
    flank = between(tip, right, 0.55)
    blade = [heart, left, between(tip, left, 0.55) + [0, -0.05], tip, flank + [0, 0.05], right]
    anatomy.part("middle lobe", smooth(blade))
    width = abs(flank[1]) * 0.55
    anatomy.part(
        "tip",
        smooth(
            [tip, between(tip, heart, 0.28) + [0, width], between(tip, heart, 0.28) - [0, width]]
        ),
    )
    radius = uniform(0.08, 0.13)
    anatomy.part("centre", ellipse(heart, (radius, radius)))
    for target in (tip, *(points[side][lobe] for side in points for lobe in ("upper", "lower"))):
        anatomy.stroke([heart, between(heart, target, 0.85)], 0.02)
    anatomy.landmark("tip", tip)
    anatomy.landmark("base", base)
    anatomy.landmark("stalk end", end)
    return anatomy


def _half(
    upper: np.ndarray, lower: np.ndarray, notch: np.ndarray, bay: np.ndarray
) -> dict[str, np.ndarray]:
    return {"upper": upper, "lower": lower, "notch": notch, "bay": bay}
