"""Drafts in the store: a document each, and one for each of its steps.

Owns the version check. A step is written before the draft that names it, under a name of its own: whoever comes
second is refused, and takes their step away again, so nobody's is overwritten.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import attrs

from mosaic_hookspecs import Context, NotFound, Refused, documents_of, storage_within

if TYPE_CHECKING:
    from mosaic_hookspecs import Document, Storage

DRAFTS, STEPS = "drafts.plans", "drafts.steps"
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_MOST_RUNS = 20


@attrs.frozen(kw_only=True)
class Draft:
    """A draft as it is kept. `undo` and `redo` name steps, the last to be taken first at the end."""

    id: str
    version: int
    plan: Mapping[str, Any]
    document: str
    by: str
    made_at: int
    changed_at: int
    origin: str = ""
    repository: str = ""
    undo: Sequence[str] = ()
    redo: Sequence[str] = ()
    runs: Sequence[str] = ()

    @property
    def title(self) -> str:
        """The plan's title."""
        return str(self.plan.get("title", ""))


class Keeping:
    """Reads and writes drafts."""

    def __init__(self, context: Context, seconds: float, most: int) -> None:
        self._context = context
        self._seconds = seconds
        self._most = most

    async def create(self, draft: Draft) -> Draft:
        """Store a new draft under a name of its own.

        Raises:
            Refused: there are as many as may be (code ``too-many-drafts``).
        """
        if len(await self.all()) >= self._most:
            raise Refused(
                "too-many-drafts",
                "there are as many drafts as are kept",
                expected=f"fewer than {self._most}",
                hint="Delete one with draft.delete, or raise plugins.drafts.drafts.",
            )
        name = "d" + "".join(secrets.choice(_ALPHABET) for _ in range(9))
        return await self.write(attrs.evolve(draft, id=name, version=0))

    async def read(self, draft_id: str, version: int = 0) -> Draft:
        """Return a draft.

        Raises:
            NotFound: there is none. Refused: its version is another than `version`, unless that is 0.
        """
        with self._within() as storage:
            found = await storage.get_document(DRAFTS, draft_id)
        if found is None:
            raise NotFound(
                "no-draft", f"there is no draft {draft_id!r}", where="id", hint="draft.list lists them."
            )
        if version not in (0, found.version):
            raise _conflict(draft_id, version, found.version)
        return _draft(found)

    async def all(self) -> Sequence[Draft]:
        """Return all drafts, the last changed first."""
        with self._within() as storage:
            drafts = [_draft(one) for one in await documents_of(storage, DRAFTS)]
        return sorted(drafts, key=lambda draft: (-draft.changed_at, draft.id))

    async def write(self, draft: Draft) -> Draft:
        """Store a draft if nobody has changed it since it was read; return it with its new version.

        Raises:
            Refused: somebody has (code ``version-conflict``).
        """
        body = attrs.asdict(draft, filter=lambda field, _: field.name not in ("id", "version"))
        with self._within() as storage:
            try:
                stored = await storage.put_document(DRAFTS, draft.id, body, expected=draft.version)
            except Refused as error:
                if error.code != "version-conflict":
                    raise
                raise _conflict(draft.id, draft.version, None) from error
        self._context.bus.publish("drafts.changed", {"id": draft.id, "version": stored.version})
        return attrs.evolve(draft, version=stored.version)

    async def keep_step(self, draft: Draft, step: Mapping[str, Any]) -> str:
        """Store a step of a draft; return its name."""
        name = f"{draft.id}/{draft.version:09d}-{secrets.token_hex(6)}"
        with self._within() as storage:
            await storage.put_document(STEPS, name, dict(step), expected=0)
        return name

    async def step(self, name: str) -> Mapping[str, Any]:
        """Return a step. Raises `NotFound` if it is lost."""
        with self._within() as storage:
            found = await storage.get_document(STEPS, name)
        if found is None:
            raise NotFound("no-step", "that change is not kept any more", got=name)
        return found.body

    async def words(self, names: Sequence[str]) -> str:
        """Return what the last of some steps did; "" if there is none."""
        return str((await self.step(names[-1])).get("words", "")) if names else ""

    async def forget_steps(self, names: Sequence[str]) -> None:
        """Take steps away."""
        with self._within() as storage:
            for name in names:
                await storage.delete_document(STEPS, name)

    async def note_run(self, draft_id: str, run_id: str) -> None:
        """Write down that a run was made of a draft; nothing if the draft is gone meanwhile."""
        while True:
            try:
                draft = await self.read(draft_id)
                await self.write(attrs.evolve(draft, runs=[*draft.runs, run_id][-_MOST_RUNS:]))
            except NotFound:
                return
            except Refused as error:
                if error.code != "version-conflict":
                    raise
            else:
                return

    async def delete(self, draft: Draft) -> None:
        """Take a draft away, with its steps, and those that nobody names because a process ended on the way."""
        with self._within() as storage:
            await storage.delete_document(DRAFTS, draft.id)
            steps = await documents_of(storage, STEPS, f"{draft.id}/")
        await self.forget_steps([one.key for one in steps])
        self._context.bus.publish("drafts.changed", {"id": draft.id, "version": 0})

    async def put_document(self, text: str) -> str:
        """Store the document of a plan; return its digest, "" for none."""
        if not text:
            return ""
        with self._within() as storage:
            return await storage.put_blob(text.encode("utf-8", "surrogatepass"))

    async def document(self, name: str) -> str:
        """Return a stored document; "" if there is none."""
        if not name:
            return ""
        with self._within() as storage:
            data = await storage.get_blob(name)
        return (data or b"").decode("utf-8", "replace")

    def _within(self) -> AbstractContextManager[Storage]:
        return storage_within(self._context, self._seconds)


def _draft(document: Document) -> Draft:
    body: Any = document.body
    return Draft(id=document.key, version=document.version, **body)


def _conflict(draft_id: str, expected: int, got: int | None) -> Refused:
    return Refused(
        "version-conflict",
        f"draft {draft_id!r} was changed meanwhile",
        where="version",
        expected=f"version {got}" if got else "the newest version",
        got=str(expected),
        hint="Show it again with draft.show, and do it on that version.",
    )
