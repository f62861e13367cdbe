"""The model: one request is one call of `complete`. It keeps no conversation and retries nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping

import trio
from mosaic_hookspecs import InputError, Usage
from mosaic_hookspecs.models import ModelReply, ModelRequest

_SIGNS_PER_TOKEN = 4


class TableModel:
    """`mosaic_hookspecs.models.Model` over a table of patterns and answers."""

    def __init__(self, name: str, answers: Mapping[str, str]) -> None:
        self.name = name
        self._answers = [(re.compile(pattern), answer) for pattern, answer in answers.items()]

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Answer by the first pattern that is found in the last message.

        Raises:
            InputError: the request names another model, or nothing was asked that the table knows (code
                ``model-refused``).
        """
        # A real one would ask an endpoint here, and let a cancellation end that.
        await trio.lowlevel.checkpoint()
        if request.model not in {"", self.name}:
            raise InputError(
                "model-refused", "there is no such model", expected=self.name, got=request.model[:80]
            )
        asked = request.messages[-1].text if request.messages else ""
        for pattern, answer in self._answers:
            if pattern.search(asked):
                return ModelReply(text=answer, usage=_usage(asked, answer), model=self.name)
        raise InputError(
            "model-refused",
            "the table has no answer to this",
            where="plugins.sample.answers",
            got=repr(asked[:80]),
            hint="Add a pattern that is found in it.",
        )


def _usage(asked: str, answer: str) -> Usage:
    # Nobody counted: so it is reckoned, and says so.
    return Usage(
        input_tokens=-(-len(asked) // _SIGNS_PER_TOKEN),
        output_tokens=-(-len(answer) // _SIGNS_PER_TOKEN),
        is_estimated=True,
    )
