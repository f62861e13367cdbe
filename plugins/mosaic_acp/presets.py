"""Known agents: how each is started, and what each does differently. Data, in ``presets/NAME.yaml``.

Owns putting a preset and what the configuration says together. Refuses agents of which neither says the
command.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

import attrs

from mosaic_hookspecs import InputError

from .configuration import AgentSettings

_SUFFIX = ".yaml"


@attrs.frozen(kw_only=True)
class Preset:
    """What is known of an agent. `install` says how to get it; `lends` is whether it takes MCP servers, and
    `counts_all` whether the tokens that it tells are all of a turn's. `session` is what it is told beside the
    protocol when a session is opened (``_meta``). `obeys` names what it would obey of a repository besides its
    prompt, and cannot be told to leave alone.
    """

    command: tuple[str, ...]
    install: str = ""
    environment: Mapping[str, str] = attrs.field(factory=dict)
    inherit: tuple[str, ...] = ()
    mode: str = ""
    authenticate: str = ""
    read_files: bool = True
    write_files: bool = True
    terminal: bool = True
    lends: bool = True
    counts_all: bool = True
    session: Mapping[str, Any] = attrs.field(factory=dict)
    obeys: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Launch:
    """How one configured agent is started and talked with: its settings over its preset."""

    name: str
    settings: AgentSettings
    preset: Preset

    @property
    def command(self) -> tuple[str, ...]:
        """The program and its arguments."""
        return tuple(self.settings.command) or self.preset.command

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that it gets by name and value."""
        return {**self.preset.environment, **self.settings.environment}

    @property
    def inherit(self) -> tuple[str, ...]:
        """The variables that it gets from Mosaic's own environment."""
        return tuple(dict.fromkeys((*self.preset.inherit, *self.settings.inherit)))

    @property
    def mode(self) -> str:
        """The session's mode."""
        return self.settings.mode or self.preset.mode

    @property
    def authenticate(self) -> str:
        """The method of authentication."""
        return self.settings.authenticate or self.preset.authenticate

    @property
    def capabilities(self) -> dict[str, Any]:
        """What Mosaic offers the agent, as the protocol says it."""
        settings, preset = self.settings, self.preset

        def chosen(own: bool | None, known: bool) -> bool:  # noqa: FBT001 - two of a kind
            return known if own is None else own

        return {
            "fs": {
                "readTextFile": chosen(settings.read_files, preset.read_files),
                "writeTextFile": chosen(settings.write_files, preset.write_files),
            },
            "terminal": chosen(settings.terminal, preset.terminal),
        }


def preset_names() -> tuple[str, ...]:
    """Return the names of the presets, sorted."""
    names = (entry.name for entry in _folder().iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX)))


def launch_of(name: str, settings: AgentSettings) -> Launch:
    """Return how an agent of the configuration is started.

    Raises:
        InputError: its preset does not exist (code ``no-preset``), or there is no command (``no-command``).
    """
    where = f"plugins.acp.agents.{name}"
    wanted = settings.preset or name
    if wanted in preset_names():
        return Launch(name=name, settings=settings, preset=_read(wanted))
    if settings.preset:
        raise InputError(
            "no-preset",
            "there is no such preset",
            where=f"{where}.preset",
            expected=", ".join(preset_names()),
            got=settings.preset,
        )
    if not settings.command:
        raise InputError(
            "no-command",
            "it is not known how to start this agent",
            where=where,
            expected="`command`, or `preset` (one of " + ", ".join(preset_names()) + ")",
        )
    return Launch(name=name, settings=settings, preset=Preset(command=()))


def missing_programs(launches: Sequence[Launch]) -> Sequence[str]:
    """Return, in words, which programs are not on the PATH that their agent gets."""
    missing = []
    for launch in launches:
        path = launch.environment.get("PATH", os.environ.get("PATH", os.defpath))
        if shutil.which(launch.command[0], path=path) is None:
            install = f": {launch.preset.install}" if launch.preset.install else ""
            missing.append(f"{launch.name}: {launch.command[0]} is not installed{install}.")
    return missing


def _folder() -> Any:
    # By this package's own name: a generation has one of its own.
    return resources.files(__package__ or "mosaic_acp") / "presets"


def _read(name: str) -> Preset:
    import yaml

    data = yaml.safe_load((_folder() / f"{name}{_SUFFIX}").read_text(encoding="utf-8"))
    for key in ("command", "inherit", "obeys"):
        if key in data:
            data[key] = tuple(data[key])
    return Preset(**data)
