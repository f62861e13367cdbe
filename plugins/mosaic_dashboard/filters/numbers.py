"""Numbers: money, tokens, shares."""

from __future__ import annotations

from typing import Any

_CENT = 0.01
_THOUSAND = 1000


def money(amount: Any) -> str:
    """Return US dollars; small amounts in as many digits as tell something."""
    if not isinstance(amount, int | float):
        return "–"
    if 0 < amount < _CENT:
        return f"${amount:.4f}"
    return f"${amount:,.2f}"


def tokens(count: Any) -> str:
    """Return a count, in thousands or millions where it is that many."""
    if not isinstance(count, int | float):
        return "–"
    value = float(count)
    for unit in ("", "k", "M"):
        if abs(value) < _THOUSAND:
            return f"{value:.0f}" if not unit else f"{value:.1f}{unit}"
        value /= _THOUSAND
    return f"{value:,.1f}G"


def percent(share: Any) -> str:
    """Return a share from 0 to 1 as percent."""
    return f"{share * 100:.0f} %" if isinstance(share, int | float) else "–"
