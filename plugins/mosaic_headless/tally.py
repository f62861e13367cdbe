"""What an attempt has spent: as the agent tells it, and estimated where it does not.

Owns the difference between what the agent says in all and what the journal was told already. Refuses to take
anything back: the journal only adds.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from mosaic_hookspecs.agents import Journal
from mosaic_hookspecs.tasks import Usage

BYTES_A_TOKEN = 4
_LONGEST_NAME, _MOST_MODELS, _MOST_KEYS = 100, 32, 10_000


class Tally:
    """Counts one attempt's usage into its journal.

    Args:
        journal: where it goes, as it comes.
        model: which model it is, where the agent does not say.
        is_subscription: it is paid for already, so no money is counted.
        prompt: what the agent was told, for the estimate.
    """

    def __init__(self, journal: Journal, model: str, is_subscription: bool, prompt: str) -> None:  # noqa: FBT001
        self._journal = journal
        self._model = model
        self._is_subscription = is_subscription
        self._counted: dict[str, Usage] = {}
        self._told: dict[str, Usage] = {}
        self._history = len(prompt.encode(errors="replace"))
        self._input_bytes = self._history
        self._output_bytes = 0

    @property
    def total(self) -> Usage:
        """All so far, with what is only estimated yet."""
        return sum(self._counted.values(), self._estimate())

    def each(self, usage: Usage, key: str = "") -> None:
        """Count what one piece of work cost; with a `key`, only what was not told of it before."""
        new = usage
        key = key[:_LONGEST_NAME]
        if key and (key in self._told or len(self._told) < _MOST_KEYS):
            new = _above(usage, self._told.get(key, Usage()))
            self._told[key] = _largest(usage, self._told.get(key, Usage()))
        self._count(attrs.evolve(new, model=usage.model or self._model))
        self._forget()

    def all(self, totals: Mapping[str, Usage]) -> None:
        """Take what was spent in all, by model, for the truth; what was counted under other names is in it."""
        totals = _named(totals, self._model)
        rest = sum((used for model, used in self._counted.items() if model not in totals), Usage())
        for model, total in totals.items():
            new = _above(total, self._counted.get(model, Usage()))
            left = _above(new, rest)
            rest = _above(rest, new)
            self._count(attrs.evolve(left, model=model))
        self._forget()

    def wrote(self, size: int) -> None:
        """Note that the model wrote so many bytes."""
        self._output_bytes += size
        self._history += size

    def read(self, size: int) -> None:
        """Note that a tool answered so many bytes."""
        self._history += size

    def asked_again(self) -> None:
        """Note that the model is asked once more, and reads all that went before."""
        self._input_bytes += self._history

    def settle(self) -> None:
        """Count what the agent has not told of as an estimate; nothing, if the model never answered."""
        estimate = self._estimate()
        if estimate.output_tokens or (estimate.input_tokens and self._counted):
            self._count(attrs.evolve(estimate, model=self._model))
        self._forget()

    def _estimate(self) -> Usage:
        return Usage(
            input_tokens=self._input_bytes // BYTES_A_TOKEN,
            output_tokens=self._output_bytes // BYTES_A_TOKEN,
            is_estimated=bool(self._input_bytes or self._output_bytes),
        )

    def _known(self, model: str) -> str:
        """Return what a model is counted as: its name, as long as there are not too many of them."""
        name = model[:_LONGEST_NAME]
        return name if name in self._counted or len(self._counted) < _MOST_MODELS else ""

    def _forget(self) -> None:
        self._input_bytes = self._output_bytes = 0

    def _count(self, usage: Usage) -> None:
        money = 0.0 if self._is_subscription else usage.money
        usage = attrs.evolve(
            usage, model=self._known(usage.model), money=money, is_subscription=self._is_subscription
        )
        if usage.input_tokens or usage.output_tokens or usage.money:
            self._journal.usage(usage)
        self._counted[usage.model] = self._counted.get(usage.model, Usage()) + usage


def _named(totals: Mapping[str, Usage], model: str) -> Mapping[str, Usage]:
    found: dict[str, Usage] = {}
    for given, total in totals.items():
        name = (given or model)[:_LONGEST_NAME]
        known = name if name in found or len(found) < _MOST_MODELS else ""
        found[known] = found.get(known, Usage()) + total
    return found


def _above(usage: Usage, other: Usage) -> Usage:
    return attrs.evolve(
        usage,
        input_tokens=max(0, usage.input_tokens - other.input_tokens),
        output_tokens=max(0, usage.output_tokens - other.output_tokens),
        cached_tokens=max(0, usage.cached_tokens - other.cached_tokens),
        money=max(0.0, usage.money - other.money),
    )


def _largest(usage: Usage, other: Usage) -> Usage:
    return attrs.evolve(
        usage,
        input_tokens=max(usage.input_tokens, other.input_tokens),
        output_tokens=max(usage.output_tokens, other.output_tokens),
        cached_tokens=max(usage.cached_tokens, other.cached_tokens),
        money=max(usage.money, other.money),
    )
