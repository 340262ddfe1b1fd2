from __future__ import annotations

import numpy as np
import pytest

from napari_homolog.correspondence.priors.pose import Pose, poses


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
@pytest.mark.parametrize("mirrored", [False, True])
def test_rotations_by_90_degrees_move_pixels_without_mixing_them(
    quarters: int, mirrored: bool
) -> None:
    image = np.random.default_rng(0).random((7, 11, 3), dtype=np.float32)
    expected = np.rot90(image[:, ::-1] if mirrored else image, quarters)
    posed = Pose(90.0 * quarters, mirrored, (7, 11)).apply(image)
    np.testing.assert_allclose(posed, expected, atol=1e-5)


def test_poses_start_with_the_target_as_it_is() -> None:
    listed = [(pose.angle, pose.mirrored) for pose in poses(2, True, (4, 4))]
    assert listed == [(0, False), (180, False), (0, True), (180, True)]
