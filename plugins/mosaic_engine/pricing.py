"""What usage costs where the agent did not say so: tokens times list prices, marked as estimated."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files

import attrs

from mosaic_hookspecs.tasks import Usage

_MILLION = 1_000_000


@attrs.frozen(kw_only=True)
class Price:
    """What a model costs, in US dollars for a million tokens; `cached` is for input read from a cache."""

    input: float = attrs.field(validator=attrs.validators.ge(0.0))
    output: float = attrs.field(validator=attrs.validators.ge(0.0))
    cached: float | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.ge(0.0))
    )


class Prices:
    """Prices by the name of the model; `own` ones, under patterns such as ``claude-*``, before the list's."""

    def __init__(self, own: Mapping[str, Price]) -> None:
        self._own = own

    def priced(self, usage: Usage) -> Usage:
        """Return `usage` with its cost: as it is where the agent told it, where a subscription has paid for it,
        or where no price is known.
        """
        tokens = usage.input_tokens + usage.output_tokens
        if usage.money or usage.is_subscription or not (usage.model and tokens):
            return usage
        price = _best(self._own, usage.model) or _best(listed(), usage.model)
        if price is None:
            return usage
        cached = min(usage.cached_tokens, usage.input_tokens)
        at_cached = price.input if price.cached is None else price.cached
        cost = (usage.input_tokens - cached) * price.input + cached * at_cached
        cost += usage.output_tokens * price.output
        return attrs.evolve(usage, money=cost / _MILLION, is_estimated=True)


@cache
def listed() -> Mapping[str, Price]:
    """Return the list prices that Mosaic knows."""
    import yaml

    data = yaml.safe_load(files(__package__).joinpath("prices.yaml").read_text("utf-8"))
    return {pattern: Price(**price) for pattern, price in data["prices"].items()}


def _best(prices: Mapping[str, Price], model: str) -> Price | None:
    """Return the price under the longest pattern that fits, with or without the name's ``provider/`` part."""
    names = (model, model.rpartition("/")[2])
    fitting = [pattern for pattern in prices if any(fnmatchcase(name, pattern) for name in names)]
    return prices[max(fitting, key=len)] if fitting else None
