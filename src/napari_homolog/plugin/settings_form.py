"""A form generated from the settings models: one row per setting, with its description as tooltip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from magicgui.widgets import ComboBox, Container, FloatSpinBox, LineEdit, SpinBox, Widget

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from ..correspondence import Preset

LARGEST = 100_000
"""Upper limit of numbers that have none of their own."""

DECIMALS = 6


PARTS = ("shared", "learn")
"""Parts of a preset that are shown: what is chosen before learning."""

LEFT_OUT = {"method", "views"}
"""Settings that a preset decides."""


class SettingsForm(Container[Widget]):
    """Widgets for the settings of a preset that are chosen before learning.

    Parameters
    ----------
    preset : Preset
        What to show.
    """

    def __init__(self, preset: Preset) -> None:
        self._shown = preset
        self._parts = {
            name: part
            for part in PARTS
            for name in type(getattr(preset, part)).model_fields
            if name not in LEFT_OUT
        }
        super().__init__(
            widgets=[_widget(name, self._field(name), self._value(name)) for name in self._parts],
            labels=True,
        )

    def show_values(self, preset: Preset) -> None:
        """Show the settings of another preset."""
        self._shown = preset
        for widget in self:
            widget.value = _shown_as(widget, self._value(widget.name))

    def changes(self) -> dict[str, dict[str, Any]]:
        """Return the values that differ from the preset's, by name, for each part that has some."""
        changed: dict[str, dict[str, Any]] = {}
        for widget in self:
            value, before = _entered(widget), self._value(widget.name)
            same = (
                abs(value - before) < 10**-DECIMALS
                if isinstance(before, float)
                else value == before
            )
            if not same:
                changed.setdefault(self._parts[widget.name], {})[widget.name] = value
        return changed

    def _value(self, name: str) -> Any:
        return getattr(getattr(self._shown, self._parts[name]), name)

    def _field(self, name: str) -> FieldInfo:
        field: FieldInfo = type(getattr(self._shown, self._parts[name])).model_fields[name]
        return field


def _widget(name: str, field: FieldInfo, value: Any) -> Widget:
    label, tip = name.replace("_", " ").capitalize(), field.description or ""
    limits = {
        key: getattr(one, key)
        for one in field.metadata
        for key in ("ge", "gt", "le", "lt")
        if hasattr(one, key)
    }
    if get_origin(field.annotation) is Literal:
        widget: Widget = ComboBox(choices=get_args(field.annotation), value=value)
    elif field.annotation is bool:
        widget = ComboBox(choices=[("yes", True), ("no", False)], value=value)
    elif field.annotation is int:
        low = limits.get("ge", limits.get("gt", -1) + 1)
        widget = SpinBox(value=value, min=low, max=limits.get("le", LARGEST))
    elif field.annotation is float:
        widget = FloatSpinBox(value=value, min=0.0, max=LARGEST, step=10**-3)
        widget.native.setDecimals(DECIMALS)
        widget.value = value
    else:
        widget = LineEdit(value=_as_text(value))
    widget.name, widget.label, widget.tooltip = name, label, tip
    return widget


def _shown_as(widget: Widget, value: Any) -> Any:
    return _as_text(value) if isinstance(widget, LineEdit) else value


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _entered(widget: Any) -> Any:
    """Return a widget's value; text is a list of whole numbers, a whole number, or nothing."""
    if not isinstance(widget, LineEdit):
        return widget.value
    parts = [part.strip() for part in widget.value.split(",") if part.strip()]
    if not parts:
        return None
    numbers = [int(part) if part.lstrip("-").isdigit() else part for part in parts]
    return tuple(numbers) if len(numbers) > 1 or widget.name == "layers" else numbers[0]
