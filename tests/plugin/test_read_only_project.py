"""A project in a folder in which nothing may be written: the dock looks only, and says so."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

from napari_homolog.project import Project
from without_privileges import needs_permissions, run_python

SCRIPT = """
import json, sys
from pathlib import Path
import napari
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QApplication
from napari_homolog.plugin import drafts

path, data, picture = map(Path, sys.argv[1:4])
drafts.user_data_path = lambda *names, **more: data
viewer = napari.Viewer()
_, dock = viewer.window.add_plugin_dock_widget("napari-homolog", "Homologous landmarks")

def state():
    QApplication.processEvents()
    controls = dock._writing()
    return {
        "line": dock.read_only_notice.text() if dock.read_only_notice.isVisibleTo(dock) else "",
        "enabled": [one.text() for one in controls if one.isEnabled()],
        "tips": sorted({one.toolTip() for one in controls if not one.isEnabled()}),
    }

told = {"before": state()}
dock.project_bar.open(path)
told["message"] = dock.bar.message.text()
told["looking"] = state()
dock.tabs.setCurrentWidget(dock.review)
one = dock.session.look_at(1)
one.points.data = one.points.data + 5
one.nudge(1, 1)
QApplication.processEvents()
told["points"] = one.points.data.tolist()
told["mode"] = str(one.points.mode)
dock.review.accept()
told["key"] = dock.bar.message.text()
dock.project_bar.specimens_action.trigger()
dock.project_bar.scale_action.trigger()
windows = {type(one).__name__: one for one in QApplication.topLevelWidgets()}
specimens, scale = windows["SpecimensWindow"], windows["ScaleWindow"]
told["windows"] = [
    one.isEnabled()
    for one in (
        *(specimens.load_button, specimens.column_button, specimens.sides_button),
        *(scale.draw_button, scale.set_button, scale.forget_button),
    )
]
specimens.close()
scale.close()
viewer.window.resize(1366, 768)
QApplication.processEvents()
dock.grab().save(str(picture))
told["files"] = sorted(one.name for one in path.parent.iterdir())
dock.project_bar.save(data / "copy.homolog")
dock.session.look_at(1).nudge(1, 1)
told["copy"] = dock.session.project.landmarks_of(1).points.tolist()
told["after"] = state()
print(json.dumps(told))
# As napari ends: without its event loop, Python takes Qt's objects apart in an order that may crash.
QTimer.singleShot(0, viewer.close)
napari.run()
"""


@needs_permissions
def test_what_would_change_the_project_is_off_and_says_why(tmp_path: Path) -> None:
    share, data = tmp_path / "share", tmp_path / "data"
    share.mkdir()
    data.mkdir()
    pixels = np.random.default_rng(0).integers(0, 255, (60, 80), np.uint8)
    Image.fromarray(pixels).save(share / "wing.png")
    with Project.create(share / "wings.homolog") as project:
        project.set_landmarks(["tip"])
        wing = project.add_image(share / "wing.png")
        project.place(wing, "tip", (20, 30))
    before = sorted(one.name for one in share.iterdir())
    (share / "wings.homolog").chmod(0o444)
    share.chmod(0o555)
    try:
        picture = data / "dock.png"
        run = run_python("-c", SCRIPT, share / "wings.homolog", data, picture)
    finally:
        share.chmod(0o755)
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout.splitlines()[-1])
    assert told["before"]["line"] == ""
    assert told["message"] == "Opened wings.homolog."
    assert told["looking"]["line"].startswith("Looking only: wings.homolog cannot be written")
    assert told["looking"]["enabled"] == []
    assert told["looking"]["tips"] == [
        "The project is looked at only: it cannot be written where it is."
    ]
    # Nothing moved, by a key or by napari's own tools, and nothing was written.
    assert told["points"] == [[20, 30]]
    assert told["mode"] == "pan_zoom"
    assert not any(told["windows"])
    assert "open for reading only" in told["key"]
    assert told["files"] == before
    # A copy can be changed.
    assert told["copy"] == [[21, 31]]
    assert told["after"]["line"] == ""
    assert "Add" in told["after"]["enabled"]
