"""Learning: from images and their landmarks to a landmark set."""

from __future__ import annotations

from collections.abc import Sequence

from ...context import RunContext
from ...diffusion import Backbone
from ...diffusion.threads import computing_threads
from ..presets import Preset, preset_for
from ..priors.box_prior import places_in_boxes
from ..priors.cycle_reference import cycle_reference
from ..priors.shape_prior import mean_shape
from ..refinement.specimen_drawing import MarkedDrawing
from .embedding_passes import learn_passes, random_tokens
from .landmark_set import LandmarkSet
from .references import Reference, drawings_of, mean_background, prepare_references, seen_by_vision


def learn(
    backbone: Backbone,
    references: Sequence[Reference],
    *,
    preset: Preset | None = None,
    context: RunContext | None = None,
) -> LandmarkSet:
    """Learn prompt embeddings whose attention peaks at the landmarks of one or more references.

    Parameters
    ----------
    backbone : Backbone
        The frozen diffusion model.
    references : sequence of Reference
        Images with landmarks. Views are drawn from all of them; a landmark is learned from those
        that have it, and left out if none has.
    preset : Preset, optional
        Default: ``standard``, for large models ``lean``, see `preset_for`.
    context : RunContext, optional
        Seed, progress, previews (not with the paper's views), and whether to stop.

    Returns
    -------
    LandmarkSet

    Raises
    ------
    ImageError
        If an array is no image.
    LandmarkError
        If no landmark is present or one lies outside its image.
    SettingsError
        If the backbone has no such layers.
    Cancelled
        If the context says so.

    References
    ----------
    Hedlin et al. 2023, section 3.2.
    """
    context = context or RunContext()
    preset = (preset or preset_for(backbone.latent_side)).completed(
        backbone.learn_timestep, backbone.locate_timestep
    )
    names, prepared = prepare_references(references)
    context.log.info(
        "Learning %d landmarks of %d references with the preset %s",
        len(names),
        len(prepared),
        preset.name,
    )
    start = random_tokens(backbone, len(names), preset, context.seed)
    first, cycle = prepared[0], None
    drawings: tuple[MarkedDrawing, ...] = ()
    with computing_threads(backbone):
        vision = seen_by_vision(backbone, prepared, preset)
        coarse, close_up = learn_passes(backbone, prepared, start, preset, context)
        if preset.shared.views != "paper":
            cycle = cycle_reference(
                backbone, first.image, first.points, preset.learning_attention, context
            )
            drawings = drawings_of(references, prepared)
    return LandmarkSet(
        names=names,
        coarse=coarse,
        close_up=close_up,
        mean_shape=mean_shape([reference.points for reference in prepared]),
        reference_background=mean_background(prepared),
        backbone=backbone.to_dict(),
        preset=preset,
        seed=context.seed,
        cycle_reference=cycle,
        references=tuple(reference.name for reference in references if reference.name),
        drawings=drawings,
        box_places=places_in_boxes(
            [one.box for one in references], [one.points + one.origin for one in prepared]
        ),
        vision=vision,
    )
