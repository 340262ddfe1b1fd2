"""Vertex buffers of napari's canvas that must not outlive a removed layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vispy.gloo import gl

if TYPE_CHECKING:
    import napari

ATTRIBUTES = 16
"""Vertex attributes that every OpenGL has at least."""


def forget_drawn_buffers(viewer: napari.Viewer) -> None:
    """Disable the vertex attributes that were drawn last; called when a layer was removed.

    vispy (0.16) leaves a visual's vertex attributes enabled after drawing it. When their buffers are
    freed with the layer, the next visual with fewer attributes reads freed memory and the process
    crashes. Labels beside points have the most attributes.
    """
    canvas = viewer.window._qt_viewer.canvas.native
    canvas.makeCurrent()
    for attribute in range(ATTRIBUTES):
        gl.glDisableVertexAttribArray(attribute)
    canvas.doneCurrent()
