"""The journal of one attempt: live output to the bus and the log file, usage to the budget."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from mosaic_hookspecs.context import Bus, Context, Log
from mosaic_hookspecs.redaction import Redactor, secret_values
from mosaic_hookspecs.tasks import Usage

from .answers import is_sound_usage
from .config import Config
from .live_log import LiveLog, log_directory
from .pricing import Prices

TOPIC = "task.output"


class Journal:
    """`mosaic_hookspecs.agents.Journal`. Costs nothing until it is written to."""

    __slots__ = ("_key", "_log", "_redactor", "_shared", "_usage")

    def __init__(self, shared: JournalRoom, run_id: str, task_id: str, token: int) -> None:
        self._shared = shared
        self._key = (run_id, task_id, token)
        self._log: LiveLog | None = None
        self._redactor: Redactor | None = None
        self._usage: dict[tuple[str, bool], Usage] = {}

    def output(self, data: bytes) -> None:
        """Add to the attempt's live log."""
        if self._redactor is None:
            self._redactor = Redactor(self._shared.secrets)
        self._show(self._redactor.feed(data))

    def usage(self, usage: Usage) -> None:
        """Say what was spent since the last call."""
        if not is_sound_usage(usage):
            self._shared.log.warning("usage.ignored", key=self._key)
            return
        usage = self._shared.price(usage)
        kind = (usage.model, usage.is_subscription)
        self._usage[kind] = self._usage.get(kind, Usage()) + usage
        self._shared.on_usage(self)

    @property
    def key(self) -> tuple[str, str, int]:
        """Run, task and token."""
        return self._key

    def priced(self, usage: Usage) -> Usage:
        """Return `usage` with what it costs."""
        return self._shared.price(usage)

    def take_usage(self) -> Sequence[Usage]:
        """Return what was spent and not recorded yet, one a model, and forget it."""
        usage, self._usage = self._usage, {}
        return tuple(usage.values())

    def close(self) -> None:
        """Write out what was held back, and close the log."""
        if self._redactor is not None:
            self._show(self._redactor.finish())
            self._redactor = None
        if self._log is not None:
            self._log.close()
            self._log = None

    def _show(self, data: bytes) -> None:
        if not data:
            return
        run_id, task_id, token = self._key
        self._shared.bus.publish(TOPIC, (run_id, task_id, token, data))
        try:
            if self._log is None:
                directory = log_directory(self._shared.state_directory, run_id, task_id)
                self._log = LiveLog(directory, token, self._shared.log_bytes)
            self._log.write(data)
        except OSError as error:
            self._shared.log.warning("live-log.failed", run=run_id, task=task_id, error=error)


class JournalRoom:
    """What the journals of one driver share."""

    def __init__(  # noqa: PLR0913 - what journals write to
        self,
        *,
        bus: Bus,
        log: Log,
        state_directory: Path,
        log_bytes: int,
        secrets: frozenset[bytes],
        price: Callable[[Usage], Usage],
        on_usage: Callable[[Journal], None],
    ) -> None:
        self.bus = bus
        self.log = log
        self.state_directory = state_directory
        self.log_bytes = log_bytes
        self.secrets = secrets
        self.price = price
        self.on_usage = on_usage


def room_of(context: Context, config: Config, on_usage: Callable[[Journal], None]) -> JournalRoom:
    """Return what the journals of a driver share, in a plugin's context."""
    return JournalRoom(
        bus=context.bus,
        log=context.log,
        state_directory=context.state_directory,
        log_bytes=config.log_bytes,
        price=Prices(config.prices).priced,
        secrets=secret_values(os.environ),
        on_usage=on_usage,
    )
