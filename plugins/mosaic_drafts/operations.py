"""The operations on drafts, declared."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs import Context, Operation, OperationKind
from mosaic_hookspecs.operation_table import OperationRow, operations_of

from . import records as r
from .desk import Desk


def operations(context: Context) -> Sequence[Operation]:
    """Declare them."""
    desk = Desk(context)
    query, command = OperationKind.QUERY, OperationKind.COMMAND
    rows: tuple[OperationRow, ...] = (
        ("draft.create", command, r.CreateDraft, r.DraftView, desk.create, "plan:write",
         "Make a draft of a document, a goal, a plan, or the plan of a run."),
        ("draft.list", query, r.ListDrafts, r.DraftList, desk.list, "plan:read",
         "List the drafts, the last changed first."),
        ("draft.show", query, r.NameDraft, r.DraftView, desk.show, "plan:read",
         "Show a draft: its plan and document, the findings, and what serves each requirement."),
        ("draft.edit", command, r.EditDraft, r.DraftView, desk.edit, "plan:write",
         "Change a draft by typed edits; answers with it as it is then, findings included."),
        ("draft.undo", command, r.StepDraft, r.DraftView, desk.undo, "plan:write",
         "Take the last change of a draft back."),
        ("draft.redo", command, r.StepDraft, r.DraftView, desk.redo, "plan:write",
         "Make the change of a draft that was taken back last again."),
        ("draft.start", command, r.StartDraft, r.StartedDraft, desk.start, "plan:write",
         "Make a run of a draft that has no errors; the draft stays."),
        ("draft.delete", command, r.StepDraft, r.DeletedDraft, desk.delete, "plan:write",
         "Delete a draft and its history; runs stay."),
    )  # fmt: skip
    return operations_of(rows)
