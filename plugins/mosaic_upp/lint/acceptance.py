"""Rules on acceptance (UPP4xx): every leaf is checked, by something that can say no."""

from __future__ import annotations

import re

from mosaic_hookspecs import Check, Severity

from .collector import Collector
from .outline import Outline
from .oversize import is_early_part

_ALWAYS = re.compile(
    r"(?:(?:/usr)?/bin/)?(?:true|:|pwd|exit(?:\s+0)?|(?:echo|printf)\b[^|&;`$><]*)", re.IGNORECASE
)
_FORGIVEN = re.compile(r"(?:\|\||;)\s*(?:true|:|exit\s+0)\s*;?$", re.IGNORECASE)


def check_acceptance(outline: Outline, report: Collector) -> None:
    """Judge the checks of each node, and that each leaf has one."""
    plan = outline.plan
    severity = Severity.ERROR
    if not plan.requirements and not any(node.checks for node in plan.nodes):
        severity = Severity.WARNING
    for index, node in enumerate(plan.nodes):
        if outline.is_leaf(index) and not node.checks and not is_early_part(node.title):
            report.node(
                index,
                "UPP401",
                "it has no acceptance check",
                hint="Add a command that fails until the work is done.",
                severity=severity,
            )
        for check in node.checks:
            command = command_of(check)
            if command is None:
                continue
            if not command:
                report.node(
                    index, "UPP403", f"its check {check.name!r} runs nothing", hint="Give it `run` or `argv`."
                )
            elif cannot_fail(command):
                report.node(
                    index,
                    "UPP402",
                    f"its check {check.name!r} cannot fail: {command[:60]}",
                    hint="Check something that is false before the work is done.",
                )


def command_of(check: Check) -> str | None:
    """Return a command check's shell line ("": it has none); None for checks of other kinds."""
    if check.uses != "command":
        return None
    run, argv = check.parameters.get("run"), check.parameters.get("argv")
    if isinstance(run, str) and run.strip():
        return run.strip()
    if isinstance(argv, (list, tuple)):
        return " ".join(str(word) for word in argv).strip()
    return ""


def cannot_fail(command: str) -> bool:
    """Whether a shell line succeeds whatever happened before it."""
    command = command[-4096:].strip().rstrip(";").strip()
    return bool(_ALWAYS.fullmatch(command) or _FORGIVEN.search(command))
