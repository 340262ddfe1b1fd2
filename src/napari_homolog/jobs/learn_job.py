"""Learning the landmarks of a project from its references."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..context import RunContext
from ..errors import ProjectError
from ..project import Project
from .image_suppliers import Suppliers, image_files
from .reference_sources import references_for_learning

if TYPE_CHECKING:
    from ..correspondence import LandmarkSet, Preset
    from ..diffusion import Backbone


class LearnJob:
    """Learns what was placed or accepted by hand on a project's references.

    Parameters
    ----------
    project : Project
        Open for writing.
    preset : Preset, optional
        Default: that of the earlier set if one is extended, else ``standard``.
    extend : bool
        Start from the project's latest landmark set, without the landmarks that were removed since;
        if all were, learn anew with its settings.
        A set that was learned with other settings than the preset's cannot be extended: its
        landmarks are learned anew with the preset.
    images : callable, optional
        Supplies the images, by the specimens' numbers. Default: the project's image files.

    Attributes
    ----------
    references : tuple of ReferenceSource
        What is learned from; the first one is previewed.
    earlier : LandmarkSet or None
        The set that is extended.
    preset : Preset or None
        May be chosen until it computes: which one suits is known once the model is loaded.

    Raises
    ------
    ProjectError
        If a reference has no image, or there is no earlier set to extend.
    LandmarkError
        If nothing was placed by hand on any reference, or a landmark lies outside its image.
    """

    def __init__(
        self,
        project: Project,
        *,
        preset: Preset | None = None,
        extend: bool = False,
        images: Suppliers | None = None,
    ) -> None:
        self._project, self._seed = project, project.seed
        self.references = references_for_learning(project, images or image_files(project))
        self.earlier: LandmarkSet | None = None
        self.preset = preset
        if extend:
            self.earlier, self.preset = _earlier_set(project, preset)

    def compute(self, backbone: Backbone, context: RunContext | None = None) -> LandmarkSet:
        """Learn, in any thread: the project is not touched.

        Parameters
        ----------
        backbone : Backbone
            The model.
        context : RunContext, optional
            Progress, previews, log, and whether to stop; the seed is the project's.

        Raises
        ------
        ImageError
            If an image cannot be read or has changed.
        Cancelled
            If the context says so.
        """
        from ..correspondence import Reference, extend, learn

        context = replace(context or RunContext(), seed=self._seed)
        references = [
            Reference(source.image(), source.landmarks, source.name, source.box)
            for source in self.references
        ]
        if self.earlier is not None:
            return extend(backbone, self.earlier, references, context=context)
        return learn(backbone, references, preset=self.preset, context=context)

    def record(self, learned: LandmarkSet) -> int:
        """Add what was learned to the project, in its thread; return the landmark set's number."""
        return self._project.add_landmark_set(learned)

    def run(self, backbone: Backbone, context: RunContext | None = None) -> LandmarkSet:
        """Learn and record in this thread, and return what was learned."""
        learned = self.compute(backbone, context)
        self.record(learned)
        return learned


def _earlier_set(
    project: Project, preset: Preset | None
) -> tuple[LandmarkSet | None, Preset | None]:
    """Return what is left of the latest landmark set if the preset can extend it, and the preset."""
    learned = project.landmark_set()
    if learned is None:
        raise ProjectError("Nothing was learned in this project before; learn without extending.")
    if preset is not None and not learned.preset.has_settings_of(preset):
        return None, preset
    present = {landmark.name for landmark in project.landmarks}
    names = [name for name in learned.names if name in present]
    return (learned.subset(names) if names else None), learned.preset
