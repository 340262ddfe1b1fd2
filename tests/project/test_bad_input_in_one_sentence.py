"""Curves, scales and sides that contradict themselves: one sentence on the command line each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from command_line import homolog
from napari_homolog.errors import CurveError
from napari_homolog.project import MeasuredScale, Project, draw_and_define


@pytest.fixture
def wings(project: Project, add_wings: Callable[[Project, int], list[int]]) -> list[int]:
    numbers = add_wings(project, 2)
    for number in numbers:
        project.place_many(number, {"tip": (5, 5), "base": (5, 25), "notch": (30, 20)})
    return numbers


def curves_table(folder: Path, *points: tuple[float, float]) -> Path:
    file = folder / "curves.csv"
    lines = [f"wing 0.png,margin,{x},{y}" for y, x in points]
    file.write_text("\n".join(["image,curve,x,y", *lines]) + "\n")
    return file


def test_a_curve_that_crosses_one_drawn_before_is_refused(
    project: Project, wings: list[int]
) -> None:
    draw_and_define(project, wings[0], {"margin": np.array([(5.0, 5.0), (12, 15), (5, 25)])}, 3)
    crossing = np.array([(30.0, 20.0), (6, 15), (20, 8), (5, 5)])
    with pytest.raises(CurveError, match="'vein' and 'margin' cross"):
        draw_and_define(project, wings[0], {"vein": crossing}, 3)
    assert [one.name for one in project.curve_definitions] == ["margin"]
    # Drawn anew, a curve is compared with the others and not with itself.
    draw_and_define(project, wings[0], {"margin": np.array([(5.0, 5.0), (3, 15), (5, 25)])}, 3)


def test_the_command_refuses_in_one_sentence(
    project: Project, wings: list[int], folder: Path
) -> None:
    project.measure_scales({wings[0]: MeasuredScale.between((0, 0), (0, 10), 1, "mm")})
    project.set_scale(wings[1], 0.1)
    project.set_mirrored([wings[1]])
    project.close()
    file, images = folder / "wings.homolog", folder / "images"
    points = folder / "points.csv"
    points.write_text("image,x1,y1,x2,y2,length,unit\nwing 0.png,2,2,20,2,0,mm\n")
    one_anchor = curves_table(folder, (5, 5), (20, 15), (20, 9))
    curves = ("project", "curves", file, one_anchor, "--images", images)
    out = folder / "out.tps"
    for command, message in (
        (curves, "let it begin and end at landmarks"),
        (("project", "scale", file, "--points", points), "known length cannot be 0"),
        (("project", "export", file, out, "--scales", "all"), "in different units"),
        (("project", "export", file, out, "--one-orientation"), "which landmarks change places"),
    ):
        refused = homolog(*command)
        assert refused.returncode == 2
        assert message in " ".join(refused.stderr.split())
        assert "Traceback" not in refused.stderr
        assert not out.exists()
    crossing = curves_table(folder, (5, 5), (20, 15), (20, 8), (6, 22), (5, 25))
    refused = homolog("project", "curves", file, crossing, "--images", images)
    assert refused.returncode == 2
    assert "crosses itself" in refused.stderr
