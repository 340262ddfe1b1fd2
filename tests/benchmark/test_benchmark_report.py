from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
import trees
from PIL import Image

from napari_homolog.benchmark import DATASETS
from napari_homolog.benchmark.benchmark_report import write_report
from napari_homolog.benchmark.benchmark_run import BenchmarkTask, run_benchmark
from napari_homolog.benchmark.examples import write_examples
from napari_homolog.benchmark.matchers import create_baseline
from napari_homolog.benchmark.published import PUBLISHED, published
from napari_homolog.errors import FormatError, SettingsError

pytest.importorskip("matplotlib", reason="plots need the extra [benchmark]")


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Return a folder with two runs on PF-Willow and one on specimens of one's own."""
    willow = DATASETS["pf-willow"].pairs(trees.write_pf_willow(tmp_path / "willow"))
    own = DATASETS["folder"].pairs(trees.write_folder(tmp_path / "own"))
    for name in ("same-place", "random"):
        task = BenchmarkTask("pf-willow", "official", willow, title="PF-Willow")
        rows = run_benchmark(task, create_baseline(name), tmp_path / "runs" / "willow" / name)
        write_examples(willow, rows, tmp_path / "runs" / "willow" / name)
    run_benchmark(
        BenchmarkTask("folder", "official", own, title="own"),
        create_baseline("random"),
        tmp_path / "runs" / "own",
    )
    return tmp_path / "runs"


def test_a_report_has_tables_plots_and_pictures(runs: Path, tmp_path: Path) -> None:
    out = tmp_path / "report"
    groups = write_report([runs], out)
    assert [(group.heading, [result.matcher for result in group.results]) for group in groups] == [
        ("PF-Willow", ["random", "same-place"]),
        ("own", ["random"]),
    ]
    text = (out / "report.md").read_text()
    # Sources, pairs, points; the cars lie five of 40 pixels apart, too far for either threshold.
    none = " | ".join(["0.0 (0.0 to 0.0)"] * 4)
    assert f"| same-place | 2 | 2 | 20 | {none} | - |" in text
    assert "53.0 / 84.3" in text.partition("As published")[2]
    for place in re.findall(r"!\[[^]]*\]\(<([^>]*)>\)", text):
        with Image.open(out / place) as picture:
            assert picture.width > 200
    page = (out / "report.html").read_text()
    assert page.count("<table>") == text.count("\n| --- |") == 2 * 5 + 1
    assert page.count("<img") == text.count("](<") == 2 + 4 + 1
    willow, own = json.loads((out / "summary.json").read_text())["data_sets"]
    assert (willow["dataset"], own["title"]) == ("pf-willow", "own")
    same_place = willow["runs"][1]
    assert same_place["points"] == 20
    assert same_place["corrected"]["per_point"]["0.1"]["pck"] == 0
    assert same_place["mean_error_px"] == pytest.approx(5)


def test_an_unfinished_run_is_told(runs: Path, tmp_path: Path) -> None:
    folder = runs / "own"
    os.unlink(sorted((folder / "pairs").glob("*.csv"))[0])
    write_report([folder], tmp_path / "report")
    assert "Not finished: random, 3 of 4 pairs." in (tmp_path / "report/report.md").read_text()


def test_without_runs_there_is_no_report(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="There is no run in"):
        write_report([tmp_path], tmp_path / "report")
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(FormatError, match=r"run\.json is damaged"):
        write_report([tmp_path], tmp_path / "report")


def test_published_figures_stand_beside_what_is_the_same_in_kind() -> None:
    assert published("pf-willow", "attention-balanced") == "53.0 / 84.3"
    assert published("cub", "attention-paper") == "61.6 / 77.5"
    assert published("spair-71k", "dino-nn") == "- / 33.3"
    assert published("spair-71k", "features-balanced") == "- / 52.9"
    assert published("pf-willow", "both-precise") == ""
    assert published("folder", "attention-balanced") == ""
    assert len(PUBLISHED) == 6 * 3 - 1 + 3
