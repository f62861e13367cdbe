"""Reasons: why attempts were refused or lost, in groups: by a code, and by their words without chances.

What people, agents and programs say is cut, and numbers, quotations and paths in it are left out, so that the
same failure counts as the same. Bounded: the groups after the 500th are one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import attrs

_MOST, _LONGEST = 500, 100
_CHANCES = (
    (re.compile(r"'[^']{3,}'|\"[^\"]{3,}\"|`[^`]{3,}`"), "…"),
    (re.compile(r"[\w.@+~-]*(?:/[\w.@+-]+)+/?"), "…"),
    (re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{7,}\b"), "…"),
    (re.compile(r"\d+(?:\.\d+)?"), "N"),
)
_TIMES = ("timed out", "verification took longer")


@attrs.define
class Reason:
    """A group: its code and words, and the newest of them: when, and the run and task."""

    code: str
    text: str
    at: int = 0
    run_id: str = ""
    task_id: str = ""


class Reasons:
    """The groups of one log, numbered in the order in which they were first met."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}
        self._reasons: list[Reason] = []

    def __getitem__(self, number: int) -> Reason:
        return self._reasons[number]

    def __iter__(self) -> Iterator[Reason]:
        return iter(self._reasons)

    def met(self, kind: str, body: Any, at: int, run_id: str, task_id: str) -> int:
        """Put an event's reason into its group; return the group's number."""
        code, text = group_of(kind, body)
        if (code, text) not in self._numbers and len(self._numbers) >= _MOST:
            code, text = "other", "others"
        number = self._numbers.setdefault((code, text), len(self._reasons))
        if number == len(self._reasons):
            self._reasons.append(Reason(code, text))
        reason = self._reasons[number]
        reason.at, reason.run_id, reason.task_id = at, run_id, task_id
        return number


def group_of(kind: str, body: Any) -> tuple[str, str]:
    """Return the code and words of an event that ended an attempt, or a task, without success.

    Codes are ``check`` (one did not pass), ``timeout``, ``conflict`` (the attempt was not to blame),
    ``agent`` (it said that it failed, or was refused for what it did), ``denied``, ``given-back``, ``lost``.
    """
    if kind == "task.denied":
        return "denied", "approval was denied"
    reason = body.get("reason", "")
    if kind == "task.released":
        return "lost", _words(reason)
    if body.get("backs_off"):
        return "given-back", _words(reason)
    failed = next((one["name"] for one in body["evidence"]["checks"] if not one["passed"]), "")
    if failed:
        return "check", f"check {failed[:_LONGEST]} failed"
    if reason.startswith(_TIMES):
        return "timeout", _words(reason)
    return ("agent" if body["counts"] else "conflict"), _words(reason)


def _words(reason: str) -> str:
    line = next((line for line in reason[:1000].splitlines() if line.strip()), "no reason was given")
    for pattern, instead in _CHANCES:
        line = pattern.sub(instead, line)
    line = " ".join(line.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
