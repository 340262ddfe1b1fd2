"""PWarpC-NC-Net (Truong et al. 2022): an NC-Net trained on pairs that only share their class.

Images are squashed to a square, and each cell of a grid gets a probability for each cell of the other
image. As in the authors' evaluation each cell is matched to its most probable one, and the displacement
of a landmark is interpolated between the four cells around it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

from ...errors import CheckpointError
from ...landmarks import Landmarks
from .descriptors import to_batch
from .matcher import Image, Match, Matcher
from .nc_net import NcNet, nc_net
from .vision_transformers import DEVIATION, MEAN

SIDE = 400
"""Side in pixels of the square to which each image is squashed."""

WEIGHTS = ".safetensors"

CONVERT = """
import torch
from safetensors.torch import save_file

kept = torch.load("PWarpCNCNet_WS_pfpascal.pth.tar", map_location="cpu", weights_only=True)
weights = kept.get("state_dict", kept)
weights = {name: value.contiguous().clone() for name, value in weights.items()}
save_file(weights, "pwarpc-nc-net.safetensors")
"""
"""Converts a checkpoint of the authors; for the user to run, never executed here."""

ADVICE = (
    "The authors publish theirs (PWarpCNCNet_WS_pfpascal and others) in the model zoo of "
    "https://github.com/PruneTruong/DenseMatching, as pickles, and opening a pickle can run arbitrary "
    f"code. In an environment that you trust, these lines convert one to {WEIGHTS}:\n{CONVERT}"
)


@dataclass(frozen=True, eq=False)
class Learned:
    """Landmarks of a source (n, 2), between -1 and 1, and its descriptors (channels, rows, cols)."""

    places: NDArray[np.float64]
    descriptors: Tensor


class PwarpcNcNet(Matcher[Learned]):
    """Landmarks are displaced with the best matches of the cells around them.

    Parameters
    ----------
    source : str or None
        A ``.safetensors`` file with the tensors of a checkpoint of the authors, see `nc_net`, or a
        folder with one such file.
    device : torch.device
        Where the network runs.

    Raises
    ------
    CheckpointError
        If there is none, or it does not contain such a network.
    """

    name = "pwarpc-nc-net"

    def __init__(self, source: str | None, device: torch.device) -> None:
        self.network: NcNet = _load(source).to(device)
        self.source = str(source)
        self.device = device
        # The authors place the cells differently for the two kinds of checkpoints.
        self.frame = Frame(corners=self.network.may_be_unmatched)

    def learn(self, image: Image, landmarks: Landmarks) -> Learned:
        """Compute the descriptors of the source."""
        places = self.frame.places(landmarks.points, image.shape[:2])
        return Learned(places, self._descriptors(image))

    @torch.no_grad()
    def find(self, learned: Learned, image: Image) -> Match:
        """Displace the landmarks with the cells around them."""
        probabilities = self.network.probabilities(learned.descriptors, self._descriptors(image))
        steps = torch.from_numpy(self._steps(probabilities)).to(self.device, torch.float32)
        moved = learned.places + self._at(learned.places, steps).cpu().numpy()
        maps = self._at(learned.places, probabilities.flatten(2))
        return Match(
            self.frame.pixels(moved, image.shape[:2]),
            maps.unflatten(-1, probabilities.shape[2:]).cpu().numpy(),
        )

    @torch.no_grad()
    def _descriptors(self, image: Image) -> Tensor:
        batch = to_batch(image, (SIDE, SIDE), MEAN, DEVIATION, self.device, averaged=True)
        return self.network.descriptors(batch)

    def _steps(self, probabilities: Tensor) -> NDArray[np.float64]:
        """Return the displacement of each source cell, (rows, cols, 2); the whole image is 2."""
        best = probabilities.flatten(2).argmax(2).cpu().numpy()
        before, after = (
            self.frame.places(np.moveaxis(np.indices(shape), 0, -1), shape)
            for shape in (probabilities.shape[:2], probabilities.shape[2:])
        )
        return np.asarray(after.reshape(-1, 2)[best] - before)

    def _at(self, places: NDArray[np.float64], grid: Tensor) -> Tensor:
        """Return the values of a grid (rows, cols, channels) at positions (n, 2), (n, channels)."""
        xy = torch.from_numpy(places).flip(-1).to(grid)[None, None]
        sampled = functional.grid_sample(
            grid.movedim(2, 0)[None], xy, "bilinear", "border", align_corners=self.frame.corners
        )
        return sampled[0, :, 0].T

    def about(self) -> dict[str, Any]:
        """Return the notes of a run about the matcher."""
        return {**super().about(), "checkpoint": self.source, "side": SIDE}


@dataclass(frozen=True)
class Frame:
    """Maps pixels of an image, or cells of a grid, to normalised coordinates from -1 to 1.

    Attributes
    ----------
    corners : bool
        Whether -1 and 1 are the centres of the first and the last one, or their outer edges.
    """

    corners: bool

    def places(self, points: NDArray[Any], size: Any) -> NDArray[np.float64]:
        """Return the normalised coordinates of pixels or cells (row, col), of ``size`` in all."""
        count = np.array(size)
        if self.corners:
            return np.asarray(2 * points / np.maximum(count - 1, 1) - 1)
        return np.asarray((2 * points + 1) / count - 1)

    def pixels(self, places: NDArray[np.float64], size: Any) -> NDArray[np.float64]:
        """Return the pixels (row, col) at normalised coordinates, of ``size`` in all."""
        count = np.array(size)
        if self.corners:
            return np.asarray((places + 1) / 2 * (count - 1))
        return np.asarray(((places + 1) * count - 1) / 2)


def _load(source: str | None) -> NcNet:
    if source is None:
        raise CheckpointError(
            f"{PwarpcNcNet.name} needs --checkpoint, a {WEIGHTS} file with its weights. {ADVICE}"
        )
    path = _weights_file(Path(source).expanduser())
    try:
        return nc_net(load_file(path))
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"{path} cannot be read as a {WEIGHTS} file ({error}); give one with the weights of "
            f"PWarpC-NC-Net. {ADVICE}"
        ) from error
    except ValueError as error:
        raise CheckpointError(
            f"{path} does not hold PWarpC-NC-Net: {error}. Give a {WEIGHTS} file with all tensors of a "
            f"checkpoint of the authors under the names they have there. {ADVICE}"
        ) from error


def _weights_file(path: Path) -> Path:
    """Return the file with the weights: the one given, or the only one in a folder."""
    if path.is_file() and path.suffix == WEIGHTS:
        return path
    if path.is_file():
        raise CheckpointError(
            f"{path} is no {WEIGHTS} file, which {PwarpcNcNet.name} needs. {ADVICE}"
        )
    if not path.is_dir():
        raise CheckpointError(
            f"There is no {path}; give a {WEIGHTS} file with the weights of PWarpC-NC-Net. {ADVICE}"
        )
    files = sorted(path.glob(f"*{WEIGHTS}"))
    if len(files) > 1:
        names = ", ".join(one.name for one in files)
        raise CheckpointError(f"{path} has several {WEIGHTS} files ({names}); give one of them.")
    if not files:
        raise CheckpointError(
            f"{path} has no {WEIGHTS} file, which {PwarpcNcNet.name} needs. {ADVICE}"
        )
    return files[0]
