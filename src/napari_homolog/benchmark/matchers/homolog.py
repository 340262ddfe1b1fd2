"""The method as a matcher, with any preset: attention maps, feature similarity, or both."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any, Literal

from ...boxes import Box
from ...context import RunContext
from ...correspondence import LandmarkSet, LocateSettings, Preset, Reference, learn, locate
from ...diffusion import Backbone
from ...errors import SettingsError
from ...files import atomic_write
from ...landmarks import Landmarks
from .matcher import Image, Match, Matcher

Kind = Literal["attention", "features", "both"]

KINDS: tuple[Kind, ...] = ("attention", "features", "both")


class LandmarkSets:
    """Landmark sets, learned once for each source and kept in a folder.

    The published evaluation learns again for every pair. Here a set is shared by all pairs with the
    same source, by matchers that only locate differently, and by a resumed run.

    Parameters
    ----------
    backbone : Backbone
        The model.
    preset : Preset
        How to learn.
    folder : Path, optional
        Where to keep them, created if missing; default: only the last one is kept, in memory.
    context : RunContext, optional
        Seed of learning and locating, and stop.
    """

    def __init__(
        self,
        backbone: Backbone,
        preset: Preset,
        folder: Path | None = None,
        *,
        context: RunContext | None = None,
    ) -> None:
        self.backbone = backbone
        self.preset = preset
        self.folder = folder
        # A benchmark reports pairs, not the steps of learning.
        self.context = (context or RunContext()).without_progress()
        self.seconds = 0.0
        """How long learning the last set took, in this run or an earlier one."""
        self._last: tuple[str, LandmarkSet] | None = None

    def get(self, *references: Reference) -> LandmarkSet:
        """Return the landmark set of a source and further references, learned now or earlier."""
        key = self._key(references)
        if self._last is None or self._last[0] != key:
            self._last = key, self._stored(key) or self._learned(key, references)
        return self._last[1]

    def _key(self, references: Sequence[Reference]) -> str:
        digest = hashlib.sha256()
        for reference in references:
            digest.update(reference.image.tobytes())
            digest.update(reference.landmarks.points.tobytes())
        settings = [
            [reference.landmarks.names for reference in references],
            [reference.box and astuple(reference.box) for reference in references],
            self.backbone.fingerprint,
            self.preset.shared.model_dump(mode="json"),
            self.preset.learn.model_dump(mode="json"),
            self.context.seed,
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
        learned = learn(
            self.backbone,
            references,
            preset=self.preset,
            context=self.context,
        )
        self.seconds = time.perf_counter() - start
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            learned.save(self.folder / f"{key}.safetensors")
            # Written last: a set without it is incomplete.
            with atomic_write(self.folder / f"{key}.json") as file:
                file.write(json.dumps({"seconds": self.seconds}).encode())
        return learned


class Homolog(Matcher[LandmarkSet]):
    """Prompt embeddings learned on the source, found on the target.

    Parameters
    ----------
    sets : LandmarkSets
        Model, preset and seed, and what was learned with them.
    kind : {"attention", "features", "both"}, optional
        Which score maps are used; default: the preset's own.

    Raises
    ------
    SettingsError
        If features are requested of a preset whose views provide none.
    """

    def __init__(self, sets: LandmarkSets, kind: Kind | None = None) -> None:
        self.sets = sets
        if sets.preset.shared.views == "paper" and kind not in (None, "attention"):
            raise SettingsError(
                f"The preset {sets.preset.name!r} uses attention maps only; choose the matcher "
                "attention, or another preset."
            )
        changes: dict[str, Any] = {} if kind is None else {"matcher": kind}
        self.settings: LocateSettings = sets.preset.changed(sets.preset.name, locate=changes).locate
        self.name = f"{self.settings.matcher}-{sets.preset.name}"

    def learn(self, image: Image, landmarks: Landmarks) -> LandmarkSet:
        """Learn prompt embeddings, unless they are stored already."""
        return self.sets.get(Reference(image, landmarks))

    def learn_with(
        self, image: Image, landmarks: Landmarks, further: Sequence[tuple[Image, Landmarks]]
    ) -> LandmarkSet:
        """Learn prompt embeddings from several images, unless they are stored already.

        Parameters
        ----------
        image, landmarks : Image, Landmarks
            The source.
        further : sequence of (Image, Landmarks)
            Other images of its class.
        """
        return self.sets.get(*(Reference(*each) for each in ((image, landmarks), *further)))

    def learn_references(self, source: Reference, further: Sequence[Reference]) -> LandmarkSet:
        """Learn prompt embeddings in the boxes, unless they are stored already."""
        return self.sets.get(source, *further)

    def find(self, learned: LandmarkSet, image: Image) -> Match:
        """Find the landmarks."""
        return self.find_in(learned, image, None)

    def find_in(self, learned: LandmarkSet, image: Image, box: Box | None) -> Match:
        """Find the landmarks in a box, with what is seen around it.

        Parameters
        ----------
        learned, image, box : LandmarkSet, Image, Box or None
            As in `Matcher.find_in`.
        """
        prediction = locate(
            self.sets.backbone,
            image,
            learned,
            settings=self.settings,
            box=box,
            context=self.sets.context,
        )
        return Match(prediction.points, prediction.maps)

    def about(self) -> dict[str, Any]:
        """Return the notes of a run about the matcher: model, settings and seed."""
        return {
            **super().about(),
            "model": self.sets.backbone.to_dict(),
            "preset": self.sets.preset.name,
            "shared": self.sets.preset.shared.model_dump(mode="json"),
            "learn": self.sets.preset.learn.model_dump(mode="json"),
            "locate": self.settings.model_dump(mode="json"),
            "seed": self.sets.context.seed,
        }

    def seconds_of_learning(self, measured: float) -> float:
        """Return how long learning the last source took, in this run or an earlier one."""
        return self.sets.seconds
