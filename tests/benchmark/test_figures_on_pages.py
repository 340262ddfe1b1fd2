"""Pages of docs: their tables and figures are those of the stored results, of the right data."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "evidence.md"
RESULTS = ROOT / "benchmarks" / "results"


def generate(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "benchmarks" / "write_pages.py", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def stored_runs() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return all stored runs with their data."""
    return [
        (data, run)
        for path in sorted(RESULTS.glob("evidence*.json"))
        for data in json.loads(path.read_text(), parse_constant=pytest.fail)["figures"]["data_sets"]
        for run in data["runs"]
    ]


@pytest.fixture
def page(tmp_path: Path) -> Path:
    return Path(shutil.copy(PAGE, tmp_path))


@pytest.fixture
def results(tmp_path: Path) -> Path:
    (tmp_path / "results").mkdir()
    for path in RESULTS.glob("*.json"):
        shutil.copy(path, tmp_path / "results")
    return tmp_path / "results"


def test_the_pages_are_up_to_date() -> None:
    done = generate("--check")
    assert done.returncode == 0, done.stderr


def test_a_changed_figure_or_row_is_found_and_corrected(page: Path) -> None:
    text = page.read_text()
    # A row of the wings, copied into the table of the birds.
    (row,) = re.findall(r"^\| attention, birds \| 21\.5 .*\n", text, re.MULTILINE)
    birds = text.index("### Cut-out birds")
    first_row = text.index("| both, birds |", birds)
    page.write_text(text[:first_row] + row + text[first_row:])
    done = generate("--check", "--page", page)
    assert done.returncode == 1
    assert "is stale in ['corrected table | cut-out birds']" in done.stderr
    assert generate("--page", page).returncode == 0
    assert page.read_text() == text
    page.write_text(text.replace("-->81.5 %<!--", "-->91.5 %<!--"))
    assert generate("--check", "--page", page).returncode == 1


def test_results_on_other_data_cannot_stand_for_those_on_the_page(
    page: Path, results: Path
) -> None:
    path = results / "evidence_birds.json"
    text = path.read_text()
    digest = next(data["digest"] for data, _ in stored_runs() if data["title"] == "bird-crops")
    path.write_text(text.replace(digest, "0" * 64))
    done = generate("--check", "--page", page, "--results", results)
    assert done.returncode == 1
    assert "was not measured on cut-out birds" in done.stderr
    # Two results that contradict each other are not chosen from.
    document = json.loads(text)
    wings = [d for d in document["figures"]["data_sets"] if d["title"] == "drosophila-wings"]
    sift = next(run for run in wings[0]["runs"] if run["matcher"] == "sift")
    sift["mean_error_px"] += 1
    path.write_text(json.dumps(document))
    done = generate("--check", "--page", page, "--results", results)
    assert done.returncode == 1
    assert "Runs of 'sift' on wings differ" in done.stderr


def test_every_table_of_results_is_generated() -> None:
    text = PAGE.read_text()
    written = re.sub(r"<!-- results: .*?-->.*?<!-- end -->", "", text, flags=re.DOTALL)
    start, end = written.index("## Results"), written.index("## How accuracy is measured")
    assert "\n|" not in written[start:end]
    assert not re.findall(r"\d\.\d+ %", written[start:end])


def test_runs_on_the_same_data_have_the_same_points_and_baselines() -> None:
    counts = defaultdict(set)
    baselines = defaultdict(set)
    for data, run in stored_runs():
        counts[data["digest"]].add((run["pairs"], run["sources"], run["points"]))
        if not run["network"]:
            figures = [run[name] for name in ("official", "corrected", "mean_error_px")]
            baselines[data["digest"], run["matcher"]].add(json.dumps(figures))
    assert len(counts) == 6
    for found in (*counts.values(), *baselines.values()):
        assert len(found) == 1


def test_the_embedded_model_on_birds_is_not_that_on_wings() -> None:
    by_title = {
        data["title"]: json.dumps(run["corrected"])
        for data, run in stored_runs()
        if (run["matcher"], run["network"]) == ("attention-balanced", "embedded")
    }
    assert len({*by_title.values()}) == len(by_title) == 4


def test_figures_stay_inside_their_paragraphs() -> None:
    # A comment at the beginning of a line would end the paragraph.
    for page in PAGE.parent.glob("*.md"):
        for line in page.read_text().splitlines():
            if re.match(r"\s*<!--", line):
                assert re.fullmatch(r"<!-- (results: .* table \| .*|end) -->", line), page


def test_any_stored_figure_is_written_as_it_is_asked_for(tmp_path: Path, results: Path) -> None:
    figures = {"wide": {"share": 0.123, "p": 1e-9}, "deep": {"share": 0.5, "p": 0.25}, "none": {}}
    (results / "made.json").write_text(json.dumps({"figures": {"kinds": figures, "count": 12}}))
    page = tmp_path / "page.md"
    one = "Of <!-- results: figure | made | count --><!-- end -->, "
    share = "<!-- results: figure | made | kinds / wide / share | .0% --><!-- end -->."
    table = "<!-- results: figures table | made | kinds | kind | part = share : .2f | p : p -->"
    both = "<!-- results: compared table | what | a = made; b = series | number = count : .1f -->"
    page.write_text(f"{one}{share}\n\n{table}<!-- end -->\n\n{both}<!-- end -->\n")
    assert generate("--page", page, "--results", results).returncode == 0
    shown = re.sub("<!--.*?-->", "", page.read_text())
    assert shown.startswith("Of 12, 12 %.")
    lines = [line for line in shown.splitlines() if line.startswith("|")]
    assert lines == [
        *("| kind | part | p |", "| --- | --- | --- |"),
        *("| wide | 0.12 | < 0.0001 |", "| deep | 0.50 | 0.2500 |"),
        *("| what | a | b |", "| --- | --- | --- |", "| number | 12.0 | not measured |"),
    ]
    assert generate("--check", "--page", page, "--results", results).returncode == 0
    page.write_text(share.replace("wide", "narrow"))
    done = generate("--check", "--page", page, "--results", results)
    assert done.returncode == 1
    assert "made has no figure 'kinds / narrow / share': there is no 'narrow'" in done.stderr
