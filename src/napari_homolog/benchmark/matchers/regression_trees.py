"""Landmark regression by cascaded trees, as ml-morph does with dlib."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...errors import SettingsError
from ...landmarks import Landmarks
from .matcher import Image, Match, Matcher

SETTINGS = {
    "tree_depth": 4,
    "cascade_depth": 15,
    "nu": 0.1,
    "oversampling_amount": 10,
    "num_test_splits": 20,
    "feature_pool_size": 500,
    "num_trees_per_cascade_level": 500,
}
"""Defaults of ml-morph's shape trainer (Porto and Voje 2020)."""


class RegressionTrees(Matcher[Any]):
    """An ensemble of regression trees (Kazemi and Sullivan 2014), trained on the references.

    The box of source and target is the whole frame: no detector is trained.

    Parameters
    ----------
    seed : int
        Seed of the trees.

    Raises
    ------
    SettingsError
        If dlib is not installed.
    """

    name = "ert"

    def __init__(self, seed: int = 0) -> None:
        try:
            import dlib
        except ImportError as error:
            raise SettingsError(
                "The matcher ert needs dlib; install it with pip install napari-homolog[ert]."
            ) from error
        self._dlib = dlib
        self.seed = seed

    def learn(self, image: Image, landmarks: Landmarks) -> Any:
        """Train on the source alone."""
        return self.learn_with(image, landmarks, ())

    def learn_with(
        self, image: Image, landmarks: Landmarks, further: Sequence[tuple[Image, Landmarks]]
    ) -> Any:
        """Train on the source and the further references that have all of its landmarks.

        The coordinates of dlib are whole pixels.

        Parameters
        ----------
        image, landmarks : Image, Landmarks
            The source.
        further : sequence of (Image, Landmarks)
            Other images of its class.
        """
        options = self._dlib.shape_predictor_training_options()
        for name, value in SETTINGS.items():
            setattr(options, name, value)
        options.random_seed = str(self.seed)
        options.num_threads = 1
        marked = [(image, landmarks), *further]
        complete = [(one, marks) for one, marks in marked if marks.present.all()]
        detections = [[self._detection(one, marks, landmarks.names)] for one, marks in complete]
        pictures = [_bytes(one) for one, _ in complete]
        return self._dlib.train_shape_predictor(pictures, detections, options)

    def find(self, learned: Any, image: Image) -> Match:
        """Run the cascade on the whole frame."""
        found = learned(_bytes(image), self._frame(image))
        return Match(np.array([[part.y, part.x] for part in found.parts()], float))

    def about(self) -> dict[str, Any]:
        """Return the notes of a run about the trees."""
        return {**super().about(), "settings": SETTINGS, "seed": self.seed}

    def _frame(self, image: Image) -> Any:
        return self._dlib.rectangle(0, 0, image.shape[1] - 1, image.shape[0] - 1)

    def _detection(self, image: Image, landmarks: Landmarks, names: Sequence[str]) -> Any:
        points = self._dlib.points()
        for name in names:
            row, col = landmarks[name]
            points.append(self._dlib.point(round(float(col)), round(float(row))))
        return self._dlib.full_object_detection(self._frame(image), points)


def _bytes(image: Image) -> Any:
    return np.ascontiguousarray((image * 255).round().astype(np.uint8))
