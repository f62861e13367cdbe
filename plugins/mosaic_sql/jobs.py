"""The bridge between trio and a thread that owns a connection.

Owns the hand-over: callers wait in trio, the thread takes whatever is queued, and answers a whole
batch with one wake-up of the loop. An idle thread costs nothing.
"""

from __future__ import annotations

import copy
import queue
import threading
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import outcome
import trio

T = TypeVar("T")
Answer = outcome.Outcome[Any]


class Job(Generic[T]):
    """One call that waits: `work` runs in the thread. `is_alone`: not in a transaction with others."""

    __slots__ = ("_task", "is_abandoned", "is_alone", "work")

    def __init__(self, work: Callable[[T], Any], task: trio.lowlevel.Task, *, is_alone: bool) -> None:
        self.work = work
        self.is_alone = is_alone
        self.is_abandoned = False
        self._task = task

    def abandon(self, _raise_cancel: object) -> trio.lowlevel.Abort:
        """Stop waiting: the caller was cancelled. Work that has begun goes on."""
        self.is_abandoned = True
        return trio.lowlevel.Abort.SUCCEEDED

    def answer(self, result: Answer) -> None:
        """Wake the caller, in trio's thread."""
        if not self.is_abandoned:
            self.is_abandoned = True
            trio.lowlevel.reschedule(self._task, result)


class JobThread(Generic[T]):
    """A thread that carries out jobs in order, in batches as its `carry_out` likes them.

    Args:
        name: the thread's name.
        carry_out: runs in the thread; answers every job of a batch, in order, or raises what all of
            them are answered with.
        largest_batch: the most jobs that it is given at once.
        on_answered: runs in trio's thread after each batch.
    """

    def __init__(
        self,
        name: str,
        carry_out: Callable[[Sequence[Job[T]]], Sequence[Answer]],
        *,
        largest_batch: int,
        on_answered: Callable[[], None] | None = None,
    ) -> None:
        self._queue: queue.SimpleQueue[Job[T] | None] = queue.SimpleQueue()
        self._carry_out = carry_out
        self._largest_batch = largest_batch
        self._on_answered = on_answered
        self._token = trio.lowlevel.current_trio_token()
        self._is_closed = False
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    async def call(self, work: Callable[[T], Any], *, is_alone: bool = False) -> Any:
        """Have the thread do `work`, and return what that returns or raise what it raises."""
        await trio.lowlevel.checkpoint_if_cancelled()
        if self._is_closed:
            raise trio.ClosedResourceError("the store is closed")
        job = Job(work, trio.lowlevel.current_task(), is_alone=is_alone)
        self._queue.put(job)
        return await trio.lowlevel.wait_task_rescheduled(job.abandon)

    async def aclose(self) -> None:
        """Finish what is queued, and end the thread. May be called again."""
        if not self._is_closed:
            self._is_closed = True
            self._queue.put(None)
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(self._thread.join)

    def _serve(self) -> None:
        while True:
            job = self._queue.get()
            batch: list[Job[T]] = []
            is_last = job is None
            while job is not None:
                batch.append(job)
                if len(batch) >= self._largest_batch:
                    break
                try:
                    job = self._queue.get_nowait()
                except queue.Empty:
                    break
                is_last = job is None
            for part in _split(batch):
                self._answer(part)
            if is_last:
                return

    def _answer(self, batch: Sequence[Job[T]]) -> None:
        try:
            answers = self._carry_out(batch)
        except Exception as error:  # noqa: BLE001 - the callers get it, in their own task
            answers = fail_all(error, len(batch))

        def deliver() -> None:
            for job, answer in zip(batch, answers, strict=True):
                job.answer(answer)
            if self._on_answered is not None:
                self._on_answered()

        try:
            self._token.run_sync_soon(deliver)
        except trio.RunFinishedError:
            return  # nobody is left to be told


def fail_all(error: Exception, count: int) -> Sequence[Answer]:
    """Answer several jobs with one error: each with a copy, since raising it changes it."""
    return [outcome.Error(copy.copy(error).with_traceback(error.__traceback__)) for _ in range(count)]


def _split(batch: Sequence[Job[T]]) -> Sequence[Sequence[Job[T]]]:
    """Give jobs that must be alone a batch of their own."""
    parts: list[list[Job[T]]] = []
    for job in batch:
        if job.is_abandoned:
            continue
        if parts and not job.is_alone and not parts[-1][0].is_alone:
            parts[-1].append(job)
        else:
            parts.append([job])
    return parts
