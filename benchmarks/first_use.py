"""A day's work in the napari window on a series of photographs, by mouse and keys, counted.

One specimen comes with its landmarks in a TPS file. They are learned, transferred to the others, and
reviewed: every landmark that is more than 2 % of the centroid size away from the truth is dragged to
it, all others are accepted. Then it is learned again, and all are exported. Needs a screen or Xvfb.
Waiting for somebody who reads and thinks is not in the figures.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import napari
import numpy as np
from PIL import Image
from qtpy.QtCore import QPoint, Qt

from napari_homolog import formats
from napari_homolog.landmarks import Landmarks
from napari_homolog.plugin.dock import HomologWidget
from napari_homolog.project import SpecimenStatus
from window_hands import Hands, canvas_of, wait

LIMIT = 2.0
"""Percent of the centroid size beyond which a landmark is dragged."""

TURNED = 6
"""The EXIF orientation of a picture that has to be turned by a quarter to be seen upright."""


class Day:
    """The work on one series.

    Parameters
    ----------
    folder : Path
        Pictures, ``first.tps`` with the landmarks of one of them, and nothing else.
    truth : dict of str to Landmarks
        By the names of the specimens.
    """

    def __init__(self, folder: Path, truth: dict[str, Landmarks]) -> None:
        self.folder, self.truth = folder, truth
        self.hands = Hands()
        self.seconds: dict[str, float] = {}
        self.actions: dict[str, int] = {}
        self.viewer: napari.Viewer
        self.dock: HomologWidget

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Note how long a part of the day takes, and how much is done in it."""
        start, before = time.perf_counter(), self.hands.actions
        yield
        self.seconds[name] = self.seconds.get(name, 0) + round(time.perf_counter() - start, 2)
        self.actions[name] = self.actions.get(name, 0) + self.hands.actions - before
        print(f"{name}: {self.seconds[name]} s, {self.actions[name]} actions", flush=True)

    def open_window(self) -> None:
        """Open napari with the dock."""
        self.viewer = napari.Viewer(show=True)
        self.viewer.window.resize(1366, 768)
        _, self.dock = self.viewer.window.add_plugin_dock_widget(
            "napari-homolog", "Homologous landmarks"
        )

    def begin(self) -> None:
        """Open the first specimen and take over its landmarks."""
        hands, dock = self.hands, self.dock
        (first,) = formats.read_landmarks(self.folder / "first.tps", image_size=(1, 1))
        self.viewer.open(self.folder / first.image)
        self.viewer.open(self.folder / "first.tps", plugin="napari-homolog")
        hands.clicks += 2
        hands.click(dock.landmarks.take_button)

    def learn(self) -> None:
        """Learn the landmarks."""
        self.hands.show_tab(self.dock.tabs, self.dock.learn)
        self.hands.click(self.dock.learn.learn_button)
        self.wait_for_job()

    def transfer(self) -> None:
        """Transfer them to all pictures of the folder."""
        hands, panel = self.hands, self.dock.transfer
        hands.show_tab(self.dock.tabs, panel)
        hands.choose(panel.folder_button, "getExistingDirectory", str(self.folder))
        hands.click(panel.transfer_button)
        self.wait_for_job()

    def wait_for_job(self) -> None:
        """Wait until nothing runs."""
        wait(lambda: not self.dock.bar.running, at_least=0.2)

    # Reviewing

    def wrong(self, specimen: int, landmark: str) -> np.ndarray | None:
        """Return the true place of a landmark if it is too far from where it was found."""
        project = self.dock.session.project
        truth = self.truth[project.specimen(specimen).name]
        placed = project.placements(specimen)[landmark].point
        off = np.linalg.norm(np.subtract(placed, truth[landmark]))
        return truth[landmark] if off > LIMIT / 100 * truth.centroid_size() else None

    def in_review(self) -> list[int]:
        """Return the specimens that are not reviewed."""
        states = (SpecimenStatus.FOUND, SpecimenStatus.CORRECTED)
        rows = self.dock.session.project.specimens()
        return [one.id for one in rows if one.status in states and not one.reference]

    def review_by_landmark(self, pages: int | None = None) -> None:
        """Review in the gallery: drag what is wrong on a page, pass the page."""
        dock, hands = self.dock, self.hands
        hands.show_tab(dock.tabs, dock.review)
        hands.click(dock.review.buttons["gallery"])
        gallery = dock.review._gallery
        passed = 0
        while self.in_review() and (pages is None or passed < pages):
            wait(lambda: all(tile.crop is not None for tile in gallery.view.tiles))
            for index, tile in enumerate(gallery.view.tiles):
                if not gallery._acceptable(tile):
                    continue
                truth = self.wrong(tile.specimen, gallery.shown_landmark)
                if truth is not None:
                    self._drag_in_gallery(gallery, index, truth)
            hands.press(gallery.view, Qt.Key.Key_B)
            passed += 1
        gallery.close()

    def _drag_in_gallery(self, gallery: Any, index: int, truth: np.ndarray) -> None:
        tile, crop = gallery.view.tiles[index], gallery.view.crop_rectangle(index)
        start, end = (tile.place.to_crop(np.asarray(one, float)) for one in (tile.point, truth))
        if np.abs(end - start).max() < crop.width():
            corner = crop.topLeft()
            self.hands.drag(gallery.view, *(corner + _at(place) for place in (start, end)))
            return
        self.hands.double_click(gallery.view, crop.center())
        self._drag_on_canvas(gallery.shown_landmark, truth)
        gallery.raise_()

    def review_by_specimen(self, specimens: int | None = None) -> None:
        """Review one specimen after the other: drag what is wrong, accept the rest."""
        dock, hands = self.dock, self.hands
        hands.show_tab(dock.tabs, dock.review)
        done = 0
        while self.in_review() and (specimens is None or done < specimens):
            current = dock.session.current.specimen
            for name in list(dock.session.project.placements(current)):
                truth = self.wrong(current, name)
                if truth is not None:
                    self._drag_on_canvas(name, truth)
            hands.press(canvas_of(self.viewer), Qt.Key.Key_B)
            done += 1

    def _drag_on_canvas(self, landmark: str, truth: np.ndarray) -> None:
        dock, canvas = self.dock, canvas_of(self.viewer)
        table, one = dock.review.landmarks, dock.session.current
        row = table.names().index(landmark)
        self.hands.click(table.viewport(), table.visualItemRect(table.item(row, 0)).center())
        camera = self.viewer.scene.camera
        middle = np.array([canvas.height(), canvas.width()]) / 2
        start, end = (
            middle + (np.asarray(place) - camera.center[-2:]) * camera.zoom
            for place in (one.placements()[landmark].point, truth)
        )
        self.hands.drag(canvas, _at(start), _at(end))

    # The end

    def close_and_reopen(self) -> None:
        """Save the project, close the window, and open both again."""
        path = self.folder / "series.homolog"
        if not path.exists():
            self.dock.project_bar.save(path)
            self.hands.clicks += 2
        wait(lambda: not self.dock.review.refinement.running)
        self.viewer.close()
        self.open_window()
        self.dock.project_bar.open(path)
        self.hands.clicks += 2

    def learn_again(self) -> None:
        """Learn from one more specimen."""
        wait(lambda: not self.dock.review.refinement.running)
        self.hands.show_tab(self.dock.tabs, self.dock.review)
        if self.dock.session.current is None or self.dock.session.current.specimen == 1:
            self.hands.click(self.dock.review.buttons["next"])
        self.hands.click(self.dock.review.buttons["again"])
        self.wait_for_job()

    def export(self) -> int:
        """Export to a TPS file; return how many landmarks are in it within the limit."""
        out = self.folder / "all.tps"
        self.hands.show_tab(self.dock.tabs, self.dock.review)
        self.hands.click(self.dock.review.buttons["export"])
        button = self.dock.review.export_dialog.export_button
        self.hands.choose(button, "getSaveFileName", (str(out), ""))
        sizes = {one.path.name: one.size for one in self.dock.session.project.specimens()}
        right = 0
        for one in formats.read_landmarks(out, image_size=lambda name: sizes[name]):
            truth = self.truth[Path(one.image).stem]
            for name in truth.names:
                off = np.linalg.norm(one.landmarks[name] - truth[name])
                right += bool(off <= LIMIT / 100 * truth.centroid_size())
        return right


def _at(place: np.ndarray) -> QPoint:
    """Return (row, col) as a place in a widget."""
    return QPoint(round(float(place[1])), round(float(place[0])))


def prepare(data: Path, count: int, folder: Path, odd: bool) -> dict[str, Landmarks]:
    """Copy pictures into a folder, with a TPS file of the first; return all true landmarks.

    Parameters
    ----------
    data : Path
        Folder with ``keypoints.json``.
    count : int
        Number of pictures.
    folder : Path
        Where to.
    odd : bool
        Whether one picture becomes a 12-bit TIFF, and one is stored lying on its side.
    """
    document = json.loads((data / "keypoints.json").read_text(encoding="utf-8"))
    names = [str(number) for number in range(1, len(document["keypoint_names"]) + 1)]
    truth = {}
    for index, one in enumerate(document["images"][:count]):
        path = folder / Path(one["file"]).name
        shutil.copy(data / one["file"], path)
        points = [(y, x) for x, y, _ in one["keypoints"]]
        truth[path.stem] = Landmarks.from_arrays(names, np.array(points, float))
        if index == 0:
            lines = [f"{x} {one['height'] - y}" for x, y, _ in one["keypoints"]]
            head, tail = f"LM={len(lines)}", f"IMAGE={path.name}"
            (folder / "first.tps").write_text("\n".join([head, *lines, tail, ""]))
        elif odd and index in (1, 2):
            _make_odd(path, as_tiff=index == 1)
    return truth


def _make_odd(path: Path, *, as_tiff: bool) -> None:
    picture = Image.open(path)
    if as_tiff:
        import tifffile

        grey = np.asarray(picture.convert("L"), np.uint16) * 16
        tifffile.imwrite(path.with_suffix(".tif"), grey)
        path.unlink()
        return
    exif = Image.Exif()
    exif[0x0112] = TURNED
    lying = picture.transpose(Image.Transpose.ROTATE_90)
    lying.save(path, quality=95, exif=exif)


def main() -> None:
    """Work through the day, print and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="Folder with photographs and keypoints.json.")
    parser.add_argument("--review", choices=("landmark", "specimen"), default="landmark")
    parser.add_argument("--specimens", type=int, default=20)
    parser.add_argument("--reopen", action="store_true", help="Close the window half-way.")
    parser.add_argument(
        "--odd", action="store_true", help="With a stack, a 12-bit and a turned picture."
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        truth = prepare(options.data, options.specimens, folder, options.odd)
        day = Day(folder, truth)
        with day.part("window opens"):
            day.open_window()
            if options.odd:
                day.viewer.add_image(np.zeros((3, 60, 80), np.uint8), name="a stack")
        with day.part("landmarks taken over"):
            day.begin()
        with day.part("learned"):
            day.learn()
        with day.part("transferred"):
            day.transfer()
        located = len(day.in_review())
        by_landmark = options.review == "landmark"
        review = day.review_by_landmark if by_landmark else day.review_by_specimen
        if options.reopen:
            with day.part("reviewed"):
                review(6)
            with day.part("closed and opened"):
                day.close_and_reopen()
        with day.part("reviewed"):
            review()
        with day.part("learned again"):
            day.learn_again()
        with day.part("exported"):
            right = day.export()
        figures = {
            "data": options.data.resolve().name,
            "review": options.review,
            "reopened": options.reopen,
            "odd_pictures": options.odd,
            "specimens": located,
            "seconds": day.seconds,
            "actions": day.actions,
            "clicks": day.hands.clicks,
            "keys": day.hands.keys,
            "drags": day.hands.drags,
            "actions_of_review_a_specimen": round(day.actions["reviewed"] / located, 2),
            "actions_in_all_a_specimen": round(day.hands.actions / located, 2),
            "seconds_of_review_a_specimen": round(day.seconds["reviewed"] / located, 2),
            "landmarks_right_in_the_file": right,
            "landmarks": sum(len(marks) for marks in truth.values()),
        }
        print(json.dumps(figures, indent=2))
        # Imports torch, which the window has to open without.
        from stored_results import store

        ending = "".join(("_odd" * options.odd, "_reopened" * options.reopen))
        print(f"stored in {store(f'first_use_by_{options.review}{ending}', figures)}")
        day.viewer.close()


if __name__ == "__main__":
    main()
