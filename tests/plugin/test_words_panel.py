"""Words in a real window."""

from __future__ import annotations

from typing import Any

import napari
import numpy as np
import pytest
from hands import finish

from napari_homolog.plugin.dock import HomologWidget


@pytest.fixture
def at_words(dock: HomologWidget, fish: list[Any]) -> HomologWidget:
    dock.tabs.setCurrentWidget(dock.words)
    return dock


def test_one_layer_for_each_word(
    viewer: napari.Viewer, at_words: HomologWidget, click: Any, qtbot: Any
) -> None:
    dock = at_words
    dock.words.image.choose(viewer.layers["fish 2"])
    dock.words.text.setText("a fish , body red")
    click(dock.words.show_button)
    finish(dock, qtbot)
    made = [layer.name for layer in viewer.layers if layer.name[0].isdigit()]
    assert sorted(made) == ["1 a", "2 fish", "3 ,", "4 body", "5 red"]
    layer = viewer.layers["2 fish"]
    np.testing.assert_allclose(np.array(layer.data.shape) * layer.scale, (120, 160))
    shown = [one.name for one in viewer.layers if one.visible and one.name != "marks"]
    assert shown[-1] == "1 a"
    assert shown[-2] == "fish 2", "what covered the picture is hidden"
    dock.words.text.setText("a fish")
    click(dock.words.show_button)
    finish(dock, qtbot)
    made = [layer.name for layer in viewer.layers if layer.name[0].isdigit()]
    assert sorted(made) == ["1 a", "2 fish"]


def test_without_a_text_or_an_image_there_is_nothing_to_show(
    viewer: napari.Viewer, at_words: HomologWidget
) -> None:
    button = at_words.words.show_button
    assert not button.isEnabled()
    assert "Write a text" in button.toolTip()
    at_words.words.text.setText("a fish")
    assert button.isEnabled()
    viewer.layers.clear()
    assert not button.isEnabled()
    assert "Open an image first" in button.toolTip()
