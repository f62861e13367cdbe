"""The records of the kernel's own operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import attrs


@attrs.frozen(kw_only=True)
class Nothing:
    """An operation without input."""


@attrs.frozen(kw_only=True)
class PluginName:
    """Names a plugin."""

    name: str = attrs.field(metadata={"help": "The plugin's name."})


@attrs.frozen(kw_only=True)
class PluginView:
    """One plugin: its `state`, and in `detail` and `cure` why it does not run; in `held_back` why its newest
    code or configuration does not serve, but a generation from before.
    """

    name: str
    state: str
    summary: str = ""
    detail: str = ""
    cure: str = ""
    distribution: str = ""
    version: str = ""
    is_third_party: bool = False
    provides: Sequence[str] = ()
    needs: Sequence[str] = ()
    after: Sequence[str] = ()
    commands: Sequence[str] = ()
    operations: Sequence[str] = ()
    generation: int = 0
    held_back: str = ""
    target: str = ""
    directory: str = ""
    faults: Sequence[str] = ()
    process: str = ""


@attrs.frozen(kw_only=True)
class PluginList:
    """Every installed plugin, in order of name."""

    plugins: Sequence[PluginView] = ()


@attrs.frozen(kw_only=True)
class ConfigEntry:
    """One effective value, and the layer and place that it came from. Secrets are redacted."""

    key: str
    value: Any
    layer: str
    source: str


@attrs.frozen(kw_only=True)
class ConfigView:
    """The effective configuration, value by value."""

    entries: Sequence[ConfigEntry] = ()


@attrs.frozen(kw_only=True)
class ConfigReport:
    """What was read, lowest layer first; an operation that returns it found no mistakes. `warnings` are what
    is allowed and yet may not be meant.
    """

    layers: Sequence[str] = ()
    warnings: Sequence[str] = ()


@attrs.frozen(kw_only=True)
class ConfigSchema:
    """A JSON Schema."""

    schema: Mapping[str, Any]


@attrs.frozen(kw_only=True)
class DoctorCheck:
    """One thing that was looked at: well, worth a notice, or ill; `cure` says what to do."""

    name: str
    state: Literal["well", "notice", "ill"]
    detail: str = ""
    cure: str = ""


@attrs.frozen(kw_only=True)
class DoctorReport:
    """All that was looked at."""

    checks: Sequence[DoctorCheck] = ()
    is_well: bool = True
