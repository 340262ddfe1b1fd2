"""Transferring a project's learned landmarks to its specimens."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..boxes import Box
from ..context import RunContext
from ..errors import Cancelled, ProjectError
from ..project import MapStore, Project
from .failures import Failure, explain
from .image_suppliers import ImageSupplier, Suppliers, image_files, supplied
from .moved_references import moved_since_learned
from .reference_sources import ReferenceSource, digest_of, draw, references_for_refinement

if TYPE_CHECKING:
    from ..correspondence import LandmarkSet, LocateSettings, Prediction
    from ..diffusion import Backbone


@dataclass(frozen=True)
class TransferTask:
    """A specimen on which landmarks are to be located.

    Attributes
    ----------
    specimen_id : int
        Its number in the project.
    name : str
        Its name.
    image : ImageSupplier
        Supplies its image.
    seed : int
        Seed of every random choice; it follows from the project's seed and the specimen's name.
    box : Box, optional
        Around the specimen.
    """

    specimen_id: int
    name: str
    image: ImageSupplier
    seed: int
    box: Box | None = None


@dataclass(frozen=True, eq=False)
class TransferWork:
    """Everything that a runner needs; it touches no project and can be sent to another process.

    Attributes
    ----------
    learned : LandmarkSet
        The landmarks.
    settings : LocateSettings
        How they are located.
    tasks : sequence of TransferTask
        Where.
    keep_maps : bool
        Whether the attention maps are wanted: they are most of what a cluster has to send.
    references : sequence of ReferenceSource
        Specimens with which targets are compared in place of those that the landmarks were learned
        on, unless there is none.
    """

    learned: LandmarkSet
    settings: LocateSettings
    tasks: Sequence[TransferTask]
    keep_maps: bool = True
    references: Sequence[ReferenceSource] = ()

    def prepared(self, context: RunContext) -> LandmarkSet:
        """Return the landmarks with the pictures of the references; images are read for it."""
        if not self.settings.refine:
            return self.learned
        drawings = draw(self.references, self.learned.names, context.log)
        return replace(self.learned, drawings=drawings) if drawings else self.learned


class TransferJob:
    """Locates the landmarks of a project's latest landmark set on the specimens that lack them.

    A specimen that was accepted, on which every landmark was decided about, or on which that set was
    used already is left out. Each result is in the project once it is recorded: a job that was
    stopped in whatever way continues with the next specimen when it is made anew, and ends with
    what an undisturbed one would have located.

    Parameters
    ----------
    project : Project
        Open for writing.
    settings : LocateSettings, optional
        Default: those of the preset with which the landmarks were learned.
    retry : bool
        Include specimens that failed before.
    again : bool
        Include specimens on which this landmark set was used already.
    specimens : collection of int, optional
        Consider these only. Default: all.
    images : callable, optional
        Supplies the images, by the specimens' numbers. Default: the project's image files.
    maps : MapStore, optional
        Where to store the attention maps. Default: nowhere.

    Raises
    ------
    ProjectError
        If nothing was learned in the project, or landmarks of its references were moved since.
    SettingsError
        If the settings contradict how the landmarks were learned.
    """

    def __init__(
        self,
        project: Project,
        *,
        settings: LocateSettings | None = None,
        retry: bool = False,
        again: bool = False,
        specimens: Collection[int] | None = None,
        images: Suppliers | None = None,
        maps: MapStore | None = None,
    ) -> None:
        learned, number = project.landmark_set(), project.landmark_set_id
        if learned is None or number is None:
            raise ProjectError(
                "Nothing was learned in this project; mark references and learn their landmarks "
                "first."
            )
        if settings is not None:
            learned.preset.with_locate(settings)
        self._project, self._set_id, self._maps = project, number, maps
        pending = project.pending(
            number, retry=retry, again=again, with_file=images is None, among=specimens
        )
        moved = moved_since_learned(project, learned) if pending else []
        if moved:
            raise ProjectError(
                f"Landmarks of {', '.join(moved)} were moved since they were learned. Learn once more, "
                "so that the others are found where they are now."
            )
        supplier = images or image_files(project)
        tasks = tuple(_task(project, specimen_id, supplier) for specimen_id in pending)
        chosen = settings or learned.preset.locate
        references = references_for_refinement(project, supplier) if chosen.refine else ()
        self.work = TransferWork(
            learned, chosen, tasks, keep_maps=maps is not None, references=references
        )

    @property
    def model(self) -> str:
        """Name of the model on which the landmarks were learned."""
        return str(self.work.learned.backbone["name"])

    def record(self, task: TransferTask, outcome: Prediction | Failure) -> None:
        """Write what came of a specimen into the project; call it in the project's thread.

        Raises
        ------
        ProjectError
            If the project or the maps cannot be written.
        """
        if isinstance(outcome, Failure):
            self._project.record_failure(task.specimen_id, outcome.reason)
            return
        if self._maps is not None:
            # Before the points: a run that is killed in between writes them again.
            self._maps.write(task.specimen_id, outcome)
        self._project.record_prediction(
            task.specimen_id,
            outcome,
            self._set_id,
            seed=task.seed,
            references=digest_of(self.work.references) if self.work.settings.refine else None,
            box=task.box,
        )


def attention_work(project: Project, specimen_id: int, images: Suppliers) -> TransferWork:
    """Return the work that computes a specimen's attention again, as its job did or would do.

    Parameters
    ----------
    project : Project
        The project; nothing is recorded in it.
    specimen_id : int
        The specimen's number.
    images : callable
        Supplies the images, by the specimens' numbers.

    Raises
    ------
    ProjectError
        If nothing was learned in the project.
    """
    learned = project.landmark_set()
    if learned is None:
        raise ProjectError("Nothing was learned in this project; learn its landmarks first.")
    return TransferWork(learned, learned.preset.locate, (_task(project, specimen_id, images),))


def _task(project: Project, specimen_id: int, images: Suppliers) -> TransferTask:
    specimen = project.specimen(specimen_id)
    seed = RunContext(seed=project.seed).for_specimen(specimen.name).seed
    image = supplied(images, specimen_id)
    return TransferTask(specimen_id, specimen.name, image, seed, specimen.box)


def locate_on_specimen(
    backbone: Backbone,
    learned: LandmarkSet,
    settings: LocateSettings,
    task: TransferTask,
    context: RunContext,
) -> Prediction | Failure:
    """Locate landmarks on one specimen; whatever goes wrong concerns this specimen alone.

    Parameters
    ----------
    backbone : Backbone
        The model on which the landmarks were learned.
    learned : LandmarkSet
        The landmarks.
    settings : LocateSettings
        How to locate them.
    task : TransferTask
        The specimen.
    context : RunContext
        Log, and whether to stop.

    Raises
    ------
    Cancelled
        If the context says so.
    """
    from ..correspondence import locate

    try:
        return locate(
            backbone,
            task.image(),
            learned,
            settings=settings,
            box=task.box,
            context=replace(context.without_progress(), seed=task.seed),
        )
    except Cancelled:
        raise
    except Exception as error:
        return explain(error, context.log)
