"""Presets: named settings of learning and locating that go together."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from pydantic import Field, model_validator

from ..diffusion.model_defaults import SMALL_LATENTS
from ..errors import SettingsError
from .settings import (
    METHOD_ALIASES,
    AttentionSettings,
    LearnSettings,
    LocateSettings,
    Method,
    Settings,
    SharedSettings,
)


class Preset(Settings):
    """A named combination of settings.

    Attributes
    ----------
    name : str
        For people; two presets of one name need not have the same settings.
    shared : SharedSettings
        What learning and locating agree on.
    learn : LearnSettings
        How embeddings are learned.
    locate : LocateSettings
        How landmarks are located.

    Examples
    --------
    >>> preset("standard").changed("quick", learn={"restarts": 1}).learn.restarts
    1
    """

    name: str
    shared: SharedSettings = Field(default_factory=SharedSettings)
    learn: LearnSettings = Field(default_factory=LearnSettings)
    locate: LocateSettings = Field(default_factory=LocateSettings)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.locate.close_ups and not self.learn.close_ups:
            raise ValueError(
                "locate.close_ups needs close-ups that were learned; set learn.close_ups too"
            )
        if self.locate.further_views and not self.locate.refine:
            raise ValueError("locate.further_views needs locate.refine, which decides about them")
        if self.shared.views == "paper":
            _check_paper_views(self)
        return self

    def changed(  # type: ignore[override]
        self,
        name: str,
        *,
        shared: Mapping[str, Any] | None = None,
        learn: Mapping[str, Any] | None = None,
        locate: Mapping[str, Any] | None = None,
    ) -> Preset:
        """Return a preset of another name with some settings replaced and all of them validated.

        Parameters
        ----------
        name : str
            The new preset's name.
        shared, learn, locate : mapping of str to value, optional
            What to replace in each part.

        Raises
        ------
        SettingsError
            If there is no such setting, it cannot have that value, or the settings contradict each
            other.
        """
        return Preset(
            name=name,
            shared=self.shared.changed(**(shared or {})),
            learn=self.learn.changed(**(learn or {})),
            locate=self.locate.changed(**(locate or {})),
        )

    def with_locate(self, settings: LocateSettings) -> Preset:
        """Return the preset with other settings of locating.

        Raises
        ------
        SettingsError
            If they contradict how the landmarks were learned.
        """
        return Preset(name=self.name, shared=self.shared, learn=self.learn, locate=settings)

    def completed(self, learn_timestep: int, locate_timestep: int) -> Preset:
        """Return the preset with a checkpoint's own timesteps where it names none."""
        learn, locate = self.learn, self.locate
        if learn.timestep is None:
            learn = learn.changed(timestep=learn_timestep)
        if locate.timestep is None:
            locate = locate.changed(timestep=locate_timestep)
        return Preset(name=self.name, shared=self.shared, learn=learn, locate=locate)

    def has_settings_of(self, other: Preset) -> bool:
        """Return whether all settings equal those of another preset, whatever the names.

        A timestep that the other preset leaves to the checkpoint equals any.

        Examples
        --------
        >>> fast = preset("fast")
        >>> fast.completed(150, 150).has_settings_of(fast), fast.has_settings_of(preset("paper"))
        (True, False)
        """
        learn, locate = self.learn.timestep, self.locate.timestep
        if learn is not None and locate is not None:
            other = other.completed(learn, locate)
        return (self.shared, self.learn, self.locate) == (other.shared, other.learn, other.locate)

    @property
    def learning_attention(self) -> AttentionSettings:
        """The forward pass of learning; needs a completed preset."""
        return self._attention(self.learn.timestep)

    @property
    def locating_attention(self) -> AttentionSettings:
        """The forward pass of locating; needs a completed preset."""
        return self._attention(self.locate.timestep)

    def _attention(self, timestep: int | None) -> AttentionSettings:
        if timestep is None:
            raise SettingsError("No timestep is set; choose one from 0 to 999.")
        shared = self.shared
        return AttentionSettings(
            timestep, shared.noise, shared.layers, shared.heads, shared.features
        )


@dataclass(frozen=True)
class _Requirement:
    part: str
    setting: str
    value: Any


PAPER_REQUIREMENTS = (
    _Requirement("shared", "method", "full-unet"),
    _Requirement("learn", "close_ups", 0),
    _Requirement("locate", "close_ups", 0),
    _Requirement("locate", "matcher", "attention"),
    _Requirement("locate", "shape_prior", 0),
    _Requirement("locate", "rotations", 1),
    _Requirement("locate", "mirror", False),
    _Requirement("locate", "refine", False),
    _Requirement("locate", "further_views", 0),
    _Requirement("locate", "read_out", "argmax"),
)
"""What the authors' views need: nothing that came after the paper can be combined with them."""


def _check_paper_views(preset: Preset) -> None:
    for required in PAPER_REQUIREMENTS:
        value = getattr(getattr(preset, required.part), required.setting)
        if value != required.value:
            raise ValueError(
                f"the paper's views need {required.part}.{required.setting} = {required.value!r}, "
                f"not {value!r}"
            )


ANY_POSE = {"rotations": 8, "mirror": True}
"""Settings of locating for rotated and mirrored targets: 16 coarse passes instead of one."""

PRESETS: dict[str, Preset] = {
    "standard": Preset(
        name="standard",
        learn=LearnSettings(close_ups=4),
        locate=LocateSettings(matcher="both", shape_prior=0.08, close_ups=3, refine=True),
    ),
    "fast": Preset(
        name="fast",
        learn=LearnSettings(encodings=1, restarts=3, steps=300),
        locate=LocateSettings(encodings=1, matcher="both", shape_prior=0.08, refine=True),
    ),
    "lean": Preset(
        name="lean",
        learn=LearnSettings(
            encodings=1, windows=2, restarts=2, steps=150, views_per_step=1, distinct_tokens=4
        ),
        locate=LocateSettings(
            encodings=1, windows=1, further_views=2, matcher="both", shape_prior=0.08, refine=True
        ),
    ),
    "attention": Preset(name="attention"),
    "paper": Preset(
        name="paper",
        shared=SharedSettings(
            method="full-unet",
            views="paper",
            noise="uniform",
            heads="second half",
            crop_share=0.9316549294381423,
        ),
        learn=LearnSettings(
            timestep=140,
            steps=129,
            learning_rate=0.0023755632081200314,
            tolerance=0,
            sigma=27.97853316316864 / 512,
            views_per_step=1,
        ),
        locate=LocateSettings(timestep=40, map_side=512, read_out="argmax"),
    ),
}
"""``standard`` is the default, and the most accurate.

``fast`` encodes once, learns in fewer steps and does without close-ups; ``lean`` computes as little as
the refinement needs, and is the default of large models; ``attention`` is the published
method alone, with cached queries; ``paper`` repeats Hedlin et al. 2023 with the quirks of its code.
"""

DEFAULT_PRESET = "standard"
"""Name of the preset that is used where none is chosen."""

LARGE_MODELS_PRESET = "lean"
"""The same for models that are not small, see `preset_for`."""

FORMER_NAMES = {"balanced": "standard", "precise": "standard"}
"""Presets of version 0.1, and those that take their place."""

PACE: dict[Method, dict[str, float]] = {
    "cached-queries": {"learning_rate": 0.1, "steps": 600},
    "full-unet": {"learning_rate": 0.02, "steps": 200},
}
"""Step size and number of steps that suit each method."""


def preset(name: str = DEFAULT_PRESET) -> Preset:
    """Return a preset by name, or the default one.

    A name of version 0.1 is understood, with a `DeprecationWarning`.

    Raises
    ------
    SettingsError
        If there is none of that name.

    Examples
    --------
    >>> preset("fast").learn.restarts
    3
    """
    if name in FORMER_NAMES:
        warnings.warn(
            f"The preset {name!r} has become {FORMER_NAMES[name]!r}; use that name.",
            DeprecationWarning,
            stacklevel=2,
        )
        name = FORMER_NAMES[name]
    if name not in PRESETS:
        raise SettingsError(f"There is no preset {name!r}; choose one of {', '.join(PRESETS)}.")
    return PRESETS[name]


def preset_for(latent_side: int) -> Preset:
    """Return the preset that suits a model where none is chosen.

    Parameters
    ----------
    latent_side : int
        Side of the model's latents: 64 for Stable Diffusion 1.

    Examples
    --------
    >>> preset_for(8).name, preset_for(64).name
    ('standard', 'lean')
    """
    return preset(DEFAULT_PRESET if latent_side <= SMALL_LATENTS else LARGE_MODELS_PRESET)


def with_method(preset: Preset, method: str) -> Preset:
    """Return a preset with another method, and the step size and number of steps that suit it.

    Parameters
    ----------
    preset : Preset
        To start from.
    method : {"cached-queries", "full-unet"}
        ``"frozen"`` and ``"exact"``, the names of version 0.1, are understood too.

    Raises
    ------
    SettingsError
        If there is no such method, or the preset's views do not go with it.
    """
    chosen: Any = METHOD_ALIASES.get(method, method)
    if chosen not in PACE:
        raise SettingsError(f"There is no method {method!r}; choose one of {', '.join(PACE)}.")
    if preset.shared.method == chosen:
        return preset
    return preset.changed(f"{preset.name}, {chosen}", shared={"method": chosen}, learn=PACE[chosen])
