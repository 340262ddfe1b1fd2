"""Small models that the tests of this folder share."""

from __future__ import annotations

from pathlib import Path

import pytest

from napari_homolog.diffusion import Backbone, load_backbone
from small_models import save_small_sd1, save_small_sdxl


@pytest.fixture(scope="session")
def sd1_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_small_sd1(tmp_path_factory.mktemp("sd1"))


@pytest.fixture(scope="session")
def sdxl_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_small_sdxl(tmp_path_factory.mktemp("sdxl"))


@pytest.fixture(scope="session")
def sd1(sd1_folder: Path) -> Backbone:
    return load_backbone(sd1_folder, device="cpu", precision="fp32")


@pytest.fixture(scope="session")
def sdxl(sdxl_folder: Path) -> Backbone:
    return load_backbone(sdxl_folder, device="cpu", precision="fp32")
