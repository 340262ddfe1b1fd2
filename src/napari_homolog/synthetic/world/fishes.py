"""Fish of many outlines, seen from the side, head on the left, back up."""

from __future__ import annotations

import numpy as np

from ..anatomy import Anatomy, Outline, between, smooth
from .axis import Axis, jitter


def fishes(rng: np.random.Generator) -> Anatomy:
    """Return a fish between eel and angelfish."""
    u = rng.uniform
    anatomy = Anatomy("fish")
    axis = _body(rng)
    gill = u(0.2, 0.36)
    _tail(anatomy, rng, axis)
    _unpaired_fins(anatomy, rng, axis, gill)
    anatomy.part("flank", axis.outline())
    if rng.random() < 0.7:
        anatomy.part("back", axis.patch(gill - 0.05, 0.95, u(0.35, 0.6), 1))
    if rng.random() < 0.7:
        anatomy.part("belly", axis.patch(gill - 0.05, u(0.6, 0.85), -1, u(-0.6, -0.3)))
    anatomy.part("tail stem", axis.patch(u(0.82, 0.88), 1, -1, 1))
    if rng.random() < 0.5:
        anatomy.stroke(axis.at(np.linspace(gill, 0.97, 8), u(0.0, 0.3)), 0.012)
    _head(anatomy, rng, axis, gill)
    root = axis.at(gill + 0.02, u(-0.45, -0.15))
    tip = axis.at(gill + u(0.14, 0.26), u(-0.7, 0.0))
    side = (tip - root)[::-1] * [1, -1] * u(0.2, 0.45)
    middle = between(root, tip, 0.7)
    anatomy.part("pectoral fin", smooth([root, middle + side, tip, middle - side], 4))
    anatomy.landmark("pectoral fin base", root)
    return anatomy


def _body(rng: np.random.Generator) -> Axis:
    u = rng.uniform
    depth = float(np.exp(u(np.log(0.1), np.log(0.48))))
    stem = min(u(0.15, 0.4), 0.12 / depth) if depth > 0.2 else u(0.4, 0.75)
    shape = np.array([u(0.03, 0.25), 0.55, 0.87, 1.0, u(0.8, 1.0), u(0.5, 0.75), stem])
    if rng.random() < 0.3:
        shape[:3] = shape[:3] ** u(0.5, 1.8)
    end, sag = u(0.4, 0.68), u(-0.06, 0.06)
    knots = [[u(-0.05, 0.08), -1.0], [sag, -0.5], [-sag, 0.0], [u(-0.03, 0.03), end]]
    lower = jitter(rng, shape, 0.1) * depth * u(0.7, 1.2)
    return Axis.through(knots, lower, jitter(rng, shape, 0.1) * depth * u(0.8, 1.2))


def _head(anatomy: Anatomy, rng: np.random.Generator, axis: Axis, gill: float) -> None:
    u = rng.uniform
    bulge = gill + u(0.02, 0.09) * np.sin(np.linspace(0, np.pi, 9))
    edge = axis.at(bulge, np.linspace(-1, 1, 9))
    front = np.linspace(0, gill, 8)
    anatomy.part("head", np.concatenate([axis.at(front, -1), edge, axis.at(front[::-1], 1)]))
    if rng.random() < 0.6:
        low, high = u(-0.75, -0.5), u(0.1, 0.45)
        anatomy.part("gill cover", axis.patch(gill - u(0.06, 0.1), gill + 0.03, low, high, 5))
    anatomy.part("snout", axis.patch(0, u(0.05, 0.09), -1, 1, 4))
    if rng.random() < 0.5:
        anatomy.part("jaw", axis.patch(0, gill * u(0.5, 0.8), -1, u(-0.7, -0.4), 5))
    anatomy.stroke(axis.at([0.0, gill * u(0.2, 0.45)], [0.0, u(-0.5, -0.1)]), 0.015)
    anatomy.stroke(edge, u(0.01, 0.025))
    along, across = gill * u(0.36, 0.6), u(0.12, 0.5)
    radius = u(0.025, 0.06)
    centre = axis.at(along, across)
    angle = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    ring = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    anatomy.part("eye", centre + radius * ring)
    anatomy.landmark("snout", axis.at(0, 0))
    anatomy.landmark("eye", centre)
    anatomy.landmark("gill top", edge[6])
    anatomy.landmark("gill", edge[4])
    anatomy.landmark("nape", axis.at(gill, 1))
    anatomy.landmark("throat", axis.at(gill, -1))


def _tail(anatomy: Anatomy, rng: np.random.Generator, axis: Axis) -> None:
    u = rng.uniform
    top, bottom, stem = axis.at(0.98, 1), axis.at(0.98, -1), axis.at(1.0, 0)
    length, spread = u(0.2, 0.42), u(0.12, 0.45)
    upper = stem + [-spread * u(0.8, 1.2), length]
    lower = stem + [spread * u(0.8, 1.2), length * u(0.8, 1.1)]
    fork = stem + [u(-0.03, 0.03), length * u(0.35, 1.25)]
    corners = [top, upper, fork, lower, bottom]
    outline: Outline = smooth(corners, 5) if rng.random() < 0.6 else np.array(corners)
    anatomy.part("tail", outline)
    for name, tip, base in (("upper", upper, top), ("lower", lower, bottom)):
        share = u(0.35, 0.6)
        anatomy.part(
            f"{name} tail tip",
            np.array([between(base, tip, share), tip, between(fork, tip, share)]),
        )
        anatomy.landmark(f"{name} tail tip", tip)
        anatomy.landmark(f"{name} tail base", base)
        for ray in (0.3, 0.6, 0.9):
            anatomy.stroke(np.array([stem, between(fork, tip, ray)]), 0.008)
    anatomy.landmark("tail fork", fork)


def _unpaired_fins(anatomy: Anatomy, rng: np.random.Generator, axis: Axis, gill: float) -> None:
    u = rng.uniform
    start, end = gill + u(0.0, 0.25), u(0.7, 0.93)
    height = u(0.05, 0.32)
    split = u(0.4, 0.6) * (end - start) + start
    two = rng.random() < 0.35
    spans = [("dorsal fin", start, split if two else end, 1.0)]
    if two:
        spans.append(("second dorsal fin", split + u(0.03, 0.08), end, 1.0))
    spans.append(("anal fin", u(0.55, 0.68), u(0.75, 0.93), -1.0))
    pelvic = gill + u(0.02, 0.2)
    spans.append(("pelvic fin", pelvic, pelvic + u(0.06, 0.12), -1.0))
    for name, first, last, side in spans:
        if last - first < 0.04:
            continue
        peak = rng.permutation([1.0, u(0.5, 1.0), u(0.3, 0.8)])
        tall = height * u(0.6, 1.1) * np.array([0.15, *np.sort(peak)[:: rng.choice([-1, 1])], 0.2])
        outline = axis.fin(first, last, side, tall.tolist(), lean=u(0.1, 0.9))
        anatomy.part(name, outline)
        for ray in range(1, 4):
            anatomy.stroke(
                np.array([axis.at(np.linspace(first, last, 5)[ray], 0.9 * side), outline[9 - ray]]),
                0.006,
            )
        anatomy.landmark(f"{name} front", axis.at(first, side))
        anatomy.landmark(f"{name} rear", axis.at(last, side))
