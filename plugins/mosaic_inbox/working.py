"""The operations by which people see what waits for them, take tasks and report them."""

from __future__ import annotations

from typing import Any

import attrs

from mosaic_hookspecs.checks import Check
from mosaic_hookspecs.context import Clock
from mosaic_hookspecs.documents import change_document
from mosaic_hookspecs.errors import InputError, MosaicError, Refused
from mosaic_hookspecs.operations import Call

from . import records as r
from .configuration import Config
from .identifiers import QUESTION, person_of
from .listing import Listing, item_of
from .store import QUESTIONS, REPORTED, REPORTS, TAKEN, TASKS, Store, key_of, record_event


class Working:
    """Shows the inbox, and hands what people did to the agent ``person``."""

    def __init__(self, store: Store, listing: Listing, clock: Clock, config: Config) -> None:
        self._store = store
        self._listing = listing
        self._clock = clock
        self._config = config

    async def list(self, request: r.ListInbox, call: Call) -> r.Items:
        """List what waits for a person."""
        found = await self._listing.items(request.run_id)
        if request.kinds:
            found = [one for one in found if one.kind in request.kinds]
        page = found[request.skip : request.skip + request.limit]
        return r.Items(items=await self._listing.told(page), total=len(found))

    async def show(self, request: r.NameItem, call: Call) -> r.Shown:
        """Show an item with all that one needs; an answered question with its answer."""
        if request.id.startswith(QUESTION):
            with self._store() as storage:
                document = await storage.get_document(QUESTIONS, request.id)
            body: Any = document.body if document else {}
            if body.get("answer") is not None:
                item = attrs.evolve(item_of(request.id, body), state="answered")
                return r.Shown(
                    item=item, answer=body["answer"], comment=body["comment"], answered_by=body["answered_by"]
                )
        item = await self._listing.find(request.id)
        spec = await self._listing.spec(item)
        if spec is None:
            return r.Shown(item=item)
        with self._store() as storage:
            document = await storage.get_document(TASKS, key_of(item.run_id, item.task_id, item.token))
        put_up: Any = document.body if document else {}
        return r.Shown(
            item=item,
            goal=put_up.get("goal", ""),
            work=spec.work,
            checks=[_told(check) for check in spec.checks],
            needs=put_up.get("needs", {}),
            last_reason=put_up.get("last_reason", ""),
        )

    async def take(self, request: r.Take, call: Call) -> r.Item:
        """Take a task; whoever has taken one keeps it until they give it back."""
        name = person_of(call.principal, request.name)
        item = await self._task(request.id)

        def take(body: Any) -> tuple[Any, bool]:
            if body is None or body["taken_by"] == name:
                return body, False
            if body["taken_by"]:
                raise Refused(
                    "taken",
                    f"{item.task_id} is taken by {body['taken_by']}",
                    hint=f"Have {body['taken_by']} give it back: `mosaic inbox done {item.id} --released`.",
                )
            return {**body, "taken_by": name}, True

        key = key_of(item.run_id, item.task_id, item.token)
        with self._store() as storage:
            is_new = await change_document(storage, TASKS, key, take)
        if is_new:
            await record_event(
                self._store,
                TAKEN,
                call.principal.name,
                item=item.id,
                run_id=item.run_id,
                task_id=item.task_id,
                token=item.token,
                person=name,
            )
        return attrs.evolve(item, state="taken", taken_by=name)

    async def report(self, request: r.ReportWork, call: Call) -> r.Reported:
        """Say what became of a task; it is verified as any other."""
        name = person_of(call.principal, request.name)
        item = await self._task(request.id)
        summary = request.summary or f"{name} reported it as {request.outcome}"
        if len(summary.encode("utf-8", "surrogatepass")) > self._config.text_bytes:
            raise InputError("bad-length", "the summary is too long", where="summary")
        body: dict[str, Any] = {
            "outcome": request.outcome,
            "summary": summary,
            "outputs": dict(request.outputs),
        }
        key = key_of(item.run_id, item.task_id, item.token)
        try:
            with self._store() as storage:
                await storage.put_document(REPORTS, key, body, expected=0)
        except MosaicError as error:
            if error.code != "version-conflict":
                raise
            raise Refused(
                "reported",
                f"{item.task_id} was reported already, and is being verified",
                hint="`mosaic why` tells more.",
            ) from None
        await record_event(
            self._store,
            REPORTED,
            call.principal.name,
            item=item.id,
            run_id=item.run_id,
            task_id=item.task_id,
            token=item.token,
            outcome=request.outcome,
            person=name,
        )
        return r.Reported(
            run_id=item.run_id, task_id=item.task_id, token=item.token, outcome=request.outcome, by=name
        )

    async def _task(self, name: str) -> r.Item:
        item = await self._listing.find(name)
        if item.kind != "task":
            raise InputError(
                "not-a-task",
                f"{item.id} is a {item.kind}, which is answered",
                expected="a task",
                hint=f"`mosaic inbox answer {item.id} …` answers it.",
            )
        if item.state == "ready":
            raise Refused(
                "not-started",
                f"{item.task_id} is for a person, but nothing works on it now",
                hint=f"`mosaic run --resume {item.run_id}`, or `mosaic run`, prepares its place; "
                "what was given back comes again by itself.",
            )
        return item


def _told(check: Check) -> str:
    """Name a check, with the command that it runs, if it runs one."""
    command = check.parameters.get("run")
    return f"{check.name}: {command}" if isinstance(command, str) and command != check.name else check.name
