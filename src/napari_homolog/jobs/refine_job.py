"""Refining what is not reviewed yet with everything that was decided meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..context import RunContext
from ..errors import Cancelled
from ..project import CoarsePrediction, Project
from .failures import Failure, explain
from .image_suppliers import ImageSupplier, Suppliers, image_files, supplied
from .reference_sources import ReferenceSource, digest_of, draw, references_for_refinement

if TYPE_CHECKING:
    from ..correspondence.refinement.specimen_drawing import MarkedDrawing
    from ..landmarks import Landmarks


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
    """

    specimen_id: int
    name: str
    image: ImageSupplier
    coarse: CoarsePrediction


Results = Iterator[tuple[RefineTask, "Landmarks | Failure"]]
"""What came of each task, as it comes."""


class RefineJob:
    """Compares specimens in review with those that were corrected or accepted since they were located.

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

    Attributes
    ----------
    references : tuple of ReferenceSource
        With which specimens are compared.
    tasks : tuple of RefineTask
        The specimens that were refined with others.
    """

    def __init__(
        self,
        project: Project,
        *,
        images: Suppliers | None = None,
        among: Sequence[int] | None = None,
    ) -> None:
        supplier = images or image_files(project)
        self._project = project
        self.references: Sequence[ReferenceSource] = references_for_refinement(project, supplier)
        self._digest = digest_of(self.references)
        pending = project.refined_otherwise(self._digest) if self.references else []
        chosen = pending if among is None else [number for number in among if number in pending]
        self.tasks = tuple(self._task(specimen_id, supplier) for specimen_id in chosen)

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
        drawings = draw(self.references, names, context.log)
        for task in self.tasks:
            context.check_stop()
            yield task, _refine(task, names, drawings, context)

    def record(self, task: RefineTask, outcome: Landmarks | Failure) -> None:
        """Write what came of a specimen into the project, in its thread.

        A specimen that failed keeps its landmarks.

        Raises
        ------
        ProjectError
            If the project cannot be written.
        """
        if isinstance(outcome, Failure):
            return
        points = {
            name: (float(row), float(col)) for name in outcome for row, col in [outcome[name]]
        }
        self._project.record_refinement(task.specimen_id, points, self._digest)

    def run(self, context: RunContext | None = None) -> int:
        """Refine and record in this thread, until the context says stop; return how many were."""
        context = context or RunContext()
        refined = 0
        try:
            for done, (task, outcome) in enumerate(self.compute(context), 1):
                self.record(task, outcome)
                if isinstance(outcome, Failure):
                    context.log.warning("%s: %s", task.name, outcome.reason)
                else:
                    refined += 1
                context.report(done, len(self.tasks), "refining the landmarks")
        except Cancelled:
            context.log.info("Stopped after %d of %d specimens", refined, len(self.tasks))
        return refined

    def _task(self, specimen_id: int, images: Suppliers) -> RefineTask:
        return RefineTask(
            specimen_id,
            self._project.specimen(specimen_id).name,
            supplied(images, specimen_id),
            self._project.coarse_prediction(specimen_id),
        )


def _refine(
    task: RefineTask,
    names: Sequence[str],
    drawings: Sequence[MarkedDrawing],
    context: RunContext,
) -> Landmarks | Failure:
    """Refine one specimen; whatever goes wrong concerns this specimen alone."""
    from ..correspondence.inference.refine import refined_points
    from ..landmarks import Landmarks

    own = tuple(task.coarse.points)
    order = [names.index(name) for name in own]
    try:
        found = refined_points(
            task.image(),
            np.array([task.coarse.points[name] for name in own]),
            [drawing.chosen(order) for drawing in drawings],
            mirrored=task.coarse.mirrored,
            context=context,
        )
    except Cancelled:
        raise
    except Exception as error:
        return explain(error, context.log)
    return Landmarks.from_arrays(own, found.points)
