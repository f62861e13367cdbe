"""Reads a file of steps. Refuses, with line and column, what it does not understand."""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs
from mosaic_hookspecs import InputError, Location

_NAME = r"[A-Za-z0-9][A-Za-z0-9_-]*"
_STEP = re.compile(rf"\s*({_NAME})(?:\s+after\s+({_NAME}(?:\s*,\s*{_NAME})*))?\s*:\s*(\S.*)")


@attrs.frozen(kw_only=True)
class Step:
    """One line: what to run, and the steps that it comes after."""

    name: str
    command: str
    after: Sequence[str] = ()
    line: int = 0


def read_steps(text: str, path: str) -> list[Step]:
    """Read every step of a text, in order.

    Args:
        text: the file's content.
        path: what errors call the file.

    Raises:
        InputError: a line is no step (code ``bad-step``), a name comes twice (``step-twice``), a step
            comes after one that is not above it (``unknown-step``), or there are none (``no-steps``).
    """
    steps: dict[str, Step] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        where = Location(path=path, line=number, column=len(line) - len(line.lstrip()) + 1)
        step = _read(line, where)
        if step.name in steps:
            raise InputError(
                "step-twice",
                f"the step {step.name!r} is there already",
                where=where,
                got=f"first on line {steps[step.name].line}",
                hint="Give it another name.",
            )
        for name in step.after:
            if name not in steps:
                raise InputError(
                    "unknown-step",
                    f"there is no step {name!r} above this one",
                    where=where,
                    expected="one of " + ", ".join(steps) if steps else "no `after` in the first step",
                )
        steps[step.name] = step
    if not steps:
        raise InputError("no-steps", "the file has no steps", where=Location(path=path, line=1))
    return list(steps.values())


def _read(line: str, where: Location) -> Step:
    match = _STEP.fullmatch(line)
    if match is None:
        raise InputError(
            "bad-step",
            "this is no step",
            where=where,
            expected="NAME: COMMAND, or NAME after OTHERS: COMMAND",
            got=line.strip()[:80],
        )
    name, after, command = match.groups()
    names = tuple(part.strip() for part in after.split(",")) if after else ()
    return Step(name=name, command=command.strip(), after=names, line=where.line)
