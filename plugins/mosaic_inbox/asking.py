"""The operations by which agents ask people, and people answer.

A question is a document; its answer is waited for without polling, and goes to an agent that does not wait as a
message. What is answered grants nothing by itself: whoever asked acts on it within its own permissions.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import trio

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.documents import change_document, documents_of
from mosaic_hookspecs.errors import InputError, MosaicError, Refused
from mosaic_hookspecs.operations import Call

from . import records as r
from .configuration import Config
from .identifiers import AGENT, GATE, person_of, question_id
from .listening import Bell, Listening
from .listing import NO, YES, Listing, is_withdrawn
from .store import ANSWERED, ASKED, QUESTIONS, WITHDRAWN, Store, record_event

_HINT = (
    "Nobody has answered yet. Go on with what does not depend on it; the answer comes as a message "
    "(message.read), or ask the same again to wait on."
)
_WITHDRAWN = "Nobody answered in time, and the request is withdrawn: take it as refused."
_GRACE = 5000
"""Milliseconds after which a permission is withdrawn whose asker has gone: it may only have moved."""
_ANSWERS = {"yes": YES, "y": YES, "approve": YES, "allow": YES, "no": NO, "n": NO, "deny": NO}


class Asking:
    """Keeps questions, and brings their answers back."""

    def __init__(
        self, context: Context, config: Config, store: Store, listening: Listening, listing: Listing
    ) -> None:
        self._context = context
        self._config = config
        self._store = store
        self._listening = listening
        self._listing = listing
        self._waiting: Counter[str] = Counter()

    async def ask(self, request: r.Ask, call: Call) -> r.Answer:
        """Ask a person, and wait for the answer if that is wanted."""
        self._require_length(request.text, "text")
        lent = call.principal.name.removeprefix(AGENT)
        by = lent if lent != call.principal.name else request.name or lent
        item = question_id(by, request.kind, request.title, request.text, request.run_id, request.task_id)
        seconds = min(request.wait_seconds, self._config.wait_seconds)
        await self._put(item, request, by, call, seconds)
        if seconds > 0:
            self._waiting[item] += 1
            try:
                with trio.move_on_after(seconds):
                    async with self._listening.to(item) as bell:
                        await self._wait(item, bell)
            except trio.Cancelled:
                self._waiting -= Counter((item,))
                await self._leave(item, request.kind)
                raise
            self._waiting -= Counter((item,))
        return await self._answer(item, request)

    async def answer(self, request: r.GiveAnswer, call: Call) -> r.Answered:
        """Answer a question, a permission or a gate."""
        name = person_of(call.principal, request.name)
        self._require_length(request.answer + request.comment, "answer")
        item = await self._listing.find(request.id)
        if item.kind == "task":
            raise InputError(
                "not-a-question",
                f"{item.id} is a task, which is reported",
                hint=f"`mosaic inbox done {item.id}` reports it.",
            )
        if item.id.startswith(GATE):
            answer = self._chosen(_ANSWERS.get(request.answer.lower(), request.answer), item)
            gate = {"run_id": item.run_id, "task_id": item.task_id, "is_granted": answer == YES}
            await self._context.dispatch("task.approve", {**gate, "comment": request.comment}, call.principal)
            return r.Answered(id=item.id, answer=answer, by=name)
        answer = self._chosen(request.answer, item)

        def put(body: Any) -> tuple[Any, Any]:
            if body is not None and is_withdrawn(body, self._context.clock.now()):
                raise Refused("withdrawn", f"nobody waits for {item.id} any more", hint="Nothing was granted.")
            if body is None or body["answer"] is not None:
                raise Refused("answered", f"{item.id} is answered already", hint="inbox.show shows the answer.")
            new = {**body, "answer": answer, "comment": request.comment, "answered_by": name}
            return new, body

        with self._store() as storage:
            asked = await change_document(storage, QUESTIONS, item.id, put)
        await record_event(
            self._store,
            ANSWERED,
            call.principal.name,
            item=item.id,
            run_id=item.run_id,
            task_id=item.task_id,
            answer=answer,
            comment=request.comment,
            person=name,
        )
        if self._context.clock.now() >= asked["waits_until"]:
            await self._tell(item, answer, request.comment, name)
        return r.Answered(id=item.id, answer=answer, by=name)

    async def _put(self, item: str, request: r.Ask, by: str, call: Call, seconds: float) -> None:
        """Store a question, or note that it is waited for again."""
        now = self._context.clock.now()
        waits_until = now + round(1000 * seconds)
        new = {
            "kind": request.kind,
            "title": request.title,
            "text": request.text,
            "options": list(request.options),
            "run_id": request.run_id,
            "task_id": request.task_id,
            "by": by,
            "at": now,
            "waits_until": waits_until,
            "answer": None,
            "comment": "",
            "answered_by": "",
        }

        def put(body: Any) -> tuple[Any, bool]:
            if (
                body is None
                or now > body["at"] + self._config.question_seconds * 1000
                or is_withdrawn(body, now)
            ):
                return new, True
            return {**body, "waits_until": max(body["waits_until"], waits_until)}, False

        with self._store() as storage:
            there = await storage.get_document(QUESTIONS, item)
        if there is None:
            await self._make_room()
        with self._store() as storage:
            is_new = await change_document(storage, QUESTIONS, item, put)
        if is_new:
            await record_event(
                self._store,
                ASKED,
                call.principal.name,
                item=item,
                run_id=request.run_id,
                task_id=request.task_id,
                question=request.kind,
                title=request.title,
                asked_by=by,
            )

    async def _wait(self, item: str, bell: Bell) -> None:
        while True:
            with self._store() as storage:
                document = await storage.get_document(QUESTIONS, item)
            body: Any = document.body if document else {"answer": ""}
            if body["answer"] is not None:
                return
            await bell.heard()

    async def _leave(self, item: str, kind: str) -> None:
        """Note that who asked has gone, or moves to the next generation, which notes that it waits again: what
        is permitted to nobody is withdrawn soon, and what is answered to a question goes out as a message.
        """
        if self._waiting[item] > 0:
            return
        until = self._context.clock.now() + (_GRACE if kind == "permission" else 0)

        def shorten(body: Any) -> tuple[Any, None]:
            if body is None or body["waits_until"] <= until:
                return body, None
            return {**body, "waits_until": until}, None

        with trio.CancelScope(shield=True):  # a step with a deadline
            try:
                with self._store() as storage:
                    await change_document(storage, QUESTIONS, item, shorten)
            except (MosaicError, OSError) as error:
                self._context.log.info("inbox.not_noted", item=item, error=error)

    async def _answer(self, item: str, request: r.Ask) -> r.Answer:
        """Return the answer; a permission is used up by it, or withdrawn without one."""
        with self._store() as storage:
            document = await storage.get_document(QUESTIONS, item)
        body: Any = document.body if document else {"answer": None}
        is_answered = body["answer"] is not None
        if request.kind == "permission" and (is_answered or not self._waiting[item]):
            with trio.CancelScope(shield=True):  # a step with a deadline, which must not be lost
                await self._withdraw(item, request, is_answered=is_answered)
        if not is_answered:
            return r.Answer(id=item, hint=_WITHDRAWN if request.kind == "permission" else _HINT)
        return r.Answer(
            id=item, is_answered=True, answer=body["answer"], comment=body["comment"], by=body["answered_by"]
        )

    async def _withdraw(self, item: str, request: r.Ask, *, is_answered: bool) -> None:
        with self._store() as storage:
            was_there = await storage.delete_document(QUESTIONS, item)
        if was_there and not is_answered:
            about = {"run_id": request.run_id, "task_id": request.task_id}
            await record_event(self._store, WITHDRAWN, self._context.plugin, item=item, **about)

    async def _make_room(self) -> None:
        """Forget what nobody wants to know any more; refuse one question more than there may be."""
        with self._store() as storage:
            found = await documents_of(storage, QUESTIONS)
        if len(found) < self._config.questions:
            return
        bodies: list[tuple[str, Any]] = [(document.key, document.body) for document in found]
        for key, body in bodies:
            if not await self._listing.is_wanted(body):
                await self._forget(key)
                return
        now = self._context.clock.now()
        told = [
            (body["at"], key)
            for key, body in bodies
            if body["answer"] is not None and body["waits_until"] <= now
        ]
        if told:
            await self._forget(min(told)[1])
            return
        raise Refused(
            "too-many-questions",
            f"{len(found)} questions wait for people, and no more may be asked",
            expected=f"at most {self._config.questions}",
            hint="Decide by yourself what you can, and say in your report what you assumed.",
        )

    async def _forget(self, key: str) -> None:
        with self._store() as storage:
            await storage.delete_document(QUESTIONS, key)

    async def _tell(self, item: r.Item, answer: str, comment: str, name: str) -> None:
        """Send the answer to who asked and does not wait for it, if there is mail."""
        text = f"Answer to your question {item.title!r}: {answer}" + (f"\n{comment}" if comment else "")
        message = {
            "to": f"{AGENT}{item.by}",
            "subject": f"Answer to {item.id}",
            "text": text,
            "run_id": item.run_id,
            "task_id": item.task_id,
            "name": name,
        }
        try:
            await self._context.dispatch("message.send", message)
        except MosaicError as error:
            self._context.log.info("inbox.not_told", item=item.id, error=error.code)

    def _chosen(self, answer: str, item: r.Item) -> str:
        if answer.strip() and (not item.options or answer in item.options):
            return answer
        alike = [one for one in item.options if one.casefold() == answer.strip().casefold()]
        numbered = {str(number): one for number, one in enumerate(item.options, 1)}
        found = alike or [one for number, one in numbered.items() if number == answer.strip()]
        if len(found) != 1:
            raise InputError(
                "no-such-answer",
                f"this is no answer to {item.id}",
                where="answer",
                expected=" or ".join(f"{number}: {one}" for number, one in numbered.items()) or "a text",
                got=repr(answer[:80]),
            )
        return found[0]

    def _require_length(self, text: str, where: str) -> None:
        size = len(text.encode("utf-8", "surrogatepass"))
        if size > self._config.text_bytes:
            raise InputError(
                "bad-length",
                "the text is too long",
                where=where,
                expected=f"at most {self._config.text_bytes} bytes",
                got=f"{size} bytes",
                hint="Say it shorter; name the file that holds the rest.",
            )
