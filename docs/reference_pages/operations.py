"""Operations of the local profile."""

import tempfile
from pathlib import Path

import trio

from mosaic_hookspecs import Operation
from mosaic_kernel import Kernel

from .markdown import HEAD, fields_table, text_of


async def _operations() -> dict[str, Operation]:
    with tempfile.TemporaryDirectory() as directory:
        async with Kernel(profile="local", directory=Path(directory)) as kernel:
            return dict(kernel.operations())


def page() -> str:
    parts = [HEAD, "# Operations\n\nWhat the local profile can do, through every door.\n\n"]
    for name, operation in trio.run(_operations).items():
        parts.append(f"## `{name}`\n\n{operation.summary}\n\n")
        parts.append(f"*{operation.kind.value}; permission `{operation.permission or 'none'}`*\n\n")
        for word, record in (("Input", operation.input), ("Output", operation.output)):
            fields = fields_table(record)
            parts.append(f"**{word}**: {text_of(record)}\n\n{fields}")
    return "".join(parts)
