"""Kernels for tests: only the plugins that are named, nothing of this machine, and the log kept.

Owns how a test's kernel is made, and what fills the ports that a tested plugin needs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from mosaic_kernel import Kernel

from .installed import installed_plugins
from .log_capture import LogCapture
from .manifests import manifest_of_class
from .opening import Opened
from .providing import GivenPlugin

if TYPE_CHECKING:
    from mosaic_hookspecs import Clock

    from .leaks import LeakCheck

__all__ = ["FILLERS", "KernelFactory", "NamedPlugin", "open_plugin"]

NamedPlugin: TypeAlias = str | type | GivenPlugin
"""An installed plugin's name; a plugin's class; or a name, a class or instance, and a manifest."""
FILLERS: Mapping[str, Mapping[str, str]] = {
    "storage": {"memory": "memory"},
    "workspace": {"directory": "workspaces"},
    "planning": {"rules": "upp"},
    "scheduling": {"engine": "engine"},
    "agents": {"command": "command"},
}
"""What fills a port that a tested plugin needs, unless it is told otherwise: its provider, of which plugin."""
_NEEDS = {"engine": ("storage",)}


class KernelFactory:
    """Makes the kernels of one test: the fixture `mosaic_kernel`.

    ``async with mosaic_kernel("memory", MyPlugin, settings={"plugins.my.key": 1}) as kernel: …``

    `log` holds what all of them logged, down to ``debug``.
    """

    def __init__(self, directory: Path, *, clock: Clock | None = None, leaks: LeakCheck | None = None) -> None:
        self.directory = directory
        self.log = LogCapture()
        self._clock = clock
        self._leaks = leaks

    def __call__(
        self,
        *plugins: NamedPlugin,
        settings: Mapping[str, Any] | None = None,
        directory: Path | None = None,
        clock: Clock | None = None,
        **arguments: Any,
    ) -> AbstractAsyncContextManager[Kernel]:
        """Return a kernel to enter, with these plugins and no others.

        Args:
            plugins: the names of installed plugins; classes (their manifest is the one in their package, if
                there is one); or (name, class or instance, manifest).
            settings: the configuration, by dotted keys or nested.
            directory: the project; the test's `tmp_path` by default, so that two kernels share it.
            clock: what plugins are told the time by; the test's `mosaic_clock`, if it asked for it.
            arguments: anything else that `mosaic_kernel.Kernel` takes.
        """
        named = [plugin for plugin in plugins if isinstance(plugin, str)]
        given = [_given(plugin) for plugin in plugins if not isinstance(plugin, str)]
        options = {
            "profile": "",
            "directory": directory or self.directory,
            "environment": {},
            "index": installed_plugins(),
            "log_stream": self.log,
            "clock": clock or self._clock,
            **arguments,
        }
        plain = {"allow": named, "kernel.log_format": "json", "kernel.log_level": "debug"}
        return self._watched(Kernel(plugins=given, settings={**plain, **(settings or {})}, **options))

    @asynccontextmanager
    async def _watched(self, kernel: Kernel) -> AsyncIterator[Kernel]:
        async with kernel:
            if self._leaks is not None:
                self._leaks.watch_kernel(kernel)
            yield kernel


@asynccontextmanager
async def open_plugin(  # noqa: PLR0913 - what a kit may say about the kernel that it needs
    plugin: NamedPlugin,
    directory: Path,
    *,
    port: str = "",
    provider: str = "",
    needs: Sequence[str] = (),
    plugins: Sequence[GivenPlugin] = (),
    settings: Mapping[str, Any] | None = None,
) -> AsyncIterator[Opened]:
    """Start a kernel for a kit's test: the plugin that is tested, what fills the ports that it `needs`, and
    further `plugins`; the project's own configuration in `directory` counts, the environment does not.

    `settings` come last, so they can fill a port with something else (``ports.storage``, with ``allow``).
    """
    log = LogCapture()
    chosen = {f"ports.{port}": [provider]} if provider else {}
    fillers, is_known = _fillers([*needs], given={one for _, _, m in plugins for one in _ports(m)})
    for needed, names in fillers.items():
        if needed != port:
            chosen[f"ports.{needed}"] = list(names)
    tested = [] if isinstance(plugin, str) else [_given(plugin)]
    name = plugin if isinstance(plugin, str) else tested[0][0]
    allowed = [name, *(one for names in fillers.values() for one in names.values())]
    kernel = Kernel(
        profile="",
        directory=directory,
        environment={},
        index=installed_plugins(),
        log_stream=log,
        plugins=[*tested, *plugins],
        settings={
            **chosen,
            **({"allow": allowed} if is_known else {}),
            "kernel.log_format": "json",
            **(settings or {}),
        },
    )
    async with kernel:
        found = kernel.port(port).get(provider) if port else None
        yield Opened(kernel=kernel, plugin=name, provider=found, log=log)


def _given(plugin: type | GivenPlugin) -> GivenPlugin:
    if isinstance(plugin, tuple):
        return plugin
    name, manifest = manifest_of_class(plugin)
    return name, plugin, manifest


def _ports(manifest: Any) -> list[str]:
    return [provides.port for provides in manifest.provides]


def _fillers(needs: list[str], given: set[str]) -> tuple[dict[str, Mapping[str, str]], bool]:
    """Return what fills the needed ports, and whether every one of them could be filled."""
    found: dict[str, Mapping[str, str]] = {}
    is_known = True
    while needs:
        port = needs.pop(0)
        if port in found or port in given:
            continue
        if port not in FILLERS:
            is_known = False
            continue
        found[port] = FILLERS[port]
        for plugin in FILLERS[port].values():
            needs.extend(_NEEDS.get(plugin, ()))
    return found, is_known
