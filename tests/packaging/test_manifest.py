"""napari finds the manifest, installed from a wheel and installed for development."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
DISCOVER = """
from npe2 import PluginManifest
manifest = PluginManifest.from_distribution("napari-homolog")
print(manifest.name, *[widget.display_name for widget in manifest.contributions.widgets])
"""


def run(*command: object, **variables: str) -> str:
    done = subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=REPOSITORY,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run("-m", "build", "--wheel", "--no-isolation", "--outdir", folder)
    (built,) = folder.glob("*.whl")
    return built


def test_wheel_holds_manifest_model_and_no_training(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        manifest = archive.read("napari_homolog/napari.yaml")
    assert manifest == (REPOSITORY / "napari.yaml").read_bytes()
    assert names.count("napari_homolog/napari.yaml") == 1
    model = "napari_homolog/diffusion/embedded"
    for part in (
        "unet/diffusion_pytorch_model",
        "vae/diffusion_pytorch_model",
        "text_encoder/model",
    ):
        assert f"{model}/{part}.safetensors" in names
    assert f"{model}/README.md" in names
    assert "napari_homolog/py.typed" in names
    assert not [name for name in names if name.startswith(("training", "tests", "benchmarks"))]


def test_embedded_model_is_small_enough(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        size = sum(e.file_size for e in archive.infolist() if "/embedded/" in e.filename)
    assert size < 40e6


def test_npe2_finds_the_manifest_of_an_installed_wheel(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    found = run(
        "-S", "-c", f"import sys; sys.path[:0] = {[str(tmp_path), *sys.path]!r}\n{DISCOVER}"
    )
    assert found.split(maxsplit=1) == ["napari-homolog", "Homologous landmarks\n"]


def test_npe2_finds_the_manifest_of_an_editable_install(tmp_path: Path) -> None:
    run(
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--target",
        tmp_path,
        "--editable",
        REPOSITORY,
    )
    path = os.pathsep.join([str(tmp_path), str(REPOSITORY / "src")])
    found = run("-c", DISCOVER, PYTHONPATH=path)
    assert found.split(maxsplit=1) == ["napari-homolog", "Homologous landmarks\n"]
    assert (REPOSITORY / "src/napari_homolog/napari.yaml").read_bytes() == (
        REPOSITORY / "napari.yaml"
    ).read_bytes()
