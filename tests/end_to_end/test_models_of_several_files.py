"""A UNet file and a vision transformer on the command line: named once, kept by the landmark set."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from safetensors.torch import save_file
from typer.testing import CliRunner

from napari_homolog import formats
from napari_homolog.cli import app
from napari_homolog.cli.options import choose_preset
from napari_homolog.correspondence import LandmarkSet, preset
from napari_homolog.errors import LandmarkSetError, SettingsError
from napari_homolog.synthetic import generate
from small_models import save_small_dinov2, save_small_sd1, small_unet

SIZE = (90, 80)
SETTINGS = ("learn.restarts=1", "learn.steps=20", "shared.noise=none", "learn.timestep=261")


@pytest.mark.filterwarnings("ignore::napari_homolog.formats.FormatWarning")
def test_a_set_keeps_the_whole_name_of_its_model(tmp_path: Path) -> None:
    model = save_small_sd1(tmp_path / "model")
    vision = save_small_dinov2(tmp_path / "dinov2")
    save_file(small_unet().state_dict(), tmp_path / "unet.safetensors")
    specimen = generate("leaf", 5, SIZE)
    Image.fromarray(specimen.image).save(tmp_path / "leaf.png")
    marked = formats.Specimen(image="leaf.png", landmarks=specimen.landmarks, image_size=SIZE)
    formats.write_landmarks(tmp_path / "leaf.csv", [marked])

    def homolog(*arguments: object) -> None:
        CliRunner().invoke(app, [str(one) for one in arguments], catch_exceptions=False)

    learned = tmp_path / "set.safetensors"
    names = ("--model", model, "--unet", tmp_path / "unet.safetensors", "--vision", vision)
    settings = [part for one in SETTINGS for part in ("--set", one)]
    marks = ("--landmarks", tmp_path / "leaf.csv", "--preset", "attention")
    homolog("learn", tmp_path / "leaf.png", *marks, *names, *settings, "--out", learned)
    kept = LandmarkSet.load(learned)
    assert kept.backbone["name"] == (
        f"{model} with unet {tmp_path / 'unet.safetensors'} with vision {vision}"
    )
    assert (kept.preset.shared.noise, kept.preset.learn.timestep) == ("none", 261)
    out = tmp_path / "found.csv"
    homolog("locate", learned, tmp_path / "leaf.png", "--out", out)
    (found,) = formats.read_landmarks(out)
    assert set(found.landmarks.names) == set(specimen.landmarks.names)
    with pytest.raises(LandmarkSetError, match=r"with unet .* not on"):
        homolog("locate", learned, tmp_path / "leaf.png", "--out", out, "--model", model)


def test_changes_are_made_to_the_preset_that_suits_the_model() -> None:
    chosen = choose_preset(None, None, ["learn.steps=7"])
    assert chosen.suited_to(8) == preset("standard").changed(
        "standard, learn.steps=7", learn={"steps": 7}
    )
    assert chosen.suited_to(64) == preset("lean").changed("lean, learn.steps=7", learn={"steps": 7})
    assert choose_preset("fast", None).suited_to(64) == preset("fast")
    assert choose_preset(None, "full-unet").suited_to(64).shared.method == "full-unet"
    with pytest.raises(SettingsError, match=r"there is no setting nothing"):
        choose_preset(None, None, ["learn.nothing=7"])
