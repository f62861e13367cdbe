"""Random walks: whatever is done to a store, it equals the rules over plain dictionaries."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import trio
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from mosaic_hookspecs import MosaicError, Storage

from .opening import OpenProvider
from .reference import Reference
from .walks import draw_command

_WALKS, _STEPS = 25, 40


class Lodger:
    """A provider that lives in a trio loop of its own, in a thread, so that a walk can visit it step
    by step.
    """

    def __init__(self, opened: AbstractAsyncContextManager[Storage]) -> None:
        self._is_ready = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._live, args=(opened,))
        self._thread.start()
        self._is_ready.wait()
        if self._error is not None:
            raise self._error

    def _live(self, opened: AbstractAsyncContextManager[Storage]) -> None:
        async def main() -> None:
            self._leave, self._token = trio.Event(), trio.lowlevel.current_trio_token()
            async with opened as self._storage:
                self._is_ready.set()
                await self._leave.wait()

        try:
            trio.run(main)
        except BaseException as error:  # noqa: BLE001 - the walk's own thread raises it
            self._error = error
        finally:
            self._is_ready.set()

    def ask(self, question: Callable[[Storage], Awaitable[Any]]) -> Any:
        """Do something with the storage, and return what it answers."""

        async def answer() -> Any:
            return await question(self._storage)

        return trio.from_thread.run(answer, trio_token=self._token)

    def close(self) -> None:
        """End the loop."""
        self._token.run_sync_soon(self._leave.set)
        self._thread.join()
        if self._error is not None:
            raise self._error


class StorageWalk(RuleBasedStateMachine):
    """One walk. A subclass says how to open the store."""

    open_store: Callable[[], AbstractAsyncContextManager[Storage]]

    def __init__(self) -> None:
        super().__init__()
        self.reference = Reference()
        self.lodger = Lodger(type(self).open_store())

    def teardown(self) -> None:
        """Check the store as a whole at the end of each walk."""
        try:
            found = self.lodger.ask(lambda storage: storage.verify())
            assert found.is_sound, found
            rebuilt = self.lodger.ask(lambda storage: storage.rebuild())
            assert rebuilt.is_sound, rebuilt
            assert self.lodger.ask(lambda storage: storage.snapshot()) == self.reference.view.snapshot()
        finally:
            self.lodger.close()

    @rule(data=st.data())
    def step(self, data: st.DataObject) -> None:
        """Carry out one command in both, and compare everything."""
        command = draw_command(data.draw, self.reference.view)
        head = len(self.reference.events)
        [outcome] = self.lodger.ask(lambda storage: storage.apply([command], by="walk"))
        events = self.lodger.ask(lambda storage: storage.events(after=head))
        now = events[0].at if events else (self.reference.events[-1].at if head else 0)
        wanted = self.reference.do(command, now=now, by="walk")
        if isinstance(wanted, MosaicError):
            assert isinstance(outcome, type(wanted)), (command, outcome, wanted)
            assert outcome.code == wanted.code
        elif events:
            assert outcome == wanted, command
        assert list(events) == self.reference.events[head:], command
        assert self.lodger.ask(lambda storage: storage.snapshot()) == self.reference.view.snapshot(), command
        deadlines = [key for key in (self.lodger.ask(lambda storage: storage.next_deadline()),) if key]
        due = self.reference.view.overdue(2**62, 1)
        assert len(deadlines) == len(due), command


class TestWalk:
    """The store and the reference stay equal, whatever is asked of them."""

    def test_equals_the_reference(self, mosaic_provider: OpenProvider, tmp_path: Path) -> None:
        """After every command, its outcome, its events and all records are the reference's."""
        count = 0

        def open_store() -> AbstractAsyncContextManager[Storage]:
            nonlocal count
            count += 1
            directory = tmp_path / f"walk-{count}"
            directory.mkdir()
            return mosaic_provider(directory)

        walk = type("Walk", (StorageWalk,), {"open_store": staticmethod(open_store)})
        run_state_machine_as_test(
            walk,
            settings=settings(
                max_examples=_WALKS,
                stateful_step_count=_STEPS,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
