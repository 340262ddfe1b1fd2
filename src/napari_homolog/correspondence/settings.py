"""The settings of learning and locating, and the presets that combine them.

Every number of the method stands here, with its unit; no other module holds one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ..errors import SettingsError

Method = Literal["frozen", "exact"]
"""How a prompt embedding meets the image: through cached queries, or through the whole UNet."""

Views = Literal["shared", "paper"]
"""Where views come from: windows of a few encodings, or the authors' freshly encoded crops."""


class Settings(BaseModel):
    """What the settings of learning and locating share: frozen, validated, no unknown names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: Method = Field(
        "frozen", description="'frozen': cached queries; 'exact': through the whole UNet."
    )
    views: Views = Field(
        "shared",
        description="'shared': windows of a few encodings of the padded image; "
        "'paper': one freshly encoded square crop of the squashed image at a time.",
    )
    timestep: int | None = Field(
        None, ge=0, lt=1000, description="Noise level, 0 to 999; empty: the checkpoint's own."
    )
    noise: Literal["gaussian", "uniform"] = Field(
        "gaussian", description="Distribution of the noise; the authors' code draws uniform [0, 1)."
    )
    layers: tuple[int, ...] | None = Field(
        None,
        description="Cross-attention layers, counted down, middle, up; empty: the checkpoint's own.",
    )
    heads: Literal["all", "second half"] = Field(
        "all", description="Attention heads that are averaged; the authors' code uses half of them."
    )
    crop_share: float = Field(
        0.93165493, gt=0, le=1, description="Side of a view as a share of the whole square."
    )

    close_ups: int = Field(
        0,
        ge=0,
        description="Close-up views of each landmark's neighbourhood, in a second pass; 0: none.",
    )
    close_up_share: float = Field(
        0.35, gt=0, lt=1, description="Side of a close-up as a share of the image's longer side."
    )

    @model_validator(mode="after")
    def _can_look_closer(self) -> Settings:
        if self.close_ups and self.views == "paper":
            raise ValueError("the paper's views have no close-ups; set close_ups to 0")
        return self

    def completed(self, timestep: int) -> Self:
        """Return settings with a checkpoint's own timestep where they name none."""
        return self if self.timestep is not None else self.model_copy(update={"timestep": timestep})

    @property
    def noise_level(self) -> int:
        """The timestep, once the checkpoint's own has been put where none was chosen."""
        if self.timestep is None:
            raise SettingsError("No timestep is set; choose one from 0 to 999.")
        return self.timestep


class LearnSettings(Settings):
    """How prompt embeddings are learned from one reference."""

    rounds: int = Field(5, ge=1, description="Embeddings learned per landmark, from other starts.")
    steps: int = Field(600, ge=1, description="Most optimiser steps of one round.")
    learning_rate: float = Field(0.1, gt=0, description="Step size of Adam.")
    tolerance: float = Field(
        0.01,
        ge=0,
        description="Stop when the loss falls by less than this share in `patience` steps; "
        "0: always do all steps.",
    )
    patience: int = Field(50, ge=1, description="Steps over which `tolerance` is judged.")
    sigma: float = Field(
        0.054645573,
        gt=0,
        description="Standard deviation of the target Gaussian as a share of a view's side.",
    )
    encodings: int = Field(4, ge=1, description="Encodings of the reference (shared views).")
    windows: int = Field(4, ge=1, description="Views cut from each encoding (shared views).")
    views_per_step: int = Field(4, ge=1, description="Views that one optimiser step sees.")
    distinct_tokens: int = Field(
        6,
        ge=2,
        description="Different tokens in an embedding learned through frozen queries; those beside "
        "the landmark's repeat to fill the prompt.",
    )


class LocateSettings(Settings):
    """How landmarks are found on a target."""

    encodings: int = Field(4, ge=1, description="Encodings of the target (shared views).")
    windows: int = Field(4, ge=1, description="Views cut from each encoding (shared views).")
    crops: int = Field(20, ge=4, description="Crops per embedding (paper views).")
    map_side: int = Field(
        256, ge=16, description="Cells of an attention map along the image's longer side."
    )
    matcher: Literal["attention", "features", "both"] = Field(
        "attention",
        description="'attention': where the learned embedding is attended to; 'features': where the "
        "image features are those of the reference; 'both': the product of the two.",
    )
    temperature: float = Field(
        0.2,
        gt=0,
        description="Loss of cosine similarity at which features count for e times less.",
    )
    arrangement: float = Field(
        0.0,
        ge=0,
        description="How far landmarks stray from the references' arrangement, moved, turned and "
        "stretched as a whole: standard deviation as a share of the specimen's size; 0: not used.",
    )
    turns: int = Field(
        1, ge=1, le=36, description="Turns of the target to try, evenly around; 1: only as it is."
    )
    mirror: bool = Field(False, description="Try the target's mirror image too.")
    close_up_reach: float = Field(
        0.06,
        gt=0,
        description="How far a close-up may move a landmark: standard deviation as a share of the "
        "image's longer side.",
    )
    read_out: Literal["centroid", "argmax"] = Field(
        "centroid",
        description="'centroid': mean position around the peak, finer than a cell; 'argmax': the "
        "authors' read-out.",
    )
    window: float = Field(
        0.06,
        gt=0,
        description="Radius of the centroid's window as a share of the longer side of the image.",
    )


def locate_settings_for(learned: LearnSettings) -> LocateSettings:
    """Return the usual settings of locating, with what has to agree with those of learning."""
    shared = {name: getattr(learned, name) for name in Settings.model_fields if name != "timestep"}
    return LocateSettings(**shared)


ANY_POSE = {"turns": 8, "mirror": True}
"""What tries turned and mirrored targets: 16 passes from far instead of one."""


class Preset(BaseModel):
    """A named pair of settings; those of locating follow those of learning where none are given."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    learn: LearnSettings
    locate: LocateSettings = Field(
        default_factory=lambda given: locate_settings_for(given["learn"])
    )

    @model_validator(mode="after")
    def _agree(self) -> Preset:
        for name in ("method", "views", "close_up_share"):
            one, other = getattr(self.learn, name), getattr(self.locate, name)
            if one != other:
                raise ValueError(f"{name} is {one!r} in learning and {other!r} in locating")
        if self.locate.close_ups and not self.learn.close_ups:
            raise ValueError("close_ups are to be looked at in locating but not in learning")
        return self

    def changed(
        self,
        name: str,
        *,
        learn: Mapping[str, Any] | None = None,
        locate: Mapping[str, Any] | None = None,
    ) -> Preset:
        """Return a preset of another name with some settings changed, all of them checked.

        Raises
        ------
        SettingsError
            If there is no such setting or it cannot have that value.
        """
        values = self.model_dump()
        try:
            return Preset(
                name=name,
                learn={**values["learn"], **(learn or {})},  # type: ignore[arg-type]
                locate={**values["locate"], **(locate or {})},  # type: ignore[arg-type]
            )
        except ValidationError as error:
            raise SettingsError(
                f"The settings of {name!r} are wrong: {describe_errors(error)}."
            ) from error


PAPER = {
    "method": "exact",
    "views": "paper",
    "noise": "uniform",
    "heads": "second half",
    "crop_share": 0.9316549294381423,
}

PRESETS: dict[str, Preset] = {
    "balanced": Preset(name="balanced", learn=LearnSettings(), locate=LocateSettings()),
    "fast": Preset(
        name="fast",
        learn=LearnSettings(encodings=1, rounds=3, steps=300),
        locate=LocateSettings(encodings=1),
    ),
    "precise": Preset(
        name="precise",
        learn=LearnSettings(close_ups=4),
        locate=LocateSettings(matcher="both", arrangement=0.08, close_ups=3),
    ),
    "paper": Preset(
        name="paper",
        learn=LearnSettings(
            **PAPER,
            timestep=140,
            steps=129,
            learning_rate=0.0023755632081200314,
            tolerance=0,
            sigma=27.97853316316864 / 512,
            views_per_step=1,
        ),
        locate=LocateSettings(**PAPER, timestep=40, map_side=512, read_out="argmax"),
    ),
}
"""``balanced`` is the default.

``fast`` encodes once and learns in fewer steps; ``precise`` joins both matchers, the landmarks'
arrangement and a second look from near; ``paper`` repeats Hedlin et al. 2023 with its code's quirks.
"""


def preset(name: str) -> Preset:
    """Return a preset by name.

    Raises
    ------
    SettingsError
        If there is none of that name.
    """
    if name not in PRESETS:
        raise SettingsError(f"There is no preset {name!r}; choose one of {', '.join(PRESETS)}.")
    return PRESETS[name]


def with_method(settings: Preset, method: Method) -> Preset:
    """Return a preset with another method and the step size and number of steps that suit it."""
    if settings.learn.method == method:
        return settings
    pace = {
        "frozen": {"learning_rate": 0.1, "steps": 600},
        "exact": {"learning_rate": 0.02, "steps": 200},
    }
    return settings.changed(
        f"{settings.name}, {method}",
        learn={"method": method, **pace[method]},
        locate={"method": method},
    )


def describe_errors(error: ValidationError) -> str:
    """Return pydantic's findings as one sentence."""
    return "; ".join(
        f"{'.'.join(str(part) for part in found['loc'])}: {found['msg']}"
        for found in error.errors()
    )
