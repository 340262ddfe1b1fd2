"""Pictures of specimens at one standard size, on which landmarks are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ..priors.shape_prior import size_of

SIDE = 300
"""Longer side of the landmarks' box on a drawing, in pixels of the drawing."""

REFERENCE_MARGIN = 0.45
"""Surroundings of the landmarks' box on a reference's drawing, as a share of its longer side."""

TARGET_MARGIN = 0.6
"""The same on a target, where the landmarks are known approximately."""

LARGEST_MAGNIFICATION = 4.0
"""A specimen of a few pixels is not enlarged beyond this."""


@dataclass(frozen=True, eq=False)
class Drawing:
    """Part of an image, resized so that the specimen on it has the standard size.

    Attributes
    ----------
    pixels : Tensor of uint8, shape (3, height, width)
        RGB.
    origin : ndarray of float64, shape (2,)
        (row, col) of the part's first pixel on the image.
    scale : ndarray of float64, shape (2,)
        Pixels of the drawing per pixel of the image, (row, col).
    """

    pixels: Tensor
    origin: NDArray[np.float64]
    scale: NDArray[np.float64]
    _resized: dict[int, Tensor] = field(default_factory=dict, repr=False)

    @classmethod
    def around(
        cls, image: NDArray[np.float32], points: NDArray[np.float64], margin: float
    ) -> Drawing:
        """Return the drawing of what surrounds landmarks.

        Parameters
        ----------
        image : ndarray, shape (height, width, 3)
            RGB in [0, 1].
        points : ndarray, shape (n, 2)
            (row, col) in pixels of the image; NaN where a landmark is missing.
        margin : float
            Surroundings of the landmarks' box, as a share of its longer side.
        """
        known = points[~np.isnan(points[:, 0])]
        shape = np.array(image.shape[:2])
        size = specimen_size(known, image.shape[:2])
        low = np.floor(known.min(0) - margin * size).clip(0, shape - 1).astype(int)
        high = (np.ceil(known.max(0) + margin * size) + 1).clip(low + 1, shape).astype(int)
        part = torch.from_numpy(np.ascontiguousarray(image[low[0] : high[0], low[1] : high[1]]))
        factor = min(SIDE / size, LARGEST_MAGNIFICATION)
        drawn = np.maximum(np.round((high - low) * factor), 1).astype(int)
        resized = _resize(part.permute(2, 0, 1), drawn)
        return cls(
            pixels=(resized * 255).round().to(torch.uint8),
            origin=low.astype(float),
            scale=drawn / (high - low),
        )

    def from_image(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return points of the image, (n, 2), on the drawing."""
        return np.asarray((points - self.origin + 0.5) * self.scale - 0.5)

    def to_image(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return points of the drawing, (n, 2), on the image."""
        return np.asarray((points + 0.5) / self.scale - 0.5 + self.origin)

    def at(self, side: int) -> tuple[Tensor, NDArray[np.float64]]:
        """Return the drawing with a specimen of another size, and the factors of that.

        Returns
        -------
        Tensor of float32, shape (1, 3, height, width)
            RGB in [0, 1].
        ndarray, shape (2,)
            Pixels of it per pixel of the drawing, (row, col).
        """
        shape = np.array(self.pixels.shape[1:])
        resized = np.maximum(np.round(shape * (side / SIDE)), 1).astype(int)
        if side not in self._resized:
            self._resized[side] = _resize(self.pixels.float() / 255, resized)[None]
        return self._resized[side], resized / shape


@dataclass(frozen=True, eq=False)
class MarkedDrawing:
    """The drawing of a specimen whose landmarks are known, or were located as those of a target.

    Attributes
    ----------
    drawing : Drawing
        The specimen.
    points : ndarray of float64, shape (n, 2)
        (row, col) in pixels of the drawing; NaN where the specimen lacks a landmark.
    name : str
        Of the specimen.
    agreement : ndarray of float64, shape (n,), optional
        How well the references agreed on landmarks that were located; None if somebody placed them.
    """

    drawing: Drawing
    points: NDArray[np.float64]
    name: str = ""
    agreement: NDArray[np.float64] | None = None

    @classmethod
    def of(
        cls, image: NDArray[np.float32], points: NDArray[np.float64], name: str = ""
    ) -> MarkedDrawing:
        """Return the drawing of an image and its landmarks.

        Parameters
        ----------
        image : ndarray, shape (height, width, 3)
            RGB in [0, 1].
        points : ndarray, shape (n, 2)
            (row, col) in pixels of the image; NaN where a landmark is missing.
        name : str
            Of the specimen.
        """
        drawing = Drawing.around(image, points, REFERENCE_MARGIN)
        return cls(drawing, drawing.from_image(points), name)

    def chosen(self, order: Sequence[int | None]) -> MarkedDrawing:
        """Return the drawing with some of its landmarks in another order; None for a missing one."""
        missing = np.full(2, np.nan)
        points = [missing if index is None else self.points[index] for index in order]
        agreement = self.agreement
        if agreement is not None:
            agreement = np.array([np.nan if one is None else agreement[one] for one in order])
        return replace(self, points=np.stack(points), agreement=agreement)

    def mirrored(self) -> MarkedDrawing:
        """Return the mirror image with its landmarks."""
        pixels = self.drawing.pixels.flip(2)
        points = np.column_stack([self.points[:, 0], pixels.shape[2] - 1 - self.points[:, 1]])
        return replace(
            self, drawing=replace(self.drawing, pixels=pixels, _resized={}), points=points
        )

    def to_tensors(self, prefix: str) -> dict[str, Tensor]:
        """Return everything but the name as tensors whose names start with a prefix."""
        return {
            f"{prefix}.pixels": self.drawing.pixels,
            f"{prefix}.origin": torch.from_numpy(self.drawing.origin),
            f"{prefix}.scale": torch.from_numpy(self.drawing.scale),
            f"{prefix}.points": torch.from_numpy(self.points),
        }

    @classmethod
    def from_tensors(cls, prefix: str, tensors: Mapping[str, Tensor], name: str) -> MarkedDrawing:
        """Return the drawing of which `to_tensors` returned the tensors.

        Parameters
        ----------
        prefix : str
            With which their names start.
        tensors : mapping of str to Tensor
            These and any others.
        name : str
            Of the specimen.
        """
        drawing = Drawing(
            tensors[f"{prefix}.pixels"],
            tensors[f"{prefix}.origin"].numpy(),
            tensors[f"{prefix}.scale"].numpy(),
        )
        return cls(drawing, tensors[f"{prefix}.points"].numpy(), name)


def specimen_size(points: NDArray[np.float64], shape: tuple[int, ...]) -> float:
    """Return the longer side of the landmarks' box in pixels; for one landmark, half the image."""
    return size_of(points) if len(points) > 1 else max(shape[:2]) / 2


def scaled(points: NDArray[np.float64], factor: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points (n, 2) on an image that was resized by factors (row, col)."""
    return np.asarray((points + 0.5) * factor - 0.5)


def _resize(picture: Tensor, shape: NDArray[np.int_]) -> Tensor:
    """Return a picture (3, height, width) in another size, without aliasing."""
    return functional.interpolate(
        picture[None], tuple(shape.tolist()), mode="bilinear", antialias=True, align_corners=False
    )[0]
