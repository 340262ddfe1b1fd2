"""``python -m napari_homolog.cli``."""

from __future__ import annotations

from . import main

main()
