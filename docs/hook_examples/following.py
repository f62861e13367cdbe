"""Keeps notes; both they and those who follow them survive a reload."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import attrs
import trio

from mosaic_hookspecs import Call, Context, Operation, OperationKind, State, hookimpl


@attrs.frozen(kw_only=True)
class Add:
    """What to note."""

    text: str = attrs.field(metadata={"help": "One line."})


@attrs.frozen(kw_only=True)
class Since:
    """Where to begin."""

    number: int = attrs.field(default=0, metadata={"help": "The last note that you have; 0: none."})


@attrs.frozen(kw_only=True)
class Note:
    """A note."""

    number: int = attrs.field(metadata={"help": "Which it is, from 1."})
    text: str = attrs.field(metadata={"help": "What was noted."})


class NotesPlugin:
    """A command that adds a note, and a stream of all notes."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._has_grown = trio.Event()

    @hookimpl
    def mosaic_operations(self, context: Context) -> Sequence[Operation]:
        """Declare a command, which is a coroutine function, and a stream, which is an async generator."""

        async def add(data: Add, call: Call) -> Note:
            self._texts.append(data.text)
            self._has_grown.set()
            self._has_grown = trio.Event()
            return Note(number=len(self._texts), text=data.text)

        async def follow(data: Since, call: Call) -> AsyncIterator[Note]:
            number = data.number
            while True:
                while number < len(self._texts):
                    number += 1
                    yield Note(number=number, text=self._texts[number - 1])
                await self._has_grown.wait()

        def resume(data: Since, last: Note) -> Since:
            return Since(number=last.number)

        return [
            Operation(
                name="notes.add",
                kind=OperationKind.COMMAND,
                input=Add,
                output=Note,
                handler=add,
                permission="notes:write",
                summary="Add a note.",
            ),
            Operation(
                name="notes.follow",
                kind=OperationKind.STREAM,
                input=Since,
                output=Note,
                handler=follow,
                permission="notes:read",
                summary="Follow the notes, those that are there and those that come.",
                resume=resume,
            ),
        ]

    @hookimpl
    async def mosaic_export_state(self, context: Context) -> State | None:
        """Hand the notes over as plain data."""
        return State(data=self._texts)

    @hookimpl
    async def mosaic_import_state(self, context: Context, state: State) -> None:
        """Take them over, before anybody is served."""
        state.require(1)
        self._texts = list(state.data)
