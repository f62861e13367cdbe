"""What a session has cost, from the different places in which agents say it.

Owns turning running totals into what was added, so that nothing is counted twice. Refuses to guess: what no
agent says stays zero, and the costs plugin may estimate.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from mosaic_hookspecs import Usage

from .limits import Limit
from .values import items, mapping, number, text


class Spending:
    """The spending of one attempt.

    Args:
        journal: takes what was added.
        limit: what the attempt may spend.
        stop: is called once when that is spent.
        is_subscription: whether the agent is paid for otherwise.
        counts_all: whether the tokens that it tells are all; else they count as an estimate.
        money_before: what the session had cost before this attempt.
    """

    def __init__(  # noqa: PLR0913 - what it counts by
        self,
        journal: Callable[[Usage], None],
        limit: Limit,
        stop: Callable[[], None],
        *,
        is_subscription: bool = False,
        counts_all: bool = True,
        money_before: float = 0.0,
    ) -> None:
        self._journal = journal
        self._limit = limit
        self._stop = stop
        self._is_subscription = is_subscription
        self._counts_all = counts_all
        self.money_total = money_before
        self.model = ""
        self.spent = Usage()
        self.calls = 0
        self.is_over = False

    def update(self, update: Mapping[str, Any]) -> None:
        """Take a ``usage_update``: the session's cost so far."""
        cost = mapping(update, "cost")
        amount = cost.get("amount")
        if not isinstance(amount, int | float) or isinstance(amount, bool) or not math.isfinite(amount):
            return
        if text(cost, "currency").upper() != "USD" or amount <= self.money_total:
            return
        added = amount - self.money_total
        self.money_total = float(amount)
        self._add(Usage(money=0.0 if self._is_subscription else added))

    def called(self) -> None:
        """Count a call of a tool."""
        self.calls += 1
        if self._limit.calls is not None and self.calls > self._limit.calls:
            self._end()

    def answered(self, answer: Mapping[str, Any]) -> None:
        """Take the answer to the prompt, which may say the tokens."""
        usage, quota = mapping(answer, "usage"), mapping(mapping(answer, "_meta"), "quota")
        models = [text(one, "model") for one in items(quota, "model_usage")]
        if models:
            self.model = models[0] if len(models) == 1 else ""
        if usage:
            self._add(_tokens(usage, is_estimated=not self._counts_all))
            return
        count = mapping(quota, "token_count")
        if count:
            self._add(
                Usage(
                    input_tokens=number(count, "input_tokens") or 0,
                    output_tokens=number(count, "output_tokens") or 0,
                )
            )

    def _add(self, usage: Usage) -> None:
        usage = attrs.evolve(usage, model=self.model, is_subscription=self._is_subscription)
        self.spent += usage
        self._journal(usage)
        tokens = self.spent.input_tokens + self.spent.output_tokens
        over_money = self._limit.money is not None and self.spent.money > self._limit.money
        over_tokens = self._limit.tokens is not None and tokens > self._limit.tokens
        if over_money or over_tokens:
            self._end()

    def _end(self) -> None:
        if not self.is_over:
            self.is_over = True
            self._stop()


def _tokens(usage: Mapping[str, Any], *, is_estimated: bool) -> Usage:
    read, written = number(usage, "cachedReadTokens") or 0, number(usage, "cachedWriteTokens") or 0
    given, made = number(usage, "inputTokens") or 0, number(usage, "outputTokens") or 0
    # Some agents count what came from a cache into the input, some beside it: the total tells.
    is_beside = (number(usage, "totalTokens") or 0) >= given + made + read + written
    return Usage(
        input_tokens=given + read + written if is_beside else given,
        output_tokens=made,
        cached_tokens=read if is_beside else min(read, given),
        is_estimated=is_estimated,
    )
