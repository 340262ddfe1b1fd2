"""Frozen-query learning against exact learning: time and accuracy in one run.

Both learn the same landmarks of the same drawn reference on the embedded model and are measured on
the same fresh drawings, those of `homolog demo`. Exact learning runs until its own plateau, as
frozen-query learning does.
"""

from __future__ import annotations

import argparse

from napari_homolog.benchmark import transfer_synthetic
from napari_homolog.correspondence import preset, with_method
from napari_homolog.diffusion import load_backbone
from results import store

FIRST_SEED = 0


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", default="butterfly")
    parser.add_argument("--targets", type=int, default=20)
    chosen = parser.parse_args()
    backbone = load_backbone("embedded")
    rows = {}
    for method in ("frozen", "exact"):
        result = transfer_synthetic(
            backbone,
            chosen.kind,
            range(FIRST_SEED, FIRST_SEED + chosen.targets + 1),
            with_method(preset("balanced"), method),
        )
        rows[method] = {
            "learn_seconds": round(result.learn_seconds, 2),
            "locate_seconds_each": round(result.locate_seconds / chosen.targets, 2),
            "pck_0.05": round(result.scores.pck(0.05), 3),
            "pck_0.1": round(result.scores.pck(0.1), 3),
            "side_confusion": result.side_confusion,
            "error_percent_of_centroid_size": round(result.scores.mean_relative_error, 2),
        }
        print(method, rows[method], flush=True)
    ratio = rows["exact"]["learn_seconds"] / rows["frozen"]["learn_seconds"]
    print(f"frozen-query learning is {ratio:.0f} times as fast")
    figures = {
        "kind": chosen.kind,
        "targets": chosen.targets,
        "landmarks": len(result.learned),
        "learning_speed_ratio": round(ratio, 1),
        **rows,
    }
    print(f"stored in {store('frozen_against_exact', figures)}")


if __name__ == "__main__":
    main()
