"""Declares the operation ``sample.count``; every door of Mosaic offers it.

Owns the operation's records. Refuses to count: `words` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
from mosaic_hookspecs import Call, Context, Operation, OperationKind, hookimpl

from .words import count_words


@attrs.frozen(kw_only=True)
class Config:
    """What can be configured under ``plugins.sample``; decoded and checked before the start."""

    shortest: int = attrs.field(default=1, metadata={"help": "Words with fewer letters are not counted."})


@attrs.frozen(kw_only=True)
class CountWords:
    """The text whose words are counted."""

    text: str = attrs.field(metadata={"help": "Any text."})
    limit: int = attrs.field(default=10, metadata={"help": "How many words to return at most."})


@attrs.frozen(kw_only=True)
class WordCounts:
    """How many words there are, and how often the most frequent ones come."""

    total: int = attrs.field(metadata={"help": "All words, each as often as it comes."})
    words: Mapping[str, int] = attrs.field(metadata={"help": "The most frequent words first."})


class SamplePlugin:
    """One operation. The kernel makes an instance for each generation, without arguments."""

    Config = Config

    @hookimpl
    def mosaic_operations(self, context: Context) -> Sequence[Operation]:
        """Declare the operation. Its handler gets decoded input, from callers who may ask."""
        config: Config = context.config

        async def count(data: CountWords, call: Call) -> WordCounts:
            found = count_words(data.text, shortest=config.shortest)
            return WordCounts(total=found.total(), words=dict(found.most_common(data.limit)))

        return [
            Operation(
                name="sample.count",
                kind=OperationKind.QUERY,
                input=CountWords,
                output=WordCounts,
                handler=count,
                permission="sample:read",
                summary="Count the words of a text.",
            )
        ]
