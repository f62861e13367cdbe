"""Fills a prompt's template with what the attempt is about."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from typing import Any

from mosaic_hookspecs import Assignment, InputError


def fill_prompt(template: object, assignment: Assignment, where: str) -> str:
    """Return `template` with its ``${name}`` filled in (``$$`` stands for ``$``).

    The names: ``title``, ``description``, ``checks``, ``requirements``, ``goal``, ``run_id``, ``task_id``,
    ``attempt``, ``last_reason``, and every input of the run as ``input_NAME``.

    Raises:
        InputError: it is no template, or names what is not there (code ``bad-prompt``).
    """
    values = {
        "title": assignment.spec.title,
        "goal": assignment.goal,
        "run_id": assignment.run_id,
        "task_id": assignment.spec.task_id,
        "attempt": str(assignment.attempt),
        "last_reason": assignment.last_reason,
        **_task_words(assignment),
        **{f"input_{name}": str(value) for name, value in assignment.inputs.items()},
    }
    if not isinstance(template, str):
        raise InputError(
            "bad-prompt", "the prompt is no text", where=where, expected="a text", got=repr(template)[:80]
        )
    try:
        return string.Template(template).substitute(values)
    except KeyError as error:
        raise InputError(
            "bad-prompt",
            "the prompt names what is not there",
            where=where,
            expected=", ".join(f"${{{name}}}" for name in sorted(values)),
            got=f"${{{error.args[0]}}}",
        ) from error
    except ValueError as error:
        raise InputError(
            "bad-prompt", "the prompt has a stray $", where=where, got=str(error), hint="Write $$ for $."
        ) from error


def _task_words(assignment: Assignment) -> dict[str, str]:
    work: Mapping[str, Any] = assignment.spec.work
    found = work.get("requirements") or ()
    requirements = [item.get("text", "") for item in found if isinstance(item, Mapping)]
    return {
        "description": str(work.get("description") or ""),
        "requirements": _list(requirements),
        "checks": _list([_command(check.parameters) or check.name for check in assignment.spec.checks]),
    }


def _command(parameters: Mapping[str, Any]) -> str:
    argv = parameters.get("argv")
    return str(parameters.get("run") or (" ".join(map(str, argv)) if argv else ""))


def _list(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines if line)
