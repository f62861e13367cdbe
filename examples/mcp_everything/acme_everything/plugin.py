"""The operations, declared: tools that answer with every kind of content, streams that tell how far they are,
tools that ask, resources and prompts.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import trio

from mosaic_hookspecs import (
    Call,
    Context,
    Operation,
    OperationKind,
    Refused,
    hookimpl,
)

from . import records as r
from .asking import HANDLERS, prompt
from .samples import PICTURE, picture, resource, sound, text

_PAUSE = 0.05
_SAMPLES: dict[str, Sequence[Any]] = {
    "test.simple_text": [text("This is a simple text response for testing.")],
    "test.image_content": [picture()],
    "test.audio_content": [sound()],
    "test.embedded_resource": [
        resource("test://embedded-resource", "text/plain", "This is an embedded resource content.")
    ],
    "test.multiple_content_types": [
        text("Multiple content types test:"),
        picture(),
        resource("test://mixed-content-resource", "application/json", '{"test":"data","value":123}'),
    ],
}


class EverythingPlugin:
    """Operations that use everything that MCP offers."""

    @hookimpl
    def mosaic_operations(self, context: Context) -> Sequence[Operation]:
        """Declare them; every second generation has one more."""
        self._context = context
        query, command, stream = OperationKind.QUERY, OperationKind.COMMAND, OperationKind.STREAM
        found = [_operation(name, query, r.Nothing, r.Content, _sample(name)) for name in _SAMPLES]
        found += [_operation(name, command, r.Asking, r.Asked, handler) for name, handler in HANDLERS.items()]
        found += [
            _operation("greet", query, r.Name, r.Content, _greet),
            _operation("test.custom_headers", query, r.Routed, r.Content, _route),
            _operation("json_schema.2020_12_tool", query, r.Contact, r.Content, _contact),
            _operation("slow.compute", command, r.Slow, r.Content, _slow),
            _operation("failing.job", command, r.Nothing, r.Content, _fail),
            _operation("test.error_handling", query, r.Nothing, r.Content, _fail),
            _operation("test.tool_with_progress", stream, r.Nothing, r.Step, _progress),
            _operation("test.tool_with_logging", stream, r.Nothing, r.Step, _logging),
            _operation("test.logging_tool", stream, r.Nothing, r.Step, _logging),
            _operation("test.trigger_tool_change", command, r.Nothing, r.Text, self._change),
            _operation("resource.static_text", query, r.Nothing, r.Text, _static_text),
            _operation("resource.static_binary", query, r.Nothing, r.Contents, _static_binary),
            _operation("resource.template", query, r.ById, r.Data, _template),
            _operation("prompt.embedded_resource", query, r.ResourceUri, r.Messages, _embedded),
            _operation("prompt.image", query, r.Nothing, r.Messages, _picture_prompt),
            _operation("prompt.asking", query, r.Asking, r.Messages, prompt),
        ]
        if context.generation % 2 == 0:
            found.append(
                _operation("test.added_later", query, r.Nothing, r.Content, _sample("test.simple_text"))
            )
        return found

    async def _change(self, data: r.Nothing, call: Call) -> r.Text:
        """Have this plugin loaded again, with other operations."""
        self._context.start_soon(self._reload)
        return r.Text(text="The list of tools changes.")

    async def _reload(self) -> None:
        await self._context.dispatch("plugins.reload", {"name": self._context.plugin, "waits": False})


def _operation(name: str, kind: OperationKind, data: type, output: type, handler: Any) -> Operation:
    return Operation(
        name=name,
        kind=kind,
        input=data,
        output=output,
        handler=handler,
        permission="",
        summary=f"Show what MCP offers: {name.partition('.')[2].replace('_', ' ')}.",
    )


def _sample(name: str) -> Any:
    async def handler(data: r.Nothing, call: Call) -> r.Content:
        return r.Content(content=_SAMPLES[name])

    return handler


async def _greet(data: r.Name, call: Call) -> r.Content:
    return r.Content(content=[text(f"Hello, {data.name}!")])


async def _route(data: r.Routed, call: Call) -> r.Content:
    return r.Content(content=[text(f"Done in {data.region}.")])


async def _contact(data: r.Contact, call: Call) -> r.Content:
    return r.Content(content=[text(data.phone or data.email)])


async def _slow(data: r.Slow, call: Call) -> r.Content:
    await trio.sleep(data.seconds)
    return r.Content(content=[text(f"Done: {data.label}")])


async def _fail(data: r.Nothing, call: Call) -> r.Content:
    raise Refused("on-purpose", "This tool intentionally returns an error for testing", hint="Do not call it.")


async def _progress(data: r.Nothing, call: Call) -> AsyncIterator[r.Step]:
    for done in (0, 50, 100):
        yield r.Step(progress=done, total=100)
        await trio.sleep(_PAUSE)
    yield r.Step(text="done")


async def _logging(data: r.Nothing, call: Call) -> AsyncIterator[r.Step]:
    for words in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        yield r.Step(log=words)
        await trio.sleep(_PAUSE)
    yield r.Step(text="done")


async def _static_text(data: r.Nothing, call: Call) -> r.Text:
    return r.Text(text="This is the content of the static text resource.")


async def _static_binary(data: r.Nothing, call: Call) -> r.Contents:
    return r.Contents(contents=[{"blob": PICTURE}])


async def _template(data: r.ById, call: Call) -> r.Data:
    return r.Data(id=data.id, templateTest=True, data=f"Data for ID: {data.id}")


async def _embedded(data: r.ResourceUri, call: Call) -> r.Messages:
    held = resource(data.resourceUri, "text/plain", "Embedded resource content for testing.")
    return r.Messages(
        messages=[
            {"role": "user", "content": held},
            {"role": "user", "content": text("Please process the embedded resource above.")},
        ]
    )


async def _picture_prompt(data: r.Nothing, call: Call) -> r.Messages:
    return r.Messages(
        messages=[
            {"role": "user", "content": picture()},
            {"role": "user", "content": text("Please analyze the image above.")},
        ]
    )
