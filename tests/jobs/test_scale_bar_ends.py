"""The ends of a scale bar are found by those of the reference, wherever the bar lies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from napari_homolog.jobs import RefineJob
from napari_homolog.project import Project, ScaleBar, ScaleSource
from textured_pictures import LANDMARKS, textured
from unlearned import answer, unlearned_set

ENDS = ("0 mm", "10 mm")
NAMES = (*"abcdef", *ENDS)
BARS = {1: (10, 60), 2: (190, 48), 3: (130, 72), 4: None}
"""First column and length of the bar in the picture of each specimen; the fourth has none."""


def with_strip(bar: tuple[int, int] | None) -> np.ndarray:
    """Return a textured picture above a white strip with a bar, whose pixels are known."""
    above = textured(1)
    strip = np.full((40, *above.shape[1:]), 0.95, above.dtype)
    if bar is not None:
        left, right = bar[0], sum(bar)
        strip[19:22, left : right + 1] = 0.1
        strip[14:27, [left, right]] = 0.1
    return np.concatenate([above, strip])


@pytest.fixture
def project(tmp_path: Path):
    row = len(textured(1)) + 20.0
    with Project.create(tmp_path / "series.homolog") as project:
        project.set_landmarks(NAMES)
        learned = unlearned_set(NAMES, np.concatenate([LANDMARKS, [(row, 10), (row, 70)]]))
        number = project.add_landmark_set(learned)
        points = np.concatenate([LANDMARKS, [(row, 10.0), (row, 70.0)]])
        for specimen, bar in BARS.items():
            path = tmp_path / f"{specimen}.png"
            Image.fromarray((with_strip(bar) * 255).astype(np.uint8)).save(path)
            assert project.add_image(path) == specimen
            if specimen == 1:
                project.place_many(1, dict(zip(NAMES, points.tolist(), strict=True)))
                project.mark_reference(1)
            else:
                # The model takes the bar to be where it is on the reference, but for some pixels.
                project.record_prediction(
                    specimen, answer(NAMES, points + 3), number, references="none"
                )
        yield project


def test_scales_follow_from_ends_that_are_found_by_how_they_look(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    RefineJob(project).run()
    project.set_scale_bar(ScaleBar(*ENDS, 10, "mm"))
    off = [project.scale_of(specimen).value * BARS[specimen][1] / 10 - 1 for specimen in (2, 3)]
    assert max(map(abs, off)) > 0.02
    # The bar is news, for which the specimens are compared once more, and only once.
    assert len(RefineJob(project).tasks) == 3
    placed = project.landmarks_of(4)
    RefineJob(project).run()
    assert RefineJob(project).tasks == ()
    for specimen in (2, 3):
        left, length = BARS[specimen]
        found = project.landmarks_of(specimen)
        np.testing.assert_allclose(found[ENDS[0]], (found[ENDS[1]][0], left), atol=0.2)
        scale = project.scale_of(specimen)
        assert scale.value == pytest.approx(10 / length, rel=0.005)
        assert scale.source is ScaleSource.LOCATED
    told = [one.getMessage() for one in caplog.records if "scale bar" in one.getMessage()]
    assert told == ["4: the scale bar was not found beyond doubt; place its two ends."]
    # Without a bar its ends stay where they were located.
    np.testing.assert_allclose(project.landmarks_of(4)[ENDS[0]], placed[ENDS[0]], atol=0.1)
