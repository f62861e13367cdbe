"""Money as people read it."""

from __future__ import annotations

_LITTLE, _LEAST = 0.1, 0.0001


def dollars(money: float) -> str:
    """Write money to the cent; what is less than ten cents further, so that it does not look like nothing."""
    if not money or money >= _LITTLE:
        return f"${money:,.2f}"
    return f"${money:.4f}" if money >= _LEAST else f"<${_LEAST}"
