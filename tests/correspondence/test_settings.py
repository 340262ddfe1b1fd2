"""Settings are validated by whatever way they come in, and errors are one sentence each."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import napari_homolog as nh
from napari_homolog.cli.options import change_preset
from napari_homolog.correspondence import PRESETS, preset, with_method
from napari_homolog.correspondence.settings import Settings
from napari_homolog.diffusion import Backbone
from napari_homolog.errors import HomologError, LandmarkSetError, SettingsError

Parts = dict[str, dict[str, Any]]

WRONG: list[tuple[str, str, Any]] = [
    ("learn", "restarts", 0),
    ("learn", "restarts", 101),
    ("learn", "timestep", 1000),
    ("learn", "timestep", -1),
    ("learn", "distinct_tokens", 2),
    ("learn", "steps", 0),
    ("learn", "steps", "many"),
    ("learn", "learning_rate", 0),
    ("learn", "tolerance", -0.1),
    ("learn", "sigma", 0),
    ("learn", "encodings", 0),
    ("learn", "windows", 0),
    ("learn", "views_per_step", 0),
    ("learn", "close_ups", -1),
    ("learn", "step", 3),
    ("learn", "rounds", 3),
    ("shared", "method", "guess"),
    ("shared", "views", "none"),
    ("shared", "layers", [1, 1]),
    ("shared", "layers", []),
    ("shared", "layers", [-1]),
    ("shared", "crop_share", 0.01),
    ("shared", "crop_share", 1.01),
    ("shared", "close_up_share", 1),
    ("shared", "colour", "red"),
    ("locate", "matcher", "eyes"),
    ("locate", "rotations", 0),
    ("locate", "map_side", 8),
    ("locate", "crops", 3),
    ("locate", "temperature", 0),
    ("locate", "shape_prior", 2),
    ("locate", "close_up_reach", 0),
    ("locate", "read_out", "median"),
    ("locate", "window", 0),
    ("locate", "method", "full-unet"),
]
"""A part, a setting, and a value that it cannot have."""

KINDS: dict[str, type[Settings]] = {
    "shared": nh.SharedSettings,
    "learn": nh.LearnSettings,
    "locate": nh.LocateSettings,
}

WAYS_IN: dict[str, Callable[[str, dict[str, Any]], object]] = {
    "constructor": lambda part, values: KINDS[part](**values),
    "keyword of a preset": lambda part, values: nh.Preset(name="x", **{part: values}),
    "model_validate": lambda part, values: KINDS[part].model_validate(values),
    "model_validate of a preset": lambda part, values: nh.Preset.model_validate(
        {"name": "x", part: values}
    ),
    "model_validate_json": lambda part, values: KINDS[part].model_validate_json(json.dumps(values)),
    "model_validate_json of a preset": lambda part, values: nh.Preset.model_validate_json(
        json.dumps({"name": "x", part: values})
    ),
    "changed": lambda part, values: getattr(preset("attention"), part).changed(**values),
    "changed preset": lambda part, values: preset("attention").changed("x", **{part: values}),
    "--set": lambda part, values: change_preset(
        preset("attention"),
        [f"{part}.{name}={json.dumps(value)}" for name, value in values.items()],
    ),
}


def assert_one_sentence(error: HomologError, *names: str) -> None:
    message = str(error)
    assert "\n" not in message
    assert message.endswith(".")
    assert not re.search(r"\.\s+[A-Z]", message), "it should be one sentence"
    assert "pydantic" not in message
    for name in names:
        assert name in message


@pytest.mark.parametrize("way", WAYS_IN)
@pytest.mark.parametrize(("part", "setting", "value"), WRONG)
def test_a_wrong_value_is_refused_by_the_setting_s_name(
    part: str, setting: str, value: Any, way: str
) -> None:
    with pytest.raises(SettingsError) as raised:
        WAYS_IN[way](part, {setting: value})
    assert_one_sentence(raised.value, setting)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_have_to_be_finite(value: float) -> None:
    with pytest.raises(SettingsError, match="learning_rate should be a finite number"):
        nh.LearnSettings(learning_rate=value)


def test_the_message_tells_what_was_given_and_what_is_allowed() -> None:
    with pytest.raises(SettingsError) as raised:
        nh.Preset.model_validate({"name": "x", "learn": {"restarts": 0, "step": 3}})
    assert str(raised.value) == (
        "Preset cannot be used: learn.restarts should be greater than or equal to 1, not 0; "
        "there is no setting learn.step."
    )


CONTRADICTIONS: dict[str, tuple[str, Parts, tuple[str, ...]]] = {
    "close-ups that were not learned": ("attention", {"locate": {"close_ups": 2}}, ("close_ups",)),
    "paper views, cached queries": (
        "paper",
        {"shared": {"method": "cached-queries"}},
        ("shared.method", "full-unet"),
    ),
    "paper views, close-ups": ("paper", {"learn": {"close_ups": 2}}, ("learn.close_ups",)),
    "paper views, features": ("paper", {"locate": {"matcher": "both"}}, ("locate.matcher",)),
    "paper views, shape prior": ("paper", {"locate": {"shape_prior": 0.1}}, ("shape_prior",)),
    "paper views, rotations": ("paper", {"locate": {"rotations": 4}}, ("locate.rotations",)),
    "paper views, mirror": ("paper", {"locate": {"mirror": True}}, ("locate.mirror",)),
    "paper views, centroid": ("paper", {"locate": {"read_out": "centroid"}}, ("read_out",)),
    "refined paper views": ("paper", {"locate": {"refine": True}}, ("paper", "locate.refine")),
    "shared views become paper views": ("attention", {"shared": {"views": "paper"}}, ("paper",)),
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_settings_that_contradict_each_other_are_refused(case: str) -> None:
    base, changes, names = CONTRADICTIONS[case]
    with pytest.raises(SettingsError) as raised:
        preset(base).changed("odd", **changes)
    assert_one_sentence(raised.value, *names)
    whole = preset(base).model_dump()
    for part, values in changes.items():
        whole[part] |= values
    for way in (
        lambda: nh.Preset(**whole),
        lambda: nh.Preset.model_validate(whole),
        lambda: nh.Preset.model_validate_json(json.dumps(whole)),
    ):
        with pytest.raises(SettingsError) as raised:
            way()
        assert_one_sentence(raised.value, *names)


def test_settings_of_locating_have_to_suit_how_landmarks_were_learned() -> None:
    with pytest.raises(SettingsError, match=r"locate\.close_ups"):
        preset("attention").with_locate(nh.LocateSettings(close_ups=1))
    with pytest.raises(SettingsError, match=r"locate\.read_out = 'argmax'"):
        preset("paper").with_locate(nh.LocateSettings())


@pytest.mark.parametrize(("part", "setting", "value"), WRONG)
def test_a_wrong_value_in_a_landmark_set_s_header_is_refused(
    learned: nh.LandmarkSet, part: str, setting: str, value: Any
) -> None:
    data = learned.to_bytes()
    end = 8 + int.from_bytes(data[:8], "little")
    table = json.loads(data[8:end])
    header = json.loads(table["__metadata__"]["homolog"])
    header["preset"][part][setting] = value
    table["__metadata__"]["homolog"] = json.dumps(header)
    text = json.dumps(table).encode()
    edited = len(text).to_bytes(8, "little") + text + data[end:]
    with pytest.raises(LandmarkSetError, match=r"wings\.safetensors") as raised:
        nh.LandmarkSet.from_bytes(edited, "wings.safetensors")
    assert setting in str(raised.value)


@pytest.mark.parametrize("former", ["balanced", "precise"])
def test_presets_of_version_0_1_have_become_the_default(former: str) -> None:
    with pytest.warns(DeprecationWarning, match="has become 'standard'"):
        assert preset(former) == preset() == preset("standard")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("learn.restarts=0", "LearnSettings restarts"),
        ("learn.restarts", "changes no setting"),
        ("restarts=3", "changes no setting"),
        ("teach.restarts=3", "changes no setting"),
        ("shared.layers=[1, 1]", "layers"),
        ("learn.close_ups=0", "locate.close_ups"),
    ],
)
def test_the_command_line_refuses_wrong_settings(change: str, message: str, tmp_path: Any) -> None:
    from napari_homolog.cli import app

    command = ["benchmark", "folder", "--data", str(tmp_path), "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(app, [*command, "--set", change])
    assert isinstance(result.exception, SettingsError)
    assert_one_sentence(result.exception, *message.split())


def test_changes_on_the_command_line_are_json_or_plain_text() -> None:
    changes = [
        "learn.restarts=2",
        "locate.matcher=both",
        "shared.layers=[0,2]",
        "locate.mirror=true",
    ]
    changed = change_preset(preset("attention"), changes)
    assert (changed.learn.restarts, changed.locate.matcher) == (2, "both")
    assert (changed.shared.layers, changed.locate.mirror) == ((0, 2), True)


@pytest.fixture(scope="module")
def learned(embedded: Backbone) -> nh.LandmarkSet:
    image = np.random.default_rng(0).random((40, 60, 3))
    short = preset("attention").changed(
        "short", learn={"restarts": 1, "steps": 1, "encodings": 1, "windows": 1}
    )
    landmarks = nh.Landmarks({"tip": (10, 20)})
    return nh.learn(embedded, [nh.Reference(image, landmarks)], preset=short)


@pytest.mark.parametrize("name", ["attention", "paper", "full-unet"])
def test_layers_that_the_model_does_not_have_are_refused_when_learning(
    embedded: Backbone, name: str
) -> None:
    base = with_method(preset("attention"), name) if name == "full-unet" else preset(name)
    short = base.changed("short", shared={"layers": (99,)}, learn={"restarts": 1, "steps": 1})
    reference = nh.Reference(np.zeros((40, 60)), nh.Landmarks({"tip": (10, 20)}))
    with pytest.raises(SettingsError) as raised:
        nh.learn(embedded, [reference], preset=short)
    assert_one_sentence(raised.value, "99", "layers 0 to 5")


def test_layers_that_the_model_does_not_have_are_refused_when_locating(
    embedded: Backbone, learned: nh.LandmarkSet
) -> None:
    changed = learned.preset.changed("odd", shared={"layers": (99,)})
    with pytest.raises(SettingsError, match="99"):
        nh.locate(embedded, np.zeros((40, 60)), replace(learned, preset=changed))


def test_a_preset_of_a_timestep_of_its_own_needs_no_model() -> None:
    with pytest.raises(SettingsError, match="No timestep is set"):
        preset("attention").learning_attention  # noqa: B018
    assert preset("paper").learning_attention.timestep == 140
    assert preset("attention").completed(3, 4).locating_attention.timestep == 4


def test_unknown_preset_names_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"'quick'.*standard, fast, lean, attention, paper"):
        preset("quick")


@pytest.mark.parametrize("name", PRESETS)
def test_settings_survive_json(name: str) -> None:
    whole = preset(name)
    assert nh.Preset.model_validate_json(whole.model_dump_json()) == whole
    assert nh.LearnSettings.model_validate_json(whole.learn.model_dump_json()) == whole.learn


@pytest.mark.parametrize("kind", KINDS.values())
def test_every_setting_has_a_description(kind: type[Settings]) -> None:
    assert all(field.description for field in kind.model_fields.values())


def test_names_of_version_0_1_are_understood_as_methods() -> None:
    full = with_method(preset("attention"), "exact")
    assert full.shared.method == "full-unet"
    assert (full.learn.learning_rate, full.learn.steps) == (0.02, 200)
    assert with_method(preset("attention"), "frozen") == preset("attention")
    assert with_method(preset("attention"), "full-unet") == full
    assert nh.SharedSettings(method="exact").method == "full-unet"  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="cached-queries, full-unet"):
        with_method(preset("attention"), "guess")
    with pytest.raises(SettingsError, match="paper's views"):
        with_method(preset("paper"), "cached-queries")


def test_changed_settings_leave_the_others_alone() -> None:
    changed = preset("standard").changed("mine", learn={"restarts": 2}, locate={"matcher": "both"})
    assert (changed.name, changed.learn.restarts, changed.locate.matcher) == ("mine", 2, "both")
    assert changed.learn.changed(restarts=5) == preset("standard").learn
    assert changed.shared == preset("standard").shared
    assert preset("standard").learn.restarts == 5
