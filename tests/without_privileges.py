"""Running Python as a user to whom permissions apply: root would be let through everywhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

PRIVILEGED = hasattr(os, "geteuid") and os.geteuid() == 0
SETPRIV = shutil.which("setpriv")

needs_permissions = pytest.mark.skipif(
    os.name == "nt" or (PRIVILEGED and SETPRIV is None),
    reason="permissions do not apply here, or root cannot give up its privileges",
)


def run_python(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run Python with these arguments and without root's privileges over files."""
    drop = [str(SETPRIV), "--bounding-set=-dac_override,-dac_read_search"] if PRIVILEGED else []
    command = [*drop, sys.executable, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)
