from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

import command_line
from napari_homolog import Landmarks, formats
from napari_homolog.cli.map_files import MapFolder
from napari_homolog.contact_sheet import image_of_map
from napari_homolog.correspondence import (
    PRESETS,
    LearnSettings,
    LocateSettings,
    Preset,
    SharedSettings,
)
from napari_homolog.synthetic import generate

SIZE = (140, 180)


def homolog(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return command_line.homolog(*arguments, cwd=cwd, columns=200)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a reference, its landmarks as TPS, two targets, and a learned set."""
    folder = tmp_path_factory.mktemp("series")
    for index in range(3):
        specimen = generate("fish", 500 + index, SIZE)
        Image.fromarray(specimen.image).save(folder / f"fish_{index}.png")
    marks = generate("fish", 500, SIZE).landmarks
    few = Landmarks({name: marks[name] for name in ("snout", "eye", "tail base")})
    specimen = formats.Specimen(image="fish_0.png", landmarks=few, image_size=SIZE)
    with pytest.warns(formats.FormatWarning, match="names of landmarks"):
        formats.write_landmarks(folder / "marks.tps", [specimen])
    run = homolog(
        *("learn", "fish_0.png", "--landmarks", "marks.tps", "--out", "set.safetensors"),
        *("--preset", "fast"),
        cwd=folder,
    )
    assert run.returncode == 0, run.stderr
    return folder


def test_learn_writes_one_file(folder: Path) -> None:
    assert (folder / "set.safetensors").is_file()
    assert not list(folder.glob(".*.part"))


def test_locate_writes_tps_with_y_upwards_and_maps(folder: Path) -> None:
    run = homolog(
        "locate",
        "set.safetensors",
        "fish_0.png",
        "fish_1.png",
        "--out",
        "found.tps",
        "--maps",
        "maps",
        "--sheet",
        "sheet.png",
        "--json",
        cwd=folder,
    )
    assert run.returncode == 0, run.stderr
    printed = json.loads(run.stdout)
    specimens = formats.read_landmarks(folder / "found.tps", image_size=SIZE)
    assert [specimen.image for specimen in specimens] == ["fish_0.png", "fish_1.png"]
    for specimen, row in zip(specimens, printed, strict=True):
        expected = np.array(list(row["points"].values()))
        np.testing.assert_allclose(specimen.landmarks.points, expected, atol=1e-5)
    first_row = (folder / "found.tps").read_text().splitlines()[1].split()
    assert float(first_row[1]) == pytest.approx(SIZE[0] - printed[0]["points"]["1"][0], abs=1e-4)
    maps = sorted(path.name for path in (folder / "maps").iterdir())
    assert maps == [f"fish_{i}.{n}.tif" for i in (0, 1) for n in (1, 2, 3)]
    assert tifffile.imread(folder / "maps" / "fish_1.2.tif").dtype == np.uint16
    with Image.open(folder / "sheet.png") as sheet:
        assert sheet.width > 2 * 256


def test_channels_that_are_pages_give_the_points_of_the_same_picture(folder: Path) -> None:
    """Case 14: three channels are offered as RGB; nothing is read otherwise."""
    # Seeds follow from names, which stay the same.
    (folder / "channels").mkdir()
    for name in ("fish_0", "fish_1"):
        with Image.open(folder / f"{name}.png") as picture:
            channels = np.moveaxis(np.asarray(picture), -1, 0)
        path = folder / "channels" / f"{name}.tif"
        tifffile.imwrite(path, channels, photometric="minisblack", metadata={"axes": "CYX"})
    refused = homolog(
        "locate", "set.safetensors", "channels/fish_1.tif", "--out", "c.csv", cwd=folder
    )
    assert refused.returncode == 2
    assert "read the first three as RGB with `--channel rgb`" in refused.stderr
    points = []
    for name, options in (("fish_1.png", ()), ("channels/fish_1.tif", ("--channel", "rgb"))):
        run = homolog(
            *("locate", "set.safetensors", name, "--out", "c.csv", "--json", *options), cwd=folder
        )
        assert run.returncode == 0, run.stderr
        points.append(json.loads(run.stdout)[0]["points"])
    assert points[0] == points[1]
    few = (folder / "marks.tps").read_text().replace("fish_0.png", "channels/fish_0.tif")
    (folder / "channels.tps").write_text(few)
    learn = (
        "learn",
        "channels/fish_0.tif",
        "--landmarks",
        "channels.tps",
        "--out",
        "c.safetensors",
    )
    for options, why in (((), "`--channel rgb`"), (("--channel", "5"), "has no channel 5")):
        run = homolog(*learn, *options, cwd=folder)
        assert run.returncode == 2
        assert why in run.stderr


def test_equal_file_names_overwrite_nothing(folder: Path) -> None:
    """Case 02."""
    targets = ("male/001.png", "female/001.png", "female/001.bmp")
    for target in targets:
        (folder / target).parent.mkdir(exist_ok=True)
        with Image.open(folder / "fish_1.png") as picture:
            picture.save(folder / target)
    into = ("--out", "both.tps", "--maps", "two", "--json")
    run = homolog("locate", "set.safetensors", *targets, *into, cwd=folder)
    assert run.returncode == 0, run.stderr
    printed = [row["image"] for row in json.loads(run.stdout)]
    assert printed == ["male/001.png", "female/001.png", "001.bmp"]
    written = formats.read_landmarks(folder / "both.tps", image_size=SIZE)
    assert [specimen.image for specimen in written] == printed
    assert sorted(path.name for path in (folder / "two").iterdir()) == [
        f"{name}.{landmark}.tif"
        for name in ("female-001-bmp", "female-001-png", "male-001")
        for landmark in (1, 2, 3)
    ]
    (folder / "one.tps").write_text((folder / "marks.tps").read_text().replace("fish_0", "001"))
    learn = ("learn", *targets[:2], "--landmarks", "one.tps", "--out", "d.safetensors")
    refused = homolog(*learn, cwd=folder)
    assert refused.returncode == 2
    told = " ".join(refused.stderr.split())
    assert "one.tps: The image name '001.png' may mean" in told
    for target in targets[:2]:
        assert target in told


def test_a_picture_without_the_specimen_is_told(folder: Path) -> None:
    noise = np.random.default_rng(5).integers(0, 256, (*SIZE, 3), dtype=np.uint8)
    Image.fromarray(noise).save(folder / "noise.png")
    targets = ("fish_0.png", "noise.png")
    run = homolog("locate", "set.safetensors", *targets, "--out", "noise.csv", "--json", cwd=folder)
    assert run.returncode == 0, run.stderr
    assert [row["specimen_found"] for row in json.loads(run.stdout)] == [True, False]
    told = homolog("locate", "set.safetensors", *targets, "--out", "noise.csv", cwd=folder)
    assert "Probably not found: noise. The surroundings" in told.stderr


def test_csv_keeps_names_and_confidence(folder: Path) -> None:
    run = homolog("locate", "set.safetensors", "fish_2.png", "--out", "found.csv", cwd=folder)
    assert run.returncode == 0, run.stderr
    (specimen,) = formats.read_landmarks(folder / "found.csv")
    assert specimen.landmarks.names == ("1", "2", "3")
    assert specimen.confidence is not None
    assert np.all((specimen.confidence >= 0) & (specimen.confidence <= 1))
    assert specimen.status == ("predicted",) * 3


def test_demo(tmp_path: Path) -> None:
    run = homolog(
        "demo", "--out", "out", "--specimens", "2", "--kind", "leaf", "--json", cwd=tmp_path
    )
    assert run.returncode == 0, run.stderr
    summary = json.loads(run.stdout)
    assert summary == json.loads((tmp_path / "out" / "summary.json").read_text())
    assert set(summary["pck"]) == {"0.05", "0.1"}
    identity = (summary["specimens"], summary["model"], summary["method"])
    assert identity == (2, "embedded", "cached-queries")
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"landmarks.tps", "landmarks.csv", "contact-sheet.png", "summary.json"} <= written
    found = formats.read_landmarks(tmp_path / "out" / "landmarks.csv")
    truth = generate("leaf", 0).landmarks
    np.testing.assert_allclose(found[0].landmarks.points, truth.points)
    assert found[0].landmarks.names == truth.names


def test_any_pose_finds_a_specimen_that_was_turned(folder: Path) -> None:
    turned = np.rot90(np.asarray(Image.open(folder / "fish_0.png")), 2)
    Image.fromarray(turned).save(folder / "turned.png")
    run = homolog(
        "locate",
        "set.safetensors",
        "turned.png",
        "--any-pose",
        "--out",
        "turned.csv",
        cwd=folder,
    )
    assert run.returncode == 0, run.stderr
    (found,) = formats.read_landmarks(folder / "turned.csv")
    truth = np.array(SIZE) - 1 - generate("fish", 500, SIZE).landmarks["tail base"]
    # A TPS file keeps no names: the third landmark is the tail base.
    assert np.linalg.norm(found.landmarks.points[2] - truth) < 0.08 * max(SIZE)


def test_models_tells_licence_and_size(tmp_path: Path) -> None:
    run = homolog("models", "--json", cwd=tmp_path)
    known = {model["name"]: model for model in json.loads(run.stdout)}
    assert {"embedded", "sd-1.4", "sd-1.5", "sd-turbo", "sdxl", "sdxl-turbo"} <= set(known)
    assert known["sd-1.4"]["download"] > 1e9
    table = homolog("models", cwd=tmp_path).stdout
    assert "OpenRAIL" in table
    assert "GB" in table


def test_presets_lists_every_preset_with_every_setting(tmp_path: Path) -> None:
    assert "homolog presets" in " ".join(homolog("learn", "--help", cwd=tmp_path).stdout.split())
    run = homolog("presets", "--json", cwd=tmp_path)
    listed = {
        name: Preset.model_validate(values) for name, values in json.loads(run.stdout).items()
    }
    assert listed == PRESETS
    table = homolog("presets", cwd=tmp_path).stdout
    for name in PRESETS:
        assert name in table
    for part in (SharedSettings, LearnSettings, LocateSettings):
        for setting in part.model_fields:
            assert setting in table


ERRORS = {
    "missing image": (["learn", "no.png", "--landmarks", "marks.tps"], "no image file"),
    "missing landmarks": (["learn", "fish_0.png", "--landmarks", "no.tps"], "There is no file"),
    "unknown format": (["learn", "fish_0.png", "--landmarks", "marks.doc"], ".tps or .csv"),
    "unknown model": (
        ["learn", "fish_0.png", "--landmarks", "marks.tps", "--model", "nonsense"],
        "'nonsense'",
    ),
    "unknown preset": (
        ["learn", "fish_0.png", "--landmarks", "marks.tps", "--preset", "best"],
        "standard, fast, lean, attention, paper",
    ),
    "unknown method": (
        ["learn", "fish_0.png", "--landmarks", "marks.tps", "--method", "guess"],
        "cached-queries, full-unet",
    ),
    "unknown device": (
        ["learn", "fish_0.png", "--landmarks", "marks.tps", "--device", "abacus"],
        "'abacus'",
    ),
}


@pytest.mark.parametrize("case", ERRORS)
def test_user_errors_end_in_one_sentence_and_exit_code_2(folder: Path, case: str) -> None:
    arguments, expected = ERRORS[case]
    run = homolog(*arguments, "--out", "never.safetensors", cwd=folder)
    assert run.returncode == 2
    assert expected in run.stderr
    assert "Traceback" not in run.stderr
    assert not (folder / "never.safetensors").exists()


def test_out_in_a_folder_that_is_not_there(folder: Path) -> None:
    run = homolog(
        "locate", "set.safetensors", "fish_1.png", "--out", "nowhere/found.tps", cwd=folder
    )
    assert run.returncode == 2
    assert "no folder" in run.stderr


def test_images_that_cannot_be_read_do_not_lose_the_others(folder: Path) -> None:
    (folder / "broken.png").write_bytes(b"no picture")
    whole = (folder / "fish_2.png").read_bytes()
    (folder / "truncated.png").write_bytes(whole[: len(whole) // 2])
    targets = ("fish_1.png", "broken.png", "truncated.png", "fish_2.png", "gone.png")
    run = homolog("locate", "set.safetensors", *targets, "--out", "kept.csv", "--json", cwd=folder)
    assert run.returncode == 3
    assert "Traceback" not in run.stderr
    located = formats.read_landmarks(folder / "kept.csv")
    assert [specimen.image for specimen in located] == ["fish_1.png", "fish_2.png"]
    rows = {row["image"]: row for row in json.loads(run.stdout)}
    assert set(rows) == set(targets)
    for name, specimen in (("fish_1.png", located[0]), ("fish_2.png", located[1])):
        points = np.array(list(rows[name]["points"].values()))
        np.testing.assert_allclose(specimen.landmarks.points, points, atol=1e-5)
    for name in ("broken.png", "truncated.png", "gone.png"):
        assert name in rows[name]["error"]
        assert rows[name]["error"] in run.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such file names")
def test_a_name_that_is_no_text_does_not_lose_the_others(folder: Path) -> None:
    named = os.fsdecode(b"fish_\xff.png")
    shutil.copy(folder / "fish_2.png", folder / named)
    targets = ("fish_1.png", named)
    run = homolog("locate", "set.safetensors", *targets, "--out", "told.csv", cwd=folder)
    assert run.returncode == 3
    assert "not valid Unicode; rename it" in " ".join(run.stderr.split())
    assert "project" not in run.stderr
    located = formats.read_landmarks(folder / "told.csv")
    assert [specimen.image for specimen in located] == ["fish_1.png"]


def test_only_images_that_cannot_be_read(folder: Path) -> None:
    (folder / "broken.png").write_bytes(b"no picture")
    run = homolog("locate", "set.safetensors", "broken.png", "--out", "never.tps", cwd=folder)
    assert run.returncode == 2
    assert "broken.png" in run.stderr
    targets = ("broken.png", "gone.png")
    run = homolog("locate", "set.safetensors", *targets, "--out", "never.tps", cwd=folder)
    assert run.returncode == 3
    assert "nothing was written" in run.stdout
    assert all(name in run.stderr for name in targets)
    assert not (folder / "never.tps").exists()


def test_landmarks_outside_the_image(folder: Path) -> None:
    (folder / "far.tps").write_text("LM=1\n9000 20\nIMAGE=fish_0.png\nID=0\n")
    run = homolog(
        "learn", "fish_0.png", "--landmarks", "far.tps", "--out", "never.safetensors", cwd=folder
    )
    assert run.returncode == 2
    assert "outside" in run.stderr
    assert not (folder / "never.safetensors").exists()


def test_maps_of_another_run_are_not_overwritten(folder: Path) -> None:
    """Case 02, over several runs: wing.bmp beside wing.png."""
    for image in ("wing.png", "wing.bmp"):
        with Image.open(folder / "fish_1.png") as picture:
            picture.save(folder / image)
        run = homolog("words", image, "fish", "--out", "words", "--json", cwd=folder)
        assert run.returncode == 0, run.stderr
    maps = sorted((folder / "words").glob("*.tif"))
    assert {path.name.partition(".")[0] for path in maps} == {"wing", "wing-bmp"}
    assert len(maps) == 2 * len(json.loads(run.stdout)["maps"])
    for path in maps:
        suffix = "bmp" if path.name.startswith("wing-bmp") else "png"
        assert image_of_map(path) == (folder / f"wing.{suffix}").as_posix()
    assert len(list((folder / "words").glob("*.words.png"))) == 2


def test_maps_are_called_by_as_much_of_the_path_as_tells_them_apart(tmp_path: Path) -> None:
    images = [tmp_path / name for name in ("wing.jpg", "wing.png", "far/wing.png", "Wing.jpg")]
    called = []
    for image in (*images, *images):
        # Each in a run of its own.
        maps = MapFolder(tmp_path / "maps")
        called.append(maps.prefix(image, image.stem))
        maps.write(called[-1], image, "01", np.zeros((2, 2), np.float32))
    assert called[:3] == ["wing", "wing-png", "far-wing-png"]
    # Names that differ in their case only are one name on some systems.
    assert len({name.lower() for name in called[:4]}) == 4
    assert called[4:] == called[:4]
