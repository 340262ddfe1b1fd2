from __future__ import annotations

import pytest
from pydantic import ValidationError

from napari_homolog.correspondence import LearnSettings, preset, with_method
from napari_homolog.correspondence.settings import locate_settings_for
from napari_homolog.errors import SettingsError


def test_unknown_preset_names_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"'quick'.*balanced, paper"):
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


@pytest.mark.parametrize("name", ["balanced", "paper"])
def test_what_was_learned_by_a_preset_is_located_by_it(name: str) -> None:
    assert locate_settings_for(preset(name).learn) == preset(name).locate


def test_locating_follows_layers_and_heads_of_learning() -> None:
    located = locate_settings_for(LearnSettings(layers=(3, 4), heads="second half", method="exact"))
    assert (located.layers, located.heads, located.method) == ((3, 4), "second half", "exact")
