"""Simulated review: how many landmarks a person drags as specimens are corrected."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..context import RunContext
from ..correspondence import Preset
from ..diffusion import Backbone
from ..errors import DatasetError
from ..files import atomic_write
from ..jobs import LearnJob, RefineJob, TransferJob, in_this_thread, run
from ..landmarks import Landmarks
from ..project import Project
from .datasets import Picture

Order = Literal["least certain first", "random"]

ORDERS: tuple[Order, ...] = ("least certain first", "random")

DRAGGED = 2.0
"""Error in percent of the centroid size beyond which a person drags a landmark."""


@dataclass(frozen=True)
class ReviewSession:
    """What happened in one simulated review.

    Attributes
    ----------
    reference : str
        The specimen from which landmarks were learned.
    order : str
        How the next specimen was chosen.
    corrected : tuple of str
        The specimens that were corrected, in order.
    dragged : tuple of int
        Landmarks that were dragged on each of them.
    drags_before, drags_after : int
        Landmarks to drag on the specimens that remain, as located from the reference, and as refined
        with what was corrected.
    error_before, error_after : float
        Mean error on them in percent of the centroid size.
    landmarks : int
        Number of landmarks on them.
    covered : float or None
        Share of these whose error is at most its radius for nine tenths; None where too few
        landmarks were corrected to tell a radius.
    radius : float or None
        Mean radius in percent of the centroid size.
    """

    reference: str
    order: Order
    corrected: tuple[str, ...]
    dragged: tuple[int, ...]
    drags_before: int
    drags_after: int
    error_before: float
    error_after: float
    landmarks: int
    covered: float | None
    radius: float | None


def simulate_reviews(
    pictures: Sequence[Picture],
    backbone: Backbone,
    preset: Preset,
    *,
    corrections: int,
    drag_beyond: float = DRAGGED,
    context: RunContext,
) -> list[ReviewSession]:
    """Learn from the first specimen, transfer to the others, and review them in each order.

    A person drags what is too far off, and accepts the rest where it is. The specimens serve as
    references with what was accepted, errors included, as in a project.

    Parameters
    ----------
    pictures : sequence of Picture
        The specimens; the first one is the reference.
    backbone : Backbone
        The model.
    preset : Preset
        How to learn and locate; with refinement.
    corrections : int
        How many specimens are corrected.
    drag_beyond : float
        Error in percent of the centroid size beyond which the person drags; 0 for one who puts every
        landmark exactly where it belongs. Drags are counted from 2 % on whatever it is.
    context : RunContext
        Seed, progress, and whether to stop.

    Returns
    -------
    list of ReviewSession
        One for each order.

    Raises
    ------
    DatasetError
        If there are fewer specimens than are to be corrected, a reference, and one more.
    Cancelled
        If the context says so.
    """
    if len(pictures) < corrections + 2:
        raise DatasetError(
            f"{len(pictures)} specimens are too few for {corrections} corrections, a reference, and "
            "some that remain; correct fewer."
        )
    with TemporaryDirectory() as folder:
        located = Path(folder, "located.homolog")
        with Project.create(located, seed=context.seed) as project:
            _locate_from_first(project, pictures, backbone, preset, context)
        sessions = []
        for order in ORDERS:
            reviewed = Path(folder, f"{order}.homolog")
            shutil.copy(located, reviewed)
            with Project.open(reviewed) as project:
                review = _Review(project, pictures, drag_beyond, context)
                sessions.append(review.run(order, corrections))
    return sessions


def write_reviews(path: Path, document: Mapping[str, Any]) -> None:
    """Write what reviews were simulated, and their sessions, as JSON, atomically."""
    with atomic_write(path) as file:
        file.write((json.dumps(document, indent=2) + "\n").encode())


def _locate_from_first(
    project: Project,
    pictures: Sequence[Picture],
    backbone: Backbone,
    preset: Preset,
    context: RunContext,
) -> None:
    first = pictures[0].landmarks
    names = [name for name, shown in zip(first.names, first.present, strict=True) if shown]
    project.set_landmarks(names)
    numbers = [project.add_image(picture.path) for picture in pictures]
    project.place_many(numbers[0], {name: _point(first, name) for name in names})
    project.mark_reference(numbers[0])
    LearnJob(project, preset=preset).run(backbone, context.without_progress())
    run(TransferJob(project), in_this_thread(backbone), context)


class _Review:
    """A person's decisions in a project, and what they lead to."""

    def __init__(
        self,
        project: Project,
        pictures: Sequence[Picture],
        drag_beyond: float,
        context: RunContext,
    ) -> None:
        self._project, self._context = project, context.without_progress()
        self._drag_beyond = drag_beyond
        numbers = [specimen.id for specimen in project.specimens()]
        self._pictures = dict(zip(numbers, pictures, strict=True))
        self._reference = numbers[0]
        self._rest = numbers[1:]
        self._located = {number: self._errors(number) for number in self._rest}
        self._rng = np.random.default_rng(context.seed)

    def run(self, order: Order, corrections: int) -> ReviewSession:
        """Correct specimens in an order, and count what is left to drag on the others."""
        corrected, dragged = [], []
        for _ in range(corrections):
            self._context.check_stop()
            number = self._next(order)
            self._rest.remove(number)
            corrected.append(self._pictures[number].name)
            dragged.append(self._correct(number))
            RefineJob(self._project).run(self._context)
        before = np.concatenate([self._located[number] for number in self._rest])
        after = np.concatenate([self._errors(number) for number in self._rest])
        radii = np.concatenate([self._radii(number) for number in self._rest])
        known = np.isfinite(after)
        told = bool(np.isfinite(radii[known]).all())
        return ReviewSession(
            reference=self._pictures[self._reference].name,
            order=order,
            corrected=tuple(corrected),
            dragged=tuple(dragged),
            drags_before=int((before > DRAGGED).sum()),
            drags_after=int((after > DRAGGED).sum()),
            error_before=round(float(np.nanmean(before)), 4),
            error_after=round(float(np.nanmean(after)), 4),
            landmarks=int(known.sum()),
            covered=round(float((after <= radii)[known].mean()), 4) if told else None,
            radius=round(float(radii[known].mean()), 4) if told else None,
        )

    def _next(self, order: Order) -> int:
        if order == "random":
            return int(self._rng.choice(self._rest))
        confidence = self._project.least_confidences()
        return min(self._rest, key=lambda number: confidence.get(number, 1.0))

    def _correct(self, number: int) -> int:
        """Drag what is far off, leave out what the specimen lacks, accept the rest."""
        truth, errors = self._pictures[number].landmarks, self._errors(number)
        decided = {
            name: _point(truth, name)
            for name, error in zip(self._names(), errors, strict=True)
            if not error <= self._drag_beyond
        }
        self._project.place_many(number, decided)
        if len(decided) < len(errors):
            self._project.accept(number)
        return int((errors > DRAGGED).sum())

    def _names(self) -> list[str]:
        return [landmark.name for landmark in self._project.landmarks]

    def _errors(self, number: int) -> NDArray[np.float64]:
        """Return errors in percent of the centroid size; NaN where the specimen lacks a landmark."""
        truth, found = self._pictures[number].landmarks, self._project.landmarks_of(number)
        distance = [
            float(np.linalg.norm(found[name] - truth[name])) if name in truth.names else np.nan
            for name in self._names()
        ]
        return 100 * np.array(distance) / truth.centroid_size()

    def _radii(self, number: int) -> NDArray[np.float64]:
        placed = self._project.placements(number)
        radii = [placed[name].error_radius if name in placed else None for name in self._names()]
        size = self._pictures[number].landmarks.centroid_size()
        return 100 * np.array(radii, float) / size


def _point(landmarks: Landmarks, name: str) -> tuple[float, float] | None:
    if name not in landmarks.names or not np.isfinite(landmarks[name]).all():
        return None
    row, col = landmarks[name]
    return float(row), float(col)
