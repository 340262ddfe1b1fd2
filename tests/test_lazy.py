"""Names imported on demand, and old names that still work."""

from __future__ import annotations

import subprocess
import sys

import pytest

import napari_homolog
from napari_homolog import diffusion


@pytest.mark.parametrize("package", [napari_homolog, diffusion])
def test_an_old_name_is_the_new_one_with_a_warning_at_the_caller(package):
    with pytest.warns(DeprecationWarning, match=rf"{package.__name__}\.load_backbone\.") as issued:
        old = package.load
    assert old is diffusion.load_backbone
    assert {warning.filename for warning in issued} == {__file__}


def test_current_names_issue_no_warning():
    code = "from napari_homolog import load_backbone; from napari_homolog.diffusion import Queries"
    subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:__main__", "-c", code], check=True
    )


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(
        AttributeError, match=r"'napari_homolog\.diffusion' has no attribute 'unload'"
    ):
        _ = diffusion.unload
