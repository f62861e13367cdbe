"""The operations of the inbox, declared."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs.operation_table import OperationRow, operations_of
from mosaic_hookspecs.operations import Operation, OperationKind

from . import records as r
from .asking import Asking
from .working import Working


def operations(working: Working, asking: Asking) -> Sequence[Operation]:
    """Declare them."""
    query, command = OperationKind.QUERY, OperationKind.COMMAND
    rows: tuple[OperationRow, ...] = (
        ("inbox.list", query, r.ListInbox, r.Items, working.list, "inbox:read",
         "List what waits for a person: tasks, gates, questions, permissions."),
        ("inbox.show", query, r.NameItem, r.Shown, working.show, "inbox:read",
         "Show something that waits for a person, with all that one needs to deal with it."),
        ("inbox.ask", command, r.Ask, r.Answer, asking.ask, "message:write",
         "Ask a person; wait for the answer, or get it as a message."),
        ("inbox.answer", command, r.GiveAnswer, r.Answered, asking.answer, "inbox:write",
         "Answer a question, a permission or a gate, as a person."),
        ("inbox.take", command, r.Take, r.Item, working.take, "inbox:write",
         "Take a task to do it yourself; its place is a directory."),
        ("inbox.report", command, r.ReportWork, r.Reported, working.report, "inbox:write",
         "Report a task that you did yourself; its checks decide."),
    )  # fmt: skip
    return operations_of(rows, moves=("inbox.ask",))
