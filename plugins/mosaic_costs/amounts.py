"""Amounts: sums of usage, apart by what was reported, estimated, or paid for by a subscription."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import attrs


def is_usage(found: Any) -> bool:
    """Whether this is a usage that can be counted: anybody's events may have something of that name."""
    return (
        type(found) is dict
        and _is_figure(found.get("input_tokens"))
        and _is_figure(found.get("output_tokens"))
        and _is_figure(found.get("money"))
        and _is_figure(found.get("cached_tokens", 0))
        and type(found.get("model", "")) is str
    )


def _is_figure(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value < math.inf


@attrs.define
class Amount:
    """A sum. `money` has `estimated_money` in it; `subscription_tokens` are among the tokens."""

    attempts: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    subscription_tokens: int = 0
    money: float = 0.0
    estimated_money: float = 0.0

    @property
    def tokens(self) -> int:
        """Tokens in and out."""
        return self.input_tokens + self.output_tokens

    def count(self, usage: Mapping[str, Any]) -> None:
        """Add a usage, as events hold it."""
        into, out, money = usage["input_tokens"], usage["output_tokens"], usage["money"]
        self.input_tokens += into
        self.output_tokens += out
        self.cached_tokens += usage.get("cached_tokens", 0)
        self.money += money
        if usage.get("is_subscription"):
            self.subscription_tokens += into + out
        if usage.get("is_estimated"):
            self.estimated_money += money

    def add(self, other: Amount) -> None:
        """Add another sum, all but its attempts."""
        self.input_tokens += other.input_tokens
        self.cached_tokens += other.cached_tokens
        self.output_tokens += other.output_tokens
        self.subscription_tokens += other.subscription_tokens
        self.money += other.money
        self.estimated_money += other.estimated_money
