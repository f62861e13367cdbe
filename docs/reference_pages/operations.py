"""Operations of the local profile."""

import tempfile
from pathlib import Path

import trio

from mosaic_hookspecs import Operation
from mosaic_kernel import Kernel

from .markdown import HEAD, fields_table, text_of

INTRODUCTION = """# Operations

What the local profile can do, through every door: `mosaic call NAME` on the command line, `dispatch` and
`follow` in a [program](embedding.md), and each transport. A plugin declares
[operations of its own](hooks.md#operations).

"""


async def _operations() -> dict[str, Operation]:
    with tempfile.TemporaryDirectory() as directory:
        async with Kernel(profile="local", directory=Path(directory)) as kernel:
            return dict(kernel.operations())


def page() -> str:
    parts = [HEAD, INTRODUCTION]
    for name, operation in trio.run(_operations).items():
        parts.append(f"## `{name}`\n\n{operation.summary}\n\n")
        parts.append(f"*{operation.kind.value}; permission `{operation.permission or 'none'}`*\n\n")
        for word, record in (("Input", operation.input), ("Output", operation.output)):
            fields = fields_table(record)
            parts.append(f"**{word}**: {text_of(record)}\n\n{fields}")
    return "".join(parts)
