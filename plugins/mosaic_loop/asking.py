"""Asks a model with patience: one that is overloaded is asked again, later and later, for a bounded time.

Owns the waiting. Refuses to try again what trying again cannot help: a missing key, a request that is not
accepted.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import trio

from mosaic_hookspecs.context import Port
from mosaic_hookspecs.errors import Unavailable
from mosaic_hookspecs.models import ModelReply, ModelRequest

_FIRST_WAIT = 1.0
_LONGEST_WAIT = 30.0
_AGAIN = frozenset({"model-unavailable", "model-malformed"})


class OutOfPatience(Exception):
    """The model did not answer for as long as it was waited for; the text says what it said last."""


async def ask(
    models: Port, name: str, request: ModelRequest, patience_seconds: float, tell: Callable[[str], None]
) -> ModelReply:
    """Ask the model of that name; `tell` hears of each wait, in a line.

    Raises:
        OutOfPatience: it was unavailable all the time.
        MosaicError: there is no such model, or it refuses; see `mosaic_hookspecs.models.Model`.
    """
    model = models.get(name)
    until = trio.current_time() + patience_seconds
    wait = _FIRST_WAIT
    while True:
        try:
            reply: ModelReply = await model.complete(request)
        except Unavailable as error:
            if error.code not in _AGAIN:
                raise
            # Many attempts wait for the same endpoint; they are not to come back all at once.
            pause = wait * random.uniform(0.75, 1.25)  # noqa: S311 - no secret
            if trio.current_time() + pause > until:
                raise OutOfPatience(str(error)) from None
            tell(f"{error.what}; asking again in {pause:.0f} s")
            await trio.sleep(pause)
            wait = min(2 * wait, _LONGEST_WAIT)
        else:
            return reply
