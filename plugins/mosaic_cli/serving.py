"""What somebody who watches ``mosaic run`` serve sees of it: one line a change."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import click
import trio

from .dev_log import without_echo
from .terminal_text import inert, json_text

if TYPE_CHECKING:
    from mosaic_kernel import Kernel

_PLUGIN = "plugin.changed"
_WATCH = "watch.changed"
_REFUSED = "watch.refused"
_TAKEN_OVER = "watch.taken_over"


class ChangeLines:
    """Tells of the changes in one kernel, as text or as JSON."""

    def __init__(self, kernel: Kernel, *, as_json: bool) -> None:
        from mosaic_hookspecs.ports import PORTS

        self._kernel = kernel
        self._as_json = as_json
        self._ports = [name for name, spec in PORTS.items() if not spec.allows_many]
        self._filled = self._providers()

    async def tell(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Print a line for each change until cancelled."""
        async with self._kernel.bus.subscribe(_PLUGIN, _WATCH, _REFUSED, _TAKEN_OVER) as notices:
            task_status.started()
            async for notice in notices:
                # Any plugin may publish under these names, and what it says may be anything.
                with contextlib.suppress(AttributeError, KeyError, TypeError):
                    await self._tell_of(notice.topic, notice.body)

    async def _tell_of(self, topic: str, body: Any) -> None:
        if topic == _PLUGIN:
            await self._plugin(body["plugin"], body["generation"])
        elif topic == _WATCH:
            self._watched(body)
        elif topic == _TAKEN_OVER:
            self._line(body["about"], "taken over")
        elif topic == _REFUSED:
            self._line(body["about"], f"refused: {body['why']}; what was in force stays")

    async def _plugin(self, name: str, generation: int) -> None:
        from mosaic_hookspecs.errors import NotFound

        if generation:
            self._line(name, f"generation {generation} runs")
        else:
            try:
                found = await self._kernel.dispatch("plugins.info", {"name": name})
            except NotFound:
                self._line(name, "removed")
            else:
                self._line(name, f"{found.state}: {found.detail}".removesuffix(": "))
        now = self._providers()
        for port, provider in now.items():
            before = self._filled[port]
            if provider and provider != before:
                self._line(port, f"{provider} in place of {before}" if before else f"{provider} is in it")
        self._filled = {port: provider or self._filled[port] for port, provider in now.items()}

    def _watched(self, report: Any) -> None:
        for kind in ("added", "changed", "removed"):
            names = ", ".join(getattr(report, kind, ()))
            if names:
                self._line("packages", f"{kind} {names}")
        for change in getattr(report, "report", report).changes:
            if change.error:
                why = without_echo(change.name, " ".join(change.error.split()))
                self._line(change.name, f"not reloaded: {why}")

    def _providers(self) -> dict[str, str]:
        return {port: next(iter(self._kernel.port(port).names()), "") for port in self._ports}

    def _line(self, name: str, what: str) -> None:
        click.echo(
            json_text({"name": name, "change": what}, indent=None)
            if self._as_json
            else inert(f"{name}: {what}")
        )


async def telling(kernel: Kernel, work: Callable[[], Awaitable[Any]], *, as_json: bool) -> None:
    """Await `work`, and tell of every change meanwhile."""
    async with trio.open_nursery() as nursery:
        await nursery.start(ChangeLines(kernel, as_json=as_json).tell)
        await work()
        nursery.cancel_scope.cancel()
