"""Learning in a real window: progress, a live picture, cancelling, files, refusals."""

from __future__ import annotations

import importlib
import shutil
from pathlib import Path
from typing import Any

import napari
import numpy as np
import pytest
from hands import NAMES, PATIENCE, QUICK, finish, seconds_until
from qtpy.QtWidgets import QFileDialog

from fake_hub import serving
from napari_homolog.correspondence import PRESETS, LandmarkSet
from napari_homolog.diffusion.model_catalogue import EMBEDDED
from napari_homolog.plugin.background_run import BackgroundRun
from napari_homolog.plugin.dock import HomologWidget


@pytest.fixture
def at_learn(
    dock: HomologWidget, fish: list[Any], monkeypatch: pytest.MonkeyPatch
) -> HomologWidget:
    monkeypatch.setitem(PRESETS, "fast", QUICK.changed("fast"))
    dock.landmarks.image.choose(dock.session.viewer.layers["fish 1"])
    dock.tabs.setCurrentWidget(dock.learn)
    dock.learn.preset.setCurrentText("fast")
    return dock


def test_learning_takes_the_marked_points_and_shows_the_attention(
    viewer: napari.Viewer, at_learn: HomologWidget, click: Any, qtbot: Any
) -> None:
    dock = at_learn
    click(dock.learn.learn_button)
    qtbot.waitUntil(lambda: "attention so far" in viewer.layers, timeout=PATIENCE)
    live = viewer.layers["attention so far"]
    np.testing.assert_allclose(np.array(live.data.shape) * live.scale, (120, 160))
    assert dock.bar.cancel_button.isVisible()
    assert not dock.learn.learn_button.isEnabled()
    finish(dock, qtbot)
    assert dock.bar.message.text().startswith("Learned 3 landmarks")
    assert "attention so far" not in viewer.layers
    assert dock.session.learned is not None
    assert dock.session.learned.names == NAMES
    assert dock.session.learned.preset.name == "fast"
    assert "fish 1" in dock.learn.set_label.text()
    stored = dock.session.project.landmark_set()
    assert stored is not None
    assert stored.names == NAMES


def test_advanced_settings_are_made_from_the_model_and_used(
    at_learn: HomologWidget, click: Any, qtbot: Any
) -> None:
    dock = at_learn
    click(dock.learn.advanced_button)
    form = dock.learn._form
    assert "share of a view" in form["sigma"].tooltip
    assert form["restarts"].value == QUICK.learn.restarts
    form["restarts"].value = 1
    form["steps"].value = 40
    form["layers"].value = "1, 2"
    preset = dock.learn.chosen_preset()
    assert (preset.learn.restarts, preset.learn.steps, preset.shared.layers) == (1, 40, (1, 2))
    assert preset.name == "fast, own"
    form["layers"].value = "two"
    click(dock.learn.learn_button)
    assert "layers" in dock.bar.message.text()
    dock.learn.preset.setCurrentText("standard")
    assert form["restarts"].value == 5
    assert dock.learn.chosen_preset().name == "standard"


def test_cancel_answers_within_a_second(at_learn: HomologWidget, click: Any, qtbot: Any) -> None:
    dock = at_learn
    dock.learn.preset.setCurrentText("standard")
    click(dock.learn.learn_button)
    qtbot.waitUntil(lambda: dock.bar.progress.value() > 3, timeout=PATIENCE)
    click(dock.bar.cancel_button)
    assert seconds_until(lambda: not dock.bar.running, qtbot) < 1
    assert dock.bar.message.text() == "Stopped."
    assert dock.session.learned is None
    assert dock.learn.learn_button.isEnabled()


def test_a_download_is_cancelled(
    at_learn: HomologWidget, click: Any, qtbot: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The server gives half of the weights and then nothing."""
    dock = at_learn
    folder = Path(shutil.copytree(EMBEDDED, tmp_path / "model"))
    with serving(folder) as hub:
        hub.stuck = "unet/diffusion_pytorch_model.safetensors"
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
        dock.learn.model.names.setCurrentText("somebody/model")
        click(dock.learn.learn_button)
        qtbot.waitUntil(lambda: hub.stuck in hub.downloads, timeout=PATIENCE)
        qtbot.waitUntil(
            lambda: "downloading somebody/model" in dock.bar.stage.text(), timeout=PATIENCE
        )
        assert 0 < dock.bar.progress.value() < dock.bar.progress.maximum()
        click(dock.bar.cancel_button)
        # Whoever waits for the server waits ten seconds.
        qtbot.waitUntil(lambda: not dock.bar.running, timeout=8000)
    assert dock.bar.message.text() == "Stopped."
    assert dock.learn.learn_button.isEnabled()


def test_gigabytes_are_counted(dock: HomologWidget) -> None:
    run = BackgroundRun()
    run.progressed.connect(dock.bar._on_progress)
    run.report(1_750_000_000, 7_000_000_000, "downloading a large model")
    bar = dock.bar.progress
    assert bar.value() / bar.maximum() == pytest.approx(0.25, abs=1e-4)


def test_time_left_is_told(at_learn: HomologWidget, click: Any, qtbot: Any) -> None:
    dock = at_learn
    click(dock.learn.learn_button)
    qtbot.waitUntil(lambda: " left" in dock.bar.stage.text(), timeout=PATIENCE)
    click(dock.bar.cancel_button)
    finish(dock, qtbot)


def test_a_second_run_is_refused_while_one_runs(
    at_learn: HomologWidget, click: Any, qtbot: Any
) -> None:
    dock = at_learn
    dock.learn.preset.setCurrentText("standard")
    click(dock.learn.learn_button)
    dock.tabs.setCurrentWidget(dock.words)
    dock.words.text.setText("a fish")
    qtbot.keyClick(dock.words.text, "\r")
    assert "running already" in dock.bar.message.text()
    dock.bar.cancel()
    finish(dock, qtbot)


def test_sets_are_saved_and_loaded(
    ready: HomologWidget, click: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, qtbot: Any
) -> None:
    ready.tabs.setCurrentWidget(ready.learn)
    target = tmp_path / "fish"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(target), ""))
    click(ready.learn.save_button)
    saved = target.with_suffix(".safetensors")
    assert LandmarkSet.load(saved).names == NAMES
    ready.session.learned = None
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a, **k: (str(saved), ""))
    click(ready.learn.load_button)
    assert ready.session.learned is not None
    assert ready.session.learned.names == NAMES
    saved.write_bytes(b"damaged")
    click(ready.learn.load_button)
    assert "no landmark set" in ready.bar.message.text()
    assert ready.session.learned is not None, "what there was is kept"


def test_terms_are_told_before_anything_is_fetched(dock: HomologWidget) -> None:
    dock.learn.model.names.setCurrentText("sd-1.4")
    assert "OpenRAIL" in dock.learn.model.terms.text()
    assert "GB" in dock.learn.model.terms.text()
    dock.learn.model.names.setCurrentText("somebody/their-model")
    assert "huggingface.co/somebody/their-model" in dock.learn.model.terms.text()


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("no model", "There is no model"),
        ("no network", "downloaded"),
        ("no torch", "PyTorch is not installed"),
        ("no memory", "not enough memory"),
    ],
)
def test_what_is_wrong_is_said_and_the_window_stays_usable(
    at_learn: HomologWidget,
    click: Any,
    qtbot: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    what: str,
    said: str,
) -> None:
    dock = at_learn
    if what == "no model":
        dock.learn.model.names.setCurrentText("/not/there")
    elif what == "no network":
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
        dock.learn.model.names.setCurrentText("somebody/their-model")
    elif what == "no torch":
        monkeypatch.setattr("napari_homolog.plugin.learn_panel.find_spec", lambda name: None)
    elif what == "no memory":

        def exhausted(*args: Any, **kwargs: Any) -> None:
            raise MemoryError

        module = importlib.import_module("napari_homolog.correspondence.learning.learn")
        monkeypatch.setattr(module, "learn_passes", exhausted)
    click(dock.learn.learn_button)
    finish(dock, qtbot)
    assert said in dock.bar.message.text()
    assert dock.learn.learn_button.isEnabled()
    assert dock.session.learned is None


def test_the_reference_is_deleted_while_learning(
    viewer: napari.Viewer, at_learn: HomologWidget, click: Any, qtbot: Any
) -> None:
    dock = at_learn
    click(dock.learn.learn_button)
    qtbot.waitUntil(lambda: dock.bar.progress.value() > 3, timeout=PATIENCE)
    viewer.layers.remove("fish 1")
    viewer.layers.remove("marks")
    finish(dock, qtbot)
    assert dock.bar.message.text().startswith("Learned 3 landmarks")


def test_the_window_is_closed_while_learning(
    viewer: napari.Viewer, at_learn: HomologWidget, click: Any, qtbot: Any
) -> None:
    dock = at_learn
    dock.learn.preset.setCurrentText("standard")
    click(dock.learn.learn_button)
    qtbot.waitUntil(lambda: dock.bar.progress.value() > 3, timeout=PATIENCE)
    worker = dock.bar._worker
    viewer.close()
    assert seconds_until(lambda: not worker.is_running, qtbot) < 5


def test_the_widget_opens_without_torch(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = (
        "import sys, time, napari\n"
        "viewer = napari.Viewer(show=False)\n"
        "start = time.monotonic()\n"
        "from napari_homolog.plugin.dock import HomologWidget\n"
        "dock = HomologWidget(viewer)\n"
        "seconds = time.monotonic() - start\n"
        "dock.learn._learn()\n"
        "viewer.close()\n"
        "print('torch' in sys.modules, dock.bar.message.text()[:20])\n"
        "print(f'{seconds:.2f} s', file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    said = done.stdout.splitlines()[-1]
    assert said == "False There is no referenc", done.stderr


def test_a_large_model_chooses_its_default_preset(dock: HomologWidget) -> None:
    """Another preset that was chosen stays; the default is the one that learning itself takes."""
    from napari_homolog.correspondence import preset_for
    from napari_homolog.diffusion import CATALOGUE, load_backbone

    panel = dock.learn
    for model, chosen in (("sd-1.5", "lean"), ("embedded", "standard"), ("sdxl", "lean")):
        panel.model.names.setCurrentText(model)
        assert panel.preset.currentText() == chosen
    panel.preset.setCurrentText("fast")
    panel.model.names.setCurrentText("embedded")
    assert panel.preset.currentText() == "fast"
    assert [preset_for(side).name for side in (8, 32, 33, 128)] == ["standard"] * 2 + ["lean"] * 2
    assert CATALOGUE["embedded"].latent_side == load_backbone("embedded").latent_side
    panel.preset.setCurrentText("standard")
    for model, known in CATALOGUE.items():
        panel.model.names.setCurrentText(model)
        assert panel.preset.currentText() == preset_for(known.latent_side).name
