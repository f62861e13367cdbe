"""One immutable loading of a plugin: its code, its configuration, its instance, its nursery and its exit
stack.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import trio

from mosaic_hookspecs.context import Log
from mosaic_hookspecs.errors import Refused
from mosaic_hookspecs.operations import InterceptorSpec, Operation

from .failures import contained
from .seats import Seat

if TYPE_CHECKING:
    from .reloading.editions import Edition


@attrs.frozen(kw_only=True)
class Recipe:
    """What a generation is made from. `edition` is the loading of its package's code; None for a plugin
    that was given in process, or that runs in a process of its own.
    """

    plugin_class: Any
    config: Any = None
    edition: Edition | None = None


class Generation:
    """Owns all that one loading of a plugin started. `seat` counts the operations in flight on it; `seats`
    are the providers that it has for ports, in them or about to be.
    """

    def __init__(  # noqa: PLR0913 - what a generation is
        self,
        name: str,
        number: int,
        recipe: Recipe,
        log: Log,
        on_crash: Callable[[Generation, Exception], None],
        most_tasks: int = 0,
    ) -> None:
        self.name = name
        self.number = number
        self.recipe = recipe
        made = recipe.plugin_class
        self.instance = made() if isinstance(made, type) else made
        self.log = log
        self.seat = Seat(self.instance)
        self.seats: list[tuple[str, str, Seat]] = []
        self.operations: Sequence[Operation] = ()
        self.interceptors: Sequence[InterceptorSpec] = ()
        self.context: Any = None
        self.is_stopped = False
        self.crash: Exception | None = None
        self.tasks = 0
        self._most_tasks = most_tasks
        self._on_crash = on_crash
        self._undos: list[Callable[[], Any]] = []
        self._nursery: trio.Nursery | None = None
        self._finished = trio.Event()
        if recipe.edition is not None:
            recipe.edition.enter(self)

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
        """Run a task that ends with this generation. If it raises, the plugin has crashed.

        Raises:
            Refused: the generation has stopped (code ``generation-stopped``), or runs more tasks than a
                plugin may (code ``too-many-tasks``).
        """
        if self._nursery is None or self.is_stopped:
            raise Refused("generation-stopped", f"{self.name!r} has stopped, and cannot start a task")
        if self._most_tasks and self.tasks >= self._most_tasks:
            raise Refused(
                "too-many-tasks",
                f"plugin {self.name!r} runs too many tasks at once",
                expected=f"at most {self._most_tasks}",
                hint="Let tasks end, or raise kernel.tasks_per_plugin.",
            )
        self.tasks += 1
        self._nursery.start_soon(self._guarded, function, args)

    def on_cleanup(self, undo: Callable[[], Any]) -> None:
        """Push an undo on the exit stack."""
        if self.is_stopped:
            raise Refused("generation-stopped", f"{self.name!r} has stopped, and cannot take an undo")
        self._undos.append(undo)

    def all_seats(self) -> tuple[Seat, ...]:
        """Return every seat that calls of this generation are counted on."""
        return (self.seat, *(seat for _, _, seat in self.seats))

    async def stop(self, seconds: float) -> None:
        """Cancel the tasks and run the undos, last in, first out, each once; whatever fails is logged
        and the rest goes on. Not cancellable; each wait lasts at most `seconds`.
        """
        if self._nursery is not None:
            self._nursery.cancel_scope.cancel()
            with trio.move_on_after(seconds, shield=True) as scope:
                await self._finished.wait()
            if scope.cancelled_caught:
                self.log.error("plugin.tasks_still_run", tasks=self.tasks, seconds=seconds)
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
        if self.recipe.edition is not None:
            self.recipe.edition.leave(self)

    async def _guarded(self, function: Callable[..., Awaitable[Any]], args: tuple[Any, ...]) -> None:
        generation_in_use = self  # for `nesting`
        try:
            await function(*args)
        except BaseException as raised:
            error = contained(raised)
            if error is None:
                raise
            generation_in_use.has_crashed(error)
        finally:
            self.tasks -= 1

    def has_crashed(self, error: Exception) -> None:
        """Tell the supervisor, once."""
        if self.crash is None:
            self.crash = error
            self._on_crash(self, error)
