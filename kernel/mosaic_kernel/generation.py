"""One immutable loading of a plugin: its instance, its nursery and its exit stack."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

import trio

from mosaic_hookspecs.context import Log
from mosaic_hookspecs.errors import Refused

from .handles import Seat


class Generation:
    """Owns all that one loading of a plugin started. `seat` counts the operations in flight on it;
    `seats` are the providers that it put in ports.
    """

    def __init__(
        self, name: str, number: int, instance: Any, log: Log, on_crash: Callable[[Generation, Exception], None]
    ) -> None:
        self.name = name
        self.number = number
        self.instance = instance
        self.log = log
        self.seat = Seat(instance)
        self.seats: list[tuple[str, str, Seat]] = []
        self.is_stopped = False
        self.crash: Exception | None = None
        self._on_crash = on_crash
        self._undos: list[Callable[[], Any]] = []
        self._nursery: trio.Nursery | None = None
        self._finished = trio.Event()

    def __repr__(self) -> str:
        return f"<generation {self.number} of {self.name}>"

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Hold the nursery open until `stop` (or a cancellation from outside)."""
        try:
            async with trio.open_nursery() as nursery:
                self._nursery = nursery
                nursery.start_soon(trio.sleep_forever)
                task_status.started()
        finally:
            self._finished.set()

    def start_soon(self, function: Callable[..., Awaitable[Any]], *args: Any) -> None:
        """Run a task that ends with this generation. If it raises, the plugin has crashed."""
        if self._nursery is None or self.is_stopped:
            raise Refused("generation-stopped", f"{self.name!r} has stopped, and cannot start a task")
        self._nursery.start_soon(self._guarded, function, args)

    def on_cleanup(self, undo: Callable[[], Any]) -> None:
        """Push an undo on the exit stack."""
        if self.is_stopped:
            raise Refused("generation-stopped", f"{self.name!r} has stopped, and cannot take an undo")
        self._undos.append(undo)

    async def stop(self, seconds: float) -> None:
        """Cancel the tasks and run the undos, last in, first out, each once; whatever fails is logged
        and the rest goes on. Not cancellable; each wait lasts at most `seconds`.
        """
        if self._nursery is not None:
            self._nursery.cancel_scope.cancel()
            with trio.move_on_after(seconds, shield=True) as scope:
                await self._finished.wait()
            if scope.cancelled_caught:
                self.log.error("plugin.tasks_still_run", seconds=seconds)
        while self._undos:
            undo = self._undos.pop()
            try:
                with trio.move_on_after(seconds, shield=True) as scope:
                    result = undo()
                    if inspect.isawaitable(result):
                        await result
                if scope.cancelled_caught:
                    self.log.error("plugin.cleanup_timed_out", undo=repr(undo), seconds=seconds)
            except Exception as error:  # noqa: BLE001 - a plugin's boundary: the other undos must run
                self.log.error("plugin.cleanup_failed", undo=repr(undo), error=error)  # noqa: TRY400 - our own logger
        self.is_stopped = True

    async def _guarded(self, function: Callable[..., Awaitable[Any]], args: tuple[Any, ...]) -> None:
        try:
            await function(*args)
        except (Exception, SystemExit) as raised:  # noqa: BLE001 - a plugin's boundary: a crash is supervised
            error = raised if isinstance(raised, Exception) else RuntimeError(f"SystemExit: {raised.code}")
            if self.crash is None:
                self.crash = error
                self._on_crash(self, error)
