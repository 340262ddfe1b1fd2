"""Learning through cached queries against learning through the full UNet: time and accuracy.

Both learn the same landmarks of the same synthetic reference on the embedded model and are measured on
the same synthetic targets, those of `homolog demo`. Both stop at their own plateau.
"""

from __future__ import annotations

import argparse

from napari_homolog.benchmark import transfer_synthetic
from napari_homolog.correspondence import Method, preset, with_method
from napari_homolog.diffusion import load_backbone
from stored_results import store

FIRST_SEED = 0
METHODS: tuple[Method, ...] = ("cached-queries", "full-unet")


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", default="butterfly")
    parser.add_argument("--targets", type=int, default=20)
    options = parser.parse_args()
    backbone = load_backbone("embedded")
    rows = {}
    for method in METHODS:
        result = transfer_synthetic(
            backbone,
            options.kind,
            range(FIRST_SEED, FIRST_SEED + options.targets + 1),
            with_method(preset("attention"), method),
        )
        rows[method] = {
            "learn_seconds": round(result.learn_seconds, 2),
            "locate_seconds_each": round(result.locate_seconds / options.targets, 2),
            "pck_0.05": round(result.scores.pck(0.05), 3),
            "pck_0.1": round(result.scores.pck(0.1), 3),
            "side_confusion": result.side_confusion,
            "error_percent_of_centroid_size": round(result.scores.mean_relative_error, 2),
        }
        print(method, rows[method], flush=True)
    ratio = rows["full-unet"]["learn_seconds"] / rows["cached-queries"]["learn_seconds"]
    print(f"learning through cached queries is {ratio:.0f} times as fast")
    figures = {
        "kind": options.kind,
        "targets": options.targets,
        "landmarks": len(result.learned),
        "learning_speed_ratio": round(ratio, 1),
        **rows,
    }
    print(f"stored in {store('cached_queries_vs_full_unet', figures)}")


if __name__ == "__main__":
    main()
