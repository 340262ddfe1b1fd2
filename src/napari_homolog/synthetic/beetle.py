"""A beetle seen from above, head up."""

from __future__ import annotations

import numpy as np

from .anatomy import Anatomy, Side, between, both_sides, ellipse, smooth


def beetle(rng: np.random.Generator) -> Anatomy:
    """Draw the proportions of one beetle from the generator."""
    anatomy = Anatomy("beetle")
    uniform = rng.uniform
    sides = both_sides(rng, asymmetry=0.02)
    joint = uniform(-0.36, -0.24)
    neck = joint - uniform(0.24, 0.34)
    shoulder = np.array([joint + uniform(0.04, 0.1), uniform(0.42, 0.54)])
    widest = np.array([uniform(0.15, 0.4), shoulder[1] + uniform(0.0, 0.1)])
    tip = np.array([uniform(0.85, 1.0), 0.02])
    _legs(anatomy, rng, sides, joint)

    elytron = smooth(
        [[joint, 0.0], shoulder, widest, between(widest, tip, 0.6) + [0.03, 0.1], tip, [0.4, 0.0]]
    )
    spot = between((joint, 0.0), tip, uniform(0.32, 0.45)) + [0.0, widest[1] * 0.55]
    spot_radius = uniform(0.08, 0.13)
    for side, place in sides:
        anatomy.part(f"{side} elytron", place(elytron))
        shoulder_patch = smooth(
            [
                shoulder + [0.0, 0.0],
                shoulder + [0.2, 0.02],
                shoulder + [0.14, -0.16],
                [joint + 0.04, 0.2],
            ]
        )
        anatomy.part(f"{side} shoulder", place(shoulder_patch))
        anatomy.part(f"{side} elytron spot", place(ellipse(spot, (spot_radius, spot_radius))))
        end = between(widest, tip, 0.62)
        anatomy.part(
            f"{side} elytron tip", place(smooth([end + [0.04, 0.08], tip, end * [1.0, 0.0]]))
        )
        anatomy.landmark(f"{side} shoulder", place(shoulder))
        anatomy.landmark(f"{side} elytron spot", place(spot))
    anatomy.stroke([[joint, 0.0], [tip[0], 0.0]], 0.02)
    anatomy.landmark("elytra joint", (joint, 0.0))
    anatomy.landmark("elytra tip", tip * [1.0, 0.0])

    front, rear = uniform(0.2, 0.28), uniform(0.38, 0.48)
    shield = [
        [neck, -front],
        [neck, front],
        [joint - 0.06, rear],
        [joint, 0.0],
        [joint - 0.06, -rear],
    ]
    head_radii = (uniform(0.12, 0.17), front * uniform(0.7, 0.9))
    anatomy.part("head", ellipse((neck - 0.06, 0.0), head_radii))
    anatomy.part("pronotum", smooth(shield))
    for side, place in sides:
        corner = place(np.array([joint - 0.06, rear]))
        anatomy.landmark(f"{side} pronotum corner", corner)
    anatomy.landmark("head front", (neck - 0.06 - head_radii[0], 0.0))
    return anatomy


def _legs(
    anatomy: Anatomy, rng: np.random.Generator, sides: tuple[Side, Side], joint: float
) -> None:
    bend = rng.uniform(-0.05, 0.1)
    rows = (joint - 0.15, joint + 0.2, joint + 0.45)
    reach = ((-0.28, 0.85), (0.08, 0.95), (0.5, 0.9))
    antenna = np.array([joint - rng.uniform(0.55, 0.75), rng.uniform(0.3, 0.55)])
    for _, place in sides:
        for row, (drop, out) in zip(rows, reach, strict=True):
            knee = np.array([row + drop * 0.35 - bend, 0.68])
            foot = np.array([row + drop, out * rng.uniform(0.85, 1.0)])
            anatomy.stroke(place([[row, 0.2], knee, foot]), 0.04)
        anatomy.stroke(place([[joint - 0.3, 0.08], [joint - 0.5, 0.25], antenna]), 0.025)
