"""Learning: from images and their landmarks to prompt embeddings."""

from __future__ import annotations

from collections.abc import Sequence

from ..diffusion import Backbone
from ..progress import Progress, StopCheck
from .arrangement import mean_arrangement
from .background import mean_background
from .cycle import take_home
from .landmark_set import LandmarkSet
from .reference import Reference, line_up
from .scales import learn_scales, random_start
from .settings import PRESETS, Preset
from .watching import Watch


def learn(
    backbone: Backbone,
    references: Sequence[Reference],
    *,
    preset: Preset | None = None,
    seed: int = 0,
    watch: Watch | None = None,
    progress: Progress | None = None,
    should_stop: StopCheck | None = None,
) -> LandmarkSet:
    """Learn prompt embeddings that point at the landmarks of one or more references.

    Parameters
    ----------
    backbone : Backbone
        The frozen diffusion model.
    references : sequence of Reference
        Images with landmarks. Views are drawn from all of them; a landmark is learned from those
        on which it is present, and left out where it is present on none.
    preset : Preset, optional
        Default: ``balanced``.
    seed : int
        Seed of everything random.
    watch : callable, optional
        Shown the attention on the first reference now and then; not with the paper's views.
    progress, should_stop : callable, optional
        See `napari_homolog.progress`.

    Returns
    -------
    LandmarkSet

    Raises
    ------
    ImageError
        If an array is no image.
    LandmarkError
        If no landmark is present or one lies outside its image.
    Cancelled
        If `should_stop` said yes.

    References
    ----------
    Hedlin et al. 2023, section 3.2.
    """
    preset = _complete(preset or PRESETS["balanced"], backbone)
    names, marked = line_up(references)
    start = random_start(backbone, len(names), preset.learn, seed)
    whole, close_up = learn_scales(
        backbone, marked, start, preset.learn, seed, watch, progress, should_stop
    )
    return LandmarkSet(
        names=names,
        whole=whole,
        repeats=start.repeats,
        arrangement=mean_arrangement([one.points for one in marked]),
        own_background=mean_background(marked),
        backbone=backbone.to_dict(),
        preset=preset,
        seed=seed,
        close_up=close_up,
        home=None
        if preset.learn.views == "paper"
        else take_home(backbone, marked[0], preset.learn, seed),
        references=tuple(reference.name for reference in references if reference.name),
    )


def _complete(preset: Preset, backbone: Backbone) -> Preset:
    """Return a preset with the checkpoint's own timestep for learning where it names none."""
    learn = preset.learn.completed(backbone.learn_timestep)
    return preset.model_copy(update={"learn": learn})
