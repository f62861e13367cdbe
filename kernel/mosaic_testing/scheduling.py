"""The conformance kit of the scheduling port: runs are created, driven to their end, and given back.

Runs the scheduler in a kernel with a store (in memory, unless the fixture `mosaic_settings` says otherwise)
and with a `mosaic_testing.scripted.ScriptedAgent`. The tasks need no workspace and have no checks.
"""

from __future__ import annotations

from .scheduling_driving import TestContract, TestDriving
from .scheduling_sharing import TestSharing

__all__ = ["TestContract", "TestDriving", "TestSharing"]
