"""The agent ``person``: puts a task into the inbox, and waits until a person reports it.

Does nothing of the work itself, and judges nothing: what a person reports is verified as any agent's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import trio

from mosaic_hookspecs.agents import AgentResult, Assignment
from mosaic_hookspecs.context import Clock
from mosaic_hookspecs.documents import documents_of
from mosaic_hookspecs.offers import AgentOffer
from mosaic_hookspecs.records import is_live

from .configuration import Config
from .identifiers import TASK
from .listening import Bell, Listening
from .offer import OFFER
from .store import REPORTS, TASKS, WAITING, Store, key_of, record_event


class Person:
    """`mosaic_hookspecs.agents.Agent` for all people there are."""

    def __init__(self, store: Store, listening: Listening, clock: Clock, config: Config) -> None:
        self._store = store
        self._listening = listening
        self._clock = clock
        self._config = config
        self._is_leaving = False

    @property
    def offer(self) -> AgentOffer:
        """Tasks that ask for a person; any number, since people come and go."""
        return OFFER

    def leave(self) -> None:
        """Give back every task: they come again, to the next generation or at the next start."""
        self._is_leaving = True
        self._listening.ring_all()

    async def run(self, assignment: Assignment) -> AgentResult:
        """Wait until a person reports; gives the task back shortly before its time is over, if nobody has taken
        it by then.
        """
        item = f"{TASK}{assignment.run_id}/{assignment.spec.task_id}"
        key = key_of(assignment.run_id, assignment.spec.task_id, assignment.token)
        if not await self._is_known(assignment):
            return AgentResult(outcome="released", summary="the store knows of no such attempt")
        async with self._listening.to(item) as bell:
            try:
                await self._put_up(key, item, assignment)
                assignment.journal.output(f"Waits for a person: `mosaic inbox show {item}`\n".encode())
                return await self._outcome(key, assignment.spec.timeout_seconds, bell)
            finally:
                with trio.CancelScope(shield=True):  # each step has a deadline
                    await self._take_down(key)

    async def _outcome(self, key: str, seconds: float, bell: Bell) -> AgentResult:
        with trio.move_on_after(max(seconds - self._config.give_back_seconds, seconds / 2)):
            return await self._report(key, bell)
        if await self._is_taken(key):
            return await self._report(key, bell)
        return AgentResult(outcome="released", summary="nobody has taken it yet; it comes again")

    async def _is_known(self, assignment: Assignment) -> bool:
        with self._store() as storage:
            record = await storage.task(assignment.run_id, assignment.spec.task_id)
        return is_live(record, assignment.token, self._clock.now())

    async def _report(self, key: str, bell: Bell) -> AgentResult:
        while True:
            with self._store() as storage:
                document = await storage.get_document(REPORTS, key)
            if document is not None:
                body: Any = document.body
                return AgentResult(outcome=body["outcome"], summary=body["summary"], outputs=body["outputs"])
            if self._is_leaving:
                return AgentResult(outcome="released", summary="the inbox is replaced or ends; it comes again")
            await bell.heard()

    async def _is_taken(self, key: str) -> bool:
        with self._store() as storage:
            document = await storage.get_document(TASKS, key)
        body: Any = document.body if document else {}
        return bool(body.get("taken_by"))

    async def _put_up(self, key: str, item: str, assignment: Assignment) -> None:
        """Put the task into the inbox, in place of what attempts before it left there that did not end by
        themselves. What was reported to one of those still counts, if the work was not in its workspace.
        """
        before = key.rpartition("/")[0] + "/"
        with self._store() as storage:
            reports = await documents_of(storage, REPORTS, before)
            tasks = await documents_of(storage, TASKS, before)
        for left in reports:
            if _is_below(left.key, before):
                if assignment.workspace is None:
                    with self._store() as storage:
                        await storage.put_document(REPORTS, key, left.body)
                await self._take_down(left.key)
        for left in tasks:
            if _is_below(left.key, before):
                await self._take_down(left.key)
        with self._store() as storage:
            await storage.put_document(TASKS, key, _body(assignment, self._clock.now()))
        names = {"run_id": assignment.run_id, "task_id": assignment.spec.task_id}
        await record_event(self._store, WAITING, OFFER.name, item=item, **names, token=assignment.token)

    async def _take_down(self, key: str) -> None:
        with self._store() as storage:
            await storage.delete_document(REPORTS, key)
            await storage.delete_document(TASKS, key)


def _is_below(key: str, before: str) -> bool:
    """Whether a document is of an attempt at this very task, and not at one whose id begins with its id."""
    return key.rpartition("/")[0] + "/" == before


def _body(assignment: Assignment, now: int) -> Mapping[str, Any]:
    return {
        "taken_by": "",
        "since": now,
        "place": str(assignment.workspace.path) if assignment.workspace is not None else "",
        "goal": assignment.goal,
        "needs": {name: dict(need) for name, need in assignment.needs.items()},
        "last_reason": assignment.last_reason,
    }
