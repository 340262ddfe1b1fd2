"""Refining what is not reviewed yet with everything that was decided meanwhile."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..context import RunContext
from ..errors import Cancelled
from ..project import CoarsePrediction, PlacementStatus, Project, RefinedLandmark
from .failures import Failure, explain
from .image_suppliers import ImageSupplier, Suppliers, image_files, supplied
from .reference_sources import (
    digest_of,
    draw,
    references_for_refinement,
    stepping_stones,
)
from .scale_bar_ends import ends_of_bar, found_ends, known_bars

if TYPE_CHECKING:
    from ..correspondence.refinement.specimen_drawing import MarkedDrawing
    from ..landmarks import Landmarks

BY_SERIES = "+series"
"""What follows the references' digest where stepping stones helped them."""

BY_BAR = "+bar"
"""What follows it where the ends of a scale bar were found by how they look."""


@dataclass(frozen=True, eq=False)
class RefineTask:
    """A specimen whose landmarks are to be refined anew.

    Attributes
    ----------
    specimen_id : int
        Its number in the project.
    name : str
        Its name.
    image : ImageSupplier
        Supplies its image.
    coarse : CoarsePrediction
        Where the model placed its landmarks.
    decided : Landmarks, optional
        What a person decided on it: it is refined without its own help, to learn how large errors
        are. Default: it is still in review.
    unmoved : frozenset of str
        Those of the decided landmarks that were accepted where they had been located.
    """

    specimen_id: int
    name: str
    image: ImageSupplier
    coarse: CoarsePrediction
    decided: Landmarks | None = None
    unmoved: frozenset[str] = frozenset()


Refined = dict[str, RefinedLandmark]
"""Refined landmarks of a specimen by name."""

Results = Iterator[tuple[RefineTask, Refined | Failure]]
"""What came of each task, as it comes."""


class RefineJob:
    """Compares specimens in review with those that were corrected or accepted since they were located.

    These are themselves compared with one another, which tells how large errors are on this series.
    The model is not needed: the places that it found are kept in the project. Nothing that a person
    decided changes. A job that was stopped continues when it is made anew.

    Parameters
    ----------
    project : Project
        Open for writing.
    images : callable, optional
        Supplies the images, by the specimens' numbers. Default: the project's image files.
    among : sequence of int, optional
        Consider these specimens only, in this order. Default: all, in theirs.
    by_series : bool
        Whether specimens in review vote too, once the references were compared with them: stepping
        stones between specimens that differ much. It takes about twice the time.

    Attributes
    ----------
    references : tuple of ReferenceSource
        With which specimens are compared.
    stones : tuple of ReferenceSource
        The stepping stones.
    tasks : tuple of RefineTask
        The specimens that were refined with others, after those that tell the errors.
    """

    def __init__(
        self,
        project: Project,
        *,
        images: Suppliers | None = None,
        among: Sequence[int] | None = None,
        by_series: bool = False,
    ) -> None:
        supplier = images or image_files(project)
        self._project = project
        self.references = references_for_refinement(project, supplier)
        self.stones = stepping_stones(project, supplier) if by_series and self.references else ()
        self._bar = ends_of_bar(project)
        self._references = digest_of(self.references) + (BY_BAR if self._bar else "")
        self._digest = self._references + (BY_SERIES if by_series else "")
        # Without stepping stones nothing is undone that was done with them.
        present = {self._digest, self._references + BY_SERIES}
        pending = project.refined_otherwise(*present) if self.references else []
        chosen = pending if among is None else [number for number in among if number in pending]
        self.tasks = (
            *self._witnesses(supplier),
            *(self._task(specimen_id, supplier) for specimen_id in chosen),
        )

    def compute(self, context: RunContext | None = None) -> Results:
        """Yield what comes of each task, in any thread: the project is not touched.

        Raises
        ------
        Cancelled
            If the context says so.
        """
        context = context or RunContext()
        if not self.tasks:
            return
        names = tuple(dict.fromkeys(name for task in self.tasks for name in task.coarse.points))
        # The stepping stones are to face as the references do.
        drawings = draw([*self.references, *self.stones], names, context.log)
        bars = known_bars(self.references, self._bar, context.log)
        for task in self.tasks:
            context.check_stop()
            others = [one for one in drawings if one.name != task.name]
            outcome = _refine(task, names, others, context)
            # On a reference the bar is the known one itself, which tells nothing about errors.
            if bars and self._bar and task.decided is None and not isinstance(outcome, Failure):
                ends = found_ends(task.image(), bars, self._bar)
                if not ends:
                    context.log.warning(
                        "%s: the scale bar was not found beyond doubt; place its two ends.",
                        task.name,
                    )
                outcome |= {name: one for name, one in ends.items() if name in outcome}
            yield task, outcome

    def record(self, task: RefineTask, outcome: Refined | Failure) -> None:
        """Write what came of a specimen into the project, in its thread.

        A specimen that failed keeps its landmarks.

        Raises
        ------
        ProjectError
            If the project cannot be written.
        """
        if isinstance(outcome, Failure):
            return
        if task.decided is None:
            self._project.record_refinement(task.specimen_id, outcome, self._digest)
        else:
            residuals = _residuals(outcome, task.decided, task.unmoved)
            self._project.record_residuals(task.specimen_id, residuals, self._references)

    def finish(self) -> None:
        """Let the errors that were seen say how certain the landmarks in review are.

        Raises
        ------
        ProjectError
            If the project cannot be written.
        """
        self._project.update_error_radii(self._references)

    def run(self, context: RunContext | None = None) -> int:
        """Refine and record in this thread, until the context says stop.

        Returns
        -------
        int
            How many specimens in review were refined.
        """
        context = context or RunContext()
        refined = 0
        try:
            for done, (task, outcome) in enumerate(self.compute(context), 1):
                self.record(task, outcome)
                if isinstance(outcome, Failure):
                    context.log.warning("%s: %s", task.name, outcome.reason)
                else:
                    refined += task.decided is None
                context.report(done, len(self.tasks), "refining the landmarks")
            self.finish()
        except Cancelled:
            context.log.info("Stopped after %d specimens", refined)
        return refined

    def _witnesses(self, images: Suppliers) -> Iterator[RefineTask]:
        """Yield the references on which landmarks had been located before somebody decided."""
        numbers = [source.specimen_id for source in self.references]
        if len(numbers) < 2:
            return
        for specimen_id in self._project.judged_otherwise(self._references, numbers):
            decided = self._project.landmarks_of(specimen_id, decided=True)
            unmoved = frozenset(
                name
                for name, placement in self._project.placements(specimen_id).items()
                if placement.status is PlacementStatus.ACCEPTED
            )
            yield replace(self._task(specimen_id, images, decided), unmoved=unmoved)

    def _task(
        self, specimen_id: int, images: Suppliers, decided: Landmarks | None = None
    ) -> RefineTask:
        return RefineTask(
            specimen_id,
            self._project.specimen(specimen_id).name,
            supplied(images, specimen_id),
            self._project.coarse_prediction(specimen_id, decided=decided is not None),
            decided,
        )


def _refine(
    task: RefineTask,
    names: Sequence[str],
    drawings: Sequence[MarkedDrawing],
    context: RunContext,
) -> Refined | Failure:
    """Refine one specimen; whatever goes wrong concerns this specimen alone."""
    from ..correspondence.inference.refine import refined_points

    own = tuple(task.coarse.points)
    order = [names.index(name) for name in own]
    chosen = [drawing.chosen(order) for drawing in drawings]
    try:
        found = refined_points(
            task.image(),
            np.array([task.coarse.points[name] for name in own]),
            [one for one in chosen if one.agreement is None],
            mirrored=task.coarse.mirrored,
            stones=[one for one in chosen if one.agreement is not None],
            context=context,
        )
    except Cancelled:
        raise
    except Exception as error:
        return explain(error, context.log)
    return {
        name: RefinedLandmark((float(row), float(col)), float(agreement), float(spread))
        for name, (row, col), agreement, spread in zip(
            own, found.points, found.agreement, found.spread, strict=True
        )
    }


def _residuals(
    found: Refined, decided: Landmarks, unmoved: Collection[str]
) -> dict[str, tuple[float, float]]:
    """Return the distance to what was decided, and the references' disagreement, by landmark.

    Both are shares of the specimen's size. That a landmark was accepted where it was says only that
    nobody saw an error: it may be as far off as people differ.
    """
    from ..correspondence.inference.conformal import PEOPLE
    from ..correspondence.priors.shape_prior import size_of

    size, unseen = size_of(decided.points), PEOPLE * decided.centroid_size()
    residuals = {}
    for name, one in found.items():
        if name in decided.names and np.isfinite(decided[name]).all():
            distance = float(np.linalg.norm(one.point - decided[name]))
            error = max(distance, unseen) if name in unmoved else distance
            residuals[name] = (error / size, one.spread / size)
    return residuals
