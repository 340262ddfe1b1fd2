"""Digitisations of the same specimens, compared as shapes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...errors import LandmarkError
from ...landmarks import Landmarks
from ...procrustes import generalised_procrustes_analysis
from ...repeatability import Anova, procrustes_anova
from ..specimen_shapes import LEAST_LANDMARKS
from .digitised import Digitisation, Digitised


@dataclass(frozen=True, eq=False)
class Agreement:
    """Digitisations as shapes.

    Attributes
    ----------
    landmarks : tuple of str
        Those that all of them have.
    specimens : tuple of str
        Those with all of these landmarks by two or more digitisers.
    left_out : int
        Specimens that two or more digitised, but not with all of these landmarks.
    anova : Anova or None
        None where it could not be computed.
    reason : str
        Why it could not.
    mean : ndarray, shape (k, 2), or None
        The mean shape, (row, col), of centroid size one.
    differences : ndarray, shape (n, k, 2), or None
        First less second of two digitisers, superimposed, in units of the centroid size.
    sizes : ndarray, shape (n, 2), or None
        Centroid sizes by each of two digitisers in pixels.
    """

    landmarks: tuple[str, ...]
    specimens: tuple[str, ...]
    left_out: int
    anova: Anova | None = None
    reason: str = ""
    mean: NDArray[np.float64] | None = None
    differences: NDArray[np.float64] | None = None
    sizes: NDArray[np.float64] | None = None

    @property
    def size_bias(self) -> tuple[float, float] | None:
        """Mean difference of the centroid sizes, first less second, and its standard deviation.

        In percent of the mean of the two; None where there are fewer than two specimens.
        """
        if self.sizes is None or len(self.sizes) < 2:
            return None
        relative = 100 * (self.sizes[:, 0] - self.sizes[:, 1]) / self.sizes.mean(1)
        return float(relative.mean()), float(relative.std(ddof=1))


def agree(series: Digitised, digitisers: Sequence[Digitisation]) -> Agreement:
    """Compare the shapes of two or more digitisations of a series, by Procrustes ANOVA."""
    names, rows, left_out = _complete(series, digitisers)
    found = Agreement(names, tuple(rows), left_out)
    reason = _too_few(found)
    if reason:
        return replace(found, reason=reason)
    marked = [(specimen, one) for specimen, those in rows.items() for one in those]
    shapes = [
        Landmarks({name: one.points[specimen][name] for name in names}) for specimen, one in marked
    ]
    try:
        laid = generalised_procrustes_analysis(shapes)
    except LandmarkError as error:
        return replace(found, reason=str(error))
    anova = procrustes_anova(
        laid, [specimen for specimen, _ in marked], [one.name for _, one in marked]
    )
    if len(digitisers) > 2:
        return replace(found, anova=anova, mean=laid.mean)
    return replace(
        found,
        anova=anova,
        mean=laid.mean,
        differences=laid.shapes[0::2] - laid.shapes[1::2],
        sizes=np.array([one.centroid_size() for one in shapes]).reshape(-1, 2),
    )


def _complete(
    series: Digitised, digitisers: Sequence[Digitisation]
) -> tuple[tuple[str, ...], dict[str, list[Digitisation]], int]:
    """Return what can be compared.

    Returns
    -------
    landmarks : tuple of str
        Those that each digitiser has on some specimen that another one has too.
    specimens : dict of str to list of Digitisation
        By specimen, those who placed all these landmarks on it, where they are two or more.
    left_out : int
        How many specimens two or more have digitised, but not so.
    """
    shared = {
        specimen: [one for one in digitisers if specimen in one.points]
        for specimen in series.specimens
    }
    shared = {specimen: those for specimen, those in shared.items() if len(those) > 1}
    own: dict[str, set[str]] = {}
    for specimen, those in shared.items():
        for one in those:
            own.setdefault(one.name, set()).update(one.points[specimen])
    names = tuple(
        name for name in series.landmarks if own and all(name in placed for placed in own.values())
    )
    complete = {
        specimen: [one for one in those if one.points[specimen].keys() >= set(names)]
        for specimen, those in shared.items()
    }
    complete = {specimen: those for specimen, those in complete.items() if len(those) > 1}
    return names, complete, len(shared) - len(complete)


def _too_few(found: Agreement) -> str:
    """Return why there are too few specimens or landmarks for an analysis, or nothing."""
    have = len(found.specimens)
    digitised = have + found.left_out
    if digitised == 0:
        return "There is no specimen that two or more of them have digitised."
    if len(found.landmarks) < LEAST_LANDMARKS:
        return (
            f"Landmarks that all of them have: {len(found.landmarks)}; a shape needs "
            f"{LEAST_LANDMARKS}."
        )
    if have < 2:
        return (
            f"Specimens that two or more of them have digitised: {digitised}; with all "
            f"{len(found.landmarks)} landmarks: {have}. The analysis needs 2."
        )
    return ""
