"""Fills a prompt's template with what the attempt is about."""

from __future__ import annotations

import string

from mosaic_hookspecs import Assignment, InputError


def fill_prompt(template: object, assignment: Assignment, where: str) -> str:
    """Return `template` with its ``${name}`` filled in (``$$`` stands for ``$``).

    The names: ``title``, ``goal``, ``run_id``, ``task_id``, ``attempt``, ``last_reason``, and every input
    of the run as ``input_NAME``.

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
