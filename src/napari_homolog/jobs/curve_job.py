"""Locating the curves of a series by its landmarks and by the specimens on which they were drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..context import RunContext
from ..curves import CurveDefinition
from ..errors import Cancelled
from ..landmarks import Landmarks
from ..project import Curve, Project, Specimen
from .failures import Failure, explain
from .image_suppliers import ImageSupplier, Suppliers, image_files, supplied
from .reference_sources import reference_image, short_digest

if TYPE_CHECKING:
    from ..correspondence.curves import CurveReference


@dataclass(frozen=True, eq=False)
class CurveSource:
    """A specimen on which somebody drew curves.

    Attributes
    ----------
    name : str
        Its name.
    image : ImageSupplier
        Supplies its image.
    landmarks : Landmarks
        As they are on it, (row, col) in pixels.
    curves : dict of str to Curve
        The drawn curves by name.
    """

    name: str
    image: ImageSupplier
    landmarks: Landmarks
    curves: dict[str, Curve]


@dataclass(frozen=True, eq=False)
class CurveTask:
    """A specimen on which curves are to be located.

    Attributes
    ----------
    specimen_id : int
        Its number in the project.
    name : str
        Its name.
    image : ImageSupplier
        Supplies its image.
    landmarks : Landmarks
        As they are on it, (row, col) in pixels.
    made_from : dict of str to str
        What tells apart that from which a curve is located, by the curve's name: the curves to locate.
    """

    specimen_id: int
    name: str
    image: ImageSupplier
    landmarks: Landmarks
    made_from: dict[str, str] = field(default_factory=dict)


Located = list[Curve]
"""The curves of a specimen that were located."""


class CurveJob:
    """Locates curves on specimens whose landmarks are known, or were moved since.

    The model is not needed. What a person drew stays as it is, and is what the others are located by.
    A job that was stopped continues when it is made anew.

    Parameters
    ----------
    project : Project
        Open for writing.
    images : callable, optional
        Supplies the images, by the specimens' numbers. Default: the project's image files.

    Attributes
    ----------
    sources : tuple of CurveSource
        The specimens on which curves were drawn.
    tasks : tuple of CurveTask
        The specimens on which curves are to be located.
    """

    def __init__(self, project: Project, *, images: Suppliers | None = None) -> None:
        supplier = images or image_files(project)
        self._project = project
        self._definitions = project.curve_definitions
        specimens = project.specimens() if self._definitions else []
        drawn = {one.id: _drawn(project, one.id) for one in specimens}
        self.sources = tuple(
            CurveSource(one.name, supplied(supplier, one.id), marks, drawn[one.id])
            for one in specimens
            if drawn[one.id] and (marks := project.landmarks_of(one.id)).present.any()
        )
        made_from = {one.name: self._made_from(one) for one in self._definitions}
        tasks = (
            self._task(one, drawn[one.id], made_from, supplied(supplier, one.id))
            for one in specimens
        )
        self.tasks = tuple(task for task in tasks if task is not None and task.made_from)

    def compute(
        self, context: RunContext | None = None
    ) -> Iterator[tuple[CurveTask, Located | Failure]]:
        """Yield what comes of each task, in any thread: the project is not touched.

        Raises
        ------
        Cancelled
            If the context says so.
        """
        context = context or RunContext()
        if not self.tasks:
            return
        references = self._references(context)
        for task in self.tasks:
            context.check_stop()
            yield task, self._locate(task, references, context)

    def record(self, task: CurveTask, outcome: Located | Failure) -> None:
        """Write the curves of a specimen into the project, in its thread.

        Raises
        ------
        ProjectError
            If the project cannot be written.
        """
        if isinstance(outcome, Failure):
            return
        for curve in outcome:
            self._project.record_curve(task.specimen_id, curve, task.made_from[curve.name or ""])

    def run(self, context: RunContext | None = None) -> tuple[int, list[tuple[str, str]]]:
        """Locate and record in this thread, until the context says stop.

        Returns
        -------
        int
            On how many specimens curves were located.
        list of (str, str)
            Names of the others, and why.
        """
        context = context or RunContext()
        located, failed = 0, list[tuple[str, str]]()
        try:
            for done, (task, outcome) in enumerate(self.compute(context), 1):
                self.record(task, outcome)
                if isinstance(outcome, Failure):
                    failed.append((task.name, outcome.reason))
                else:
                    located += 1
                context.report(done, len(self.tasks), "locating the curves")
        except Cancelled:
            context.log.info("Stopped after %d specimens", located)
        return located, failed

    def _made_from(self, definition: CurveDefinition) -> str:
        return short_digest(
            [
                [definition.anchors, definition.closed],
                *(
                    [
                        source.landmarks.points.tolist(),
                        source.curves[definition.name].points.tolist(),
                    ]
                    for source in self.sources
                    if definition.name in source.curves
                ),
            ]
        )

    def _task(
        self,
        specimen: Specimen,
        drawn: dict[str, Curve],
        made_from: dict[str, str],
        image: ImageSupplier,
    ) -> CurveTask | None:
        wanted = [
            one
            for one in self._definitions
            if one.name not in drawn and any(one.name in each.curves for each in self.sources)
        ]
        marks = self._project.landmarks_of(specimen.id) if wanted else None
        if marks is None or not marks.present.any():
            return None
        present = self._project.curves_made_from(specimen.id)
        digests = {
            one.name: short_digest([made_from[one.name], marks.points.tolist()])
            for one in wanted
            if all(marks.present[marks.names.index(anchor)] for anchor in one.anchors)
        }
        new = {name: digest for name, digest in digests.items() if present.get(name) != digest}
        return CurveTask(specimen.id, specimen.name, image, marks, new)

    def _references(self, context: RunContext) -> dict[str, list[CurveReference]]:
        """Return the references of each curve; an image that cannot be read is logged."""
        from ..correspondence.curves import CurveReference

        references: dict[str, list[CurveReference]] = {one.name: [] for one in self._definitions}
        for source in self.sources:
            image = reference_image(source.name, source.image, context.log)
            if image is None:
                continue
            for name, curve in source.curves.items():
                references[name].append(CurveReference(image, source.landmarks, curve.points))
        return references

    def _locate(
        self, task: CurveTask, references: dict[str, list[CurveReference]], context: RunContext
    ) -> Located | Failure:
        """Locate the curves of one specimen; whatever goes wrong concerns this specimen alone."""
        from ..correspondence.curves import locate_curve

        found = []
        try:
            image = task.image()
            for one in self._definitions:
                if one.name in task.made_from:
                    curve = locate_curve(one, references[one.name], image, task.landmarks)
                    found.append(Curve(curve.path, one.name, curve.confidence, curve.spread))
        except Cancelled:
            raise
        except Exception as error:
            return explain(error, context.log)
        return found


def _drawn(project: Project, specimen_id: int) -> dict[str, Curve]:
    curves = project.series_curves(specimen_id)
    return {name: curve for name, curve in curves.items() if not curve.located}
