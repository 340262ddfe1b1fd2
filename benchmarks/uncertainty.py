"""Whether what is said of a landmark is true: stated against real error, confidence, missing parts.

Drawn specimens of all kinds, 30 % of them with a piece broken off, on seeds on which nothing was
fitted. Writes figures, and a picture of reliability.
"""

from __future__ import annotations

import argparse

import matplotlib.pyplot as plt
import numpy as np
from napari_homolog.correspondence.calibration import WITHIN
from numpy.typing import NDArray
from scipy.stats import spearmanr
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score

from napari_homolog.benchmark import LandmarkOutcomes, collect_outcomes, transfer_synthetic
from napari_homolog.correspondence import preset
from napari_homolog.diffusion import load_backbone
from napari_homolog.synthetic import KINDS
from results import FOLDER, store

FIRST_SEED = 41_000_000
DAMAGED = 0.3
BINS = 6


def main() -> None:
    """Measure, print, draw and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="precise")
    parser.add_argument("--targets", type=int, default=20)
    chosen = parser.parse_args()
    backbone = load_backbone("embedded")
    transfers = []
    for kind in KINDS:
        seeds = range(FIRST_SEED, FIRST_SEED + chosen.targets + 1)
        transfers.append(
            transfer_synthetic(backbone, kind, seeds, preset(chosen.preset), damaged=DAMAGED)
        )
        print(kind, flush=True)
    found = collect_outcomes(transfers)
    right = found.right(WITHIN)
    there = ~found.missing
    best = best_threshold(found)
    figures = {
        "landmarks": len(right),
        "missing": int(found.missing.sum()),
        "right": round(float(right.mean()), 3),
        "mean_confidence": round(float(found.confidence.mean()), 3),
        "confidence_area_under_roc": round(float(roc_auc_score(right, found.confidence)), 3),
        "right_among_surest_half": round(float(right[surest(found.confidence)].mean()), 3),
        "missing_area_under_roc": round(
            float(roc_auc_score(found.missing, found.missing_probability)), 3
        ),
        "missing_average_precision": round(
            float(average_precision_score(found.missing, found.missing_probability)), 3
        ),
        "missing_best_f1": best,
        "missing_more_likely_than_not": at_half(found),
        "median_error_over_expected": round(
            float(np.median(found.error[there] / found.expected_error[there])), 3
        ),
        "rank_correlation_of_error": round(
            float(spearmanr(found.error[there], found.expected_error[there]).statistic), 3
        ),
        "reliability": reliability(found.confidence, right),
    }
    for name, value in figures.items():
        print(f"{name:28} {value}")
    draw_reliability(found, right)
    print(f"stored in {store(f'uncertainty_{chosen.preset}', figures)}")


def surest(confidence: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which landmarks belong to the surer half."""
    return np.asarray(confidence >= np.median(confidence))


def reliability(stated: NDArray[np.float64], true: NDArray[np.bool_]) -> list[dict[str, float]]:
    """Return stated and real shares of right landmarks in bins of equal numbers."""
    parts = np.array_split(np.argsort(stated), BINS)
    return [
        {
            "stated": round(float(stated[part].mean()), 3),
            "real": round(float(true[part].mean()), 3),
        }
        for part in parts
    ]


def best_threshold(found: LandmarkOutcomes) -> dict[str, float]:
    """Return the threshold on the missing probability with the highest F1, and what it gives."""
    rows = []
    for threshold in np.unique(found.missing_probability)[:-1]:
        called = found.missing_probability > threshold
        precision = float(found.missing[called].mean())
        recall = float(called[found.missing].mean())
        harmonic = 2 * precision * recall / max(precision + recall, 1e-9)
        rows.append((harmonic, float(threshold), precision, recall))
    harmonic, threshold, precision, recall = max(rows)
    names = ("f1", "threshold", "precision", "recall")
    values = (harmonic, threshold, precision, recall)
    return {name: round(value, 3) for name, value in zip(names, values, strict=True)}


def at_half(found: LandmarkOutcomes) -> dict[str, float]:
    """Return precision and recall of calling landmarks missing that probably are."""
    called = found.missing_probability > 0.5
    return {
        "precision": round(float(found.missing[called].mean()), 3),
        "recall": round(float(called[found.missing].mean()), 3),
    }


def draw_reliability(found: LandmarkOutcomes, right: NDArray[np.bool_]) -> None:
    """Draw stated against real confidence, expected against real errors, and missing parts."""
    figure, (left, middle, last) = plt.subplots(1, 3, figsize=(13, 4.2), layout="constrained")
    bins = reliability(found.confidence, right)
    left.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    left.plot([one["stated"] for one in bins], [one["real"] for one in bins], "o-")
    left.set(
        xlabel="confidence stated",
        ylabel=f"share within {WITHIN:.0%} of the specimen's size",
        xlim=(0, 1),
        ylim=(0, 1),
        aspect="equal",
    )
    there = ~found.missing
    middle.plot([1e-3, 1], [1e-3, 1], color="0.7", linewidth=1)
    middle.scatter(found.expected_error[there], found.error[there], s=5, alpha=0.4, linewidths=0)
    middle.set(
        xlabel="expected error, share of the specimen's size",
        ylabel="real error",
        xscale="log",
        yscale="log",
        xlim=(3e-3, 1),
        ylim=(1e-3, 1.5),
    )
    precision, recall, _ = precision_recall_curve(found.missing, found.missing_probability)
    last.plot(recall, precision)
    half = at_half(found)
    last.plot(half["recall"], half["precision"], "o", color="C1", label="called missing")
    last.set(
        xlabel="recall of missing landmarks", ylabel="precision", xlim=(0, 1.02), ylim=(0, 1.02)
    )
    last.legend()
    figure.savefig(FOLDER / "reliability.png", dpi=110)


if __name__ == "__main__":
    main()
