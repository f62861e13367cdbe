"""How far an attempt is, and why it may be ended from outside."""

from __future__ import annotations

import enum


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
