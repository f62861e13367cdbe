"""The kernel's operations that change which plugins run: reload, swap, enable, disable, rescan; and those
that change what the configuration says of them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import trio

from mosaic_hookspecs.errors import InputError, MosaicError, NotFound, Refused
from mosaic_hookspecs.operations import Call, Operation, OperationKind
from mosaic_hookspecs.ports import PORTS

from ..change_records import (
    ChangeReport,
    PackagesReport,
    ReloadPlugin,
    SetValues,
    SwapProvider,
    SwitchPlugin,
)
from ..config_fields import fields_of
from ..discovery import Listing, take_in_new_paths
from ..failures import InputErrors, nearest
from ..field_texts import values_of
from ..lifecycle import Lifecycle
from ..own_records import Nothing
from ..runtime import Runtime
from ..slots import PluginState, Slot
from .live_changes import Beginning, LiveChanges
from .reconciling import Reconciler
from .reloader import Reloader
from .setting_values import told
from .waiting import Waits, apart, nobody, others

Result = TypeVar("Result")


class ChangeOperations:
    """Their handlers, for one kernel."""

    def __init__(self, runtime: Runtime, lifecycle: Lifecycle, start: Beginning) -> None:
        self._runtime = runtime
        self._start = start
        self._reloader = Reloader(runtime, lifecycle, self._check_sources)
        self._reconciler = Reconciler(runtime, self._reloader, start.select)
        self._live = LiveChanges(runtime, start, self._reconciler)

    def operations(self) -> list[Operation]:
        """Declare them."""

        def command(  # noqa: PLR0913 - one argument a field of the operation
            name: str, data: type, output: type, handler: Any, permission: str, summary: str
        ) -> Operation:
            return Operation(
                name=name,
                kind=OperationKind.COMMAND,
                input=data,
                output=output,
                handler=handler,
                permission=permission,
                summary=summary,
            )

        return [
            command(
                "plugins.reload",
                ReloadPlugin,
                ChangeReport,
                self._reload,
                "plugins:reload",
                "Put a new generation of a plugin in the place of the one that serves.",
            ),
            command(
                "plugins.swap",
                SwapProvider,
                ChangeReport,
                self._swap,
                "plugins:swap",
                "Put another provider into a port, with the data that is in it.",
            ),
            command(
                "plugins.enable", SwitchPlugin, ChangeReport, self._enable, "plugins:write", "Start a plugin."
            ),
            command(
                "plugins.disable", SwitchPlugin, ChangeReport, self._disable, "plugins:write", "Stop a plugin."
            ),
            command(
                "plugins.rescan",
                Nothing,
                PackagesReport,
                self._rescan,
                "plugins:write",
                "Look for plugins that were installed, upgraded or removed.",
            ),
            command(
                "config.reload",
                Nothing,
                ChangeReport,
                self._reload_configuration,
                "config:write",
                "Read the configuration anew, and bring the plugins to what it says.",
            ),
            command(
                "config.set",
                SetValues,
                ChangeReport,
                self._set,
                "config:write",
                "Set values of the configuration, and bring the plugins to them; all or nothing.",
            ),
        ]

    async def _reload(self, data: ReloadPlugin, call: Call) -> ChangeReport:
        return await self._renew(data.name, others() if data.waits else nobody, code=data.code)

    async def _renew(self, name: str, waits: Waits, *, code: bool) -> ChangeReport:
        return await self._apart(lambda: self._reloader.reload(name, code=code, waits=waits))

    async def _apart(self, change: Callable[[], Awaitable[Result]]) -> Result:
        self._runtime.require_changeable()
        return await apart(self._runtime.nursery, change)

    async def _swap(self, data: SwapProvider, call: Call) -> ChangeReport:
        spec = PORTS.get(data.port)
        if spec is None:
            raise InputError(
                "unknown-port",
                f"there is no port {data.port!r}",
                where="port",
                expected="one of " + ", ".join(PORTS),
                hint=nearest(data.port, PORTS),
            )
        self._provider_of(data.port, data.name)
        return await self._change(lambda: self._swap_changes(data), keeps=data.keeps, port=data.port)

    def _swap_changes(self, data: SwapProvider) -> Mapping[str, Any]:
        spec, plugin = PORTS[data.port], self._provider_of(data.port, data.name)
        names = list(self._runtime.board.port(data.port).names())
        if not spec.allows_many:
            wanted = [data.name]
        elif data.instead_of:
            if data.instead_of not in names:
                raise NotFound(
                    "unknown-provider",
                    f"no provider {data.instead_of!r} is in the port {data.port!r}",
                    where="instead_of",
                    expected="one of " + ", ".join(names),
                    hint=nearest(data.instead_of, names),
                )
            wanted = [data.name if name == data.instead_of else name for name in names]
        else:
            wanted = [data.name, *(name for name in names if name != data.name)]
        if wanted == names and not data.settings:
            raise Refused(
                "already-there",
                f"{data.name!r} is in the port {data.port!r} already",
                hint="Give settings to put it there with another configuration.",
            )
        changes: dict[str, Any] = {f"ports.{data.port}": list(dict.fromkeys(wanted))}
        is_configured = any(key.startswith(f"plugins.{plugin}.") for key in data.settings)
        if self._runtime.configuration.plugins.get(plugin) is False and not is_configured:
            changes |= self._live.switched_on(plugin)
        return {**changes, **data.settings}

    async def _enable(self, data: SwitchPlugin, call: Call) -> ChangeReport:
        slot = self._reloader.slot(data.name)
        if slot.state in (PluginState.DENIED, PluginState.UNUSED, PluginState.UNAVAILABLE):
            raise Refused(
                "not-to-be-enabled",
                f"the plugin {data.name!r} cannot be enabled: it is {slot.state.value}",
                got=slot.detail,
                hint=slot.hint,
            )
        if slot.state in (PluginState.PARKED, PluginState.FAILED):
            return await self._renew(data.name, others(), code=True)
        return await self._change(lambda: self._live.switched_on(data.name), keeps=data.keeps)

    async def _disable(self, data: SwitchPlugin, call: Call) -> ChangeReport:
        self._reloader.slot(data.name)
        return await self._change(lambda: {f"plugins.{data.name}": False}, keeps=data.keeps)

    async def _rescan(self, data: Nothing, call: Call) -> PackagesReport:
        waits = others()

        async def rescan() -> PackagesReport:
            async with self._runtime.changing:
                await trio.to_thread.run_sync(take_in_new_paths)
                listings = await trio.to_thread.run_sync(self._start.listings)
                before = {name: slot.listing for name, slot in self._runtime.slots.items()}
                changed = [
                    name
                    for name in listings
                    if name in before and _installation(listings[name]) != _installation(before[name])
                ]
                changes = await self._reconciler.apply(
                    self._live.load(listings),
                    listings,
                    is_strict=False,
                    waits=waits,
                    renewed=frozenset(changed),
                )
                self._start.adopt_settings(self._runtime)
            return PackagesReport(
                added=[name for name in listings if name not in before],
                changed=changed,
                removed=[name for name in before if name not in listings],
                report=ChangeReport(changes=tuple(changes)),
            )

        return await self._apart(rescan)

    async def _reload_configuration(self, data: Nothing, call: Call) -> ChangeReport:
        waits = others()

        async def reload() -> ChangeReport:
            async with self._runtime.changing:
                listings = self._start.listings()
                changes = await self._reconciler.apply(
                    self._live.load(listings), listings, is_strict=False, waits=waits
                )
                self._start.adopt_settings(self._runtime)
            return ChangeReport(changes=tuple(changes))

        return await self._apart(reload)

    async def _set(self, data: SetValues, call: Call) -> ChangeReport:
        # What is in a port that keeps data may forget it, and then another start must not count on it.
        ports = [key.partition(".")[2] for key in data.values if key.startswith("ports.")]
        keeping = next((port for port in ports if port in PORTS and PORTS[port].transfer is not None), "")

        def find() -> Mapping[str, Any]:
            written = values_of(data.texts, fields_of(self._runtime, data.texts))
            if data.texts and not written and not data.values:
                return {}
            return self._live.setting({**data.values, **written})

        try:
            return await self._change(find, keeps=data.keeps, port=keeping)
        except MosaicError as error:
            # Of a plugin that did not run, what is wrong is found at a step of its start.
            mistakes = error.__cause__ if isinstance(error.__cause__, InputErrors) else error
            raise told(mistakes, {**data.texts, **data.values}) from None

    async def _change(
        self, find: Callable[[], Mapping[str, Any]], *, keeps: bool, port: str = ""
    ) -> ChangeReport:
        waits = others()
        return await self._apart(lambda: self._live.apply(find, keeps=keeps, waits=waits, port=port))

    def _check_sources(self, slot: Slot, sources: Mapping[str, bytes]) -> None:
        if self._runtime.configuration.require_lock:
            from ..trust import refuse_untrusted
            from ..trust_lock import read_lock

            refuse_untrusted(slot.listing, read_lock(self._runtime.project_directory), sources=sources)

    def _provider_of(self, port: str, name: str) -> str:
        """Return the plugin that provides this."""
        known: dict[str, str] = {}
        for slot in self._runtime.slots.values():
            for at, provider in slot.providers():
                if at == port:
                    known.setdefault(provider, slot.name)
        if name not in known:
            raise NotFound(
                "unknown-provider",
                f"no installed plugin provides {name!r} for the port {port!r}",
                where="name",
                expected="one of " + ", ".join(sorted(known)),
                hint=nearest(name, known),
            )
        return known[name]


def _installation(listing: Listing) -> tuple[object, ...]:
    return (listing.distribution, listing.version, listing.target, listing.directory, listing.problem)
