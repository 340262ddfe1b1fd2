"""Attention maps of a project's specimens, kept on request in one zarr store."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ProjectError

if TYPE_CHECKING:
    from ..correspondence import Prediction

SUFFIX = ".maps.zarr"
"""Suffix of the store beside a project file."""


@dataclass(frozen=True, eq=False)
class StoredMaps:
    """The maps of one specimen.

    Attributes
    ----------
    names : tuple of str
        The landmarks, as they were called when they were found.
    maps : ndarray of float16, shape (n, rows, cols)
        As in `napari_homolog.Prediction`, in half precision.
    scale, translate : ndarray of float64, shape (2,)
        ``image coordinate = index * scale + translate``, (row, col).
    """

    names: tuple[str, ...]
    maps: NDArray[np.float16]
    scale: NDArray[np.float64]
    translate: NDArray[np.float64]


class MapStore:
    """A zarr group with one array for each specimen, called by its number.

    Parameters
    ----------
    path : Path
        The store's folder; made when something is written.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)

    @classmethod
    def beside(cls, project_file: Path) -> MapStore:
        """Return the store that belongs to a project file."""
        return cls(project_file.with_suffix(SUFFIX))

    def write(self, specimen_id: int, found: Prediction) -> None:
        """Keep the maps of a specimen in place of those that were kept before.

        Raises
        ------
        ProjectError
            If zarr is not installed, or the store cannot be written.
        """
        try:
            group = _zarr().open_group(self.path, mode="a")
            group.create_array(
                str(specimen_id),
                data=found.maps.astype(np.float16),
                # One file for each specimen: its maps are looked at together.
                chunks=found.maps.shape,
                overwrite=True,
                attributes={
                    "names": list(found.names),
                    "scale": found.scale.tolist(),
                    "translate": found.translate.tolist(),
                },
            )
        except OSError as error:
            raise ProjectError(
                f"The attention maps cannot be written to {self.path} ({error}); check that the "
                "disk has space and that the folder can be written."
            ) from error

    def read(self, specimen_id: int) -> StoredMaps | None:
        """Return the maps of a specimen, or None where none are kept."""
        if not self.path.is_dir():
            return None
        group = _zarr().open_group(self.path, mode="r")
        if str(specimen_id) not in group:
            return None
        array = group[str(specimen_id)]
        return StoredMaps(
            tuple(array.attrs["names"]),
            np.asarray(array[:]),
            np.array(array.attrs["scale"]),
            np.array(array.attrs["translate"]),
        )


def _zarr() -> Any:
    """Return zarr, which is not installed with the rest."""
    try:
        import zarr
    except ImportError as error:
        raise ProjectError(
            'Keeping attention maps needs zarr; install "napari-homolog[maps]".'
        ) from error
    return zarr
