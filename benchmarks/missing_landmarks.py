"""How far estimated landmarks lie from the true ones, on synthetic specimens with landmarks hidden.

Besides, what estimating does to the mean shape, compared with leaving incomplete specimens out.
"""

from __future__ import annotations

import numpy as np

from napari_homolog import Landmarks
from napari_homolog.missing_landmarks import EstimationMethod, estimate_missing
from napari_homolog.procrustes import generalised_procrustes_analysis
from napari_homolog.synthetic import generate
from stored_results import store

KINDS = ("beetle", "fish", "wing", "butterfly", "leaf")
SPECIMENS, INCOMPLETE, HIDDEN = 40, 20, 2
FIRST_SEED = 3000
REPEATS = 20


def main() -> None:
    table = {kind: figures(kind) for kind in KINDS}
    for kind, row in table.items():
        print(kind, row)
    result = {
        "unit": "percent of centroid size",
        "specimens": SPECIMENS,
        "incomplete": INCOMPLETE,
        "hidden landmarks": HIDDEN,
        "repeats": REPEATS,
        "kinds": table,
    }
    print(f"stored in {store('missing_landmarks', result)}")


def figures(kind: str) -> dict[str, float]:
    whole = [generate(kind, FIRST_SEED + index, (64, 64)).landmarks for index in range(SPECIMENS)]
    rng = np.random.default_rng(0)
    rows: dict[str, list[float]] = {}
    for _ in range(REPEATS):
        part = with_gaps(whole, rng)
        complete = [one for one in part if one.present.all()]
        estimates = {
            "spline": estimate_missing(part),
            "spline from all": estimate_missing(part, closest=None),
            "regression": estimate_missing(part, EstimationMethod.REGRESSION),
            "mean shape": by_mean_shape(part, complete),
        }
        for name, found in estimates.items():
            rows.setdefault(name, []).append(error(whole, part, found))
        true = mean_shape(whole)
        for name, used in (("left out", complete), ("spline", estimates["spline"])):
            away = 100 * np.linalg.norm(on(mean_shape(used), true) - true)
            rows.setdefault(f"mean shape of the series, {name}", []).append(float(away))
    return {name: round(float(np.mean(values)), 2) for name, values in rows.items()}


def with_gaps(whole: list[Landmarks], rng: np.random.Generator) -> list[Landmarks]:
    part = list(whole)
    for index in rng.choice(len(whole), INCOMPLETE, replace=False):
        points = whole[index].points.copy()
        points[rng.choice(len(points), HIDDEN, replace=False)] = np.nan
        part[index] = Landmarks.from_arrays(whole[index].names, points)
    return part


def by_mean_shape(part: list[Landmarks], complete: list[Landmarks]) -> list[Landmarks]:
    mean = mean_shape(complete)
    return [
        Landmarks.from_arrays(
            one.names, np.where(one.present[:, None], one.points, on(mean, one.points))
        )
        for one in part
    ]


def mean_shape(specimens: list[Landmarks]) -> np.ndarray:
    return generalised_procrustes_analysis(specimens).mean


def on(shape: np.ndarray, onto: np.ndarray) -> np.ndarray:
    """Return a shape after the best similarity onto the points that are not NaN."""
    shared = np.isfinite(onto[:, 0])
    origin, aim = shape[shared].mean(0), onto[shared].mean(0)
    first = (shape - origin) @ (1, 1j)
    second = (onto[shared] - aim) @ (1, 1j)
    moved = first * np.vdot(first[shared], second) / np.vdot(first[shared], first[shared])
    return np.c_[moved.real, moved.imag] + aim


def error(whole: list[Landmarks], part: list[Landmarks], found: list[Landmarks]) -> float:
    away = [
        np.linalg.norm(three.points - one.points, axis=1)[~two.present] / one.centroid_size()
        for one, two, three in zip(whole, part, found, strict=True)
    ]
    return float(100 * np.concatenate(away).mean())


if __name__ == "__main__":
    main()
