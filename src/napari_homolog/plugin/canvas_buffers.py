"""The canvas, where a layer that goes would take the window with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vispy.gloo import gl

if TYPE_CHECKING:
    import napari

ATTRIBUTES = 16
"""Vertex attributes that every OpenGL has at least."""


def forget_drawn_buffers(viewer: napari.Viewer) -> None:
    """Let the canvas no longer read what was drawn last; called when a layer was removed.

    vispy (0.16) leaves a visual's vertex attributes enabled after drawing it. When their buffers go
    with the layer, the next visual that is drawn, with fewer attributes of its own, reads freed
    memory, and the process ends. Names beside points have the most attributes.
    """
    canvas = viewer.window._qt_viewer.canvas.native
    canvas.makeCurrent()
    for attribute in range(ATTRIBUTES):
        gl.glDisableVertexAttribArray(attribute)
    canvas.doneCurrent()
