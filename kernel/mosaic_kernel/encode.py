"""Turns records into JSON data; the rule stands on the ground floor, since every door needs it."""

from __future__ import annotations

from mosaic_hookspecs.encode import to_json_data

__all__ = ["to_json_data"]
