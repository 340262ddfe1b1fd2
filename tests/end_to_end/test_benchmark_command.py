from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from safetensors.torch import save_file
from test_cli import homolog
from typer.testing import CliRunner

from napari_homolog.benchmark.matchers.neighbourhood_consensus import NeighbourhoodConsensus
from napari_homolog.benchmark.matchers.resnet import Trunk, published_name
from napari_homolog.cli import app
from napari_homolog.errors import CheckpointError, FormatError, SettingsError
from napari_homolog.synthetic import generate

pytest.importorskip("matplotlib", reason="plots need the extra [benchmark]")


@pytest.fixture(scope="module")
def leaves(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three synthetic leaves and their landmarks."""
    folder = tmp_path_factory.mktemp("leaves")
    entries = []
    for seed in (1, 2, 3):
        leaf = generate("leaf", seed, (96, 96))
        Image.fromarray(leaf.image).save(folder / f"{seed}.png")
        points = [[col, row, 1] for row, col in leaf.landmarks.points.tolist()]
        entries.append({"file": f"{seed}.png", "keypoints": points})
    document = {"keypoint_names": list(leaf.landmarks.names), "images": entries}
    (folder / "keypoints.json").write_text(json.dumps(document))
    return folder


def test_a_benchmark_ends_in_a_report_and_goes_on(leaves: Path, tmp_path: Path) -> None:
    command = (
        "benchmark", "folder", "--data", leaves, "--pairs", 2, "--preset", "fast",
        "--set", "learn.steps=50", "--json",
    )  # fmt: skip
    matchers = ("--matcher", "features", "--matcher", "same-place")
    run = homolog(*command, *matchers, "--out", "results", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    (data,) = told["data_sets"]
    assert [result["matcher"] for result in data["runs"]] == [
        "features-fast, learn.steps=50", "same-place"
    ]  # fmt: skip
    assert {result["pairs"] for result in data["runs"]} == {2}
    assert data["title"] == leaves.name
    for pattern in (
        "report.md",
        "report.html",
        f"{leaves.name}-{data['digest'][:8]}/features-fast-learn-steps-50/rows.csv",
        f"{leaves.name}-{data['digest'][:8]}/same-place/worst.png",
    ):
        assert (tmp_path / "results" / pattern).is_file()
    again = homolog(*command, *matchers, "--out", "results", cwd=tmp_path)
    assert json.loads(again.stdout) == told
    report = homolog("benchmark", "report", "results", "--out", "report", cwd=tmp_path)
    assert report.returncode == 0, report.stderr
    assert "features-fast, learn.steps=50, embedded" in report.stdout
    assert (tmp_path / "report/report.html").is_file()


def write_specimens(folder: Path, shift: int) -> Path:
    """Write two squares and their corners, on the second image moved by some pixels."""
    folder.mkdir(parents=True)
    entries = []
    for name, step in (("1.png", 0), ("2.png", shift)):
        image = Image.new("RGB", (100, 80), "white")
        image.paste("black", (10 + step, 10, 50 + step, 50))
        image.save(folder / name)
        corners = [[10 + step, 10, 1], [49 + step, 10, 1], [49 + step, 49, 1], [10 + step, 49, 1]]
        entries.append({"file": name, "keypoints": corners})
    document = {"keypoint_names": ["a", "b", "c", "d"], "images": entries}
    (folder / "keypoints.json").write_text(json.dumps(document))
    return folder


def test_two_folders_of_the_same_name_are_kept_apart_in_one_folder_of_results(
    tmp_path: Path,
) -> None:
    # The same names of folders, files and landmarks: only contents tell the data apart.
    near = write_specimens(tmp_path / "near" / "wings", 3)
    far = write_specimens(tmp_path / "far" / "wings", 20)
    out = tmp_path / "results"

    def measure(data: Path) -> list[dict[str, object]]:
        command = ["benchmark", "folder", "--data", str(data), "--out", str(out)]
        run = CliRunner().invoke(app, [*command, "--matcher", "same-place", "--json"])
        assert run.exit_code == 0, run.output
        return json.loads(run.stdout)["data_sets"]

    (first,) = measure(near)
    both = measure(far)
    # Landmarks stay in place: the error is the shift.
    errors = {one["digest"]: [result["mean_error_px"] for result in one["runs"]] for one in both}
    assert sorted(errors.values()) == [[3], [20]]
    assert errors[first["digest"]] == [3]
    assert {one["title"] for one in both} == {"wings"}
    assert both == measure(near)
    page = (out / "report.md").read_text()
    headings = [line for line in page.splitlines() if line.startswith("## wings")]
    assert headings == [f"## wings ({one['digest'][:8]})" for one in both]
    assert json.loads((out / "summary.json").read_text())["data_sets"] == both
    # A landmark that is moved makes other data of the same folder.
    listing = near / "keypoints.json"
    listing.write_text(listing.read_text().replace("[13, 10, 1]", "[14, 10, 1]"))
    assert len(measure(near)) == 3


def test_results_that_do_not_record_their_data_are_refused_before_measuring(
    leaves: Path, tmp_path: Path
) -> None:
    old = tmp_path / "same-place"
    old.mkdir()
    notes = {"dataset": "folder", "title": "wings", "protocol": "official", "pairs": 2}
    notes |= {"matcher": "same-place", "seed_of_pairs": 0, "pairs_digest": "0123456789abcdef"}
    (old / "run.json").write_text(json.dumps(notes))
    command = ["benchmark", "folder", "--data", str(leaves), "--out", str(tmp_path)]
    run = CliRunner().invoke(app, [*command, "--matcher", "random"])
    assert isinstance(run.exception, FormatError)
    assert "does not record which data were measured" in str(run.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["same-place"]


def test_a_missing_data_set_says_where_to_get_it(tmp_path: Path) -> None:
    run = homolog("benchmark", "spair-71k", "--data", tmp_path, cwd=tmp_path)
    assert run.returncode == 2
    assert "https://cvlab.postech.ac.kr/research/SPair-71k/" in run.stderr
    assert "Layout/large/test.txt" in run.stderr
    own = homolog("benchmark", "folder", "--data", tmp_path, cwd=tmp_path)
    assert '"keypoints": [[x, y, visible], ...]}' in own.stderr


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (("--matcher", "surf"), "There is no matcher 'surf'"),
        (("--protocol", "mine"), "There is no protocol 'mine'"),
        (("--preset", "mine"), "There is no preset 'mine'"),
        (("--set", "rounds=1"), "'rounds=1' changes no setting"),
        (("--set", "learn.restarts=none"), "LearnSettings cannot be used: restarts"),
    ],
)
def test_wrong_options_are_told_before_anything_is_done(
    leaves: Path, tmp_path: Path, option: tuple[str, str], message: str
) -> None:
    out = tmp_path / "results"
    command = ["benchmark", "folder", "--data", str(leaves), "--out", str(out), *option]
    run = CliRunner().invoke(app, command)
    assert isinstance(run.exception, SettingsError)
    assert message in str(run.exception)
    assert not out.exists()


def test_a_network_that_others_trained_is_measured_from_its_file(
    leaves: Path, tmp_path: Path
) -> None:
    trunk, consensus = Trunk(4, (1,) * 3, (8,) * 3), NeighbourhoodConsensus((3,), (1,))
    weights = {
        f"FeatureExtraction.model.{published_name(name)}": value
        for name, value in trunk.state_dict().items()
    }
    weights |= {f"NeighConsensus.{name}": value for name, value in consensus.state_dict().items()}
    save_file(weights, tmp_path / "weights.safetensors")
    out = tmp_path / "results"
    command = ["benchmark", "folder", "--data", str(leaves), "--out", str(out), "--json"]
    command += ["--matcher", "pwarpc-nc-net"]
    missing = CliRunner().invoke(app, command)
    assert isinstance(missing.exception, CheckpointError)
    assert "needs --checkpoint" in str(missing.exception)
    assert not out.exists()
    given = CliRunner().invoke(app, [*command, "--checkpoint", str(tmp_path)])
    assert given.exit_code == 0, given.output
    (data,) = json.loads(given.stdout)["data_sets"]
    assert [result["matcher"] for result in data["runs"]] == ["pwarpc-nc-net"]
    assert len(list(out.glob("*/pwarpc-nc-net/worst.png"))) == 1


def test_a_simulated_review_is_told_and_stored(leaves: Path, tmp_path: Path) -> None:
    run = homolog(
        "benchmark", "review", "--data", leaves, "--specimens", 3, "--corrections", 1,
        "--sessions", 1, "--preset", "fast", "--out", "review.json", cwd=tmp_path,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert "least" in run.stdout
    stored = json.loads((tmp_path / "review.json").read_text())
    assert stored["group"] == "all"
    assert [session["order"] for session in stored["sessions"]] == [
        "least certain first", "random"
    ]  # fmt: skip


def test_targets_in_other_poses_are_other_data(leaves: Path, tmp_path: Path) -> None:
    command = ("benchmark", "folder", "--data", leaves, "--matcher", "ncc", "--json")
    for pose in ((), ("--pose", "any")):
        run = homolog(*command, *pose, "--out", "results", cwd=tmp_path)
        assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)["data_sets"]
    assert [data["title"] for data in told] == [leaves.name, f"{leaves.name}, any poses"]
    assert told[0]["digest"] != told[1]["digest"]
    for data in told:
        assert data["runs"][0]["shape_difference_percent_of_centroid_size"] > 0
    refused = homolog(*command, "--pose", "upside down", cwd=tmp_path)
    assert refused.returncode == 2
    assert "no pose 'upside down'; choose one of slight, any" in refused.stderr
