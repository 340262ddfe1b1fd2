from __future__ import annotations

import numpy as np
import pytest

from napari_homolog.benchmark import SyntheticTransfer, collect_outcomes, transfer_synthetic
from napari_homolog.correspondence import preset
from napari_homolog.correspondence.inference.uncertainty_features import UNCERTAINTY_FEATURES
from napari_homolog.diffusion import Backbone


@pytest.fixture(scope="module")
def transfer(embedded: Backbone) -> SyntheticTransfer:
    quick = preset("attention").changed(
        "quick", learn={"restarts": 1, "steps": 50, "encodings": 1}, locate={"encodings": 1}
    )
    return transfer_synthetic(
        embedded, "leaf", range(300, 305), quick, damaged=0.5, size=(128, 128)
    )


def test_the_asked_share_of_targets_is_damaged(transfer: SyntheticTransfer) -> None:
    damaged = [not target.landmarks.present.all() for target in transfer.targets]
    assert damaged == [False, False, True, True]
    assert transfer.reference.landmarks.present.all()


def test_findings_tell_missing_parts_from_found_ones(transfer: SyntheticTransfer) -> None:
    found = collect_outcomes([transfer, transfer])
    count = 2 * sum(len(target.landmarks.names) for target in transfer.targets)
    absent = 2 * sum((~target.landmarks.present).sum() for target in transfer.targets)
    assert found.uncertainty_features.shape == (count, len(UNCERTAINTY_FEATURES))
    assert found.missing.sum() == absent > 0
    np.testing.assert_array_equal(np.isnan(found.error), found.missing)
    assert found.right(1e9)[~found.missing].all()


def test_errors_are_shares_of_the_specimen_s_size(transfer: SyntheticTransfer) -> None:
    found = collect_outcomes([transfer])
    target, prediction = transfer.targets[0], transfer.predictions[0]
    name = prediction.names[0]
    distance = np.linalg.norm(prediction.points[0] - target.landmarks[name])
    assert found.error[0] == pytest.approx(distance / target.landmarks.longer_side())
    assert prediction.expected_error is not None
    stated = prediction.expected_error[0] / target.landmarks.longer_side()
    assert found.expected_error[0] == pytest.approx(stated)
