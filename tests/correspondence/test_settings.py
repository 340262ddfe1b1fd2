from __future__ import annotations

import pytest
from pydantic import ValidationError

from napari_homolog.correspondence import LearnSettings, Preset, preset, with_method
from napari_homolog.errors import SettingsError


def test_unknown_preset_names_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"'quick'.*balanced, fast, precise, paper"):
        preset("quick")


def test_settings_go_through_json() -> None:
    for name in ("balanced", "paper"):
        settings = preset(name).learn
        assert LearnSettings.model_validate_json(settings.model_dump_json()) == settings


def test_unknown_and_impossible_settings_are_refused() -> None:
    with pytest.raises(ValidationError):
        LearnSettings(step=3)  # type: ignore[call-arg]
    with pytest.raises(ValidationError):
        LearnSettings(timestep=1000)


def test_every_setting_says_what_it_is() -> None:
    assert all(field.description for field in LearnSettings.model_fields.values())


def test_other_method_for_learning_and_locating() -> None:
    exact = with_method(preset("balanced"), "exact")
    assert exact.learn.method == exact.locate.method == "exact"
    assert with_method(preset("balanced"), "frozen") == preset("balanced")


def test_changed_settings_are_checked() -> None:
    changed = preset("balanced").changed("mine", learn={"rounds": 2}, locate={"matcher": "both"})
    assert (changed.name, changed.learn.rounds, changed.locate.matcher) == ("mine", 2, "both")
    assert changed.learn.steps == preset("balanced").learn.steps
    with pytest.raises(SettingsError, match="rounds"):
        preset("balanced").changed("mine", learn={"rounds": 0})
    with pytest.raises(SettingsError, match="colour"):
        preset("balanced").changed("mine", locate={"colour": 3})


def test_learning_and_locating_must_agree() -> None:
    with pytest.raises(SettingsError, match="'exact' in learning and 'frozen' in locating"):
        preset("balanced").changed("mine", learn={"method": "exact"})


def test_locating_follows_learning_where_nothing_is_said() -> None:
    mine = Preset(name="mine", learn=LearnSettings(method="exact", layers=(1, 2), timestep=77))
    assert (mine.locate.method, mine.locate.layers) == ("exact", (1, 2))
    assert mine.locate.timestep is None
