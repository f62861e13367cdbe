"""How often others have their turn while something long is done."""

from contextlib import asynccontextmanager

import trio


class Turns:
    """How many turns somebody else has had by now."""

    count = 0


@asynccontextmanager
async def turns_of_others():
    """Have somebody else take every turn that they get, and count them."""
    turns = Turns()

    async def take():
        while True:
            await trio.lowlevel.checkpoint()
            turns.count += 1

    async with trio.open_nursery() as nursery:
        nursery.start_soon(take)
        yield turns
        nursery.cancel_scope.cancel()
