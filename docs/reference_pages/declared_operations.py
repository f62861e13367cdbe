"""How an operation is declared, and what becomes of it at a reload."""

from __future__ import annotations

import attrs

from mosaic_hookspecs import Call, InterceptorSpec, Operation, OperationKind, Principal

from .hook_examples import EXAMPLES
from .markdown import table, text_of, type_name

KINDS = {
    OperationKind.QUERY: ["reads", "`async def handler(data, call) -> Output`"],
    OperationKind.COMMAND: ["changes", "`async def handler(data, call) -> Output`"],
    OperationKind.STREAM: [
        "yields items until it ends or is left",
        "`async def handler(data, call) -> AsyncIterator[Item]`, with `yield`",
    ],
}
FIELDS = {
    "name": "`thing.verb`, unique in the system",
    "kind": "`QUERY`, `COMMAND` or `STREAM`",
    "input": "the attrs class that input is decoded to",
    "output": "the attrs class of the answer; of a stream, of one item",
    "handler": "what does it: it gets the input and the `Call`",
    "permission": 'what the principal must have; "": anybody may',
    "summary": "one sentence for every door",
    "moves": "a query or command is ended at a reload, and called again on the next generation",
    "resume": "a stream goes on at a reload: from its input and its last item, this makes the next input",
}
"""What each field of an operation means."""
REPLACED = [
    ["a query or command", "finishes on the old generation, up to `kernel.drain_seconds`"],
    ["one with `moves=True`", "ended, and called again with the same input on the new one: it must bear that"],
    [
        "a stream",
        "lasts up to `kernel.drain_seconds`, then ends with `Unavailable` (`stream-ended`): follow it again",
    ],
    [
        "one with `resume`",
        "goes on on the new generation, from the last item that was delivered: none is lost, none comes twice",
    ],
]


def section() -> str:
    """Return the section of the page."""
    source = (EXAMPLES / "following.py").read_text("utf-8").rstrip()
    fields = []
    for one in attrs.fields(Operation):
        default = "required" if one.default is attrs.NOTHING else f"`{one.default!r}`"
        fields.append([f"`{one.name}`", f"`{type_name(one.type)}`", default, FIELDS[one.name]])
    return "".join(
        [
            f"## Operations\n\n{text_of(Operation)}\n\n",
            table(["field", "type", "default", ""], fields),
            table(
                ["kind", "", "handler"],
                [[f"`{kind.name}`", *KINDS[kind]] for kind in OperationKind],
            ),
            "A handler raises `MosaicError`s, such as `InputError` or `NotFound`, for what went wrong.\n",
            "Leaving a stream, or cancelling a call, cancels its handler.\n\n",
            _record(Call),
            _record(Principal),
            _record(InterceptorSpec),
            "### When the plugin is replaced\n\n",
            table(["what is in flight", "what becomes of it"], REPLACED),
            f'```python title="docs/hook_examples/following.py"\n{source}\n```\n\n',
        ]
    )


def _record(record: type) -> str:
    names = ", ".join(f"`{one.name}`" for one in attrs.fields(record))
    return f"**`{record.__name__}`** ({names}): {text_of(record)}\n\n"
