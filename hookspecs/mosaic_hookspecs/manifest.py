"""Manifests: what a plugin says of itself in a file, so that nothing need be imported to know it.

A plugin's package holds ``mosaic-plugin.yaml``, which maps each entry point's name in the group
``mosaic.plugins`` to the fields of `Manifest`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

ENTRY_POINT_GROUP = "mosaic.plugins"
MANIFEST_FILE = "mosaic-plugin.yaml"


@attrs.frozen(kw_only=True)
class Provides:
    """A port that the plugin fills, the contract's version, and the provider's name there (``*``: the
    plugin's configuration names further ones).
    """

    port: str
    contract: str
    name: str = ""


@attrs.frozen(kw_only=True)
class CommandEntry:
    """A command that the plugin adds to the command line, loaded when it is used: `target` is
    ``module:attribute`` of a click command, `summary` its line in ``mosaic --help``.
    """

    target: str
    summary: str


@attrs.frozen(kw_only=True)
class ProcessSpec:
    """A plugin that runs in a process of its own, and serves its hooks over JSON-RPC 2.0 on its standard
    input and output (see `mosaic_hookspecs.wire`).

    `argv` starts it, in the plugin's package; ``{python}`` stands for the interpreter, ``{target}`` for the
    entry point's value. Empty: this interpreter runs the entry point. The limits are the operating
    system's: `memory_bytes` of address space, `cpu_seconds` in all, `open_files`; 0: none of ours.
    """

    argv: Sequence[str] = ()
    memory_bytes: int = 0
    cpu_seconds: int = 0
    open_files: int = 0


@attrs.frozen(kw_only=True)
class Manifest:
    """What a plugin says of itself.

    `needs` names the ports that must be filled before it starts. `after` names plugins that, if they
    are there, start first. `imports` lists the modules without which it is unavailable, `extra` the
    extra of its distribution that brings them. `profiles` maps a profile's name to a YAML file in
    the plugin's package. `glances` maps what the plugin answers without a kernel (see
    `mosaic_hookspecs.glance`) to ``module:attribute``. `third_party` is decided by discovery, not by
    the file.

    `hooks` is the version of the hooks that it is written for. `follows` names plugins, and ports, with
    whose reload this plugin is reloaded too, after them; without it a plugin keeps its handles, which
    lead to whatever is in the port now. `process` makes it run in a process of its own.
    """

    summary: str = ""
    provides: Sequence[Provides] = ()
    needs: Sequence[str] = ()
    after: Sequence[str] = ()
    imports: Sequence[str] = ()
    extra: str = ""
    commands: Mapping[str, CommandEntry] = attrs.field(factory=dict)
    profiles: Mapping[str, str] = attrs.field(factory=dict)
    glances: Mapping[str, str] = attrs.field(factory=dict)
    hooks: str = "1.0"
    follows: Sequence[str] = ()
    process: ProcessSpec | None = None
