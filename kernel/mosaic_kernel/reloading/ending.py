"""The end of a plugin that is not to run any more, while the others go on."""

from __future__ import annotations

import attrs

from mosaic_hookspecs.errors import Unavailable

from ..change_records import PluginChange
from ..runtime import Runtime
from ..slots import PluginState, Slot
from .reloader import Reloader, change_of
from .waiting import Waits


async def end_plugin(
    runtime: Runtime, reloader: Reloader, name: str, wanted: Slot | None, waits: Waits
) -> PluginChange:
    """Stop a plugin that is wanted no more; `wanted` says how it stands then, None that it was removed."""
    slot = runtime.slots[name]
    is_removed = wanted is None
    if wanted is None:
        cure = f"Install {slot.listing.distribution}."
        wanted = Slot(slot.listing, PluginState.UNAVAILABLE, "it was removed", cure)
    error = Unavailable("plugin-stopped", f"plugin {name!r} was stopped: {wanted.detail}", hint=wanted.hint)
    generation, slot.generation = slot.generation, None
    slot.set(wanted.state, wanted.detail, wanted.hint)
    runtime.dispatcher.remove(name, runtime.order)
    warning = ""
    if generation is not None:
        for port, provider, seat in generation.seats:
            seat.is_left = True
            runtime.board.port(port).vacate(provider, seat, error)
        generation.seat.is_left = True
        runtime.bus.publish("plugin.changed", {"plugin": name, "generation": 0})
        warning = await reloader.let_go(generation, waits=waits)
    slot.recipe = None
    runtime.order.remove(name)
    if is_removed:
        del runtime.slots[name]
    return attrs.evolve(change_of(slot, warning=warning), generation=0)
