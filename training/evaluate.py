"""How well a trained model transfers landmarks between drawings that it has never seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from napari_homolog.benchmark import transfer_synthetic
from napari_homolog.correspondence import Preset
from napari_homolog.diffusion import Backbone
from napari_homolog.synthetic import KINDS

FIRST_SEED = 20_000_000
"""Of the drawings used here: neither trained on, nor used to choose layers and settings (those are
9,000,000 to 9,000,008), nor drawn by the demonstration."""


def evaluate(
    backbone: Backbone, preset: Preset, targets: int, kinds: Sequence[str] = KINDS
) -> Iterator[dict[str, float | str | None]]:
    """Yield one row of figures for each kind of specimen.

    Parameters
    ----------
    backbone : Backbone
        The model.
    preset : Preset
        How to learn and locate.
    targets : int
        Drawings for each kind, beside the reference.
    kinds : sequence of str
        Which of `napari_homolog.synthetic.KINDS`.
    """
    for kind in kinds:
        seeds = range(FIRST_SEED, FIRST_SEED + targets + 1)
        result = transfer_synthetic(backbone, kind, seeds, preset)
        scores = result.scores
        yield {
            "kind": kind,
            "pck_0.05": round(scores.pck(0.05), 3),
            "pck_0.1": round(scores.pck(0.1), 3),
            "error_percent_of_centroid_size": round(scores.mean_relative_error, 2),
            "side_confusion": result.side_confusion and round(result.side_confusion, 3),
            "learn_seconds": round(result.learn_seconds, 1),
            "locate_seconds_each": round(result.locate_seconds / targets, 2),
        }
