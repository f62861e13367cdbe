"""The kernel: discovers, configures, starts and stops plugins, and dispatches operations to them.

`Kernel` is an asynchronous context for trio programs; `mosaic_kernel.bridges` has its forms for plain
threads and for asyncio.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import trio

from mosaic_hookspecs.context import Clock
from mosaic_hookspecs.errors import Refused
from mosaic_hookspecs.manifest import Manifest
from mosaic_hookspecs.operations import Operation, Principal

from .bus import NoticeBus
from .configuring import Sources
from .discovery import PluginIndex
from .log_lines import Stream
from .ports import FilledPort
from .runtime import Runtime
from .settings import Configuration
from .stall_reports import watch_stalls
from .stalls import StallWatch
from .starting import Start
from .supervision import Supervisor

_OWNER = Principal(name="local", kind="user", permissions=frozenset("*"))


class Kernel:
    """A running Mosaic: ``async with Kernel(profile="local", directory=path) as kernel``.

    Args:
        profile: the built-in layer to start from; None: as the configuration says; "": none.
        directory: where the configuration is looked for, upwards; the current directory by default.
        settings: the topmost layer, by dotted keys (``plugins.engine.parallelism``) or nested.
        safe_mode: leave third-party plugins out.
        plugins: further plugins of this program: (name, class or instance, manifest) each.
        is_tolerant: give a plugin that cannot start up, and go on with the others; without it, entering
            raises what it raised.
        starts_plugins: without it, plugins are found and configured but not started, and only the
            kernel's own operations are there; then mistakes in the configuration are kept for
            ``config.check`` instead of being raised.
        serves: have the providers of the transport port serve, so that others can reach this kernel.
        environment: the variables to read; those of the process by default.
        clock: what plugins are told the time by.
        log_stream: where log lines go; standard error by default.
        index: which plugins are installed; the program's own look-up by default.

    Leaving the context without an exception, or with an `Exception`, drains the plugins, each for at most
    ``kernel.drain_seconds``; when it is cancelled or interrupted they are stopped at once. Either way
    every plugin is stopped in the reverse order of its start and all cleanup has run when it is left. An
    instance is entered once.
    """

    def __init__(  # noqa: PLR0913 - the public way to say how a kernel is made
        self,
        *,
        profile: str | None = None,
        directory: Path | None = None,
        settings: Mapping[str, Any] | None = None,
        safe_mode: bool = False,
        plugins: Sequence[tuple[str, Any, Manifest]] = (),
        is_tolerant: bool = False,
        starts_plugins: bool = True,
        serves: bool = False,
        environment: Mapping[str, str] | None = None,
        clock: Clock | None = None,
        log_stream: Stream | None = None,
        index: PluginIndex | None = None,
    ) -> None:
        self._start = Start(
            sources=Sources(
                profile=profile,
                directory=(directory or Path()).absolute(),
                settings=dict(settings or {}),
                environment=dict(os.environ if environment is None else environment),
            ),
            plugins=tuple(plugins),
            index=index or PluginIndex(),
            clock=clock,
            log_stream=log_stream,
            safe_mode=safe_mode,
            is_tolerant=is_tolerant,
            starts_plugins=starts_plugins,
            serves=serves,
        )
        self._is_entered = False
        self._is_ready = False
        self._nursery: trio.Nursery | None = None
        self._manager: AbstractAsyncContextManager[trio.Nursery] | None = None
        self._supervisor: Supervisor | None = None
        self._runtime: Runtime | None = None
        self._stalls: StallWatch | None = None

    async def __aenter__(self) -> Self:
        if self._is_entered:
            raise Refused("kernel-used", "a kernel is entered once", hint="Make another Kernel.")
        self._is_entered = True
        self._manager = trio.open_nursery()
        self._nursery = await self._manager.__aenter__()
        try:
            self._runtime = self._start.prepare(self._nursery)
            self._supervisor = Supervisor(self._runtime)
            await self._start.run(self._runtime, self._supervisor.lifecycle)
            # Not before: imports take long, and a start serves nobody yet.
            self._stalls = watch_stalls(self._runtime, self._supervisor.fault)
            self._is_ready = True
        except BaseException as error:
            if not await self.__aexit__(type(error), error, error.__traceback__):
                raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        if self._manager is None or self._nursery is None:
            return None
        scope = self._nursery.cancel_scope
        has_broken = scope.cancel_called
        try:
            await self._stop(drains=not has_broken and (error is None or isinstance(error, Exception)))
        finally:
            if not has_broken:
                # Nothing is left to wait for, so the way out is not cut short; and what the body raised
                # is not wrapped in a group, since none of it came from the nursery.
                scope.shield = True
                scope.cancel()
                await self._manager.__aexit__(None, None, None)
        return await self._manager.__aexit__(kind, error, trace) if has_broken else None

    async def _stop(self, *, drains: bool) -> None:
        if self._stalls is not None:
            self._stalls.stop()
        if self._supervisor is None:
            return
        self._supervisor.is_stopping = True
        self.runtime.is_changeable = False
        try:
            if drains and self._is_ready:
                await self._supervisor.lifecycle.drain_all()
        finally:
            await self._supervisor.lifecycle.stop_all()

    @property
    def runtime(self) -> Runtime:
        """What the running kernel is made of; for tests and for the kernel's own parts.

        Raises:
            Refused: the kernel is not running.
        """
        if self._runtime is None:
            raise Refused(
                "kernel-stopped", "the kernel is not running", hint="Use it as `async with Kernel() as kernel`."
            )
        return self._runtime

    @property
    def configuration(self) -> Configuration:
        """The effective configuration."""
        return self.runtime.configuration

    @property
    def bus(self) -> NoticeBus:
        """The bus of notices."""
        return self.runtime.bus

    @property
    def project_directory(self) -> Path:
        """The project that the configuration was found for."""
        return self.runtime.project_directory

    @property
    def state_directory(self) -> Path:
        """Where Mosaic keeps its files; may not exist yet."""
        return self.runtime.state_directory

    def port(self, name: str) -> FilledPort:
        """Return the handle of a port."""
        return self.runtime.board.port(name)

    def operations(self) -> Mapping[str, Operation]:
        """Return every operation that can be dispatched or followed, by name."""
        return self.runtime.dispatcher.operations()

    async def dispatch(self, name: str, data: Any = None, principal: Principal | None = None) -> Any:
        """Carry out a query or command and return its output record.

        `data` is its input record, or a mapping to decode (None: an empty one). Without a principal it
        is done in the name of the program that owns this kernel, who may do everything. Cancelling the
        caller cancels the handler.

        Raises:
            NotFound: there is no such operation.
            Denied: the principal may not do this.
            InputError: the input does not fit (code ``bad-input``), or the operation is a stream.
            Unavailable: the plugin that does this is not running.
        """
        runtime = self._runtime or self.runtime
        return await runtime.dispatcher.dispatch(name, data, principal or _OWNER)

    def follow(
        self, name: str, data: Any = None, principal: Principal | None = None
    ) -> AsyncGenerator[Any, None]:
        """Follow a stream: an asynchronous iterator over its items, to be closed (``aclosing``) if it is
        left early. Raises as `dispatch`, at the first item.
        """
        return self.runtime.dispatcher.follow(name, data, principal or _OWNER)
