"""What is known before a target is seen: the landmarks' shape, poses, background, the way back."""

from __future__ import annotations
