"""What was decided places what is still in review, without the model and without a hand's loss."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.transform import SimilarityTransform

import napari_homolog as nh
from napari_homolog.jobs import RefineJob
from napari_homolog.jobs.reference_sources import draw
from napari_homolog.project import PlacementStatus, Project
from textured_pictures import LANDMARKS, posed, textured
from unlearned import answer, unlearned_set

NAMES = tuple("abcdef")
POSES = [
    SimilarityTransform(translation=(6, 9)),
    SimilarityTransform(rotation=0.1, translation=(12, -9)),
    SimilarityTransform(scale=0.95, translation=(3, 8)),
]
OFF = 5.0
"""How far off the model's points are, in rows and columns."""


def store(path: Path, picture: np.ndarray) -> Path:
    Image.fromarray((picture * 255).round().astype(np.uint8)).save(path)
    return path


@pytest.fixture
def truth(tmp_path: Path) -> dict[int, np.ndarray]:
    """Return where the landmarks of each specimen are, by number; the first one is the reference."""
    pictures = [(textured(1), LANDMARKS), *(posed(textured(1), LANDMARKS, pose) for pose in POSES)]
    truth = {}
    with Project.create(tmp_path / "series.homolog") as project:
        project.set_landmarks(NAMES)
        number = project.add_landmark_set(unlearned_set(NAMES, LANDMARKS))
        for index, (picture, points) in enumerate(pictures):
            specimen = project.add_image(store(tmp_path / f"{index}.png", picture))
            truth[specimen] = points
            if index == 0:
                project.place_many(specimen, dict(zip(NAMES, points.tolist(), strict=True)))
                project.mark_reference(specimen)
            else:
                project.record_prediction(
                    specimen, answer(NAMES, points + OFF), number, references="none"
                )
    return truth


@pytest.fixture
def project(tmp_path: Path, truth: dict[int, np.ndarray]):
    with Project.open(tmp_path / "series.homolog") as project:
        yield project


def error(project: Project, truth: dict[int, np.ndarray], specimen: int) -> float:
    return float(np.abs(project.landmarks_of(specimen).points - truth[specimen]).max())


def test_everything_in_review_is_placed_by_the_reference(
    project: Project, truth: dict[int, np.ndarray]
) -> None:
    assert RefineJob(project).run() == 3
    assert max(error(project, truth, specimen) for specimen in truth) < 0.7
    statuses = {one.status for one in project.placements(2).values()}
    assert statuses == {PlacementStatus.PREDICTED}
    assert RefineJob(project).tasks == ()


def test_each_decision_makes_a_reference_and_is_kept(
    project: Project, truth: dict[int, np.ndarray]
) -> None:
    RefineJob(project).run()
    project.place(2, "a", tuple(truth[2][0]))
    project.accept(2)
    project.place(3, "b", (55.0, 66.0))
    accepted = project.placements(2)
    job = RefineJob(project)
    assert [source.specimen_id for source in job.references] == [1, 2]
    assert [(task.specimen_id, task.decided is None) for task in job.tasks] == [
        (2, False),
        (3, True),
        (4, True),
    ]
    assert job.run() == 2
    assert project.placements(2) == accepted
    assert project.placements(3)["b"].point == (55.0, 66.0)
    assert error(project, truth, 4) < 0.7
    project.place_many(3, dict(zip("acd", truth[3][[0, 2, 3]].tolist(), strict=True)))
    assert [source.specimen_id for source in RefineJob(project).references] == [1, 2, 3]


def test_a_mirrored_specimen(
    project: Project, truth: dict[int, np.ndarray], tmp_path: Path
) -> None:
    mirrored = np.column_stack([LANDMARKS[:, 0], 299 - LANDMARKS[:, 1]])
    specimen = project.add_image(store(tmp_path / "mirrored.png", textured(1)[:, ::-1]))
    project.record_prediction(
        specimen, answer(NAMES, mirrored + OFF, mirrored=True), 1, references="none"
    )
    RefineJob(project).run()
    assert np.abs(project.landmarks_of(specimen).points - mirrored).max() < 0.5


def test_what_was_located_without_refinement_is_left_alone(
    project: Project, truth: dict[int, np.ndarray]
) -> None:
    project.record_prediction(2, answer(NAMES, truth[2] + OFF), 1)
    assert [task.specimen_id for task in RefineJob(project).tasks] == [3, 4]


def test_a_lost_image_concerns_its_specimen_only(
    project: Project, truth: dict[int, np.ndarray], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "2.png").unlink()
    with caplog.at_level(logging.WARNING, logger="napari_homolog"):
        assert RefineJob(project).run() == 2
    assert "2.png" in caplog.text
    assert error(project, truth, 3) == pytest.approx(OFF)
    assert error(project, truth, 4) < 0.7


def test_a_lost_reference_is_told_and_left_out(
    project: Project, truth: dict[int, np.ndarray], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    RefineJob(project).run()
    project.accept(2)
    (tmp_path / "0.png").unlink()
    with caplog.at_level(logging.WARNING, logger="napari_homolog"):
        assert RefineJob(project).run() == 2
    assert "does not serve as a reference" in caplog.text
    assert max(error(project, truth, specimen) for specimen in (3, 4)) < 1.5


def test_a_stopped_job_goes_on(project: Project, truth: dict[int, np.ndarray]) -> None:
    done: list[int] = []
    context = nh.RunContext(
        progress=lambda count, total, message: done.append(count),
        should_stop=lambda: len(done) == 1,
    )
    assert RefineJob(project).run(context) == 1
    assert len(RefineJob(project).tasks) == 2
    assert RefineJob(project).run() == 2
    assert max(error(project, truth, specimen) for specimen in truth) < 0.7


def test_a_left_one_serves_right_ones(
    project: Project, truth: dict[int, np.ndarray], tmp_path: Path
) -> None:
    mirrored = np.column_stack([LANDMARKS[:, 0], 299 - LANDMARKS[:, 1]])
    specimen = project.add_image(store(tmp_path / "mirrored.png", textured(1)[:, ::-1]))
    project.place_many(specimen, dict(zip(NAMES, mirrored.tolist(), strict=True)))
    job = RefineJob(project)
    first, second = draw(job.references, NAMES, logging.getLogger("napari_homolog"))
    np.testing.assert_allclose(second.points, first.points, atol=0.6)
    job.run()
    assert max(error(project, truth, specimen) for specimen in (2, 3, 4)) < 0.7


def test_what_was_decided_tells_how_large_errors_are(
    project: Project, truth: dict[int, np.ndarray]
) -> None:
    RefineJob(project).run()
    assert project.placements(4)["a"].error_radius is None
    shift = 6.0
    for specimen in (2, 3):
        # A person who wants all landmarks to the right of where the reference has them.
        moved = truth[specimen] + (0, shift if specimen == 3 else 0)
        project.place_many(specimen, dict(zip(NAMES, moved.tolist(), strict=True)))
    job = RefineJob(project)
    assert [task.specimen_id for task in job.tasks] == [2, 3, 4]
    job.run()
    radii = [one.error_radius for one in project.placements(4).values()]
    # Of twelve errors the twelfth is the radius for nine tenths: of specimen 3, by 1 and 2.
    assert min(radii) > shift - 1
    assert max(radii) < shift * 2
    assert RefineJob(project).tasks == ()
    assert project.placements(3)["a"].error_radius is None


def test_a_picture_of_something_else_is_suspect(
    project: Project, truth: dict[int, np.ndarray], tmp_path: Path
) -> None:
    other = project.add_image(store(tmp_path / "other.png", textured(77)))
    project.record_prediction(other, answer(NAMES, LANDMARKS), 1, references="none")
    RefineJob(project).run()
    assert project.probably_not_found() == {other}
    project.accept(other)
    assert project.probably_not_found() == set()


def test_few_decisions_tell_nothing(project: Project, truth: dict[int, np.ndarray]) -> None:
    before = project.confidences(4)
    project.place_many(2, dict(zip("abcdef", truth[2].tolist(), strict=True)))
    RefineJob(project).run()
    assert project.placements(4)["a"].error_radius is None
    assert project.confidences(4) == before


def test_the_series_helps_itself(project: Project, truth: dict[int, np.ndarray]) -> None:
    first = RefineJob(project, by_series=True)
    assert first.stones == ()
    RefineJob(project).run()
    job = RefineJob(project, by_series=True)
    assert {stone.specimen_id for stone in job.stones} <= {2, 3, 4}
    assert len(job.stones) >= 2
    assert job.run() == 3
    assert max(error(project, truth, specimen) for specimen in truth) < 0.7
    assert RefineJob(project).tasks == ()
    assert RefineJob(project, by_series=True).tasks == ()


def test_without_references_nothing_is_done(project: Project, truth: dict[int, np.ndarray]) -> None:
    project.clear(1)
    assert RefineJob(project).tasks == ()
