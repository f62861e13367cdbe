"""Which operations are offered as tools: a default set that models can afford, and further ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mosaic_hookspecs.errors import InputError

ALL = "all"
DEFAULT, AGENT = "default", "agent"
_MAIL = ("message.send", "message.read", "message.acknowledge")
_FILES = ("file.reserve", "file.release", "file.list", "file.overlaps")
TIERS: Mapping[str, Sequence[str]] = {
    DEFAULT: (
        "plan.new",
        "plan.brief",
        "plan.submit",
        "run.create",
        "run.drive",
        "run.list",
        "run.show",
        "run.why",
        "run.cancel",
        "task.list",
        "task.show",
        "task.why",
        "task.logs",
        "task.retry",
        "work.take",
        "work.progress",
        "work.report",
    ),
    "steering": (
        "run.pause",
        "run.resume",
        "run.schedule",
        "task.active",
        "task.approve",
        "task.cancel",
        "task.diff",
        "task.history",
        "task.prioritize",
    ),
    "worker": (
        "agent.register",
        "work.take",
        "work.progress",
        "work.report",
        "work.release",
        "task.context",
        *_MAIL,
        *_FILES,
        "agent.heartbeat",
        "agent.drain",
        "agent.leave",
    ),
    AGENT: ("task.context", "work.progress", *_MAIL, *_FILES, "task.why", "inbox.ask"),
    "authoring": (
        "draft.create",
        "draft.list",
        "draft.show",
        "draft.edit",
        "draft.undo",
        "draft.redo",
        "draft.start",
        "draft.delete",
        "plan.show",
        "plan.check",
        "plan.schedule",
        "plan.sample",
        "plan.export",
        "plan.fix",
        "plan.formats",
        "plan.import",
        "workflow.check",
        "workflow.schema",
    ),
    "analytics": ("analytics.show", "analytics.forecast", "project.list", "costs.show"),
    "admin": (
        "config.check",
        "config.fields",
        "config.set",
        "config.show",
        "doctor.check",
        "log.list",
        "log.verify",
        "operations.list",
        "plugins.disable",
        "plugins.enable",
        "plugins.health",
        "plugins.info",
        "plugins.list",
        "plugins.reload",
        "plugins.swap",
        "ports.list",
        "storage.backup",
        "storage.check",
        "storage.info",
    ),
}


def require_tiers(names: Iterable[str], where: str) -> None:
    """Refuse a tier that there is not.

    Raises:
        InputError: one of the names is none of a tier (code ``unknown-tier``).
    """
    for name in names:
        if name != ALL and name not in TIERS:
            raise InputError(
                "unknown-tier",
                "there is no such set of tools",
                where=where,
                expected=", ".join((*TIERS, ALL)),
                got=name,
            )


def chosen(tiers: Iterable[str], further: Iterable[str], there: Sequence[str]) -> list[str]:
    """Return those of the operations that are `there` which the tiers name, and the further ones, in order."""
    wanted = tuple(tiers)
    names = [name for tier in wanted if tier != ALL for name in TIERS.get(tier, ())]
    names += [*further, *(there if ALL in wanted else ())]
    known = set(there)
    return [name for name in dict.fromkeys(names) if name in known]
