"""A butterfly with spread wings, seen from above, head up."""

from __future__ import annotations

import numpy as np

from .anatomy import Anatomy, Outline, Side, between, both_sides, ellipse, smooth


def butterfly(rng: np.random.Generator) -> Anatomy:
    """Draw the proportions of one butterfly from the generator."""
    anatomy = Anatomy("butterfly")
    uniform = rng.uniform
    shoulder = np.array([uniform(-0.24, -0.16), 0.07])
    waist = np.array([uniform(0.0, 0.08), 0.06])
    apex = np.array([uniform(-0.85, -0.55), uniform(0.8, 1.0)])
    tornus = np.array([uniform(-0.08, 0.1), uniform(0.68, 0.88)])
    outer = np.array([uniform(0.3, 0.5), uniform(0.6, 0.75)])
    lower = np.array([uniform(0.62, 0.9), uniform(0.34, 0.52)])
    leading, dent = uniform(0.0, 0.12), uniform(-0.06, 0.08)
    spot_share, spot_radius = uniform(0.5, 0.68), uniform(0.07, 0.12)

    hindwing = smooth([waist, tornus + [0.06, -0.06], outer, lower, waist + [0.3, 0.02]])
    forewing = smooth(
        [
            shoulder,
            between(shoulder, apex, 0.55) + [-leading, -0.02],
            apex,
            between(apex, tornus, 0.5) + [0.0, -dent],
            tornus,
            between(waist, tornus, 0.5) + [0.02, 0.0],
            waist,
        ]
    )
    sides = both_sides(rng)
    for side, place in sides:
        anatomy.part(f"{side} hindwing", place(hindwing))
    for side, place in sides:
        anatomy.part(f"{side} forewing", place(forewing))
        anatomy.part(
            f"{side} forewing tip", place(_tip(shoulder, apex, tornus, uniform(0.6, 0.72)))
        )
        spot = between(waist, between(outer, lower, 0.5), spot_share)
        anatomy.part(f"{side} hindwing spot", place(ellipse(spot, (spot_radius, spot_radius))))
        for share in (0.25, 0.55, 0.85):
            anatomy.stroke(place([shoulder, between(apex, tornus, share) * 0.92]), 0.012)
        anatomy.landmark(f"{side} forewing tip", place(apex))
        anatomy.landmark(f"{side} forewing corner", place(tornus))
        anatomy.landmark(f"{side} hindwing tip", place(lower))
        anatomy.landmark(f"{side} hindwing spot", place(spot))
    _body(anatomy, rng, sides, shoulder[0], waist[0])
    return anatomy


def _tip(shoulder: Outline, apex: Outline, tornus: Outline, share: float) -> Outline:
    front, rear = between(shoulder, apex, share), between(apex, tornus, 1.25 - share)
    return smooth([front + [-0.02, 0.0], apex, rear, between(front, rear, 0.5) + [0.0, 0.05]])


def _body(
    anatomy: Anatomy,
    rng: np.random.Generator,
    sides: tuple[Side, Side],
    shoulder_row: float,
    waist_row: float,
) -> None:
    width, tail = rng.uniform(0.06, 0.1), rng.uniform(0.42, 0.62)
    head_row = shoulder_row - rng.uniform(0.1, 0.16)
    reach = np.array([rng.uniform(-0.75, -0.55), rng.uniform(0.18, 0.4)])
    for _, place in sides:
        path = [[head_row, 0.02], between([head_row, 0.02], reach, 0.6) + [-0.05, 0.0], reach]
        anatomy.stroke(place(smooth(path, closed=False)), 0.018)
    middle = (waist_row + tail) / 2
    anatomy.part("abdomen", ellipse((middle, 0.0), ((tail - waist_row) / 2 + 0.04, width * 0.85)))
    thorax = (shoulder_row + waist_row) / 2
    anatomy.part("thorax", ellipse((thorax, 0.0), ((waist_row - shoulder_row) / 2 + 0.04, width)))
    anatomy.part("head", ellipse((head_row, 0.0), (width * 0.85, width * 0.9)))
    anatomy.landmark("head", (head_row, 0.0))
    anatomy.landmark("waist", (waist_row + 0.02, 0.0))
    anatomy.landmark("abdomen tip", (tail + 0.04, 0.0))
