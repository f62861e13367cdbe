"""Declares the operation ``greeter.greet``."""

from collections.abc import Sequence

import attrs

from mosaic_hookspecs import Call, Context, Operation, OperationKind, hookimpl


@attrs.frozen(kw_only=True)
class Config:
    """What can be configured under ``plugins.greeter``."""

    greeting: str = attrs.field(default="Hello", metadata={"help": "The word to greet with."})


@attrs.frozen(kw_only=True)
class Greet:
    """Whom to greet."""

    name: str


@attrs.frozen(kw_only=True)
class Greeting:
    """What to say."""

    text: str


class GreeterPlugin:
    """One operation; every door of Mosaic offers it."""

    Config = Config

    @hookimpl
    def mosaic_operations(self, context: Context) -> Sequence[Operation]:
        """Declare the operation."""

        async def greet(data: Greet, call: Call) -> Greeting:
            return Greeting(text=f"{context.config.greeting}, {data.name}!")

        return [
            Operation(
                name="greeter.greet",
                kind=OperationKind.QUERY,
                input=Greet,
                output=Greeting,
                handler=greet,
                permission="greeter:read",
                summary="Greet somebody.",
            )
        ]
