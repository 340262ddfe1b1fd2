"""The gain in accuracy by each part of the preset ``standard``, on synthetic specimens.

For every kind of specimen the landmarks of one specimen are learned with the preset ``standard`` on
the embedded model, and located on others with some or all parts of that preset. One landmark set is
used for all rows, so that rows differ in nothing else. The seeds are used nowhere else.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np

from napari_homolog import Reference
from napari_homolog.benchmark import score
from napari_homolog.correspondence import learn, locate, preset
from napari_homolog.diffusion import load_backbone
from napari_homolog.synthetic import KINDS, generate
from stored_results import store

FIRST_SEED = 30_000_000
THRESHOLDS = (0.01, 0.02, 0.05, 0.1)
PLAIN: dict[str, Any] = {"shape_prior": 0.0, "close_ups": 0}
WITH_SHAPE_PRIOR: dict[str, Any] = {"close_ups": 0}
WITH_CLOSE_UPS: dict[str, Any] = {"shape_prior": 0.0}
STEPS: dict[str, dict[str, Any]] = {
    "attention, arg-max": {"matcher": "attention", "read_out": "argmax", **PLAIN},
    "attention": {"matcher": "attention", **PLAIN},
    "features": {"matcher": "features", **PLAIN},
    "both": {"matcher": "both", **PLAIN},
    "both, shape prior": {"matcher": "both", **WITH_SHAPE_PRIOR},
    "both, close-ups": {"matcher": "both", **WITH_CLOSE_UPS},
    "attention, shape prior, close-ups": {"matcher": "attention"},
    "features, shape prior, close-ups": {"matcher": "features"},
    "both, shape prior, close-ups (precise)": {"matcher": "both"},
}


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--targets", type=int, default=12)
    targets = parser.parse_args().targets
    backbone = load_backbone("embedded")
    located: dict[str, list[Any]] = {name: [] for name in STEPS}
    seconds = dict.fromkeys(STEPS, 0.0)
    truth = []
    for kind in KINDS:
        reference, *specimens = (
            generate(kind, FIRST_SEED + number, (256, 256)) for number in range(targets + 1)
        )
        marked = Reference(reference.image, reference.landmarks)
        learned = learn(backbone, [marked], preset=preset("standard"))
        truth += [target.landmarks for target in specimens]
        for name, changes in STEPS.items():
            settings = learned.preset.changed(name, locate=changes).locate
            start = time.perf_counter()
            for target in specimens:
                prediction = locate(backbone, target.image, learned, settings=settings)
                located[name].append(prediction.landmarks)
            seconds[name] += time.perf_counter() - start
        print(kind, flush=True)
    rows = {}
    for name in STEPS:
        scores = score(located[name], truth)
        rows[name] = {f"pck_{share}": round(scores.pck(share), 3) for share in THRESHOLDS}
        rows[name]["error_percent_of_centroid_size"] = round(scores.mean_relative_error, 2)
        relative = 100 * scores.errors / scores.centroid_sizes
        rows[name]["median_error_percent"] = round(float(np.median(relative)), 2)
        rows[name]["seconds_each"] = round(seconds[name] / len(truth), 2)
        print(f"{name:40}", *rows[name].values())
    print(f"stored in {store('precision', {'targets': len(truth), **rows})}")


if __name__ == "__main__":
    main()
