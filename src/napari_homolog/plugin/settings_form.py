"""A form for settings, made from the settings model: one row a field, its description as tool tip."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from magicgui.widgets import ComboBox, Container, FloatSpinBox, LineEdit, SpinBox, Widget

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

LARGEST = 100_000
"""Upper end of numbers that have none of their own."""

DECIMALS = 6


class SettingsForm(Container[Widget]):
    """Widgets for the fields of a pydantic model.

    Parameters
    ----------
    values : BaseModel
        What to show.
    leave_out : set of str
        Fields that are not for here.
    """

    def __init__(self, values: BaseModel, leave_out: set[str]) -> None:
        self._shown = values
        fields = type(values).model_fields
        super().__init__(
            widgets=[
                _widget(name, field, getattr(values, name))
                for name, field in fields.items()
                if name not in leave_out
            ],
            labels=True,
        )

    def show_values(self, values: BaseModel) -> None:
        """Show other values of the same model."""
        self._shown = values
        for widget in self:
            widget.value = _shown_as(widget, getattr(values, widget.name))

    def changes(self) -> Mapping[str, Any]:
        """Return the values that differ from those shown, by name."""
        found = {}
        for widget in self:
            value, before = _entered(widget), getattr(self._shown, widget.name)
            same = (
                abs(value - before) < 10**-DECIMALS
                if isinstance(before, float)
                else value == before
            )
            if not same:
                found[widget.name] = value
        return found


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
