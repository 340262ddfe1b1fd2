"""Which specimens to mark next, so that the others gain most."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..procrustes import generalised_procrustes_analysis
from .records import Specimen
from .specimen_shapes import with_shape
from .store import Project

SUGGESTED = 5
"""More than a few at once are out of date after the first."""

LEAST_DOUBT = 0.05
"""Of a specimen whose landmarks are all certain: by its shape alone it may still deserve a look."""


def specimens_to_mark(project: Project, count: int = SUGGESTED) -> list[Specimen]:
    """Return the specimens in review whose marking helps most, the most helpful first.

    A specimen is the more in need of help the less certain its landmarks are and the less its shape
    is like any that was decided about; a marked specimen helps those of a similar shape. Specimens are
    chosen one after the other, each by how much need it takes away: weighted k-medoids, chosen
    greedily, with the decided specimens as the first medoids.

    Parameters
    ----------
    project : Project
        The project.
    count : int
        How many at most.

    Returns
    -------
    list of Specimen
        Empty if fewer than two specimens have three landmarks.

    References
    ----------
    Nemhauser, Wolsey and Fisher 1978, on the greedy choice.
    """
    specimens, landmarks = with_shape(project)
    if len(specimens) < 2:
        return []
    distance = _distances(generalised_procrustes_analysis(landmarks).shapes)
    # It knows the specimens with landmarks about which nobody has decided.
    least = project.least_confidences()
    marked = np.array([one.reference or one.id not in least for one in specimens])
    doubt = np.array([max(1 - (least.get(one.id) or 0.0), LEAST_DOUBT) for one in specimens])
    doubt[marked] = 0
    nearest = distance[:, marked].min(1, initial=distance.max())
    chosen: list[int] = []
    open_for_choice = ~marked
    while open_for_choice.any() and len(chosen) < count:
        gain = (doubt[:, None] * (nearest[:, None] - np.minimum(nearest[:, None], distance))).sum(0)
        best = int(np.where(open_for_choice, gain, -1.0).argmax())
        chosen.append(best)
        open_for_choice[best] = False
        nearest = np.minimum(nearest, distance[:, best])
    return [specimens[index] for index in chosen]


def _distances(shapes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distances (m, m) of superimposed shapes (m, n, 2), of the landmarks that both have.

    Those of shapes without a landmark in common are the largest of all.
    """
    rows = []
    for shape in shapes:
        squares = ((shapes - shape) ** 2).sum(2)
        count = np.isfinite(squares).sum(1)
        rows.append(np.where(count > 0, np.nansum(squares, axis=1) / np.maximum(count, 1), np.nan))
    mean = np.stack(rows)
    return np.asarray(np.sqrt(np.where(np.isnan(mean), np.nanmax(mean), mean)))
