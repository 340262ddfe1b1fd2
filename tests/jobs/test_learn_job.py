"""Learning from the references of a project, anew and by extending."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import napari_homolog as nh
from napari_homolog.diffusion import Backbone
from napari_homolog.errors import Cancelled, ImageError, LandmarkError, ProjectError
from napari_homolog.jobs import LearnJob, TransferJob, in_this_thread, run
from napari_homolog.project import Project
from series import QUICK, SIZE, make_series

SHORT = QUICK.changed("short", learn={"steps": 3})


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, embedded: Backbone) -> Path:
    return make_series(tmp_path_factory.mktemp("learning") / "beetles", embedded, 1, preset=SHORT)


@pytest.fixture
def series(prepared: Path, tmp_path: Path) -> Path:
    shutil.copytree(prepared.parent, tmp_path / "beetles")
    return tmp_path / "beetles" / prepared.name


def test_a_job_learns_what_learn_does(series: Path, embedded: Backbone) -> None:
    with Project.open(series) as project:
        learned = project.landmark_set()
        landmarks = project.landmarks_of(1, decided=True)
    assert learned is not None
    image = nh.read_image(series.parent / "beetle 000.png")
    expected = nh.learn(
        embedded,
        [nh.Reference(image, landmarks, "beetle 000")],
        preset=SHORT,
        context=nh.RunContext(seed=4),
    )
    assert torch.equal(learned.coarse.tokens, expected.coarse.tokens)
    assert learned.preset == expected.preset
    assert (learned.seed, learned.references) == (4, ("beetle 000",))


def test_extending_starts_from_the_earlier_set(series: Path, embedded: Backbone) -> None:
    with Project.open(series) as project:
        earlier = project.landmark_set()
        assert earlier is not None
        for preset in (None, SHORT):
            job = LearnJob(project, extend=True, preset=preset)
            assert job.earlier is not None
            moved = (job.compute(embedded).coarse.tokens - earlier.coarse.tokens).abs()
            # Adam moves a number by about the step size; a random start is one away.
            assert 0 < moved.mean() < 3.5 * SHORT.learn.learning_rate


def test_another_preset_cannot_extend_and_learns_anew(series: Path, embedded: Backbone) -> None:
    wide = SHORT.changed("wide", learn={"sigma": 0.1})
    with Project.open(series) as project:
        job = LearnJob(project, extend=True, preset=wide)
        assert job.earlier is None
        learned = job.compute(embedded)
        anew = LearnJob(project, preset=wide).compute(embedded)
    assert learned.preset.learn.sigma == 0.1
    assert learned.preset.name == "wide"
    assert torch.equal(learned.coarse.tokens, anew.coarse.tokens)


def test_renamed_and_removed_landmarks(series: Path, embedded: Backbone) -> None:
    with Project.open(series) as project:
        first, second, *others = [landmark.name for landmark in project.landmarks]
        project.rename_landmark(first, "renamed")
        project.remove_landmark(second)
        run(TransferJob(project), in_this_thread(embedded))
        assert list(project.placements(2)) == ["renamed", *others]
        LearnJob(project, extend=True).run(embedded)
        learned = project.landmark_set()
        assert learned is not None
        assert learned.names == ("renamed", *others)
        assert [landmark.name for landmark in project.landmarks] == ["renamed", *others]


def test_a_landmark_that_is_added_again_is_not_the_removed_one(
    series: Path, embedded: Backbone
) -> None:
    with Project.open(series) as project:
        names = [landmark.name for landmark in project.landmarks]
        project.remove_landmark(names[0])
        project.set_landmarks([*names[1:], names[0]])
        project.place(1, names[0], (60, 60))
        LearnJob(project, extend=True).run(embedded)
        learned = project.landmark_set()
        assert learned is not None
        assert learned.names == (*names[1:], names[0])
        np.testing.assert_array_equal(project.placements(1)[names[0]].point, (60, 60))


def test_a_set_whose_landmarks_were_all_removed_can_be_extended(
    series: Path, embedded: Backbone
) -> None:
    with Project.open(series) as project:
        names = [landmark.name for landmark in project.landmarks]
        for name in names:
            project.remove_landmark(name)
        project.set_landmarks(["new"])
        project.place(1, "new", (60, 60))
        learned = LearnJob(project, extend=True).run(embedded)
        assert learned.names == ("new",)
        assert run(TransferJob(project), in_this_thread(embedded)).failed == ()


def test_a_changed_reference_is_refused_before_anything_is_learned(
    series: Path, embedded: Backbone
) -> None:
    Image.fromarray(np.zeros((*SIZE, 3), np.uint8)).save(series.parent / "beetle 000.png")
    with Project.open(series) as project:
        number = project.landmark_set_id
        with pytest.raises(ImageError, match="has changed since it was added"):
            LearnJob(project).run(embedded)
        assert project.landmark_set_id == number


def test_a_cancelled_job_records_nothing(series: Path, embedded: Backbone) -> None:
    with Project.open(series) as project:
        number = project.landmark_set_id
        with pytest.raises(Cancelled):
            LearnJob(project).run(embedded, nh.RunContext(should_stop=lambda: True))
        assert project.landmark_set_id == number


def test_what_a_learn_job_needs() -> None:
    with Project.create() as project:
        with pytest.raises(LandmarkError, match="No reference of this project has landmarks"):
            LearnJob(project)
        project.set_landmarks(["tip"])
        picture = project.add_picture("picture", SIZE)
        project.place(picture, "tip", (1, 1))
        project.mark_reference(picture)
        with pytest.raises(ProjectError, match="'picture' has no image file"):
            LearnJob(project)
        with pytest.raises(ProjectError, match="Nothing was learned in this project before"):
            LearnJob(project, extend=True, images=lambda number: lambda: np.zeros((*SIZE, 3)))
