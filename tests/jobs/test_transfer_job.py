"""Transferring landmarks in this thread: what is done, skipped, retried, listed."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import napari_homolog as nh
from command_line import homolog
from napari_homolog.diffusion import Backbone
from napari_homolog.errors import LandmarkSetError, ProjectError, SettingsError
from napari_homolog.jobs import LearnJob, RefineJob, RunReport, TransferJob, in_this_thread, run
from napari_homolog.jobs.moved_references import moved_since_learned
from napari_homolog.project import MapStore, Project, SpecimenStatus, import_boxes
from napari_homolog.synthetic import generate
from series import SIZE, learned_of, make_series, points_of, results


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, embedded: Backbone) -> Path:
    return make_series(tmp_path_factory.mktemp("series") / "beetles", embedded, 3)


@pytest.fixture
def series(prepared: Path, tmp_path: Path) -> Path:
    shutil.copytree(prepared.parent, tmp_path / "beetles")
    return tmp_path / "beetles" / prepared.name


def transfer(
    project: Project,
    backbone: Backbone,
    context: nh.RunContext | None = None,
    **options: bool | MapStore,
) -> RunReport:
    return run(TransferJob(project, **options), in_this_thread(backbone), context)


def in_review(job: RefineJob) -> list[int]:
    """Specimens of which nothing is decided; the decided ones only tell how large errors are."""
    return [task.specimen_id for task in job.tasks if not task.decided]


def seed_of(project: Project, name: str) -> int:
    return nh.RunContext(seed=project.seed).for_specimen(name).seed


def test_references_that_were_moved_are_to_be_learned_once_more(series: Path) -> None:
    with Project.open(series) as project:
        (reference,) = project.references()
        learned = project.landmark_set()
        assert moved_since_learned(project, learned) == []
        name = project.landmarks[0].name
        row, col = project.placements(reference.id)[name].point
        project.place(reference.id, name, (row, col + 0.9))
        assert moved_since_learned(project, learned) == [], "drawings are rounded"
        project.place(reference.id, name, (row, col + 12))
        assert moved_since_learned(project, learned) == [reference.name]
        with pytest.raises(ProjectError, match=f"Landmarks of {reference.name} were moved since"):
            TransferJob(project)
    run = homolog("project", "run", series, "--device", "cpu")
    assert run.returncode == 2
    assert f"Landmarks of {reference.name} were moved since they were learned" in run.stderr
    with Project.open(series) as project:
        project.mark_reference(reference.id, False)
        TransferJob(project)


def test_two_specimens_of_one_picture_are_located_in_their_boxes(
    tmp_path: Path, embedded: Backbone
) -> None:
    path = make_series(tmp_path / "beetles", embedded, 1)
    tray = np.full((160, 320, 3), 128, np.uint8)
    for left, seed in ((20, 1), (180, 2)):
        tray[20:140, left : left + 120] = generate("beetle", seed, SIZE).image
    Image.fromarray(tray).save(tmp_path / "tray.png")
    (tmp_path / "boxes.csv").write_text(
        "image,top,left,height,width\ntray.png,30,30,100,100\ntray.png,30,190,100,100\n"
    )
    with Project.open(path) as project:
        _, added = import_boxes(project, tmp_path / "boxes.csv", tmp_path)
        assert len(added) == 2
        report = run(TransferJob(project, specimens=added), in_this_thread(embedded))
        assert (report.located, report.failed) == (2, ())
        for number, left in zip(added, (20, 180), strict=True):
            points = project.landmarks_of(number).points
            assert (points[:, 1] > left).all()
            assert (points[:, 1] < left + 120).all()


def test_a_job_locates_what_locate_does(series: Path, embedded: Backbone) -> None:
    steps: list[tuple[int, int]] = []
    context = nh.RunContext(progress=lambda done, total, message: steps.append((done, total)))
    with Project.open(series) as project:
        report = transfer(project, embedded, context)
        assert (report.located, report.failed, report.left) == (3, (), 0)
        assert steps == [(1, 3), (2, 3), (3, 3)]
        assert project.summary()[SpecimenStatus.FOUND] == 3
        expected = nh.locate(
            embedded,
            generate("beetle", 2, SIZE).image,
            learned_of(series),
            context=nh.RunContext(seed=seed_of(project, "beetle 002")),
        )
        beetle = project.find("beetle 002")
        assert beetle is not None
        np.testing.assert_array_equal(project.landmarks_of(beetle.id).points, expected.points)
        placed = project.placements(beetle.id).values()
        assert [placement.confidence for placement in placed] == expected.confidence.tolist()
        np.testing.assert_allclose([placement.spread for placement in placed], expected.spread)
        truth = generate("beetle", 2, SIZE).landmarks.points
        assert np.median(np.linalg.norm(expected.points - truth, axis=1)) < 0.1 * max(SIZE)


def test_what_is_done_is_skipped_and_what_was_decided_kept(
    series: Path, embedded: Backbone
) -> None:
    with Project.open(series) as project:
        transfer(project, embedded)
        assert transfer(project, embedded).located == 0
        first, second, third = (project.find(f"beetle 00{number}") for number in (1, 2, 3))
        assert first is not None
        assert second is not None
        assert third is not None
        name = project.landmarks[0].name
        project.place(first.id, name, (5, 5))
        project.accept(second.id)
        placed = project.placements(third.id)
        project.place_many(third.id, {name: placement.point for name, placement in placed.items()})
        numbers = (first.id, second.id, third.id)
        before = [project.placements(number) for number in numbers]
        LearnJob(project, extend=True).run(embedded)
        assert transfer(project, embedded).located == 1
        assert transfer(project, embedded, again=True).located == 1
        after = [project.placements(number) for number in numbers]
        assert after[0][name] == before[0][name]
        assert after[0] != before[0]
        assert after[1:] == before[1:]


def test_unreadable_images_fail_for_themselves_alone(series: Path, embedded: Backbone) -> None:
    images = series.parent
    original = (images / "beetle 001.png").read_bytes()
    (images / "beetle 002.png").unlink()
    truncated = images / "truncated.jpg"
    Image.fromarray(generate("beetle", 9, SIZE).image).save(truncated)
    truncated.write_bytes(truncated.read_bytes()[:-500])
    Image.fromarray(np.zeros((*SIZE, 3), np.uint8)).save(images / "beetle 001.png")
    with Project.open(series) as project:
        project.add_image(truncated)
        report = transfer(project, embedded)
        assert report.located == 1
        reasons = dict(report.failed)
        assert list(reasons) == ["beetle 001", "beetle 002", "truncated"]
        assert "has changed since it was added" in reasons["beetle 001"]
        assert "There is no image file" in reasons["beetle 002"]
        assert "cannot be read as an image" in reasons["truncated"]
        failed = project.specimens(SpecimenStatus.FAILED)
        assert [(specimen.name, specimen.reason) for specimen in failed] == list(report.failed)
        (images / "beetle 001.png").write_bytes(original)
        assert transfer(project, embedded).located == 0
        again = transfer(project, embedded, retry=True)
        assert again.located == 1
        assert [name for name, _ in again.failed] == ["beetle 002", "truncated"]


def test_a_stopped_job_continues_where_it_was(series: Path, embedded: Backbone) -> None:
    with Project.open(series) as project:
        done: list[int] = []
        stop_after_one = nh.RunContext(
            progress=lambda now, total, message: done.append(now), should_stop=lambda: bool(done)
        )
        report = transfer(project, embedded, stop_after_one)
        assert (report.located, report.left) == (1, 2)
        stop_at_once = nh.RunContext(should_stop=lambda: True)
        report = transfer(project, embedded, stop_at_once)
        assert (report.located, report.failed, report.left) == (0, (), 2)
        assert project.summary()[SpecimenStatus.FAILED] == 0
        assert transfer(project, embedded).located == 2
    stopped = results(series)
    with Project.open(series) as project:
        transfer(project, embedded, again=True)
    assert results(series) == stopped


def test_a_stop_in_the_middle_of_a_specimen_leaves_it_for_later(
    series: Path, embedded: Backbone
) -> None:
    checks: list[bool] = []

    def stop_at_the_second_check() -> bool:
        checks.append(True)
        return len(checks) == 2

    with Project.open(series) as project:
        report = transfer(project, embedded, nh.RunContext(should_stop=stop_at_the_second_check))
        assert (report.located, report.failed, report.left) == (0, (), 3)
        assert project.summary()[SpecimenStatus.NEW] == 3


def test_attention_maps_are_stored_on_request(series: Path, embedded: Backbone) -> None:
    store = MapStore.beside(series)
    assert store.read(2) is None
    with Project.open(series) as project:
        for _ in range(2):
            transfer(project, embedded, again=True, maps=store)
        context = nh.RunContext(seed=seed_of(project, "beetle 001"))
    expected = nh.locate(
        embedded, generate("beetle", 1, SIZE).image, learned_of(series), context=context
    )
    stored = store.read(2)
    assert stored is not None
    assert stored.names == expected.names
    np.testing.assert_array_equal(stored.maps, expected.maps.astype(np.float16))
    np.testing.assert_array_equal(stored.scale, expected.scale)
    np.testing.assert_array_equal(stored.translate, expected.translate)
    assert store.read(1) is None, "nothing was located on the reference"
    assert [path.name for path in series.parent.glob("*.zarr")] == ["beetles.maps.zarr"]


def test_maps_that_cannot_be_written(series: Path, embedded: Backbone) -> None:
    (series.parent / "beetles.maps.zarr").write_text("in the way")
    with Project.open(series) as project:
        with pytest.raises(ProjectError, match=r"cannot be written to .*beetles\.maps\.zarr"):
            transfer(project, embedded, maps=MapStore.beside(series))
        assert project.summary()[SpecimenStatus.FOUND] == 0


def test_what_a_transfer_job_needs(series: Path, embedded: Backbone) -> None:
    nothing_learned = pytest.raises(ProjectError, match="Nothing was learned in this project")
    with Project.create() as project, nothing_learned:
        TransferJob(project)
    with Project.open(series) as project:
        with pytest.raises(SettingsError, match="close_ups"):
            TransferJob(project, settings=nh.LocateSettings(close_ups=2))
        learned = learned_of(series)
        foreign = {**learned.backbone, "name": "other", "fingerprint": "00" * 32}
        project.add_landmark_set(type(learned)(**{**vars(learned), "backbone": foreign}))
        with pytest.raises(LandmarkSetError, match="learned on the model 'other'"):
            transfer(project, embedded)
        assert project.summary()[SpecimenStatus.FAILED] == 0


def test_settings_of_the_job_are_used_and_recorded(series: Path, embedded: Backbone) -> None:
    with Project.open(series) as project:
        settings = learned_of(series).preset.locate.changed(
            map_side=32, read_out="argmax", refine=False
        )
        run(TransferJob(project, settings=settings, specimens=[2]), in_this_thread(embedded))
        assert project.summary()[SpecimenStatus.FOUND] == 1
        # An argmax on 32 cells of 120 pixels lies at the centre of a cell.
        cells = (project.landmarks_of(2).points + 0.5) / (120 / 32) - 0.5
    np.testing.assert_allclose(cells, np.rint(cells), atol=1e-9)


def test_seeds_follow_from_the_project_s_and_the_specimen_s_name() -> None:
    seed = nh.RunContext(seed=4).for_specimen("beetle 001").seed
    assert seed == 0xBCAC5FEC, "it is the one of version 0.1"
    seeds = {nh.RunContext(seed=s).for_specimen(name).seed for s in range(3) for name in "abc"}
    assert len(seeds) == 9


def test_what_was_accepted_is_compared_with_the_rest(series: Path, embedded: Backbone) -> None:
    with Project.open(series) as project:
        run(TransferJob(project, specimens=[2]), in_this_thread(embedded))
        project.place_many(2, dict(points_of(generate("beetle", 1, SIZE).landmarks)))
        project.accept(2)
        job = TransferJob(project)
        assert [source.name for source in job.work.references] == ["beetle 000", "beetle 001"]
        drawings = job.work.prepared(nh.RunContext()).drawings
        assert [drawing.name for drawing in drawings] == ["beetle 000", "beetle 001"]
        run(job, in_this_thread(embedded))
        assert in_review(RefineJob(project)) == []
        project.place(2, project.landmarks[0].name, (50, 50))
        assert in_review(RefineJob(project)) == [3, 4]
