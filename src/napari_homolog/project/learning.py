"""Learning from the references of a project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import LandmarkError, ProjectError
from ..images import read_image
from ..progress import Progress, StopCheck
from .store import Project

if TYPE_CHECKING:
    from ..correspondence import LandmarkSet, Preset, Reference, Watch
    from ..diffusion import Backbone


def learn_from_references(
    project: Project,
    backbone: Backbone,
    *,
    preset: Preset | None = None,
    earlier: bool = False,
    watch: Watch | None = None,
    progress: Progress | None = None,
    should_stop: StopCheck | None = None,
) -> int:
    """Learn what was placed or accepted by hand on the project's references, and keep it there.

    Parameters
    ----------
    project : Project
        Open for writing.
    backbone : Backbone
        The model.
    preset : Preset, optional
        Default: ``balanced``; not with `earlier`.
    earlier : bool
        Go on from the project's latest landmark set.
    watch : callable, optional
        Shown the attention on the first reference now and then; see `napari_homolog.learn`.
    progress, should_stop : callable, optional
        See `napari_homolog.progress`.

    Returns
    -------
    int
        The landmark set's number in the project.

    Raises
    ------
    ProjectError
        If no specimen is marked as a reference, one has no image file, or there is no earlier set.
    LandmarkError
        If nothing was decided on any of them.
    Cancelled
        If `should_stop` said yes.
    """
    from ..correspondence import extend, learn

    start = _earlier_set(project) if earlier else None
    references = _references(project)
    if start is not None:
        learned = extend(
            backbone,
            start,
            references,
            seed=project.seed,
            watch=watch,
            progress=progress,
            should_stop=should_stop,
        )
    else:
        learned = learn(
            backbone,
            references,
            preset=preset,
            seed=project.seed,
            watch=watch,
            progress=progress,
            should_stop=should_stop,
        )
    return project.add_landmark_set(learned)


def _earlier_set(project: Project) -> LandmarkSet:
    """Return the latest landmark set without the landmarks that were removed since."""
    learned = project.landmark_set()
    if learned is None:
        raise ProjectError("Nothing was learned in this project before; learn anew.")
    present = {one.name for one in project.landmarks}
    return learned.taken([name for name in learned.names if name in present])


def _references(project: Project) -> list[Reference]:
    from ..correspondence import Reference

    references = []
    for specimen in project.references():
        if specimen.path is None:
            raise ProjectError(
                f"The reference {specimen.name!r} has no image file; save its picture as a file and "
                "add that."
            )
        landmarks = project.landmarks_of(specimen.id, decided=True)
        if landmarks.present.any():
            references.append(Reference(read_image(specimen.path), landmarks, specimen.name))
    if not references:
        raise LandmarkError(
            "No reference of this project has landmarks that were placed or accepted by hand; mark "
            "specimens as references and place their landmarks."
        )
    return references
