"""The configuration's own records: what every layer of YAML together says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import attrs

from .config_files import STATE_DIRECTORY

LogLevel = Literal["debug", "info", "warning", "error", "off"]


@attrs.frozen(kw_only=True)
class KernelSettings:
    """How the kernel itself behaves: the key ``kernel``."""

    start_seconds: float = attrs.field(
        default=60.0, metadata={"help": "Deadline of each hook while a plugin starts."}
    )
    drain_seconds: float = attrs.field(
        default=10.0, metadata={"help": "How long a plugin may finish what is in flight."}
    )
    stop_seconds: float = attrs.field(
        default=10.0, metadata={"help": "Deadline of a plugin's tasks, and of each undo, at its end."}
    )
    hold_seconds: float = attrs.field(
        default=5.0,
        metadata={"help": "How long calls may be held while a plugin's state or a port's data is handed over."},
    )
    interceptor_seconds: float = attrs.field(
        default=10.0, metadata={"help": "Deadline of an interceptor's own part of a call."}
    )
    fault_budget: int = attrs.field(
        default=20,
        metadata={"help": "Faults of a plugin in the restart window that count as a crash; 0: none do."},
    )
    tasks_per_plugin: int = attrs.field(
        default=10_000, metadata={"help": "Tasks that a plugin may run at once; 0: no limit."}
    )
    notices_per_second: int = attrs.field(
        default=50_000, metadata={"help": "Notices that a plugin may publish in a second; 0: no limit."}
    )
    answer_seconds: float = attrs.field(
        default=5.0,
        metadata={
            "help": "How long a plugin in a process of its own may take for what the kernel stands still for, "
            "and to end a call that was cancelled."
        },
    )
    health_seconds: float = attrs.field(default=5.0, metadata={"help": "Deadline of a plugin's health check."})
    stall_seconds: float = attrs.field(
        default=1.0,
        metadata={"help": "How long a plugin may block the event loop before that is told; 0: for ever."},
    )
    restart_budget: int = attrs.field(
        default=3, metadata={"help": "Restarts of a crashing plugin in a window, before it is parked."}
    )
    restart_window_seconds: float = attrs.field(default=60.0, metadata={"help": "The window of that budget."})
    restart_delay_seconds: float = attrs.field(
        default=0.5, metadata={"help": "Wait before the first restart; doubled for each further one."}
    )
    log_level: LogLevel = attrs.field(default="warning", metadata={"help": "The least that is logged."})
    log_format: Literal["console", "json"] = attrs.field(
        default="console", metadata={"help": "How log lines on stderr look."}
    )


@attrs.frozen(kw_only=True)
class Configuration:
    """The effective configuration. `plugins` is plain data here: each plugin's ``Config`` decodes its
    own part.
    """

    profile: str = attrs.field(default="local", metadata={"help": "The built-in layer to start from."})
    allow: Sequence[str] | None = attrs.field(
        default=None, metadata={"help": "The only plugins that may be loaded; nothing: all."}
    )
    deny: Sequence[str] = attrs.field(default=(), metadata={"help": "Plugins that are never loaded."})
    isolate: Sequence[str] = attrs.field(
        default=(), metadata={"help": "Plugins that run in a process of their own each."}
    )
    require_lock: bool = attrs.field(
        default=False,
        metadata={"help": "Load only plugins that are in mosaic.lock, and as they were when they were locked."},
    )
    state_directory: str = attrs.field(
        default=STATE_DIRECTORY, metadata={"help": "Where Mosaic keeps its files, below the project directory."}
    )
    ports: Mapping[str, Sequence[str]] = attrs.field(
        factory=dict,
        metadata={"help": "Which providers fill which ports, the first one first; a port left out takes all."},
    )
    plugins: Mapping[str, Any] = attrs.field(
        factory=dict, metadata={"help": "Each plugin's own configuration, or false to disable it."}
    )
    kernel: KernelSettings = attrs.field(
        factory=KernelSettings, metadata={"help": "How the kernel itself behaves."}
    )
