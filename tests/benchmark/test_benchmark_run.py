"""Runs into a folder: rows, resuming, and the one learning for all pairs of a source."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trees

from napari_homolog import Landmarks
from napari_homolog.benchmark import DATASETS, Pair, Picture
from napari_homolog.benchmark.benchmark_run import BenchmarkTask, run_benchmark
from napari_homolog.benchmark.datasets import further_references
from napari_homolog.benchmark.matchers import Match, Matcher, create_baseline
from napari_homolog.benchmark.measurements import (
    COLUMNS,
    mean_seconds,
    read_measurements,
    scores_of,
)
from napari_homolog.benchmark.run_results import read_results
from napari_homolog.context import RunContext
from napari_homolog.errors import Cancelled, DatasetError, FormatError, SettingsError


class Knowing(Matcher[Landmarks]):
    """Answers with the true landmarks of a data set's pictures, moved by a fixed step."""

    name = "knowing"

    def __init__(self, pairs: Sequence[Pair], step: tuple[float, float] = (0, 0)) -> None:
        self.truth = {pair.target.read().tobytes(): pair.target.landmarks for pair in pairs}
        self.step = step
        self.learned = 0
        self.found = 0

    def learn(self, image: np.ndarray, landmarks: Landmarks) -> Landmarks:
        self.learned += 1
        return landmarks

    def find(self, learned: Landmarks, image: np.ndarray) -> Match:
        self.found += 1
        truth = self.truth[image.tobytes()]
        # A landmark that the target hides has to be answered too: anywhere.
        points = [truth[name] if not np.isnan(truth[name][0]) else (0, 0) for name in learned]
        return Match(np.array(points) + self.step)

    def about(self) -> dict[str, Any]:
        return {**super().about(), "step": self.step}


@pytest.fixture
def pairs(tmp_path: Path) -> list[Pair]:
    folder = trees.write_folder(tmp_path / "data", ["a"] * 3 + ["b"] * 2)
    return DATASETS["folder"].pairs(folder)


@pytest.fixture
def task(pairs: list[Pair]) -> BenchmarkTask:
    return BenchmarkTask("folder", "corrected", pairs)


def test_a_perfect_matcher_reaches_one_in_both_protocols(
    task: BenchmarkTask, pairs: list[Pair], tmp_path: Path
) -> None:
    rows = run_benchmark(task, Knowing(pairs), tmp_path / "out")
    for protocol in ("official", "corrected"):
        scores = scores_of(rows, protocol)
        for per in ("image", "point"):
            assert scores.pck(0.01, per) == 1
            assert scores.pck_interval(0.01, per) == (1, 1)
        assert scores.mean_error == 0


def test_every_pair_and_landmark_has_a_row(
    task: BenchmarkTask, pairs: list[Pair], tmp_path: Path
) -> None:
    rows = run_benchmark(task, Knowing(pairs, (3, 4)), tmp_path / "out")
    # Six pairs of group a, of which four have the picture without the fourth landmark; two of b.
    assert len(rows) == 4 * 3 + 2 * 4 + 2 * 4
    first = rows[0]
    assert (first.source, first.target, first.landmark) == (
        "images/0.png", "images/1.png", "base"
    )  # fmt: skip
    assert (first.true_row, first.true_col) == (6, 6)
    assert (first.found_row, first.found_col) == (9, 10)
    assert first.error_px == pytest.approx(5)
    # The second picture's landmarks: columns 6 to 50, rows 6 to 35.
    assert first.corrected_side == pytest.approx(44)
    assert scores_of(rows, "corrected").mean_error == pytest.approx(5)
    stored = read_measurements(tmp_path / "out" / "rows.csv")
    assert [row.pair for row in stored] == [row.pair for row in rows]
    assert stored[0].error_px == pytest.approx(5)


def test_a_source_is_learned_once(task: BenchmarkTask, pairs: list[Pair], tmp_path: Path) -> None:
    matcher = Knowing(pairs)
    run_benchmark(task, matcher, tmp_path / "out")
    assert matcher.learned == 5
    assert matcher.found == 8


class Counting(Knowing):
    """Keeps what it was taught with."""

    def learn_with(self, image: Any, landmarks: Landmarks, further: Any) -> Landmarks:
        self.further = [*getattr(self, "further", []), (landmarks, further)]
        return self.learn(image, landmarks)


def test_sources_are_learned_with_further_pictures(pairs: list[Pair], tmp_path: Path) -> None:
    chosen = [pair for pair in pairs if pair.source.category == "a"][:1]
    further = further_references(pairs, chosen, 1, seed=0)
    source, target = chosen[0].source.name, chosen[0].target.name
    (other,) = {f"images/{number}.png" for number in range(3)} - {source, target}
    assert [one.name for one in further[source]] == [other]
    with pytest.raises(DatasetError, match="a has 1 pictures beside"):
        further_references(pairs, chosen, 2, seed=0)
    matcher = Counting(pairs)
    task = BenchmarkTask("folder", "corrected", chosen, further=further)
    run_benchmark(task, matcher, tmp_path / "out")
    ((given, ((image, marks),)),) = matcher.further
    assert marks.names == given.names
    np.testing.assert_array_equal(image, further[source][0].read())
    (result,) = read_results([tmp_path / "out"])
    assert result.matcher == "knowing, references=2"
    with pytest.raises(SettingsError, match="learns from one image"):
        run_benchmark(task, create_baseline("same-place"), tmp_path / "other")


def test_points_beyond_the_edge_are_given_at_the_edge(tmp_path: Path) -> None:
    path = trees.write_image(tmp_path / "a.png", 20, 40)
    source = Picture("a", path, Landmarks({"1": (20, 40), "2": (-1, 3)}), "x")
    target = Picture("b", path, Landmarks({"1": (10, 10), "2": (2, 3)}), "x")
    rows = run_benchmark(
        BenchmarkTask("folder", "corrected", [Pair(source, target)]),
        create_baseline("same-place"),
        tmp_path / "o",
    )
    assert [(row.found_row, row.found_col) for row in rows] == [(19, 39), (0, 3)]
    assert [row.true_row for row in rows] == [10, 2]


def test_a_run_that_was_broken_off_goes_on(
    task: BenchmarkTask, pairs: list[Pair], tmp_path: Path
) -> None:
    matcher = Knowing(pairs)
    with pytest.raises(Cancelled):
        run_benchmark(
            task,
            matcher,
            tmp_path / "out",
            context=RunContext(should_stop=lambda: matcher.found == 3),
        )
    assert not (tmp_path / "out" / "rows.csv").exists()
    again = Knowing(pairs)
    reports: list[tuple[int, int, str]] = []
    rows = run_benchmark(
        task,
        again,
        tmp_path / "out",
        context=RunContext(progress=lambda *told: reports.append(told)),
    )
    assert again.found == 5
    assert reports[0] == (4, 8, "measuring knowing")
    assert reports[-1][:2] == (8, 8)
    whole = run_benchmark(task, Knowing(pairs), tmp_path / "other")
    assert {(row.pair, row.landmark) for row in rows} == {(row.pair, row.landmark) for row in whole}
    finished = Knowing(pairs)
    run_benchmark(task, finished, tmp_path / "out")
    assert finished.learned == 0


def test_another_run_is_not_mixed_in(
    task: BenchmarkTask, pairs: list[Pair], tmp_path: Path
) -> None:
    run_benchmark(task, Knowing(pairs), tmp_path)
    with pytest.raises(SettingsError, match="another run, with other step"):
        run_benchmark(task, Knowing(pairs, (1, 1)), tmp_path)
    fewer = BenchmarkTask("folder", "corrected", pairs[:2])
    with pytest.raises(
        SettingsError, match=r"a run on other data: .folder. with 8 pairs, not .folder. with 2"
    ):
        run_benchmark(fewer, Knowing(pairs), tmp_path)


def test_a_damaged_file_of_rows_is_named(
    task: BenchmarkTask, pairs: list[Pair], tmp_path: Path
) -> None:
    run_benchmark(task, Knowing(pairs), tmp_path)
    path = sorted((tmp_path / "pairs").glob("*.csv"))[0]
    path.write_text(",".join(COLUMNS) + "\na,b,c,d,e,1,2\n")
    with pytest.raises(FormatError, match="is damaged"):
        run_benchmark(task, Knowing(pairs), tmp_path)
    path.write_text("something,else\n")
    with pytest.raises(FormatError, match="does not hold rows"):
        run_benchmark(task, Knowing(pairs), tmp_path)


def test_seconds_of_learning_count_once_for_each_source(
    task: BenchmarkTask, tmp_path: Path
) -> None:
    rows = run_benchmark(task, create_baseline("same-place"), tmp_path)
    changed = [
        type(row)(**{**vars(row), "learn_seconds": 2.0 if "0.png" in row.source else 1.0})
        for row in rows
    ]
    learning, _ = mean_seconds(changed)
    assert learning == pytest.approx((2 + 4 * 1) / 5)


def test_folders_with_the_same_names_and_other_contents_are_other_data(tmp_path: Path) -> None:
    def task_of(folder: Path) -> BenchmarkTask:
        return BenchmarkTask(
            "folder", "corrected", DATASETS["folder"].pairs(folder), title=folder.name
        )

    first = trees.write_folder(tmp_path / "left" / "wings")
    other = trees.write_folder(tmp_path / "right" / "wings")
    assert task_of(first).data == task_of(other).data
    trees.write_image(other / "images/2.png", 40, 60, seed=77)
    changed_image = task_of(other).data
    assert changed_image.title == task_of(first).data.title
    assert changed_image.key != task_of(first).data.key
    trees.write_folder(other)
    listing = other / "keypoints.json"
    listing.write_text(listing.read_text().replace("[50.0,", "[50.5,", 1))
    moved_landmark = task_of(other).data
    assert len({moved_landmark.digest, changed_image.digest, task_of(first).data.digest}) == 3
    assert len({identity.folder_name for identity in (moved_landmark, changed_image)}) == 2
    run_benchmark(task_of(first), create_baseline("same-place"), tmp_path / "out")
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    with pytest.raises(SettingsError, match="holds a run on other data: 'wings' with 4 pairs"):
        run_benchmark(task_of(other), create_baseline("same-place"), tmp_path / "out")
    after = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert after == before


def test_data_keep_their_identity_under_another_name(tmp_path: Path) -> None:
    folder = trees.write_folder(tmp_path / "wings")
    pairs = DATASETS["folder"].pairs(folder)
    task = BenchmarkTask("folder", "corrected", pairs, title="wings")
    run_benchmark(task, create_baseline("same-place"), tmp_path / "out")
    folder.rename(tmp_path / "renamed")
    pairs = DATASETS["folder"].pairs(tmp_path / "renamed")
    again = BenchmarkTask("folder", "corrected", pairs, title="renamed")
    run_benchmark(again, create_baseline("same-place"), tmp_path / "out")
    assert again.data.key == task.data.key
    # Other pairs of the same pictures cannot be compared, nor can judging by another data set's rule.
    fewer = BenchmarkTask("folder", "corrected", pairs[:2], title="wings")
    other_rule = BenchmarkTask("pf-willow", "corrected", pairs, title="wings")
    assert fewer.data.key != task.data.key
    assert other_rule.data.key != task.data.key


def test_other_further_references_are_another_run(pairs: list[Pair], tmp_path: Path) -> None:
    chosen = [pair for pair in pairs if pair.source.category == "a"][:1]
    further = further_references(pairs, chosen, 1, seed=0)
    task = BenchmarkTask("folder", "corrected", chosen, further=further)
    run_benchmark(task, Counting(pairs), tmp_path / "out")
    swapped = {name: [chosen[0].target] for name in further}
    other = BenchmarkTask("folder", "corrected", chosen, further=swapped)
    with pytest.raises(SettingsError, match="another run, with other references_digest"):
        run_benchmark(other, Counting(pairs), tmp_path / "out")
