"""Views: the squares of an image that the model sees, and the way back to the image's pixels.

Positions inside a view are normalised coordinates: (0, 0) is its top left corner, (1, 1) its bottom
right one.
"""

from __future__ import annotations
