from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from safetensors.torch import save_file
from test_cli import homolog
from typer.testing import CliRunner

from napari_homolog.benchmark.matchers.neighbourhood_consensus import NeighbourhoodConsensus
from napari_homolog.benchmark.matchers.resnet import Stage, trunk
from napari_homolog.cli import app
from napari_homolog.errors import CheckpointError, SettingsError
from napari_homolog.synthetic import generate

pytest.importorskip("matplotlib", reason="plots need the extra [benchmark]")


@pytest.fixture(scope="module")
def leaves(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three drawn leaves and their landmarks."""
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
    assert [one["matcher"] for one in told] == [
        "features-fast, learn.steps=50", "same-place"
    ]  # fmt: skip
    assert {one["pairs"] for one in told} == {2}
    assert {one["title"] for one in told} == {leaves.name}
    for name in (
        "report.md",
        "report.html",
        "features-fast-learn-steps-50/rows.csv",
        "same-place/worst.png",
    ):
        assert (tmp_path / "results" / name).is_file()
    again = homolog(*command, *matchers, "--out", "results", cwd=tmp_path)
    assert json.loads(again.stdout) == told
    report = homolog("benchmark", "report", "results", "--out", "report", cwd=tmp_path)
    assert report.returncode == 0, report.stderr
    assert "features-fast, learn.steps=50, embedded" in report.stdout
    assert (tmp_path / "report/report.html").is_file()


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
        (("--set", "learn.rounds=none"), "learn.rounds"),
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
    parts = {
        "FeatureExtraction.model": trunk(4, (Stage(1, 2, 4),) * 3),
        "NeighConsensus": NeighbourhoodConsensus((3,), (1,)),
    }
    weights = {
        f"{part}.{name}": value
        for part, network in parts.items()
        for name, value in network.state_dict().items()
    }
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
    assert [one["matcher"] for one in json.loads(given.stdout)] == ["pwarpc-nc-net"]
    assert (out / "pwarpc-nc-net" / "worst.png").is_file()
