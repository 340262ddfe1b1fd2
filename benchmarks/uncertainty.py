"""Calibration of expected error, confidence and missing probability on synthetic specimens.

Specimens of all kinds, 30 % of them with a piece broken off, with seeds that were not used for
fitting. Writes figures, and a plot of reliability.
"""

from __future__ import annotations

import argparse

import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score

from napari_homolog.benchmark import LandmarkOutcomes, collect_outcomes, transfer_synthetic
from napari_homolog.correspondence import preset
from napari_homolog.correspondence.inference.calibration import TOLERANCE
from napari_homolog.diffusion import load_backbone
from napari_homolog.synthetic import KINDS
from stored_results import FOLDER, store

FIRST_SEED = 41_000_000
DAMAGED = 0.3
BINS = 6


def main() -> None:
    """Measure, print, draw and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="standard")
    parser.add_argument("--targets", type=int, default=20)
    options = parser.parse_args()
    backbone = load_backbone("embedded")
    transfers = []
    for kind in KINDS:
        seeds = range(FIRST_SEED, FIRST_SEED + options.targets + 1)
        transfers.append(
            transfer_synthetic(backbone, kind, seeds, preset(options.preset), damaged=DAMAGED)
        )
        print(kind, flush=True)
    outcomes = collect_outcomes(transfers)
    right = outcomes.right(TOLERANCE)
    present = ~outcomes.missing
    best = best_threshold(outcomes)
    half = most_confident_half(outcomes.confidence)
    figures = {
        "landmarks": len(right),
        "missing": int(outcomes.missing.sum()),
        "right": round(float(right.mean()), 3),
        "mean_confidence": round(float(outcomes.confidence.mean()), 3),
        "confidence_area_under_roc": round(float(roc_auc_score(right, outcomes.confidence)), 3),
        "right_in_most_confident_half": round(float(right[half].mean()), 3),
        "missing_area_under_roc": round(
            float(roc_auc_score(outcomes.missing, outcomes.missing_probability)), 3
        ),
        "missing_average_precision": round(
            float(average_precision_score(outcomes.missing, outcomes.missing_probability)), 3
        ),
        "missing_best_f1": best,
        "missing_more_likely_than_not": at_half(outcomes),
        "median_error_over_expected": round(
            float(np.median(outcomes.error[present] / outcomes.expected_error[present])), 3
        ),
        "rank_correlation_of_error": round(
            float(spearmanr(outcomes.error[present], outcomes.expected_error[present]).statistic), 3
        ),
        "reliability": reliability(outcomes.confidence, right),
    }
    for name, value in figures.items():
        print(f"{name:28} {value}")
    draw_reliability(outcomes, right)
    print(f"stored in {store(f'uncertainty_{options.preset}', figures)}")


def most_confident_half(confidence: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which landmarks belong to the more confident half."""
    return np.asarray(confidence >= np.median(confidence))


def reliability(stated: NDArray[np.float64], true: NDArray[np.bool_]) -> list[dict[str, float]]:
    """Return predicted and true fractions of right landmarks in bins of equal size."""
    parts = np.array_split(np.argsort(stated), BINS)
    return [
        {
            "stated": round(float(stated[part].mean()), 3),
            "real": round(float(true[part].mean()), 3),
        }
        for part in parts
    ]


def best_threshold(outcomes: LandmarkOutcomes) -> dict[str, float]:
    """Return the threshold on the missing probability with the highest F1, and its scores."""
    rows = []
    for threshold in np.unique(outcomes.missing_probability)[:-1]:
        called = outcomes.missing_probability > threshold
        precision = float(outcomes.missing[called].mean())
        recall = float(called[outcomes.missing].mean())
        harmonic = 2 * precision * recall / max(precision + recall, 1e-9)
        rows.append((harmonic, float(threshold), precision, recall))
    harmonic, threshold, precision, recall = max(rows)
    names = ("f1", "threshold", "precision", "recall")
    values = (harmonic, threshold, precision, recall)
    return {name: round(value, 3) for name, value in zip(names, values, strict=True)}


def at_half(outcomes: LandmarkOutcomes) -> dict[str, float]:
    """Return precision and recall at a missing probability of 0.5."""
    called = outcomes.missing_probability > 0.5
    return {
        "precision": round(float(outcomes.missing[called].mean()), 3),
        "recall": round(float(called[outcomes.missing].mean()), 3),
    }


def draw_reliability(outcomes: LandmarkOutcomes, right: NDArray[np.bool_]) -> None:
    """Plot confidence and expected errors against the truth, and precision against recall."""
    figure, (left, middle, last) = plt.subplots(1, 3, figsize=(13, 4.2), layout="constrained")
    bins = reliability(outcomes.confidence, right)
    left.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    left.plot([one["stated"] for one in bins], [one["real"] for one in bins], "o-")
    left.set(
        xlabel="confidence",
        ylabel=f"fraction within {TOLERANCE:.0%} of the specimen's size",
        xlim=(0, 1),
        ylim=(0, 1),
        aspect="equal",
    )
    present = ~outcomes.missing
    middle.plot([1e-3, 1], [1e-3, 1], color="0.7", linewidth=1)
    errors = outcomes.expected_error[present], outcomes.error[present]
    middle.scatter(*errors, s=5, alpha=0.4, linewidths=0)
    middle.set(
        xlabel="expected error, fraction of the specimen's size",
        ylabel="true error",
        xscale="log",
        yscale="log",
        xlim=(3e-3, 1),
        ylim=(1e-3, 1.5),
    )
    precision, recall, _ = precision_recall_curve(outcomes.missing, outcomes.missing_probability)
    last.plot(recall, precision)
    half = at_half(outcomes)
    last.plot(half["recall"], half["precision"], "o", color="C1", label="missing at 0.5")
    last.set(
        xlabel="recall of missing landmarks", ylabel="precision", xlim=(0, 1.02), ylim=(0, 1.02)
    )
    last.legend()
    figure.savefig(FOLDER / "reliability.png", dpi=110)


if __name__ == "__main__":
    main()
