"""Heads seen from the front and skulls from above: a bilateral outline with features in pairs."""

from __future__ import annotations

import numpy as np

from ..anatomy import Anatomy, ellipse, smooth
from .axis import SIDES, Axis, jitter, limb


def insect_heads(rng: np.random.Generator) -> Anatomy:
    """Return an insect's head: compound eyes, feelers and jaws."""
    u = rng.uniform
    anatomy = Anatomy("head")
    breadth = u(0.45, 0.95)
    shape = [u(0.35, 0.75), 0.9, 1.0, u(0.85, 1.0), u(0.6, 0.9), u(0.25, 0.55)]
    axis = _outline(rng, shape, breadth)
    eye = (u(0.2, 0.5), u(0.62, 0.92))
    size = (u(0.12, 0.32), u(0.16, 0.4))
    socket = (u(0.35, 0.62), u(0.12, 0.4))
    for _, sign in SIDES:
        feeler = limb(axis.at(socket[0], sign * socket[1]), [u(-1, 0.3), sign], u(0.5, 1.0), [1, 1])
        anatomy.stroke(feeler.at(np.linspace(0, 1, 6), 0), u(0.03, 0.06))
    long = u(0.15, 0.45)
    for side, sign in SIDES:
        jaw = limb(
            axis.at(0.92, sign * 0.5), [1, -0.1 * sign], long, [0.13, 0.11, 0.03], -0.6 * sign
        )
        anatomy.part(f"{side} jaw", jaw.outline())
        anatomy.landmark(f"{side} jaw tip", jaw.at(1, 0))
    anatomy.part("face", axis.outline())
    anatomy.part("forehead", axis.patch(0, min(eye[0], socket[0]) - 0.08, -1, 1, 6))
    low = u(0.66, 0.8)
    half = u(0.25, 0.5)
    for side, sign in SIDES:
        inner, outer = sorted((sign * half, sign * 1.0))
        anatomy.part(f"{side} cheek", axis.patch(low - 0.12, 1.0, inner, outer, 5))
    anatomy.part("clypeus", axis.patch(low, 0.95, -half, half, 5))
    anatomy.part("labrum", axis.patch(0.93, 1.0, -0.8 * half, 0.8 * half, 4))
    for side, sign in SIDES:
        outline = axis.spot(eye[0], sign * eye[1], *size)
        anatomy.part(f"{side} eye", outline)
        ring = axis.spot(socket[0], sign * socket[1], 0.045, 0.07)
        anatomy.part(f"{side} feeler base", ring)
        anatomy.landmark(f"{side} eye top", axis.at(eye[0] - size[0], sign * eye[1]))
        anatomy.landmark(f"{side} eye bottom", axis.at(eye[0] + size[0], sign * eye[1]))
        anatomy.landmark(f"{side} feeler base", axis.at(socket[0], sign * socket[1]))
        anatomy.landmark(f"{side} clypeus corner", axis.at(low, sign * half))
    if rng.random() < 0.6:
        _simple_eyes(anatomy, axis, u(0.08, 0.2), u(0.08, 0.18))
    anatomy.stroke(axis.at(low, np.linspace(-half, half, 5)), 0.025)
    anatomy.landmark("head top", axis.at(0, 0))
    anatomy.landmark("mouth", axis.at(1, 0))
    return anatomy


def skulls_from_above(rng: np.random.Generator) -> Anatomy:
    """Return a vertebrate's skull from above, snout up."""
    u = rng.uniform
    anatomy = Anatomy("skull")
    breadth = u(0.32, 0.62)
    shape = [u(0.1, 0.4), u(0.3, 0.55), u(0.4, 0.7), u(0.55, 0.85), u(0.6, 1.0), 1.0, u(0.4, 0.8)]
    axis = _outline(rng, shape, breadth)
    orbit = u(0.4, 0.58)
    for side, sign in SIDES:
        front, rear = axis.at(orbit - 0.12, 0.9 * sign), axis.at(orbit + u(0.2, 0.3), 0.9 * sign)
        out = axis.beyond(orbit + 0.06, sign, u(0.12, 0.3))
        arch = smooth(
            [front, out + [-0.12, 0], out, out + [0.12, 0], rear, axis.at(orbit, sign)], 4
        )
        anatomy.part(f"{side} cheekbone", arch)
        anatomy.landmark(f"{side} cheekbone", out)
    anatomy.part("braincase", axis.outline())
    anatomy.part("snout", axis.patch(0, orbit - u(0.1, 0.18), -1, 1))
    anatomy.part("nose", axis.patch(0, u(0.08, 0.16), -0.8, 0.8, 5))
    anatomy.part("forehead", axis.patch(orbit - 0.1, orbit + u(0.1, 0.2), -1, 1, 6))
    for side, sign in SIDES:
        low, high = sorted((0.0, sign))
        anatomy.part(f"{side} temple", axis.patch(orbit + 0.2, u(0.82, 0.9), low, high, 6))
    anatomy.part("nape", axis.patch(u(0.88, 0.93), 1, -1, 1, 5))
    for side, sign in SIDES:
        hole = axis.spot(orbit, sign * u(0.75, 1.0), u(0.05, 0.12), u(0.15, 0.4))
        anatomy.part(f"{side} orbit", hole)
        anatomy.landmark(f"{side} orbit", hole.mean(0))
        anatomy.landmark(f"{side} nape corner", axis.at(0.93, sign))
    middle = np.linspace(0.1, 0.95, 9)
    anatomy.stroke(axis.at(middle, 0.02 * np.sin(40 * middle)), 0.012)
    across = np.linspace(-0.9, 0.9, 7)
    anatomy.stroke(axis.at(orbit + 0.2 + 0.05 * across**2, across), 0.012)
    anatomy.landmark("nose tip", axis.at(0, 0))
    anatomy.landmark("crown", axis.at(orbit + 0.2, 0))
    anatomy.landmark("nape", axis.at(1, 0))
    return anatomy


def faces(rng: np.random.Generator) -> Anatomy:
    """Return the face of a mammal or an owl."""
    u = rng.uniform
    anatomy = Anatomy("face")
    shape = [u(0.4, 0.8), 0.9, 1.0, u(0.8, 1.0), u(0.5, 0.9), u(0.2, 0.5)]
    axis = _outline(rng, shape, u(0.55, 0.95))
    tall, wide, place = u(0.15, 0.6), u(0.1, 0.24), u(0.35, 0.85)
    for side, sign in SIDES:
        ear = limb(axis.at(0.1, sign * place), [-1, sign * u(0.1, 1.2)], tall, [wide, wide, 0.02])
        anatomy.part(f"{side} ear", ear.outline())
        anatomy.part(f"{side} ear tip", ear.patch(0.55, 1, -1, 1, 5))
        anatomy.landmark(f"{side} ear tip", ear.at(1, 0))
    anatomy.part("chin", axis.outline())
    anatomy.part("forehead", axis.patch(0, u(0.25, 0.35), -1, 1, 6))
    eye = (u(0.35, 0.5), u(0.32, 0.6))
    for side, sign in SIDES:
        low, high = sorted((sign * 0.25, sign))
        anatomy.part(f"{side} cheek", axis.patch(eye[0] + 0.05, u(0.72, 0.85), low, high, 5))
    half = u(0.16, 0.32)
    anatomy.part("nose bridge", axis.patch(eye[0] - 0.05, 0.7, -half, half, 5))
    nose, mouth = u(0.62, 0.74), u(0.8, 0.88)
    anatomy.part("muzzle", axis.spot(mouth - 0.03, 0, 0.16, half * u(1.3, 2.2)))
    anatomy.part("nose", axis.spot(nose, 0, u(0.04, 0.08), half))
    anatomy.part("mouth", axis.spot(mouth, 0, 0.025, half * u(1.0, 1.8)))
    radius = u(0.05, 0.16)
    for side, sign in SIDES:
        centre = axis.at(eye[0], sign * eye[1])
        anatomy.part(f"{side} eye", ellipse(centre, (radius * u(0.7, 1.0), radius)))
        if rng.random() < 0.6:
            anatomy.part(f"{side} pupil", ellipse(centre, (radius * 0.45, radius * 0.45), 10))
        anatomy.landmark(f"{side} eye", centre)
        anatomy.landmark(f"{side} mouth corner", axis.at(mouth, sign * half))
    anatomy.landmark("nose", axis.at(nose, 0))
    anatomy.landmark("chin", axis.at(1, 0))
    anatomy.landmark("crown", axis.at(0, 0))
    return anatomy


def _outline(rng: np.random.Generator, shape: list[float], breadth: float) -> Axis:
    knots = np.stack([np.linspace(-0.9, 0.8, 4), rng.normal(0, 0.015, 4)], axis=1)
    widths = jitter(rng, shape, 0.06) * breadth
    return Axis.through(knots, jitter(rng, widths, 0.02), jitter(rng, widths, 0.02))


def _simple_eyes(anatomy: Anatomy, axis: Axis, along: float, apart: float) -> None:
    places = (("left", -apart, 0.05), ("right", apart, 0.05), ("middle", 0.0, 0.0))
    for name, across, lower in places:
        anatomy.part(f"{name} simple eye", axis.spot(along + 0.07 - lower, across, 0.025, 0.04, 8))
