"""The records of the kernel's operations that change which plugins run, and how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs


@attrs.frozen(kw_only=True)
class ReloadPlugin:
    """Asks for the next generation of a plugin."""

    name: str = attrs.field(metadata={"help": "The plugin's name."})
    code: bool = attrs.field(
        default=True, metadata={"help": "Read its code anew; without it, only its configuration."}
    )
    waits: bool = attrs.field(
        default=True, metadata={"help": "Answer when the old generation has ended; else at the swap."}
    )


@attrs.frozen(kw_only=True)
class SwapProvider:
    """Asks for another provider in a port."""

    port: str = attrs.field(metadata={"help": "The port, such as storage."})
    name: str = attrs.field(metadata={"help": "The provider that is to be in it."})
    instead_of: str = attrs.field(
        default="",
        metadata={"help": "The provider that it replaces; where a port takes several, nothing: beside them."},
    )
    settings: Mapping[str, Any] = attrs.field(
        factory=dict,
        metadata={"help": "Further configuration, by dotted keys, such as plugins.sqlite.path."},
    )
    keeps: bool = attrs.field(
        default=True,
        metadata={"help": "Remember it for the next start, in the live layer of the configuration."},
    )


@attrs.frozen(kw_only=True)
class SwitchPlugin:
    """Names a plugin to enable or disable."""

    name: str = attrs.field(metadata={"help": "The plugin's name."})
    keeps: bool = attrs.field(
        default=True,
        metadata={"help": "Remember it for the next start, in the live layer of the configuration."},
    )


@attrs.frozen(kw_only=True)
class SetValues:
    """Asks for other values in the configuration."""

    values: Mapping[str, Any] = attrs.field(
        factory=dict,
        metadata={
            "help": "Values by dotted keys, such as plugins.engine.parallelism; null takes back what was set "
            "so. A mapping stands for all that is to be under its key."
        },
    )
    texts: Mapping[str, str] = attrs.field(
        factory=dict,
        metadata={
            "help": "Values as text, as a form has them: of a list a line each, of what has parts JSON. What "
            "is in force already is left alone."
        },
    )
    keeps: bool = attrs.field(
        default=True,
        metadata={"help": "Remember it for the next start, in the live layer of the configuration."},
    )


@attrs.frozen(kw_only=True)
class PluginChange:
    """What became of one plugin: its `state` and `generation` now; `error` says what kept it from changing
    (its old generation serves on), `warning` what was left behind.
    """

    name: str
    state: str
    generation: int
    seconds: float = 0.0
    held_seconds: float = 0.0
    error: str = ""
    warning: str = ""


@attrs.frozen(kw_only=True)
class ChangeReport:
    """What was changed, in the order in which it was: the plugin that was asked for, then those that follow
    it.
    """

    changes: Sequence[PluginChange] = ()

    @property
    def is_complete(self) -> bool:
        """Whether everything that was asked for has come true."""
        return not any(change.error for change in self.changes)


@attrs.frozen(kw_only=True)
class PackagesReport:
    """What looking for plugins again found: those that were installed, changed and removed, by name."""

    added: Sequence[str] = ()
    changed: Sequence[str] = ()
    removed: Sequence[str] = ()
    report: ChangeReport = attrs.field(factory=ChangeReport)
