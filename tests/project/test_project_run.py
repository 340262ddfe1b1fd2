"""Runs in this process: what is done, skipped, retried, listed."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from series import SIZE, learned_of, make_series, results

import napari_homolog as nh
from napari_homolog.diffusion import Backbone
from napari_homolog.errors import LandmarkError, LandmarkSetError, ProjectError
from napari_homolog.project import (
    MapStore,
    Project,
    SpecimenStatus,
    in_this_process,
    learn_from_references,
    run,
)
from napari_homolog.project.tasks import seed_for
from napari_homolog.synthetic import generate


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, embedded: Backbone) -> Path:
    return make_series(tmp_path_factory.mktemp("series") / "beetles", embedded, 3)


@pytest.fixture
def series(prepared: Path, tmp_path: Path) -> Path:
    shutil.copytree(prepared.parent, tmp_path / "beetles")
    return tmp_path / "beetles" / prepared.name


def test_a_run_finds_what_locate_finds(series: Path, embedded: Backbone) -> None:
    seen = []
    with Project.open(series) as project:
        report = run(project, in_this_process(embedded), progress=lambda *now: seen.append(now[:2]))
        assert (report.found, report.failed, report.left) == (3, (), 0)
        assert seen == [(1, 3), (2, 3), (3, 3)]
        assert project.summary()[SpecimenStatus.FOUND] == 3
        wanted = nh.locate(
            embedded,
            generate("beetle", 2, SIZE).image,
            learned_of(series),
            seed=seed_for(project.seed, "beetle 002"),
        )
        beetle = project.find("beetle 002")
        assert beetle is not None
        np.testing.assert_array_equal(project.landmarks_of(beetle.id).points, wanted.points)
        placed = project.placements(beetle.id)
        assert [one.confidence for one in placed.values()] == wanted.confidence.tolist()
        np.testing.assert_allclose([one.spread for one in placed.values()], wanted.spread)
        errors = np.linalg.norm(
            wanted.points - generate("beetle", 2, SIZE).landmarks.points, axis=1
        )
        assert np.median(errors) < 0.1 * max(SIZE)


def test_what_is_done_is_skipped_and_what_was_decided_kept(
    series: Path, embedded: Backbone
) -> None:
    worker = in_this_process(embedded)
    with Project.open(series) as project:
        run(project, worker)
        assert run(project, worker).found == 0
        one, two, three = (project.find(f"beetle 00{number}") for number in (1, 2, 3))
        assert one is not None
        assert two is not None
        assert three is not None
        name = project.landmarks[0].name
        project.place(one.id, name, (5, 5))
        project.accept(two.id)
        found = project.placements(three.id)
        project.place_many(three.id, {name: placed.point for name, placed in found.items()})
        decided = [project.placements(number) for number in (one.id, two.id, three.id)]
        learn_from_references(project, embedded, earlier=True)
        assert run(project, worker).found == 1
        assert run(project, worker, again=True).found == 1
        assert project.placements(one.id)[name] == decided[0][name]
        assert project.placements(one.id) != decided[0]
        assert [project.placements(two.id), project.placements(three.id)] == decided[1:]


def test_a_bad_image_does_not_stop_the_run(series: Path, embedded: Backbone) -> None:
    images = series.parent
    whole = (images / "beetle 001.png").read_bytes()
    (images / "beetle 002.png").unlink()
    truncated = images / "truncated.jpg"
    Image.fromarray(generate("beetle", 9, SIZE).image).save(truncated)
    truncated.write_bytes(truncated.read_bytes()[:-500])
    Image.fromarray(np.zeros((*SIZE, 3), np.uint8)).save(images / "beetle 001.png")
    worker = in_this_process(embedded)
    with Project.open(series) as project:
        project.add_image(truncated)
        report = run(project, worker)
        assert report.found == 1
        reasons = dict(report.failed)
        assert list(reasons) == ["beetle 001", "beetle 002", "truncated"]
        assert "has changed since it was added" in reasons["beetle 001"]
        assert "There is no image file" in reasons["beetle 002"]
        assert "cannot be read as an image" in reasons["truncated"]
        failed = project.specimens(SpecimenStatus.FAILED)
        assert [(one.name, one.reason) for one in failed] == list(report.failed)
        (images / "beetle 001.png").write_bytes(whole)
        assert run(project, worker).found == 0
        again = run(project, worker, retry=True)
        assert again.found == 1
        assert [name for name, _ in again.failed] == ["beetle 002", "truncated"]


def test_a_stopped_run_goes_on_where_it_was(series: Path, embedded: Backbone) -> None:
    worker = in_this_process(embedded)
    with Project.open(series) as project:
        done: list[int] = []
        report = run(
            project,
            worker,
            progress=lambda now, total, message: done.append(now),
            should_stop=lambda: bool(done),
        )
        assert (report.found, report.left) == (1, 2)
        assert run(project, worker, should_stop=lambda: True).found == 0
        assert run(project, worker).found == 2
    stopped = results(series)
    with Project.open(series) as project:
        run(project, worker, again=True)
    assert results(series) == stopped


def test_attention_maps_are_kept_on_request(series: Path, embedded: Backbone) -> None:
    store = MapStore.beside(series)
    assert store.read(2) is None
    with Project.open(series) as project:
        for _ in range(2):
            run(project, in_this_process(embedded), again=True, maps=store)
        seed = seed_for(project.seed, "beetle 001")
    wanted = nh.locate(embedded, generate("beetle", 1, SIZE).image, learned_of(series), seed=seed)
    kept = store.read(2)
    assert kept is not None
    assert kept.names == wanted.names
    np.testing.assert_array_equal(kept.maps, wanted.maps.astype(np.float16))
    np.testing.assert_array_equal(kept.scale, wanted.scale)
    np.testing.assert_array_equal(kept.translate, wanted.translate)
    assert store.read(1) is None, "the reference was not looked at"
    assert [path.name for path in series.parent.glob("*.zarr")] == ["beetles.maps.zarr"]


def test_maps_that_cannot_be_written(series: Path, embedded: Backbone) -> None:
    (series.parent / "beetles.maps.zarr").write_text("in the way")
    with Project.open(series) as project:
        with pytest.raises(ProjectError, match=r"cannot be written to .*beetles\.maps\.zarr"):
            run(project, in_this_process(embedded), maps=MapStore.beside(series))
        assert project.summary()[SpecimenStatus.FOUND] == 0


def test_renamed_and_removed_landmarks(series: Path, embedded: Backbone) -> None:
    with Project.open(series) as project:
        first, second, *others = [one.name for one in project.landmarks]
        project.rename_landmark(first, "renamed")
        project.remove_landmark(second)
        run(project, in_this_process(embedded))
        assert list(project.placements(2)) == ["renamed", *others]
        learn_from_references(project, embedded, earlier=True)
        learned = project.landmark_set()
        assert learned is not None
        assert learned.names == ("renamed", *others)
        assert [one.name for one in project.landmarks] == ["renamed", *others]


def test_what_a_run_and_learning_need(series: Path, embedded: Backbone) -> None:
    with Project.create() as project:
        with pytest.raises(ProjectError, match="Nothing was learned in this project"):
            run(project, in_this_process(embedded))
        with pytest.raises(ProjectError, match="Nothing was learned in this project before"):
            learn_from_references(project, embedded, earlier=True)
        with pytest.raises(LandmarkError, match="No reference of this project has landmarks"):
            learn_from_references(project, embedded)
        project.set_landmarks(["tip"])
        picture = project.add_picture("picture", SIZE)
        project.place(picture, "tip", (1, 1))
        project.mark_reference(picture)
        with pytest.raises(ProjectError, match="'picture' has no image file"):
            learn_from_references(project, embedded)
    with Project.open(series) as project:
        learned = learned_of(series)
        other = {**learned.backbone, "name": "other", "fingerprint": "00" * 32}
        project.add_landmark_set(type(learned)(**{**vars(learned), "backbone": other}))
        with pytest.raises(LandmarkSetError, match="learned on the model 'other'"):
            run(project, in_this_process(embedded))
        assert project.summary()[SpecimenStatus.FAILED] == 0


def test_seeds_differ_and_stay() -> None:
    assert seed_for(4, "beetle 001") == 0xBCAC5FEC
    assert len({seed_for(seed, name) for seed in range(3) for name in "abc"}) == 9
