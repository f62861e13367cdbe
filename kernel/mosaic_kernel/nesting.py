"""What the running task is inside of: calls in flight, and the tasks of generations.

A call that a plugin makes of itself must not wait for its own end. Nothing is written down for that while
calls are made, since they are many: what is asked here, rarely, is read off the frames of the task and of
those that it was started by. A function that counts a call keeps its seat in a local named ``seat_in_use``;
one that runs a generation's task keeps that in ``generation_in_use``. Contexts and iterators have no frame
while their bodies run: their seats hold the tasks that are inside.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from .seats import Seat

_CALL = "seat_in_use"
_TASK = "generation_in_use"


def is_inside(seat: Seat) -> bool:
    """Whether the running task, or a task that it descends from, is in a call that `seat` counts."""
    if seat.inside and any(task in seat.inside for task in tasks_around()):
        return True
    return any(one is seat for one in _marked(_CALL))


def tasks_around() -> Iterator[object]:
    """Yield the running task, and those that it descends from."""
    task: trio.lowlevel.Task | None = trio.lowlevel.current_task()
    while task is not None:
        yield task
        nursery = task.parent_nursery
        task = nursery.parent_task if nursery is not None else None


def generations_around() -> list[object]:
    """Return the generations that the running task works for, in a call or in a task of theirs, so that
    none of them can end before it does. Calls name their seats instead.
    """
    return [*_marked(_TASK), *_marked(_CALL)]


def _marked(mark: str) -> Iterator[object]:
    for frame in _frames():
        if mark in frame.f_code.co_varnames or mark in frame.f_code.co_cellvars:
            value = frame.f_locals.get(mark)
            if value is not None:
                yield value


def _frames() -> Iterator[FrameType]:
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the only way to one's own frames
    while frame is not None:
        yield frame
        frame = frame.f_back
    nursery = trio.lowlevel.current_task().parent_nursery
    while nursery is not None:
        task = nursery.parent_task
        for waiting, _ in task.iter_await_frames():
            yield waiting
        nursery = task.parent_nursery
