"""Names of tasks and of concurrency groups that a workflow leads to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .expressions.values import to_text

_LONGEST = 80
_ODD = re.compile(r"[^A-Za-z0-9_.]+")


class Names:
    """Gives every task of a run a name of its own that is easy to type."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def task(self, prefix: str, job: str, combination: Mapping[str, Any] | None) -> str:
        """Return the name of a job's task: ``job``, ``job.value-value`` or ``caller.job``."""
        name = f"{prefix}.{job}" if prefix else job
        if combination:
            values = "-".join(plain_words(value) for value in combination.values())
            name += "." + (_ODD.sub("-", values).strip("-.") or "1")
        name = name[:_LONGEST]
        unique, count = name, 1
        while unique in self._taken:
            count += 1
            unique = f"{name}-{count}"
        self._taken.add(unique)
        return unique


def plain_words(value: Any) -> str:
    """Write a matrix value in a few words."""
    if isinstance(value, Mapping):
        return " ".join(plain_words(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return " ".join(plain_words(item) for item in value)
    return to_text(value)


def group_name(run_id: str, job: str, lane: int) -> str:
    """Name the concurrency group that stands for one of the lanes of ``max-parallel``."""
    return f"max-parallel:{run_id}/{job}/{lane}"
