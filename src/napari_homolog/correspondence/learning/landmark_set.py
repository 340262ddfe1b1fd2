"""What learning yields: embeddings with names, shape and provenance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ...diffusion import Backbone
from ...errors import LandmarkSetError
from ...files import atomic_write, reason_of
from ..maps.embeddings import Embeddings
from ..presets import Preset
from ..priors.cycle_reference import CycleReference
from ..refinement.specimen_drawing import MarkedDrawing
from . import landmark_set_file


@dataclass(frozen=True, eq=False)
class LandmarkSet:
    """Learned landmarks.

    Attributes
    ----------
    names : tuple of str
        The landmarks.
    coarse : Embeddings
        Learned on views of the whole specimen.
    mean_shape : ndarray of float64, shape (n, 2)
        Mean shape of the references, (row, col) in pixels of the first; NaN where unknown.
    reference_background : ndarray of float64, shape (n,)
        Mean share of background around each landmark on the references.
    backbone : dict
        Provenance of the model: name, revision, fingerprint, and more.
    preset : Preset
        How the embeddings were learned and, unless told otherwise, how they are located.
    seed : int
        Seed of every random choice.
    close_up : Embeddings, optional
        Learned on close-ups of the landmarks' neighbourhoods.
    cycle_reference : CycleReference, optional
        The first reference, to which points located elsewhere should lead back.
    references : tuple of str
        Names of the images on which the landmarks were learned.
    drawings : tuple of MarkedDrawing
        Pictures of the references at a standard size, with their landmarks in the set's order: what
        refinement compares targets with.
    box_places : ndarray of float64, shape (n, 2), optional
        Mean places of the landmarks in the references' boxes, as shares of their sides, (row, col);
        None if the references had no boxes.
    vision : Tensor of float32, shape (n, channels), optional
        Image features at the landmarks by the model's vision transformer; None if it has none.
    """

    names: tuple[str, ...]
    coarse: Embeddings
    mean_shape: NDArray[np.float64]
    reference_background: NDArray[np.float64]
    backbone: dict[str, Any]
    preset: Preset
    seed: int
    close_up: Embeddings | None = None
    cycle_reference: CycleReference | None = None
    references: tuple[str, ...] = ()
    drawings: tuple[MarkedDrawing, ...] = ()
    box_places: NDArray[np.float64] | None = None
    vision: Tensor | None = None

    def __len__(self) -> int:
        return len(self.names)

    def subset(self, names: Sequence[str]) -> LandmarkSet:
        """Return the set with only some of its landmarks."""
        chosen = [self.names.index(name) for name in names]
        cycle = self.cycle_reference
        return replace(
            self,
            names=tuple(names),
            coarse=self.coarse.subset(chosen),
            close_up=None if self.close_up is None else self.close_up.subset(chosen),
            mean_shape=self.mean_shape[chosen],
            reference_background=self.reference_background[chosen],
            cycle_reference=None if cycle is None else cycle.reordered(self.names, names),
            drawings=tuple(drawing.chosen(chosen) for drawing in self.drawings),
            box_places=None if self.box_places is None else self.box_places[chosen],
            vision=None if self.vision is None else self.vision[chosen],
        )

    def require_drawings(self) -> tuple[MarkedDrawing, ...]:
        """Return the references' pictures; raise `LandmarkSetError` if there are none."""
        if not self.drawings:
            raise LandmarkSetError(
                "These landmarks were learned without keeping pictures of the references, which "
                "refinement needs; learn them again, or locate with refine = False."
            )
        return self.drawings

    def check_backbone(self, backbone: Backbone) -> None:
        """Raise `LandmarkSetError` unless the set was learned on this model."""
        if backbone.fingerprint != self.backbone["fingerprint"]:
            raise LandmarkSetError(
                f"These landmarks were learned on the model {self.backbone['name']!r} (fingerprint "
                f"{self.backbone['fingerprint'][:12]}), not on {backbone.name!r} "
                f"({backbone.fingerprint[:12]}); load that model or learn again on this one."
            )

    def to_bytes(self) -> bytes:
        """Return the set as the contents of a ``.safetensors`` file."""
        header = {
            "names": list(self.names),
            "repeats": list(self.coarse.repeats),
            "backbone": self.backbone,
            "preset": self.preset.model_dump(mode="json"),
            "seed": self.seed,
            "references": list(self.references),
            "drawings": [drawing.name for drawing in self.drawings],
        }
        tensors = self.coarse.to_tensors("coarse")
        if self.close_up is not None:
            tensors |= self.close_up.to_tensors("close_up")
        if self.cycle_reference is not None:
            tensors |= self.cycle_reference.to_tensors("cycle")
        for index, drawing in enumerate(self.drawings):
            tensors |= drawing.to_tensors(f"drawings.{index}")
        tensors |= landmark_set_file.as_tensors(
            mean_shape=self.mean_shape, reference_background=self.reference_background
        )
        if self.box_places is not None:
            tensors |= landmark_set_file.as_tensors(box_places=self.box_places)
        if self.vision is not None:
            tensors["vision.features"] = self.vision
        return landmark_set_file.encode(header, tensors)

    def save(self, path: str | Path) -> None:
        """Write the set atomically to a ``.safetensors`` file."""
        data = self.to_bytes()
        with atomic_write(Path(path)) as file:
            file.write(data)

    @classmethod
    def load(cls, path: str | Path) -> LandmarkSet:
        """Read a set that `save` wrote, in this version or in an earlier one.

        Raises
        ------
        LandmarkSetError
            If the file is missing, damaged or something else.
        """
        path = Path(path)
        try:
            if not path.is_file():
                raise LandmarkSetError(
                    f"There is no file {path}; give a landmark set that `homolog learn` wrote."
                )
            data = path.read_bytes()
        except OSError as error:
            raise LandmarkSetError(
                f"{path} cannot be read ({reason_of(error)}); check its permissions."
            ) from error
        return cls.from_bytes(data, str(path))

    @classmethod
    def from_bytes(cls, data: bytes, origin: str) -> LandmarkSet:
        """Return the set that `to_bytes` wrote.

        Parameters
        ----------
        data : bytes
            The contents of a ``.safetensors`` file.
        origin : str
            Where it comes from, for error messages.

        Raises
        ------
        LandmarkSetError
            If it is damaged or something else.
        """
        header, tensors = landmark_set_file.decode(data, origin)
        repeats = header.repeats
        close_up = "close_up.tokens" in tensors
        cycle = "cycle.size" in tensors
        return cls(
            names=header.names,
            coarse=Embeddings.from_tensors("coarse", tensors, repeats),
            mean_shape=tensors["mean_shape"].numpy(),
            reference_background=tensors["reference_background"].numpy(),
            backbone=header.backbone.model_dump(),
            preset=landmark_set_file.preset_of(header, origin),
            seed=header.seed,
            close_up=Embeddings.from_tensors("close_up", tensors, repeats) if close_up else None,
            cycle_reference=CycleReference.from_tensors("cycle", tensors) if cycle else None,
            references=header.references,
            drawings=tuple(
                MarkedDrawing.from_tensors(f"drawings.{index}", tensors, name)
                for index, name in enumerate(header.drawings)
            ),
            box_places=tensors["box_places"].numpy() if "box_places" in tensors else None,
            vision=tensors.get("vision.features"),
        )
