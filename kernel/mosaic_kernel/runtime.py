"""What the parts of one running kernel share. Nothing of it is global: two kernels have two."""

from __future__ import annotations

from pathlib import Path

import attrs
import pluggy
import trio

from mosaic_hookspecs.context import Clock
from mosaic_hookspecs.errors import Refused

from .bus import NoticeBus
from .configuring import Loaded
from .dispatch import Dispatcher
from .interception import OnFault, ignore_fault
from .log_lines import Logger, LogSink
from .ports import PortBoard
from .settings import Configuration
from .slots import Slot


@attrs.define(kw_only=True)
class Runtime:
    """The named owners of a running kernel's state. `order` is the order of the plugins' start;
    `changing` is held while the set of running generations is changed.
    """

    project_directory: Path
    state_directory: Path
    clock: Clock
    bus: NoticeBus
    log: Logger
    sink: LogSink
    board: PortBoard
    dispatcher: Dispatcher
    manager: pluggy.PluginManager
    nursery: trio.Nursery
    slots: dict[str, Slot]
    loaded: Loaded
    is_serving: bool = False
    order: list[str] = attrs.field(factory=list)
    changing: trio.Lock = attrs.field(factory=trio.Lock)
    on_fault: OnFault = ignore_fault
    is_changeable: bool = False
    """Not while the kernel starts, nor when it ends."""

    def require_changeable(self) -> None:
        """Refuse to change which generations run.

        Raises:
            Refused: the kernel starts or ends (code ``not-changeable``).
        """
        if not self.is_changeable:
            raise Refused(
                "not-changeable",
                "plugins cannot be changed while the kernel starts or ends",
                hint="Do it from a task (Context.start_soon), once the kernel is ready.",
            )

    @property
    def configuration(self) -> Configuration:
        """The effective configuration."""
        return self.loaded.configuration
