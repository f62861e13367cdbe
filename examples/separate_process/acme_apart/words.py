"""Counts words. Nothing here knows that it runs in a process of its own: the manifest says so."""

import os
from collections.abc import AsyncIterator, Sequence

import attrs

from mosaic_hookspecs import Call, Context, Operation, OperationKind, State, hookimpl


@attrs.frozen(kw_only=True)
class Config:
    """What can be configured under ``plugins.words``."""

    at_least: int = attrs.field(default=1, metadata={"help": "Letters that a word has, at least."})


@attrs.frozen(kw_only=True)
class Text:
    """What to count in."""

    text: str = attrs.field(metadata={"help": "Any text."})


@attrs.frozen(kw_only=True)
class Count:
    """How many words there are: in this text, and in all texts so far."""

    words: int
    total: int
    process: int


@attrs.frozen(kw_only=True)
class Word:
    """One word."""

    word: str


class WordsPlugin:
    """A query, a stream, and a total that the next generation takes over."""

    Config = Config

    def __init__(self) -> None:
        self._total = 0

    @hookimpl
    def mosaic_operations(self, context: Context) -> Sequence[Operation]:
        """Declare the operations."""

        def words(text: str) -> list[str]:
            return [word for word in text.split() if len(word) >= context.config.at_least]

        async def count(data: Text, call: Call) -> Count:
            found = len(words(data.text))
            self._total += found
            return Count(words=found, total=self._total, process=os.getpid())

        async def split(data: Text, call: Call) -> AsyncIterator[Word]:
            for word in words(data.text):
                yield Word(word=word)

        return [
            Operation(
                name="words.count",
                kind=OperationKind.QUERY,
                input=Text,
                output=Count,
                handler=count,
                permission="words:read",
                summary="Count the words of a text.",
            ),
            Operation(
                name="words.split",
                kind=OperationKind.STREAM,
                input=Text,
                output=Word,
                handler=split,
                permission="words:read",
                summary="Follow the words of a text, one by one.",
            ),
        ]

    @hookimpl
    async def mosaic_export_state(self, context: Context) -> State:
        """Hand the total over."""
        return State(data={"total": self._total})

    @hookimpl
    async def mosaic_import_state(self, context: Context, state: State) -> None:
        """Take the total over."""
        state.require(1)
        self._total = state.data["total"]
