"""Operations of a child, as the kernel's dispatcher takes them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from mosaic_hookspecs.errors import InputError, Unavailable
from mosaic_hookspecs.operations import Call, Operation, OperationKind

from ..decode import decode, make_converter
from .borrowing import fields_of
from .codec import contract_class
from .schema_records import plain_input, record_class

if TYPE_CHECKING:
    from .link import Link

_KINDS = {kind.value: kind for kind in OperationKind}


class _Form:
    """A record of an operation: its class here, and how it is written on the wire."""

    def __init__(self, link: Link, schema: Any, title: str) -> None:
        self._link = link
        self._title = title
        self._is_contract = isinstance(schema, Mapping) and "$record" in schema
        self._converter = make_converter()
        self.kind = contract_class(str(schema["$record"])) if self._is_contract else record_class(schema, title)

    def write(self, value: Any) -> Any:
        return self._link.objects.encode(value) if self._is_contract else plain_input(value)

    def read(self, data: Any) -> Any:
        if self._is_contract:
            return self._link.objects.decode(data)
        try:
            return decode(self.kind, data, converter=self._converter)
        except InputError as error:
            raise Unavailable(
                "bad-answer",
                f"plugin {self._link.name!r} answered something else than {self._title} says",
                where=error.where,
                expected=error.expected,
                got=error.got,
            ) from None


def make_operation(link: Link, declaration: Any) -> Operation:
    """Return an operation that the child carries out.

    Raises:
        InputError: its declaration is none.
    """
    found = fields_of(declaration, "name", "kind", "input", "output")
    name, kind = str(found["name"]), _KINDS.get(found["kind"])
    if kind is None:
        raise InputError(
            "bad-operation",
            f"the operation {name!r} of plugin {link.name!r} is of no kind",
            expected="one of " + ", ".join(_KINDS),
            got=repr(found["kind"])[:40],
        )
    accepts = _Form(link, found["input"], f"the input of {name}")
    answers = _Form(link, found["output"], f"the output of {name}")

    def params(data: Any, call: Call) -> dict[str, Any]:
        return {"name": name, "input": accepts.write(data), "call": call_data(link, call)}

    async def handle(data: Any, call: Call) -> Any:
        return answers.read(await link.peer.request("operation", params(data, call)))

    async def follow(data: Any, call: Call) -> AsyncGenerator[Any, None]:
        stream = fields_of(await link.peer.request("follow", params(data, call)), "$stream")
        async with aclosing(link.objects.decode(dict(stream))) as items:
            async for item in items:
                yield answers.read(item)

    def resume(data: Any, item: Any) -> Any:
        where = {"name": name, "input": accepts.write(data), "item": answers.write(item)}
        return accepts.read(link.peer.ask("resume", where))

    return Operation(
        name=name,
        kind=kind,
        input=accepts.kind,
        output=answers.kind,
        handler=follow if kind is OperationKind.STREAM else handle,
        permission=str(found.get("permission", "")),
        summary=str(found.get("summary", "")),
        moves=found.get("moves") is True,
        resume=resume if found.get("resumes") is True else None,
    )


def call_data(link: Link, call: Call) -> dict[str, Any]:
    """Return a call for the child: who calls what."""
    operation = call.operation
    return {
        "operation": operation.name,
        "kind": operation.kind.value,
        "permission": operation.permission,
        "summary": operation.summary,
        "principal": link.objects.encode(call.principal),
        "correlation": call.correlation,
    }
