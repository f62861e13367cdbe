"""How far an attempt is, why it may be ended from outside, and what verification sees of it."""

from __future__ import annotations

import enum
from typing import Any, Protocol

from mosaic_hookspecs.commands import Lease
from mosaic_hookspecs.tasks import RunSpec

from .journal import Journal


class Phase(enum.Enum):
    """How far an attempt is."""

    WAITING = "waiting"  # leased, and no slot is free yet
    WORKING = "working"  # the agent is at it
    VERIFYING = "verifying"  # reported
    MERGING = "merging"  # its publication was decided: only a lost lease stops it now


class Stop(enum.Enum):
    """Why an attempt is ended from outside."""

    LOST = "its lease is lost"
    CANCELLED = "the run was cancelled"
    BUDGET = "the run's budget is spent"
    RETURNED = "no slot became free"


class UnderWay(Protocol):
    """An attempt, as verification and publication see it."""

    lease: Lease
    journal: Journal
    run: RunSpec

    @property
    def names(self) -> dict[str, Any]:
        """The fields that every command of this attempt has."""

    def enter(self, phase: Phase, seconds: float) -> None:
        """Go on to a phase, which must not take longer than this."""
