"""Puts the manifest, which stands at the top of the repository, where npe2 looks for it.

npe2 finds a plugin's manifest inside its import package only. A wheel gets a copy there; for an
editable install a link (or a copy, where links are not allowed) is made in the source tree.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MANIFEST = "napari.yaml"
INSIDE = f"napari_homolog/{MANIFEST}"


class CustomBuildHook(BuildHookInterface):
    """Adds the manifest to wheels and to editable installs."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Place the manifest before a build; `version` is ``"editable"`` or ``"standard"``."""
        if self.target_name != "wheel":
            return
        manifest = Path(self.root, MANIFEST)
        inside = Path(self.root, "src", INSIDE)
        if version == "editable":
            inside.unlink(missing_ok=True)
            try:
                inside.symlink_to(manifest)
            except OSError:
                shutil.copyfile(manifest, inside)
        else:
            build_data["force_include"][str(manifest)] = INSIDE
