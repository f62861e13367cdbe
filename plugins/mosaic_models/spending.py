"""What a request cost, in tokens and money."""

from __future__ import annotations

import attrs

from mosaic_hookspecs.tasks import Usage

from .configuration import Endpoint, Prices
from .draft import Draft

_SIGNS_PER_TOKEN = 4
_MILLION = 1_000_000


def usage_of(draft: Draft, endpoint: Endpoint, model: str, asked: str) -> Usage:
    """Return what was spent: as the endpoint says, or reckoned from the length of what was `asked` and said."""
    found = draft.usage
    if found is None:
        said = len(draft.said) + sum(len(piece) for call in draft.calls.values() for piece in call.arguments)
        found = Usage(
            input_tokens=-(-len(asked) // _SIGNS_PER_TOKEN),
            output_tokens=-(-said // _SIGNS_PER_TOKEN),
            is_estimated=True,
        )
    return attrs.evolve(
        found,
        money=0.0 if endpoint.is_subscription else _money(found, endpoint.prices),
        model=draft.model or model,
        is_subscription=endpoint.is_subscription,
    )


def _money(usage: Usage, prices: Prices | None) -> float:
    if prices is None:
        return 0.0
    cached = prices.input if prices.cached is None else prices.cached
    fresh = usage.input_tokens - usage.cached_tokens
    total = fresh * prices.input + usage.cached_tokens * cached + usage.output_tokens * prices.output
    return total / _MILLION
