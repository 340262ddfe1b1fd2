"""What all tests share."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--reference-values",
        type=Path,
        help="Folder with golden.npz, settings.json and model/: a further set for tests/reference.",
    )


@pytest.fixture(scope="session")
def embedded():
    """Return the embedded model, on the processor."""
    from napari_homolog.diffusion import load_backbone

    return load_backbone("embedded", device="cpu")
