"""Sources of plugins that the tests write, edit and reload."""

SERVER = """
from collections.abc import Sequence

import attrs
import trio

from mosaic_hookspecs import Operation, OperationKind, State, hookimpl

from .words import WORD


@attrs.frozen(kw_only=True)
class Ask:
    number: int = 0


@attrs.frozen(kw_only=True)
class Answer:
    word: str
    number: int
    generation: int


class Plugin:
    def __init__(self):
        self.count = 0

    @hookimpl
    def mosaic_operations(self, context):
        async def ask(data, call):
            await trio.lowlevel.checkpoint()
            from .late import LATE

            return Answer(word=WORD + LATE, number=data.number, generation=context.generation)

        async def add(data, call):
            number = self.count = self.count + 1
            await trio.lowlevel.checkpoint()
            return Answer(word=WORD, number=number, generation=context.generation)

        async def count(data, call):
            number = data.number
            while True:
                await trio.sleep(0.01)
                yield Answer(word=WORD, number=number, generation=context.generation)
                number += 1

        async def wait(data, call):
            await trio.sleep(data.number)
            return Answer(word=WORD, number=data.number, generation=context.generation)

        async def drive(data, call):
            try:
                await trio.sleep(data.number)
            except trio.Cancelled:
                raise
            return Answer(word=WORD, number=data.number, generation=context.generation)

        def made(name, kind, handler, **more):
            return Operation(name="served." + name, kind=kind, input=Ask, output=Answer, handler=handler,
                             permission="", summary=name, **more)

        return [
            made("ask", OperationKind.QUERY, ask),
            made("add", OperationKind.COMMAND, add),
            made("wait", OperationKind.QUERY, wait),
            made("drive", OperationKind.COMMAND, drive, moves=True),
            made("count", OperationKind.STREAM, count,
                 resume=lambda data, item: attrs.evolve(data, number=item.number + 1)),
            made("endless", OperationKind.STREAM, count),
        ]

    @hookimpl
    async def mosaic_export_state(self, context):
        return State(version=1, data=self.count)

    @hookimpl
    async def mosaic_import_state(self, context, state):
        state.require(1)
        self.count = state.data
"""
WORDS = "WORD = 'one'\n"
LATE = "LATE = ''\n"


def served(place, word="one", code=SERVER):
    return place.write("served", code, words=f"WORD = {word!r}\n", late=LATE)
