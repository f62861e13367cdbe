"""The plugin class that stands in the kernel for a plugin in a process of its own.

Each instance, and so each generation, starts a child of its own when it provides; two run side by side while
one takes over from the other. A hook that the child does not implement answers as if it were not there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import trio

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import InputError, MosaicError, Refused, Unavailable
from mosaic_hookspecs.hooks import Health, Provision, State, hookimpl
from mosaic_hookspecs.operations import InterceptorSpec, Operation

from ..discovery import Listing
from .borrowing import fields_of
from .link import Link
from .remote_interceptors import make_interceptor
from .remote_operations import make_operation
from .unexpected import tell_error


def plugin_class_for(listing: Listing) -> type:
    """Return the class for a plugin; nothing is started, and nothing of the plugin imported."""
    name = "".join(part.capitalize() for part in listing.name.replace("-", "_").split("_"))
    return type(f"{name}Process", (ProcessPlugin,), {"listing": listing, "__doc__": listing.manifest.summary})


class ProcessPlugin:
    """Implements every hook by asking the child."""

    Config: Any = Mapping[str, Any]
    listing: ClassVar[Listing]
    config_schema: ClassVar[Any] = None

    def __init__(self) -> None:
        self.link: Link | None = None
        self._operations: Sequence[Operation] = ()
        self._interceptors: Sequence[InterceptorSpec] = ()

    @property
    def mosaic_process(self) -> str:
        """Which process the plugin runs in, for people."""
        return "" if self.link is None else f"its own, process id {self.link.pid}"

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Start the child, shake hands, and have it provide and declare."""
        link = self.link = Link(self.listing, context)
        try:
            context.on_cleanup(link.close)
            context.start_soon(link.run)
        except BaseException:
            with trio.CancelScope(shield=True):
                await link.close()
            raise
        answer = await link.initialize()
        type(self).config_schema = answer.get("config_schema")
        provisions = [self._provision(link, one) for one in await self._list("mosaic_provide")]
        declared = await self._list("mosaic_operations")
        self._operations = tuple(make_operation(link, declaration) for declaration in declared)
        specs = await self._list("mosaic_interceptors")
        self._interceptors = tuple(make_interceptor(link, place, spec) for place, spec in enumerate(specs))
        return provisions

    @hookimpl
    def mosaic_operations(self, context: Context) -> Sequence[Operation]:
        """Return what the child declared."""
        return self._operations

    @hookimpl
    def mosaic_interceptors(self, context: Context) -> Sequence[InterceptorSpec]:
        """Return what the child declared."""
        return self._interceptors

    @hookimpl
    async def mosaic_validate(self, context: Context) -> None:
        """Have the child validate."""
        await self._call("mosaic_validate")

    @hookimpl
    async def mosaic_start(self, context: Context) -> None:
        """Have the child start."""
        await self._call("mosaic_start")

    @hookimpl
    async def mosaic_health(self, context: Context) -> Health | None:
        """Ask the child how it is."""
        answer = await self._call("mosaic_health")
        if answer is None:
            return None
        found = fields_of(answer, "is_well")
        return Health(is_well=found["is_well"] is True, detail=str(found.get("detail", "")))

    @hookimpl
    async def mosaic_export_state(self, context: Context) -> State | None:
        """Ask the child what the next generation needs."""
        answer = await self._call("mosaic_export_state")
        if answer is None:
            return None
        found = fields_of(answer, "version")
        version = found["version"]
        if not isinstance(version, int):
            raise InputError("bad-state", "the version of a state is a whole number", got=repr(version)[:40])
        return State(version=version, data=self._the_link().objects.decode(found.get("data")))

    @hookimpl
    async def mosaic_import_state(self, context: Context, state: State) -> None:
        """Hand the state to the child."""
        if state.resources:
            raise Refused(
                "state-resources",
                "resources of this process cannot be handed to another",
                got=", ".join(state.resources),
                hint="Stop the plugin, and start it again as a process of its own.",
            )
        link = self._the_link()
        await self._call("mosaic_import_state", version=state.version, data=link.objects.encode(state.data))

    @hookimpl
    async def mosaic_drain(self, context: Context) -> None:
        """Have the child finish what is in flight."""
        await self._call("mosaic_drain")

    @hookimpl
    def mosaic_plugin_failed(self, context: Context, plugin: str, error: BaseException) -> None:
        """Tell the child."""
        link = self._the_link()
        if "mosaic_plugin_failed" in link.implements:
            told = {"$error": tell_error(error)}
            link.peer.notify("mosaic_plugin_failed", {"plugin": plugin, "error": told})

    def _the_link(self) -> Link:
        if self.link is None:
            raise Unavailable("plugin-stopped", f"the process of plugin {self.listing.name!r} is not running")
        return self.link

    async def _call(self, hook: str, **params: Any) -> Any:
        link = self._the_link()
        return await link.peer.request(hook, params) if hook in link.implements else None

    async def _list(self, hook: str) -> Sequence[Any]:
        answer = await self._call(hook)
        if answer is None:
            return ()
        if not isinstance(answer, list):
            raise _no_list(hook, answer)
        return answer

    def _provision(self, link: Link, data: Any) -> Provision:
        found = fields_of(data, "port", "provider")
        return Provision(
            port=str(found["port"]),
            name=str(found.get("name", "")),
            provider=link.objects.decode(found["provider"]),
        )


def _no_list(hook: str, answer: Any) -> MosaicError:
    return Unavailable("bad-answer", f"{hook} answers with a list", got=repr(answer)[:80])
