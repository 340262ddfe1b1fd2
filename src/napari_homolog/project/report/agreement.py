"""Agreement of digitisations of the same specimens, as shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...errors import LandmarkError
from ...landmarks import Landmarks
from ...procrustes import LEAST_LANDMARKS, generalised_procrustes_analysis
from ...repeatability import Anova, procrustes_anova
from .digitised import Digitisation, Digitised


@dataclass(frozen=True, eq=False)
class Agreement:
    """Digitisations compared as shapes.

    Attributes
    ----------
    landmarks : tuple of str
        Those that all digitisations have.
    specimens : tuple of str
        Those with all of these landmarks by two or more digitisers.
    left_out : int
        Number of specimens with two or more digitisations, but not with all of these landmarks.
    anova : Anova or None
        None if it could not be computed.
    reason : str
        Why it could not.
    mean : ndarray, shape (k, 2), or None
        The mean shape, (row, col), of centroid size one.
    differences : ndarray, shape (n, k, 2), or None
        First minus second of two digitisers, superimposed, in units of the centroid size.
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
        """Mean and standard deviation of the differences in centroid size, first minus second.

        In percent of the mean of the two; None for fewer than two specimens.
        """
        if self.sizes is None or len(self.sizes) < 2:
            return None
        relative = 100 * (self.sizes[:, 0] - self.sizes[:, 1]) / self.sizes.mean(1)
        return float(relative.mean()), float(relative.std(ddof=1))


def agree(series: Digitised, digitisers: Sequence[Digitisation]) -> Agreement:
    """Compare the shapes of two or more digitisations of a series, by Procrustes ANOVA."""
    names, complete, left_out = _complete(series, digitisers)
    agreement = Agreement(names, tuple(complete), left_out)
    reason = _too_few(agreement)
    if reason:
        return replace(agreement, reason=reason)
    rows = [(specimen, digitiser) for specimen, own in complete.items() for digitiser in own]
    shapes = [
        Landmarks({name: digitiser.points[specimen][name] for name in names})
        for specimen, digitiser in rows
    ]
    try:
        superimposed = generalised_procrustes_analysis(shapes)
    except LandmarkError as error:
        return replace(agreement, reason=str(error))
    anova = procrustes_anova(
        superimposed,
        [specimen for specimen, _ in rows],
        [digitiser.name for _, digitiser in rows],
    )
    agreement = replace(agreement, anova=anova, mean=superimposed.mean)
    if len(digitisers) > 2:
        return agreement
    return replace(
        agreement,
        differences=superimposed.shapes[0::2] - superimposed.shapes[1::2],
        sizes=np.array([shape.centroid_size() for shape in shapes]).reshape(-1, 2),
    )


def _complete(
    series: Digitised, digitisers: Sequence[Digitisation]
) -> tuple[tuple[str, ...], dict[str, list[Digitisation]], int]:
    """Return the landmarks and specimens that can be compared.

    Returns
    -------
    landmarks : tuple of str
        Those that each digitiser has on some specimen that is digitised at least twice.
    specimens : dict of str to list of Digitisation
        By specimen, the digitisers who placed all these landmarks, if there are two or more.
    left_out : int
        Number of other specimens that are digitised at least twice.
    """
    shared = _with_two(
        {
            specimen: [digitiser for digitiser in digitisers if specimen in digitiser.points]
            for specimen in series.specimens
        }
    )
    placed: dict[str, set[str]] = {}
    for specimen, own in shared.items():
        for digitiser in own:
            placed.setdefault(digitiser.name, set()).update(digitiser.points[specimen])
    names = tuple(
        name
        for name in series.landmarks
        if placed and all(name in landmarks for landmarks in placed.values())
    )
    complete = _with_two(
        {
            specimen: [one for one in own if one.points[specimen].keys() >= set(names)]
            for specimen, own in shared.items()
        }
    )
    return names, complete, len(shared) - len(complete)


def _with_two(digitisers: Mapping[str, list[Digitisation]]) -> dict[str, list[Digitisation]]:
    return {specimen: own for specimen, own in digitisers.items() if len(own) > 1}


def _too_few(agreement: Agreement) -> str:
    """Return why there are too few specimens or landmarks for an analysis; empty if enough."""
    complete = len(agreement.specimens)
    digitised = complete + agreement.left_out
    if digitised == 0:
        return "There is no specimen that two or more of them have digitised."
    if len(agreement.landmarks) < LEAST_LANDMARKS:
        return (
            f"Landmarks that all of them have: {len(agreement.landmarks)}; a shape needs "
            f"{LEAST_LANDMARKS}."
        )
    if complete < 2:
        return (
            f"Specimens that two or more of them have digitised: {digitised}; with all "
            f"{len(agreement.landmarks)} landmarks: {complete}. The analysis needs 2."
        )
    return ""
