"""The kernel's own operation ``plugins.health``: how each plugin is, by its word and by what was noticed."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import trio

from mosaic_hookspecs.errors import NotFound
from mosaic_hookspecs.hooks import Health
from mosaic_hookspecs.operations import Call, Operation, OperationKind

from .failures import nearest
from .lifecycle import Lifecycle
from .runtime import Runtime
from .slots import PluginState, Slot

_AT_REST = (PluginState.CHOSEN, PluginState.UNUSED, PluginState.DISABLED, PluginState.DENIED)


@attrs.frozen(kw_only=True)
class AskHealth:
    """Whose health."""

    name: str = attrs.field(default="", metadata={"help": "The plugin's name; every plugin without."})


@attrs.frozen(kw_only=True)
class PluginHealth:
    """How one plugin is; one that is not to run is well. `detail` is what it says of itself, or why it does
    not run; `restarts` are those in the present window of its budget, `stalls` and `faults` those since its
    code was loaded, and `last_fault` is the newest.
    """

    name: str
    state: str
    is_well: bool
    detail: str = ""
    cure: str = ""
    generation: int = 0
    restarts: int = 0
    restart_budget: int = 0
    stalls: int = 0
    faults: int = 0
    last_fault: str = ""


@attrs.frozen(kw_only=True)
class PluginsHealth:
    """Every plugin that was asked for, in order of name."""

    plugins: Sequence[PluginHealth] = ()


def health_operations(runtime: Runtime, lifecycle: Lifecycle) -> list[Operation]:
    """Return the operation. All plugins are asked at once, each for at most ``kernel.health_seconds``."""

    async def ask(data: AskHealth, call: Call) -> PluginsHealth:
        if data.name and data.name not in runtime.slots:
            raise NotFound(
                "unknown-plugin",
                f"there is no plugin {data.name!r}",
                hint=nearest(data.name, runtime.slots),
            )
        found: dict[str, PluginHealth] = {}

        async def one(slot: Slot) -> None:
            found[slot.name] = await _health(runtime, lifecycle, slot)

        async with trio.open_nursery() as nursery:
            for name, slot in runtime.slots.items():
                if data.name in ("", name):
                    nursery.start_soon(one, slot)
        return PluginsHealth(plugins=tuple(found[name] for name in sorted(found)))

    return [
        Operation(
            name="plugins.health",
            kind=OperationKind.QUERY,
            input=AskHealth,
            output=PluginsHealth,
            handler=ask,
            permission="plugins:read",
            summary="Tell how each plugin is: its health, restarts, stalls and faults.",
        )
    ]


async def _health(runtime: Runtime, lifecycle: Lifecycle, slot: Slot) -> PluginHealth:
    health = Health(is_well=slot.state in (PluginState.RUNNING, *_AT_REST), detail=slot.detail)
    if slot.state is PluginState.RUNNING and slot.generation is not None:
        try:
            health = await lifecycle.health(slot.generation) or Health()
        except Exception as error:  # noqa: BLE001 - a plugin's boundary: the policy is to collect
            health = Health(is_well=False, detail=f"{type(error).__name__}: {error}")
    newest = slot.faults.newest[-1] if slot.faults.newest else None
    return PluginHealth(
        name=slot.name,
        state=slot.state.value,
        is_well=health.is_well,
        detail=health.detail,
        cure=slot.hint,
        generation=slot.number,
        restarts=slot.restarts.used(trio.current_time()) if slot.restarts is not None else 0,
        restart_budget=runtime.configuration.kernel.restart_budget,
        stalls=slot.faults.stalls,
        faults=slot.faults.total,
        last_fault=f"{newest.doing}: {newest.what}" if newest is not None else "",
    )
