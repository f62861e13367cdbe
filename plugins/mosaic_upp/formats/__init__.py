"""The formats that plans are read from and written in."""

from __future__ import annotations

from .registry import FORMATS, recognise

__all__ = ["FORMATS", "recognise"]
