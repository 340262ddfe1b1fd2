"""The settings of learning and locating: every tunable number of the method, validated.

What learning and locating must agree on stands once, in `SharedSettings`. Named combinations are in
`presets`. Constants that no user tunes stand beside the one function that uses them.
"""

from __future__ import annotations

import reprlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from ..diffusion.model_defaults import Facet
from ..errors import SettingsError

METHOD_ALIASES = {"frozen": "cached-queries", "exact": "full-unet"}
"""Names that version 0.1 gave the methods."""

Method = Literal["cached-queries", "full-unet"]
"""How a prompt embedding meets the image: through cached queries, or through the whole UNet."""

Views = Literal["shared", "paper"]
"""Where views come from: windows of a few encodings, or the authors' freshly encoded crops."""

Noise = Literal["gaussian", "uniform", "none"]
"""Distribution of the noise that is added to latents; none for UNets trained on clean images."""

Heads = Literal["all", "second half"]
"""Attention heads that are averaged."""


def _canonical_method(name: Any) -> Any:
    return METHOD_ALIASES.get(name, name) if isinstance(name, str) else name


class Settings(BaseModel):
    """Base of all settings: immutable, no unknown names, errors as `SettingsError`."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    if not TYPE_CHECKING:

        def __init__(self, **values: Any) -> None:
            try:
                super().__init__(**values)
            except ValidationError as error:
                raise settings_error(type(self).__name__, error) from error

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """Return validated settings; raise `SettingsError` where they are invalid."""
        try:
            return super().model_validate(obj, **options)
        except ValidationError as error:
            raise settings_error(cls.__name__, error) from error

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> Self:
        """Return validated settings; raise `SettingsError` where they are invalid."""
        try:
            return super().model_validate_json(json_data, **options)
        except ValidationError as error:
            raise settings_error(cls.__name__, error) from error

    def changed(self, **values: Any) -> Self:
        """Return the settings with some values replaced and all of them validated.

        Raises
        ------
        SettingsError
            If there is no such setting or it cannot have that value.
        """
        return type(self)(**{**self.model_dump(), **values})


class SharedSettings(Settings):
    """What learning and locating have to agree on."""

    method: Annotated[Method, BeforeValidator(_canonical_method)] = Field(
        "cached-queries",
        description="'cached-queries': against queries computed once per view; 'full-unet': through "
        "the whole UNet at every step.",
    )
    views: Views = Field(
        "shared",
        description="'shared': windows of a few encodings of the padded image; "
        "'paper': one freshly encoded square crop of the squashed image at a time.",
    )
    noise: Noise = Field(
        "gaussian",
        description="Distribution of the noise; the authors' code draws uniform [0, 1); 'none': clean "
        "images, for UNets that were trained on them.",
    )
    layers: tuple[Annotated[int, Field(ge=0)], ...] | None = Field(
        None,
        min_length=1,
        description="Cross-attention layers, counted down, middle, up; empty: the checkpoint's own.",
    )
    heads: Heads = Field(
        "all", description="Attention heads that are averaged; the authors' code uses half of them."
    )
    features: Facet = Field(
        "input",
        description="Image features that the matchers 'features' and 'both' compare: the layers' "
        "input, their queries, or the values of the self-attention before them.",
    )
    crop_share: float = Field(
        0.93165493, ge=0.25, le=1, description="Side of a view as a share of the whole square."
    )
    close_up_share: float = Field(
        0.35,
        ge=0.05,
        lt=1,
        description="Side of a close-up as a share of the image's longer side.",
    )

    @field_validator("layers")
    @classmethod
    def _distinct_layers(cls, layers: tuple[int, ...] | None) -> tuple[int, ...] | None:
        if layers is not None and len(set(layers)) < len(layers):
            raise ValueError("each layer may be named once only")
        return layers


class LearnSettings(Settings):
    """How prompt embeddings are learned from the references."""

    timestep: int | None = Field(
        None, ge=0, lt=1000, description="Noise level, 0 to 999; empty: the checkpoint's own."
    )
    close_ups: int = Field(
        0,
        ge=0,
        le=64,
        description="Close-up views of each landmark's neighbourhood; 0: no close-up pass.",
    )
    restarts: int = Field(
        5, ge=1, le=100, description="Embeddings learned per landmark, each from another start."
    )
    steps: int = Field(600, ge=1, description="Maximum optimiser steps.")
    learning_rate: float = Field(0.1, gt=0, le=10, description="Step size of Adam.")
    tolerance: float = Field(
        0.01,
        ge=0,
        le=1,
        description="Stop when the loss falls by less than this share in `patience` steps; "
        "0: always do all steps.",
    )
    patience: int = Field(50, ge=1, description="Steps over which `tolerance` is evaluated.")
    sigma: float = Field(
        0.054645573,
        gt=0,
        le=1,
        description="Standard deviation of the target Gaussian as a share of a view's side.",
    )
    encodings: int = Field(4, ge=1, le=64, description="Encodings of a reference (shared views).")
    windows: int = Field(
        4, ge=1, le=256, description="Views cut from each encoding (shared views)."
    )
    views_per_step: int = Field(4, ge=1, le=256, description="Views that one optimiser step sees.")
    distinct_tokens: int = Field(
        6,
        ge=3,
        description="Different tokens in an embedding learned with cached queries; those beside "
        "the landmark's repeat to fill the prompt.",
    )


class LocateSettings(Settings):
    """How landmarks are located on a target."""

    timestep: int | None = Field(
        None, ge=0, lt=1000, description="Noise level, 0 to 999; empty: the checkpoint's own."
    )
    close_ups: int = Field(
        0,
        ge=0,
        le=64,
        description="Close-up views of each landmark's neighbourhood; 0: no close-up pass.",
    )
    encodings: int = Field(4, ge=1, le=64, description="Encodings of the target (shared views).")
    windows: int = Field(
        4, ge=1, le=256, description="Views cut from each encoding (shared views)."
    )
    further_views: int = Field(
        0,
        ge=0,
        le=64,
        description="Views of each encoding that are added, one at a time, only while the refined "
        "points do not agree with the references' pictures and still move.",
    )
    crops: int = Field(20, ge=4, description="Crops per embedding (paper views).")
    map_side: int = Field(
        256,
        ge=16,
        le=2048,
        description="Cells of an attention map along the image's longer side (shared views).",
    )
    matcher: Literal["attention", "features", "both"] = Field(
        "attention",
        description="'attention': where the learned embedding is attended to; 'features': where the "
        "image features are those of the reference; 'both': the product of the two.",
    )
    temperature: float = Field(
        0.2,
        ge=1e-3,
        le=10,
        description="Decrease of cosine similarity at which a feature match counts e times less.",
    )
    shape_prior: float = Field(
        0.0,
        ge=0,
        le=1,
        description="How far landmarks deviate from the references' mean shape after the best affine "
        "fit: standard deviation as a share of the specimen's size; 0: no shape prior.",
    )
    rotations: int = Field(
        1, ge=1, le=36, description="Evenly spaced rotations of the target to try; 1: as it is."
    )
    mirror: bool = Field(False, description="Try the target's mirror image too.")
    close_up_reach: float = Field(
        0.06,
        gt=0,
        le=1,
        description="How far a close-up may move a landmark: standard deviation as a share of the "
        "image's longer side.",
    )
    refine: bool = Field(
        False,
        description="Place landmarks finely by comparing the target with the references' pictures.",
    )
    read_out: Literal["centroid", "argmax"] = Field(
        "centroid",
        description="'centroid': mean position around the peak, finer than a cell; 'argmax': the "
        "authors' read-out.",
    )
    window: float = Field(
        0.06,
        gt=0,
        le=1,
        description="Radius of the centroid's window as a share of the longer side of the image.",
    )


@dataclass(frozen=True)
class AttentionSettings:
    """What a forward pass needs to know to yield attention.

    Attributes
    ----------
    timestep : int
        Noise level, 0 to 999.
    noise : {"gaussian", "uniform", "none"}
        Distribution of the noise.
    layers : tuple of int or None
        Cross-attention layers; None: the backbone's own.
    heads : {"all", "second half"}
        Heads that are averaged.
    features : {"input", "queries", "values"}
        Which image features are kept.
    """

    timestep: int
    noise: Noise = "gaussian"
    layers: tuple[int, ...] | None = None
    heads: Heads = "all"
    features: Facet = "input"


def settings_error(name: str, error: ValidationError) -> SettingsError:
    """Return pydantic's findings as one error of one sentence."""
    return SettingsError(f"{name} cannot be used: {'; '.join(_findings(error))}.")


def _findings(error: ValidationError, outer: tuple[int | str, ...] = ()) -> Iterator[str]:
    """Yield each finding with the setting's full name, those of nested settings too."""
    for finding in error.errors():
        place = (*outer, *finding["loc"])
        nested = getattr(finding.get("ctx", {}).get("error"), "__cause__", None)
        if isinstance(nested, ValidationError):
            yield from _findings(nested, place)
        else:
            yield _finding(".".join(map(str, place)), finding)


def _finding(setting: str, finding: Mapping[str, Any]) -> str:
    message = finding["msg"].removeprefix("Value error, ").rstrip(".")
    if finding["type"] == "extra_forbidden":
        return f"there is no setting {setting}"
    if finding["type"] == "missing":
        return f"{setting} is missing"
    if message.startswith("Input should"):
        expected = message.removeprefix("Input ")
        return f"{setting or 'the input'} {expected}, not {reprlib.repr(finding['input'])}"
    return f"{setting}: {message}" if setting else message
