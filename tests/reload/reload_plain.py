"""A plugin in process, whose hooks the tests fill in, and what they ask it."""

from typing import ClassVar

import attrs

from mosaic_hookspecs import Operation, OperationKind, hookimpl

LASTING = {"kernel.restart_delay_seconds": 0.01, "kernel.restart_window_seconds": 1000}


@attrs.frozen(kw_only=True)
class Ask:
    """What is asked."""

    number: int = 0


def operation(name, handler, **more):
    kind = more.pop("kind", OperationKind.COMMAND)
    return Operation(
        name=name, kind=kind, input=Ask, output=Ask, handler=handler, permission="", summary="s", **more
    )


class Plain:
    """A plugin in process, whose hooks are filled in by subclasses; each has a log of its own."""

    log: ClassVar = []

    def __init_subclass__(cls):
        cls.log = []

    @hookimpl
    async def mosaic_provide(self, context):
        type(self).log.append(("open", context.generation))
        context.on_cleanup(lambda: type(self).log.append(("close", context.generation)))
        return []

    @hookimpl
    def mosaic_operations(self, context):
        async def ask(data, call):
            return Ask(number=context.generation)

        return [operation("plain.ask", ask)]


def opened(log):
    return tuple(sorted(number for what, number in log if what == done) for done in ("open", "close"))
