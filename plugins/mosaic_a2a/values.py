"""Reads what an agent sent: each value only if it is of the kind that the protocol says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def text(data: Any, name: str) -> str:
    """Return a text; "" where there is none."""
    found = data.get(name) if isinstance(data, Mapping) else None
    return found if isinstance(found, str) else ""


def mapping(data: Any, name: str) -> dict[str, Any]:
    """Return an object; an empty one where there is none."""
    found = data.get(name) if isinstance(data, Mapping) else None
    return found if isinstance(found, dict) else {}


def items(data: Any, name: str) -> Sequence[Any]:
    """Return a list; an empty one where there is none."""
    found = data.get(name) if isinstance(data, Mapping) else None
    return found if isinstance(found, list) else ()
