"""Acceptance checks as people write them: a command a line."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs import Check

_LONGEST_NAME = 80


def checks_of(lines: Sequence[str], present: Sequence[Check]) -> Sequence[Check]:
    """Return the checks of some lines: one that is there already, if a line is its name or its command; else
    a new one, which runs the line.
    """
    known = {check.name: check for check in present}
    for check in present:
        run = check.parameters.get("run")
        if check.uses == "command" and isinstance(run, str):
            known.setdefault(run, check)
    return tuple(known.get(line.strip()) or _command(line.strip()) for line in dict.fromkeys(lines))


def _command(line: str) -> Check:
    name = line if len(line) <= _LONGEST_NAME else f"{line[: _LONGEST_NAME - 3]}..."
    return Check(name=name, parameters={"run": line})
