"""What all tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
DEFAULT_REFERENCE_VALUES = REPOSITORY.parent / "shared" / "reference-values"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--reference-values",
        type=Path,
        default=DEFAULT_REFERENCE_VALUES,
        help="Folder with golden.npz, settings.json and model/ for tests/reference.",
    )


@pytest.fixture(scope="session")
def reference_values(request: pytest.FixtureRequest) -> Path:
    folder = Path(request.config.getoption("--reference-values"))
    if not (folder / "golden.npz").is_file():
        pytest.skip(f"There are no reference values in {folder}; give --reference-values.")
    return folder


@pytest.fixture(scope="session")
def embedded():
    """Return the embedded model, on the processor."""
    from napari_homolog.diffusion import load_backbone

    return load_backbone("embedded", device="cpu")
