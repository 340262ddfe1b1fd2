"""Segmented plates: trilobites and their tails, head shields and woodlice, front up."""

from __future__ import annotations

import numpy as np

from ..anatomy import Anatomy
from .axis import SIDES, Axis, Floats, jitter


def trilobites(rng: np.random.Generator) -> Anatomy:
    """Return a whole animal of head shield, segments and tail shield."""
    u = rng.uniform
    anatomy = Anatomy("trilobite")
    breadth, head, tail = u(0.35, 0.7), u(0.22, 0.36), u(0.68, 0.86)
    shape = [u(0.3, 0.6), 0.9, 1.0, 0.97, 0.92, 0.85, 0.75, 0.55, u(0.1, 0.3)]
    axis = _upright(rng, jitter(rng, shape, 0.06) * breadth)
    lobe = _lobe(rng)
    bow = u(0.0, 0.12)
    if rng.random() < 0.35:
        _cheek_spines(anatomy, rng, axis, head)
    _fields(anatomy, axis, lobe, (head, tail), bow, ("front", "middle", "rear"))
    _furrows(anatomy, axis, lobe, np.linspace(head, tail, int(rng.integers(6, 14))), bow)
    _tail(anatomy, rng, axis, lobe, tail)
    _head(anatomy, rng, axis, lobe, head)
    return anatomy


def tail_shields(rng: np.random.Generator) -> Anatomy:
    """Return a tail shield alone (a pygidium): an axial lobe between two ribbed fields."""
    u = rng.uniform
    anatomy = Anatomy("pygidium")
    breadth = u(0.6, 1.25)
    fall = np.linspace(0, 1, 9)
    shape = np.clip(1 - fall ** u(1.6, 3.2), 0.03, 1) ** u(0.5, 0.9)
    shape[0] *= u(0.75, 1.0)
    knots = [[-0.55, 0], [0.0, 0], [u(0.45, 0.75), 0]]
    axis = Axis.through(knots, jitter(rng, shape, 0.04) * breadth)
    end, half = u(0.65, 0.98), u(0.18, 0.36)
    lobe = np.linspace(half, half * u(0.3, 0.8), 25)
    if rng.random() < 0.3:
        _margin_spines(anatomy, rng, axis)
    anatomy.part("border", axis.outline())
    inner, bow = u(0.78, 0.97), u(0.05, 0.35)
    for side, sign in SIDES:
        for name, start, stop in (("front", 0.0, 0.3), ("middle", 0.3, 0.6), ("rear", 0.6, 0.92)):
            anatomy.part(
                f"{side} {name} rib field", _field(axis, lobe, start, stop, sign, bow, inner)
            )
        anatomy.landmark(f"{side} front corner", axis.at(0, sign))
        anatomy.landmark(f"{side} lobe corner", axis.at(0, sign * half))
    _furrows(anatomy, axis, lobe, np.linspace(0.0, end, int(rng.integers(4, 12))), bow, inner)
    names = ("front", "middle", "rear")
    for index, name in enumerate(names):
        start, stop = end * index / 3, end * (index + 1) / 3
        along = np.linspace(start, stop, 6)
        width = _width(lobe, along)
        anatomy.part(
            f"{name} lobe",
            np.concatenate([axis.at(along, -width), axis.at(along[::-1], width[::-1])]),
        )
    for start in np.linspace(0, end, int(rng.integers(5, 12)))[1:-1]:
        half = float(_width(lobe, np.array([start]))[0])
        anatomy.stroke(axis.at(start, np.linspace(-half, half, 5)), 0.015)
    anatomy.landmark("front middle", axis.at(0, 0))
    anatomy.landmark("lobe end", axis.at(end, 0))
    anatomy.landmark("rear end", axis.at(1, 0))
    return anatomy


def _upright(rng: np.random.Generator, widths: Floats) -> Axis:
    sway = rng.normal(0, 0.02, 4)
    return Axis.through(np.stack([np.linspace(-0.95, 0.95, 4), sway], axis=1), widths)


def _lobe(rng: np.random.Generator) -> Floats:
    """Return the axial lobe's half width, as a share of the body's, along the body."""
    return np.linspace(rng.uniform(0.25, 0.45), rng.uniform(0.15, 0.4), 25)


def _width(lobe: Floats, along: Floats) -> Floats:
    return np.interp(along, np.linspace(0, 1, len(lobe)), lobe)


def _field(
    axis: Axis, lobe: Floats, start: float, end: float, sign: float, bow: float, edge: float = 1.0
) -> Floats:
    """Return a field beside the lobe whose front and rear edges run backwards, outwards."""
    out = np.linspace(0, 1, 6)

    def line(along: float) -> Floats:
        inner = float(_width(lobe, np.array([along]))[0])
        return axis.at(along + bow * (1 - along) * out**1.5, sign * (inner + (edge - inner) * out))

    side = np.linspace(start + bow * (1 - start), end + bow * (1 - end), 5)[1:-1]
    return np.concatenate([line(start), axis.at(side, sign * edge), line(end)[::-1]])


def _fields(
    anatomy: Anatomy,
    axis: Axis,
    lobe: Floats,
    span: tuple[float, float],
    bow: float,
    names: tuple[str, ...],
) -> None:
    edges = np.linspace(*span, len(names) + 1)
    for name, start, end in zip(names, edges[:-1], edges[1:], strict=True):
        for side, sign in SIDES:
            anatomy.part(f"{side} {name} ribs", _field(axis, lobe, start, end, sign, bow))
        along = np.linspace(start, end, 5)
        width = _width(lobe, along)
        band = np.concatenate([axis.at(along, -width), axis.at(along[::-1], width[::-1])])
        anatomy.part(f"{name} lobe", band)


def _furrows(
    anatomy: Anatomy, axis: Axis, lobe: Floats, places: Floats, bow: float, edge: float = 0.97
) -> None:
    out = np.linspace(0, 1, 6)
    for along in places.tolist():
        inner = float(_width(lobe, np.array([along]))[0])
        for _, sign in SIDES:
            across = sign * (inner + (edge - inner) * out)
            anatomy.stroke(axis.at(along + bow * (1 - along) * out**1.5, across), 0.018)
    along = np.linspace(float(places[0]), float(places[-1]), 12)
    for _, sign in SIDES:
        anatomy.stroke(axis.at(along, sign * _width(lobe, along)), 0.025)


def _head(
    anatomy: Anatomy, rng: np.random.Generator, axis: Axis, lobe: Floats, head: float
) -> None:
    u = rng.uniform
    anatomy.part("head shield", axis.patch(0, head, -1, 1))
    inner = float(lobe[0]) * u(0.9, 1.3)
    for side, sign in SIDES:
        low, high = sorted((sign * 0.95, sign * inner))
        anatomy.part(f"{side} cheek", axis.patch(head * 0.3, head, low, high, 5))
        eye = (head * u(0.5, 0.65), sign * (inner + u(0.1, 0.3)))
        anatomy.part(f"{side} eye", axis.spot(*eye, head * u(0.12, 0.22), u(0.05, 0.11)))
        anatomy.landmark(f"{side} eye", axis.at(*eye))
        anatomy.landmark(f"{side} head corner", axis.at(head, sign))
    top = u(0.03, 0.3) * head
    swell = inner * (1 + u(-0.2, 0.35) * np.sin(np.linspace(0, np.pi, 7)))
    along = np.linspace(top, head, 7)
    anatomy.part(
        "glabella", np.concatenate([axis.at(along, -swell), axis.at(along[::-1], swell[::-1])])
    )
    anatomy.stroke(axis.at(head, np.linspace(-1, 1, 8)), 0.02)
    anatomy.landmark("head front", axis.at(0, 0))
    anatomy.landmark("neck", axis.at(head, 0))


def _tail(
    anatomy: Anatomy, rng: np.random.Generator, axis: Axis, lobe: Floats, tail: float
) -> None:
    if rng.random() < 0.3:
        thick = rng.uniform(0.02, 0.06)
        end = axis.at(1, 0)
        point = end + [rng.uniform(0.1, 0.4), 0]
        anatomy.part("tail spine", np.array([end - [0.1, thick], point, end + [-0.1, thick]]))
    anatomy.part("tail shield", axis.patch(tail, 1, -1, 1))
    along = np.linspace(tail, tail + (1 - tail) * 0.8, 5)
    width = _width(lobe, along) * np.linspace(1, 0.5, 5)
    anatomy.part(
        "tail lobe", np.concatenate([axis.at(along, -width), axis.at(along[::-1], width[::-1])])
    )
    anatomy.stroke(axis.at(tail, np.linspace(-1, 1, 8)), 0.02)
    anatomy.landmark("tail front", axis.at(tail, 0))
    anatomy.landmark("tail end", axis.at(1, 0))
    for side, sign in SIDES:
        anatomy.landmark(f"{side} tail corner", axis.at(tail, sign))


def _cheek_spines(anatomy: Anatomy, rng: np.random.Generator, axis: Axis, head: float) -> None:
    length, out = rng.uniform(0.2, 0.6), rng.uniform(0.0, 0.2)
    for side, sign in SIDES:
        root = axis.at(head * 0.7, sign)
        point = axis.at(head, sign) + [length, sign * out]
        anatomy.part(f"{side} cheek spine", np.array([root, point, axis.at(head, 0.8 * sign)]))


def _margin_spines(anatomy: Anatomy, rng: np.random.Generator, axis: Axis) -> None:
    count, length = int(rng.integers(3, 8)), rng.uniform(0.06, 0.25)
    for along in np.linspace(0.1, 0.9, count).tolist():
        for side, sign in SIDES:
            foot = axis.at(np.array([along - 0.05, along + 0.05]), 0.95 * sign)
            tip = axis.beyond(along, sign, length) + [length * 0.6, 0]
            anatomy.part(f"{side} margin spines", np.array([foot[0], tip, foot[1]]))
