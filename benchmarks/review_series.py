"""Memory while a series is worked through in the napari window, and whether all of it is on disk.

Draws a series, adds its folder in a real window (needs a screen or Xvfb), transfers, and accepts one
specimen after the other by the review's own buttons. Memory is that of the process.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import napari
import psutil
from PIL import Image
from qtpy.QtWidgets import QApplication

from napari_homolog.plugin.dock import HomologWidget
from napari_homolog.project import Project, SpecimenStatus
from napari_homolog.synthetic import generate
from stored_results import store

FIRST_SEED = 51_000_000
SIZE = (384, 480)
EVERY = 20
MEGABYTE = 2**20


def let_live(seconds: float = 0.05) -> None:
    """Let the window draw."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.005)


def megabytes() -> int:
    """Return the process's memory."""
    return round(psutil.Process().memory_info().rss / MEGABYTE)


def learned_dock(viewer: napari.Viewer, project: Path) -> HomologWidget:
    """Return the dock with a saved project and landmarks learned on a drawn reference."""
    _, dock = viewer.window.add_plugin_dock_widget("napari-homolog", "Homologous landmarks")
    reference = generate("butterfly", FIRST_SEED, SIZE)
    viewer.add_image(reference.image, name="reference", rgb=True)
    viewer.add_points(
        reference.landmarks.points,
        name="marks",
        features={"name": list(reference.landmarks.names)},
    )
    dock.landmarks.take_button.click()
    dock.project_bar.save(project)
    dock.learn.preset.setCurrentText("fast")
    dock.learn.learn_button.click()
    while dock.bar.running:
        let_live()
    return dock


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--specimens", type=int, default=200)
    count = parser.parse_args().specimens
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(count):
            picture = generate("butterfly", FIRST_SEED + 1 + number, SIZE).image
            Image.fromarray(picture).save(folder / f"{number:04d}.png")
        viewer = napari.Viewer(show=True)
        dock = learned_dock(viewer, folder / "series.homolog")
        dock.transfer.add_files(sorted(folder.glob("*.png")))
        before = megabytes()
        start = time.monotonic()
        dock.transfer.transfer_button.click()
        transferring = []
        while dock.bar.running:
            let_live()
            done = dock.session.project.summary()[SpecimenStatus.FOUND]
            if done // EVERY > len(transferring):
                transferring.append(megabytes())
                print(f"{done} transferred: {transferring[-1]} MB", flush=True)
        seconds = time.monotonic() - start
        dock.tabs.setCurrentWidget(dock.review)
        reviewing = []
        for number in range(count):
            let_live()
            dock.review.accept_specimen()
            if (number + 1) % EVERY == 0:
                reviewing.append(megabytes())
                print(f"{number + 1} reviewed: {reviewing[-1]} MB", flush=True)
        with Project.open(folder / "series.homolog", read_only=True) as elsewhere:
            on_disk = elsewhere.summary()[SpecimenStatus.ACCEPTED]
        figures = {
            "specimens": count,
            "mb_before": before,
            "mb_while_transferring": transferring,
            "mb_while_reviewing": reviewing,
            "seconds_per_transfer": round(seconds / count, 2),
            "accepted_on_disk": on_disk,
        }
        print(figures)
        print(f"stored in {store('review_series', figures)}")
        viewer.close()


if __name__ == "__main__":
    main()
