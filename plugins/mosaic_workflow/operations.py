"""The operations of the workflow plugin."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from mosaic_hookspecs import Call, Finding, InputError, Operation, OperationKind

from .document import MAX_BYTES
from .schema import workflow_schema
from .source import check
from .surroundings import Surroundings


@attrs.frozen(kw_only=True)
class CheckWorkflow:
    """A workflow: its `text`, or the `path` of the file to read."""

    text: str = attrs.field(default="", metadata={"help": "The workflow's text; read from path if left out."})
    path: str = attrs.field(default="", metadata={"help": "The workflow's path, as findings should show it."})


@attrs.frozen(kw_only=True)
class Findings:
    """What was found, in document order."""

    findings: Sequence[Finding] = ()


@attrs.frozen(kw_only=True)
class AskSchema:
    """Nothing is asked for."""


@attrs.frozen(kw_only=True)
class Schema:
    """A JSON Schema."""

    schema: Mapping[str, Any]


def operations(surroundings: Callable[[str], Surroundings]) -> Sequence[Operation]:
    """Return the operations; `surroundings` is asked for what a workflow at a path may name."""

    async def check_workflow(request: CheckWorkflow, call: Call) -> Findings:
        text = request.text or _read(request.path)
        return Findings(findings=check(text, request.path or "workflow.yaml", surroundings(request.path)))

    async def schema(request: AskSchema, call: Call) -> Schema:
        return Schema(schema=workflow_schema())

    return (
        Operation(
            name="workflow.check",
            kind=OperationKind.QUERY,
            input=CheckWorkflow,
            output=Findings,
            handler=check_workflow,
            permission="workflow:read",
            summary="Say everything that is wrong with a workflow.",
        ),
        Operation(
            name="workflow.schema",
            kind=OperationKind.QUERY,
            input=AskSchema,
            output=Schema,
            handler=schema,
            permission="workflow:read",
            summary="Return the JSON Schema of workflows, for editors.",
        ),
    )


def _read(path: str) -> str:
    if not path:
        raise InputError("nothing-to-check", "there is no workflow to check", expected="text or path")
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError("cannot-read", f"the workflow cannot be read: {reason}", where=path) from None
    return data.decode("utf-8", errors="surrogateescape")
