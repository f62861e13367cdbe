"""Reads what an agent sent: each value only if it is of the kind that the protocol says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .jsonrpc import INVALID_PARAMS, CallError


def text(data: Any, name: str) -> str:
    """Return a text; "" where there is none."""
    found = data.get(name) if isinstance(data, Mapping) else None
    return found if isinstance(found, str) else ""


def number(data: Any, name: str) -> int | None:
    """Return a whole number from 0 on; None where there is none."""
    found = data.get(name) if isinstance(data, Mapping) else None
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else None


def mapping(data: Any, name: str) -> dict[str, Any]:
    """Return an object; an empty one where there is none."""
    found = data.get(name) if isinstance(data, Mapping) else None
    return found if isinstance(found, dict) else {}


def items(data: Any, name: str) -> Sequence[Any]:
    """Return a list; an empty one where there is none."""
    found = data.get(name) if isinstance(data, Mapping) else None
    return found if isinstance(found, list) else ()


def required(data: Mapping[str, Any], name: str) -> str:
    """Return a text that the protocol requires.

    Raises:
        CallError: it is missing.
    """
    found = data.get(name)
    if not isinstance(found, str) or not found:
        raise CallError(INVALID_PARAMS, f"{name} is missing, or no text")
    return found
