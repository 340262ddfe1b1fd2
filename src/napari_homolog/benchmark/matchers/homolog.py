"""The method itself, with any preset: attention, features, or both."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from ...correspondence import LandmarkSet, LocateSettings, Preset, Reference, learn, locate
from ...diffusion import Backbone
from ...errors import SettingsError
from ...files import atomic_write
from ...landmarks import Landmarks
from .matcher import Image, Match, Matcher

Kind = Literal["attention", "features", "both"]

KINDS: tuple[Kind, ...] = ("attention", "features", "both")


class LandmarkSets:
    """Landmark sets learned once for each source, and kept in a folder.

    The published evaluation learns again for every pair. Sets are shared by all pairs with the same
    source, by matchers that differ only in how they look for landmarks, and by a run that goes on
    after it was broken off.

    Parameters
    ----------
    backbone : Backbone
        The model.
    preset : Preset
        How to learn.
    seed : int
        Of everything random.
    folder : Path or None
        Where to keep them, made where need be; None: only the last one is kept, in memory.
    """

    def __init__(
        self, backbone: Backbone, preset: Preset, seed: int = 0, folder: Path | None = None
    ) -> None:
        self.backbone = backbone
        self.preset = preset
        self.seed = seed
        self.folder = folder
        self.seconds = 0.0
        """How long the last set took to learn, whenever that was."""
        self._last: tuple[str, LandmarkSet] | None = None

    def get(self, *references: Reference) -> LandmarkSet:
        """Return the landmark set of a source, learned now or before, the source first."""
        key = self._key(references)
        if self._last is None or self._last[0] != key:
            self._last = key, self._stored(key) or self._learned(key, references)
        return self._last[1]

    def _key(self, references: Sequence[Reference]) -> str:
        digest = hashlib.sha256()
        for one in references:
            digest.update(one.image.tobytes())
            digest.update(one.landmarks.points.tobytes())
        settings = [
            [one.landmarks.names for one in references],
            self.backbone.fingerprint,
            self.preset.learn.model_dump(mode="json"),
            self.seed,
        ]
        digest.update(json.dumps(settings).encode())
        return digest.hexdigest()[:32]

    def _stored(self, key: str) -> LandmarkSet | None:
        if self.folder is None or not (self.folder / f"{key}.json").is_file():
            return None
        self.seconds = json.loads((self.folder / f"{key}.json").read_text())["seconds"]
        return LandmarkSet.load(self.folder / f"{key}.safetensors")

    def _learned(self, key: str, references: Sequence[Reference]) -> LandmarkSet:
        start = time.perf_counter()
        learned = learn(self.backbone, references, preset=self.preset, seed=self.seed)
        self.seconds = time.perf_counter() - start
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            learned.save(self.folder / f"{key}.safetensors")
            # The note comes last: a set without one was not finished.
            with atomic_write(self.folder / f"{key}.json") as file:
                file.write(json.dumps({"seconds": self.seconds}).encode())
        return learned


class Homolog(Matcher[LandmarkSet]):
    """Prompt embeddings learned on the source, found on the target.

    Parameters
    ----------
    sets : LandmarkSets
        Model, preset and seed, and what was learned with them.
    kind : {"attention", "features", "both"} or None
        Which evidence counts; None: the preset's own.

    Raises
    ------
    SettingsError
        If the preset's views give no features and they are asked for.
    """

    def __init__(self, sets: LandmarkSets, kind: Kind | None = None) -> None:
        self.sets = sets
        changes: dict[str, Any] = {} if kind is None else {"matcher": kind}
        self.settings: LocateSettings = sets.preset.changed(sets.preset.name, locate=changes).locate
        if self.settings.views == "paper" and self.settings.matcher != "attention":
            raise SettingsError(
                f"The preset {sets.preset.name!r} looks at the attention only; choose the matcher "
                "attention, or another preset."
            )
        self.name = f"{self.settings.matcher}-{sets.preset.name}"

    def learn(self, image: Image, landmarks: Landmarks) -> LandmarkSet:
        """Learn prompt embeddings, unless they are there already."""
        return self.sets.get(Reference(image, landmarks))

    def learn_with(
        self, image: Image, landmarks: Landmarks, further: Sequence[tuple[Image, Landmarks]]
    ) -> LandmarkSet:
        """Learn prompt embeddings from several pictures, unless they are there already."""
        return self.sets.get(*(Reference(*one) for one in ((image, landmarks), *further)))

    def find(self, learned: LandmarkSet, image: Image) -> Match:
        """Find the landmarks."""
        found = locate(
            self.sets.backbone, image, learned, settings=self.settings, seed=self.sets.seed
        )
        return Match(found.points, found.maps)

    def about(self) -> dict[str, Any]:
        """Return what a run notes of the matcher: model, settings and seed."""
        return {
            **super().about(),
            "model": self.sets.backbone.to_dict(),
            "preset": self.sets.preset.name,
            "learn": self.sets.preset.learn.model_dump(mode="json"),
            "locate": self.settings.model_dump(mode="json"),
            "seed": self.sets.seed,
        }

    def seconds_of_learning(self, measured: float) -> float:
        """Return how long the last source took to learn, by this run or another one."""
        return self.sets.seconds
