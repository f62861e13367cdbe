"""What the plan and the run themselves say of a task: their words are instructions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mosaic_hookspecs import Check, RunRecord, TaskRecord, TaskSpec, canonical_json

from .parts import Part

_SHOW = "task_show tells all that it asks for"
_TOLD = ("kind", "title", "description", "acceptance", "owns", "requirements", "assumptions")


def task_part(record: TaskRecord, spec: TaskSpec) -> Part:
    """Return what is to be done."""
    work: Mapping[str, Any] = spec.work
    lines = []
    if spec.path:
        lines.append(f"It is part of: {' > '.join(spec.path)}")
    if work.get("description"):
        lines.append(str(work["description"]))
    lines += _listed("What it serves:", [_requirement(each) for each in _sequence(work.get("requirements"))])
    lines += _listed("Files that are this task's:", _sequence(work.get("owns")))
    lines += _listed("Assumed:", _sequence(work.get("assumptions")))
    rest = {key: value for key, value in work.items() if key not in _TOLD}
    if rest:
        lines.append(f"Further words of the plan: {canonical_json(rest)}")
    attempt = f"This is attempt {record.refusals + 1} of {spec.retry.attempts}; "
    lines.append(f"{attempt}it may take {_minutes(spec)}.")
    return Part(name="task", title="What to do", text="\n".join(lines), share=0.5, rest=_SHOW)


def checks_part(spec: TaskSpec) -> Part:
    """Return what decides whether it is accepted."""
    named = [str(name) for name in _sequence(spec.work.get("acceptance"))]
    lines = [f"- {_check(check)}" for check in spec.checks] or [f"- {name}" for name in named]
    text = "\n".join(["Mosaic runs these in a clean copy when you have reported:", *lines])
    if not spec.checks:
        text = "\n".join(["No check is run; what you report is taken as it is.", *lines])
    return Part(name="checks", title="When it is accepted", text=text, share=0.25, rest=_SHOW)


def goal_part(run: RunRecord) -> Part | None:
    """Return the goal of the whole."""
    spec = run.spec
    goal = str(spec.settings.get("goal") or spec.title or spec.target)
    if not goal:
        return None
    return Part(name="goal", title="The goal of the whole", text=goal, share=0.15, rest="run_show tells it")


def budget_part(run: RunRecord) -> Part | None:
    """Return what the run may still spend."""
    budget, spent = run.spec.budget, run.spent
    lines = []
    if budget.tokens is not None:
        left = max(0, budget.tokens - spent.input_tokens - spent.output_tokens)
        lines.append(f"{left} of {budget.tokens} tokens are left for the whole run.")
    if budget.money is not None:
        lines.append(f"${max(0.0, budget.money - spent.money):.2f} of ${budget.money:.2f} are left.")
    if not lines:
        return None
    lines.append("When it is spent, the run is stopped in the middle: be sparing.")
    return Part(name="budget", title="Budget", text="\n".join(lines))


def _minutes(spec: TaskSpec) -> str:
    minutes = spec.timeout_seconds / 60
    return f"{minutes:g} minutes" if minutes >= 1 else f"{spec.timeout_seconds:g} seconds"


def _check(check: Check) -> str:
    parameters: Mapping[str, Any] = check.parameters
    argv = parameters.get("argv")
    command = str(parameters.get("run") or (" ".join(map(str, argv)) if isinstance(argv, list | tuple) else ""))
    if check.uses == "http":
        path, status = parameters.get("path", "/"), parameters.get("status", 200)
        return f"{check.name}: started with `{command}`, it answers {path} with {status}"
    if command:
        return f"{check.name}: `{command}` ends with exit code 0"
    return f"{check.name}: {check.uses} {canonical_json(dict(parameters))}"


def _requirement(each: Any) -> str:
    if not isinstance(each, Mapping):
        return str(each)
    lines = each.get("lines")
    where = f" (lines {lines[0]}-{lines[-1]})" if isinstance(lines, Sequence) and lines else ""
    return f"{each.get('id', '')} {each.get('text', '')}{where}".strip()


def _listed(head: str, items: Sequence[Any]) -> list[str]:
    return [head, *(f"- {item}" for item in items)] if items else []


def _sequence(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()
