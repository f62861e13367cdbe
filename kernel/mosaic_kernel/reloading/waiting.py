"""Who carries out a change, and who waits for which end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import trio

from mosaic_hookspecs.errors import Refused

from ..generation import Generation
from ..nesting import generations_around, tasks_around

Result = TypeVar("Result")
Waits = Callable[[Generation], bool]
"""Whether to wait for the end of an old generation."""


def others() -> Waits:
    """Return a wait for the end of every old generation but those that the running task works for: it
    would wait for itself.
    """
    around, tasks = generations_around(), tuple(tasks_around())

    def waits(old: Generation) -> bool:
        seats = old.all_seats()
        if any(task in seat.inside for seat in seats for task in tasks):
            return False
        return not any(one is old or one in seats for one in around)

    return waits


def nobody(old: Generation) -> bool:
    """Wait for the end of no old generation."""
    return False


async def apart(nursery: trio.Nursery, change: Callable[[], Awaitable[Result]]) -> Result:
    """Carry out a change in a task of the kernel's: it may end the generation that asked for it, and is not
    to be left half done when the one who asked goes away.

    Raises:
        Exception: what the change raises.
        Refused: the kernel has stopped meanwhile.
    """
    done = trio.Event()
    results: list[Result] = []
    errors: list[Exception] = []

    async def carry_out() -> None:
        try:
            results.append(await change())
        except Exception as error:  # noqa: BLE001 - raised where the answer is waited for
            errors.append(error)
        finally:
            done.set()

    nursery.start_soon(carry_out)
    await done.wait()
    if errors:
        raise errors[0]
    if not results:
        raise Refused("kernel-stopped", "the kernel has stopped in the middle of the change")
    return results[0]
