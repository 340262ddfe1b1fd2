"""Cutting crops out of many images beside the window, and keeping those that were cut last."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.qt.threading import create_worker
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from ..context import LOGGER
from ..jobs import Failure, explain
from .aligned_crops import CropPlace
from .background_run import BackgroundRun

if TYPE_CHECKING:
    from ..jobs import ImageSupplier

Cut = tuple[CropPlace, NDArray[np.uint8]]
"""A crop and where it lies."""

KEPT = 2000
"""Crops in memory, 0.05 MB each."""


@dataclass(frozen=True, eq=False)
class SpecimenCrops:
    """The crops that are wanted of one specimen.

    Attributes
    ----------
    specimen : int
        Its number.
    image : ImageSupplier
        Reads its image, once for all crops.
    places : dict of str to CropPlace
        By landmark.
    """

    specimen: int
    image: ImageSupplier
    places: dict[str, CropPlace]


class CropCutter(QObject):
    """Cuts crops in a thread. Those that were cut before and lie in the same place are there at once.

    Parameters
    ----------
    parent : QObject
        It is destroyed with it, and what is being cut then is no longer waited for.
    """

    cut = Signal(int)
    """Crops of a specimen are there."""

    failed = Signal(int, str)
    """The image of a specimen cannot be had; why."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._crops: OrderedDict[tuple[int, str], Cut] = OrderedDict()
        self._runs: dict[BackgroundRun, Any] = {}
        """The present one, and those before that have not ended yet, with their workers."""

    def crop(self, specimen: int, landmark: str, place: CropPlace) -> NDArray[np.uint8] | None:
        """Return a crop, if it was cut at this place.

        Parameters
        ----------
        specimen : int
            The specimen's number.
        landmark : str
            The landmark's name.
        place : CropPlace
            Where it lies on the image.
        """
        known = self._crops.get((specimen, landmark))
        if known is None or not known[0].same(place):
            return None
        self._crops.move_to_end((specimen, landmark))
        return known[1]

    def ask(self, wanted: Sequence[SpecimenCrops]) -> None:
        """Cut what is not there yet, in this order; what was asked for before is no longer wanted."""
        self.stop()
        left = []
        for one in wanted:
            places = {
                name: place
                for name, place in one.places.items()
                if self.crop(one.specimen, name, place) is None
            }
            if places:
                left.append(SpecimenCrops(one.specimen, one.image, places))
        if not left:
            return
        run = BackgroundRun()
        self.destroyed.connect(run.stop)
        run.changed.connect(self._collect)
        self._runs[run] = create_worker(run.execute, partial(_cut_all, left), _start_thread=False)
        self._runs[run].start()

    def stop(self) -> None:
        """Cut no more; what was cut is kept."""
        for run in self._runs:
            run.stop()

    def _collect(self) -> None:
        for run in list(self._runs):
            finished = run.finished
            while run.results:
                self._keep(*run.results.popleft())
            if finished:
                self._runs.pop(run, None)

    def _keep(self, specimen: int, outcome: dict[str, Cut] | Failure) -> None:
        if isinstance(outcome, Failure):
            self.failed.emit(specimen, outcome.reason)
            return
        for name, crop in outcome.items():
            self._crops[specimen, name] = crop
            self._crops.move_to_end((specimen, name))
        while len(self._crops) > KEPT:
            self._crops.popitem(last=False)
        self.cut.emit(specimen)


def _cut_all(wanted: Sequence[SpecimenCrops], run: BackgroundRun) -> None:
    context = run.context()
    for one in wanted:
        context.check_stop()
        try:
            image = one.image()
            crops = {name: (place, place.cut(image)) for name, place in one.places.items()}
        except Exception as error:
            run.put((one.specimen, explain(error, LOGGER)))
        else:
            run.put((one.specimen, crops))
