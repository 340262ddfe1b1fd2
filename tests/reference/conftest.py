"""The sets of reference values that every test of this folder runs with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from naive import write_naive_set
from reference_set import ReferenceSet, load_reference_set
from seeded import write_model

DATA = Path(__file__).with_name("data")
OTHER_SETTINGS = {
    "layers": [1, 4, 10],
    "sigma_px": 40.0,
    "crop_percent": 80.0,
    "position_xy": [0.55, 0.45],
    "learning_rate": 0.01,
    "steps": 2,
    "views": 4,
}
"""Settings that no default has: layers of 32, 8 and 32 positions a side."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "reference" in metafunc.fixturenames:
        names = ["authors' code", "naive code with other settings"]
        if metafunc.config.getoption("--reference-values") is not None:
            names.append("given folder")
        metafunc.parametrize("reference", names, indirect=True, scope="session")


@pytest.fixture(scope="session")
def reference(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> ReferenceSet:
    """Return one of the sets: the one in the repository, one with other settings, a given one."""
    scratch = tmp_path_factory.mktemp("reference")
    folder = DATA
    if request.param == "given folder":
        folder = request.config.getoption("--reference-values")
    elif request.param == "naive code with other settings":
        recorded = json.loads((DATA / "settings.json").read_text(encoding="utf-8"))
        folder = write_naive_set(
            write_model(DATA, scratch / "drawn"),
            DATA / "image.webp",
            recorded | OTHER_SETTINGS,
            scratch / "naive",
        )
    return load_reference_set(folder, scratch / "model")
