"""The operations of mail, declared."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs.operation_table import OperationRow, operations_of
from mosaic_hookspecs.operations import Operation, OperationKind

from . import dead_records as d
from . import records as r
from .desk import Desk
from .returns import Returns

MANAGE = "message:manage"
"""The permission to look through mail and to deliver it again: no agent has it by itself."""


def operations(desk: Desk, returns: Returns) -> Sequence[Operation]:
    """Declare them."""
    query, command = OperationKind.QUERY, OperationKind.COMMAND
    rows: tuple[OperationRow, ...] = (
        ("message.send", command, r.SendMessage, r.Sent, desk.send, "message:write",
         "Write to an agent or a person, to one of a role, to a topic, or to all; kept until read."),
        ("message.read", command, r.ReadMessages, r.Messages, desk.read, "message:read",
         "Get the messages for you, or wait for one; acknowledge them, or they come again."),
        ("message.waiting", query, r.CountMessages, r.Waiting, desk.waiting, "message:read",
         "Count the messages that wait for you, without reading them."),
        ("message.acknowledge", command, r.AcknowledgeMessages, r.Acknowledged, desk.acknowledge,
         "message:read", "Say that you are done with messages, so that they do not come again."),
        ("message.subscribe", command, r.Subscribe, r.Subscribed, desk.subscribe, "message:read",
         "Follow topics, or leave them."),
        ("message.dead", query, d.ListDead, d.DeadLetters, returns.dead, MANAGE,
         "List messages that did not reach a recipient, each with why."),
        ("message.resend", command, d.Resend, d.Resent, returns.resend, MANAGE,
         "Deliver dead letters after all."),
        ("message.thread", query, d.ReadThread, d.Thread, returns.thread, MANAGE,
         "Read what was written about a run, a task, or in one conversation."),
    )  # fmt: skip
    return operations_of(rows, moves=("message.read",))
