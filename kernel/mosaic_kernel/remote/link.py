"""One generation's connection to its child process: from the start of the process to its end.

Owns the order of the end. Stopped, the child is asked to shut down, has a while for that, and is killed with
its group. Ended by itself, or caught saying something else than the protocol, it fails every call in flight
with what is known of its end, and that is the plugin's crash; nobody else is touched.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from typing import Any

import attrs
import trio

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import MosaicError, Unavailable
from mosaic_hookspecs.hooks import HOOKS_CONTRACT
from mosaic_hookspecs.manifest import ProcessSpec
from mosaic_hookspecs.plugin_protocol import PROTOCOL, require_protocol
from mosaic_hookspecs.ports import PORTS

from ..discovery import Listing
from ..settings import KernelSettings
from .borrowing import fields_of
from .host_service import HostService
from .objects import Objects
from .peer import Peer
from .pipes import Pipe
from .process import ChildProcess, limited_argv, python_argv

_LAST_WORDS_SECONDS = 1.0
_KILL_SECONDS = 5.0  # what is killed ends at once, but for a machine that is overloaded
_VERSIONS = {"protocol": PROTOCOL, "hooks": HOOKS_CONTRACT}


class Link:
    """A running child and the connection to it."""

    def __init__(self, listing: Listing, context: Context) -> None:
        self.name = listing.name
        self.settings = _settings(context)
        self.implements: frozenset[str] = frozenset()
        self._context = context
        self._cure = f"Upgrade mosaic-stack, or {listing.distribution or listing.name}, so that they fit."
        self._process = _start(listing, context)
        self._pipe = Pipe(self._process.source, self._process.sink)
        self.service = HostService(context)
        self.peer = Peer(
            self._pipe,
            self.service,
            who=f"the process of plugin {self.name!r}",
            seconds=self.settings.answer_seconds,
        )
        self.objects = self.service.objects = Objects(self.peer)
        self._over = trio.Event()
        self._serving = trio.CancelScope(shield=True)
        self._is_stopping = False
        self._is_closed = False

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    async def initialize(self) -> Mapping[str, Any]:
        """Shake hands; return what the child says of itself.

        Raises:
            Unavailable: the versions do not fit, or it did not answer in time.
            MosaicError: what it answered.
        """
        context = self._context
        params = {
            **_VERSIONS,
            "ports": {name: spec.contract for name, spec in PORTS.items()},
            "plugin": self.name,
            "generation": context.generation,
            "config": self.objects.encode(context.config or {}),
            "directories": {"state": str(context.state_directory), "project": str(context.project_directory)},
            "seconds": self.settings.answer_seconds,
            "bus": self.objects.lend_for_good(context.bus),
        }
        # The hook around this has a deadline of its own, whose words know nothing of a process.
        rest = trio.current_effective_deadline() - trio.current_time()
        seconds = self.settings.start_seconds if math.isinf(rest) else max(rest - min(1.0, rest / 10), 0)
        answer: Mapping[str, Any] = {}
        with trio.move_on_after(seconds) as scope:
            answer = fields_of(await self.peer.request("initialize", params, lingers=False), "implements")
        if scope.cancelled_caught:
            raise Unavailable(
                "no-handshake",
                f"the process of plugin {self.name!r} did not shake hands",
                expected=f"an answer to 'initialize' within {seconds:.3g} s",
                got=f"it said: {self._process.last_lines}" if self._process.last_lines else "nothing",
                hint="Correct the plugin, or raise kernel.start_seconds.",
            )
        require_protocol(answer, _VERSIONS, f"plugin {self.name!r}", self._cure)
        self.implements = frozenset(map(str, answer["implements"]))
        return answer

    async def run(self) -> None:
        """Serve until stopped (cancelled), or until the process ends.

        Raises:
            Unavailable: it ended by itself.
            Exception: a task of the plugin raised.
        """
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._serve)
                try:
                    await self._over.wait()
                finally:
                    self._is_stopping = not self._over.is_set()
                    if self._is_stopping:
                        with trio.move_on_after(self.settings.stop_seconds / 2, shield=True):
                            await self._shut_down()
                    self._serving.cancel()
        finally:
            with trio.CancelScope(shield=True):
                await self.close()
        raise self.service.crash_error or self.peer.ended or self._ended_error()

    async def close(self) -> None:
        """Kill what there is, and give everything back; once."""
        if not self._is_closed:
            self._is_closed = True
            await self._process.reap(max(self.settings.stop_seconds, _KILL_SECONDS))
            self.peer.end(self._ended_error())
            self._pipe.close()
            self._process.close()

    async def _serve(self) -> None:
        with self._serving:
            async with trio.open_nursery() as nursery:
                logged, spoken = trio.Event(), trio.Event()
                nursery.start_soon(self._then, self._process.log_errors, logged)
                nursery.start_soon(self._then, self.peer.run, spoken)
                nursery.start_soon(self._watch_crash)
                nursery.start_soon(self._watch_silence, spoken)
                await self._process.ended()
                with trio.move_on_after(_LAST_WORDS_SECONDS):
                    # Its own children may hold its output open; they end now.
                    self._process.kill()
                    await spoken.wait()
                    await logged.wait()
                await self._process.reap(max(self.settings.stop_seconds, _KILL_SECONDS))
                self.peer.end(self._ended_error())
                self._over.set()
                nursery.cancel_scope.cancel()

    async def _then(self, work: Any, done: trio.Event) -> None:
        fault = await work()
        if isinstance(fault, MosaicError):
            self.peer.end(fault)
        done.set()

    async def _watch_crash(self) -> None:
        await self.service.crash.wait()
        error = self.service.crash_error
        self.peer.end(
            Unavailable(
                "plugin-crashed",
                f"a task of plugin {self.name!r} has raised",
                got=f"{type(error).__name__}: {error}",
            )
        )
        self._process.kill()

    async def _watch_silence(self, spoken: trio.Event) -> None:
        # A child that has closed its output, or has said what it must not, is of no more use.
        await spoken.wait()
        if self.peer.ended is None:
            await trio.sleep(_LAST_WORDS_SECONDS)
        self._process.kill()

    async def _shut_down(self) -> None:
        try:
            await self.peer.request("shutdown", {}, lingers=False)
        except Exception as error:  # noqa: BLE001 - it ends in any case
            self._context.log.debug("process.shutdown_failed", error=error)
        self._pipe.close_sink()
        await self._over.wait()

    def _ended_error(self) -> MosaicError:
        if self._is_stopping:
            return Unavailable("plugin-stopped", f"plugin {self.name!r} has stopped")
        if self._process.has_used_up_its_time:
            hint = "It used up its CPU time: raise process.cpu_seconds of its manifest."
        else:
            hint = "It is restarted inside its budget; `mosaic doctor` shows its state."
        return Unavailable(
            "plugin-process-ended",
            f"the process of plugin {self.name!r} has ended",
            got=self._process.describe_end(),
            hint=hint,
        )


def _start(listing: Listing, context: Context) -> ChildProcess:
    spec = listing.manifest.process or ProcessSpec()
    limits: Mapping[str, Any] = attrs.asdict(spec, filter=lambda field, _: field.name != "argv")
    if spec.argv:
        words = {"{python}": sys.executable, "{target}": listing.target}
        argv = [words.get(word, word) for word in spec.argv]
        return ChildProcess(limited_argv(argv, json.dumps(limits)), listing.directory, context.log)
    options = {"limits": limits, "path": sys.path, "distribution": listing.distribution}
    return ChildProcess(python_argv(listing.target, json.dumps(options)), None, context.log)


def _settings(context: Context) -> KernelSettings:
    runtime = getattr(context, "_runtime", None)
    settings: KernelSettings = KernelSettings() if runtime is None else runtime.configuration.kernel
    return settings
