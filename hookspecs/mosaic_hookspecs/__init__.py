"""Mosaic's contracts: value types, ports, hooks, and the pure rules over them.

Imports attrs and pluggy only, and does no I/O. Everything public is re-exported here, and imported when it
is first used, so that a program that needs one contract does not pay for all (`__init__.pyi` tells type
checkers); the counters of the projections are the module `mosaic_hookspecs.counters`.
"""

from __future__ import annotations

import importlib
from typing import Any

_NAMES = {
    "agents": "AGENTS_CONTRACT Agent AgentResult Assignment CheckOutcome CheckRunner Journal offers_of",
    "applying": "Append apply replay",
    "blueprint": "FIELD_TYPES WORK_KINDS Blueprint Endpoint Entity Field",
    "checks": "Check CheckResult Evidence",
    "commands": (
        "AbandonMerge Accept Approve BeginMerge CancelRun CancelTask Claim Command ExhaustRun "
        "Lease Outcome PauseRun Prioritize RecordEvent RecordUsage Reject Release Renew Report ResumeRun "
        "RetryTask StartRun Tick"
    ),
    "context": "Bus Clock Context Log Notice Port",
    "data": "Json JsonObject canonical_json digest",
    "documents": "change_document documents_of storage_within",
    "encode": "to_json_data",
    "errors": "Denied InputError IntegrityError Location MosaicError NotFound Refused Unavailable",
    "events": "GENESIS ChainBreak Draft Event find_break seal seal_draft",
    "estimates": "ASSUMED_MINUTES EstimatedTask Estimates estimates_of",
    "evolve": "EVENT_KINDS",
    "findings": "Finding Severity",
    "glance": "Glance Uncertain",
    "graph": "Graph critical_path dependants_of find_cycle longest_to_end topological_order",
    "hooks": (
        "HOOKS_CONTRACT HOOK_POLICIES PROJECT FailurePolicy Health HookPolicy Hooks Provision State hookimpl "
        "hookspec require_hooks"
    ),
    "identifiers": "Level groups_of level_of make_identifier parent_of",
    "manifest": "ENTRY_POINT_GROUP MANIFEST_FILE CommandEntry Manifest ProcessSpec Provides",
    "models": "MODELS_CONTRACT Message Model ModelReply ModelRequest ModelTool ToolCall",
    "offers": "AGENTS_CHANGED AgentOffer",
    "operation_table": "OperationRow operations_of",
    "operations": ("STAGES Call Handler Interceptor InterceptorSpec Operation OperationKind Principal Proceed"),
    "plan": "Assumption Plan PlanNode Requirement Span",
    "planning": "PLANNING_CONTRACT PlanFormat PlanLinter Planner PlanRequest RunRequest TaskSource",
    "ports": "PORTS Authenticator Hold Observer PortSpec Scheduler Transfer Transport require_contract",
    "redaction": "REDACTED Redactor redacted secret_values",
    "records": "deadline_of is_live run_to_data snapshot_data task_to_data",
    "storage": "BLOBS_AT_ONCE STORAGE_CONTRACT STORAGE_WRITES Document Found Storage Verification",
    "taking_over": "document_text follow following take_over",
    "tasks": (
        "Budget Dependant Merge Need Queue Retry RunRecord RunSpec RunState StoredTask TaskRecord "
        "TaskSpec TaskState Usage"
    ),
    "telling": "fill_prompt tell_task",
    "transfer": "copy_storage",
    "user_interface": "UI_CONTRACT Contribution Interface",
    "view": "View",
    "which_run": "find_run",
    "workspace": (
        "WORKSPACE_CONTRACT Completed Conversation Conversing Directory OnOutput Proposal Workspace "
        "WorkspaceProvider WorkspaceRequest"
    ),
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names.split()}

__all__ = tuple(
    sorted(["counters", *_HOMES], key=lambda name: (not name.isupper(), not name[0].isupper(), name))
)


def __getattr__(name: str) -> Any:
    if name == "counters":
        return importlib.import_module(".counters", __name__)
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
