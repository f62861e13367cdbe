"""Which command lines there are on this machine, and which of them the configuration makes agents."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs
import trio

from mosaic_hookspecs.operations import Call, Operation, OperationKind

from .configuration import AgentSettings, Config
from .library import Library
from .preset import Preset
from .templates import fill

_LONGEST_VERSION = 200


@attrs.frozen(kw_only=True)
class ListPresets:
    """What to tell of the presets."""

    versions: bool = attrs.field(
        default=False, metadata={"help": "Also run the programs of configured agents, for their versions."}
    )


@attrs.frozen(kw_only=True)
class PresetView:
    """A preset. `path` is where its program was found ("": nowhere), `agents` are the configured agents that
    use it, `version` what the program answers.
    """

    name: str
    title: str
    program: str
    path: str = ""
    agents: Sequence[str] = ()
    version: str = ""


@attrs.frozen(kw_only=True)
class PresetList:
    """Presets, by name. To use one, configure an agent: ``plugins.headless.agents: {NAME: {preset: …}}``."""

    items: Sequence[PresetView]


class Discovery:
    """Looks programs up; runs nothing that is not configured."""

    def __init__(self, library: Library, config: Config) -> None:
        self._library = library
        self._config = config

    async def list(self, data: ListPresets, call: Call) -> PresetList:
        """List the presets."""
        items = []
        for name in self._library.names():
            preset = self._library.get(name)
            agents = sorted(key for key, one in self._config.agents.items() if one.preset == name)
            settings = self._config.agents[agents[0]] if agents else None
            path = find(preset, settings)
            version = ""
            if data.versions and settings is not None and path:
                version = await _version(preset, settings, self._config.probe_seconds)
            items.append(
                PresetView(
                    name=name,
                    title=preset.title,
                    program=program_of(preset),
                    path=path,
                    agents=agents,
                    version=version,
                )
            )
        return PresetList(items=items)

    def missing(self, presets: Mapping[str, Preset]) -> Sequence[str]:
        """Say which configured agents have no program here; `presets` are theirs."""
        return [
            f"the agent {name!r} needs the program {program_of(preset)!r}, which is not on the PATH"
            for name, preset in presets.items()
            if not find(preset, self._config.agents[name])
        ]

    def operations(self) -> Sequence[Operation]:
        """Declare them."""
        return [
            Operation(
                name="headless.presets",
                kind=OperationKind.QUERY,
                input=ListPresets,
                output=PresetList,
                handler=self.list,
                permission="agent:read",
                summary="List the coding agents' command lines that Mosaic knows, and which are installed.",
            )
        ]


def program_of(preset: Preset) -> str:
    """Return the program that a preset runs."""
    return fill(preset.argv[0], {})


def find(preset: Preset, settings: AgentSettings | None) -> str:
    """Return where a preset's program is; "" if nowhere."""
    environment = settings.environment if settings is not None else {}
    return shutil.which(program_of(preset), path=environment.get("PATH", os.environ.get("PATH"))) or ""


async def _version(preset: Preset, settings: AgentSettings, seconds: float) -> str:
    if not preset.version:
        return ""
    path = settings.environment.get("PATH", os.environ.get("PATH", os.defpath))
    with trio.move_on_after(seconds):
        try:
            done = await trio.run_process(
                list(preset.version),
                stdin=b"",
                capture_stdout=True,
                stderr=subprocess.DEVNULL,
                check=False,
                cwd=Path.home(),
                env={"PATH": path, "HOME": str(Path.home()), **settings.environment},
            )
        except OSError as error:
            return f"({error.strerror})"
        return done.stdout.decode(errors="replace").strip()[:_LONGEST_VERSION]
    return f"(no answer in {seconds:g} s)"
