"""Where an agent writes while it works: its output goes to who listens, its usage is added up."""

from __future__ import annotations

from mosaic_hookspecs import Bus, Lease, Usage


class BusJournal:
    """`mosaic_hookspecs.Journal` of one attempt. Its calls never block."""

    def __init__(self, bus: Bus, lease: Lease) -> None:
        self._bus = bus
        self._names = (lease.run_id, lease.task_id, lease.token)
        self.spent = Usage()

    def output(self, data: bytes) -> None:
        """Publish output as a notice; nobody need listen."""
        self._bus.publish("task.output", (*self._names, data))

    def usage(self, usage: Usage) -> None:
        """Add what was spent; it is told with the report."""
        self.spent += usage
