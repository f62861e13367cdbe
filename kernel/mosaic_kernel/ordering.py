"""The order in which plugins start: each after what fills the ports that it needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mosaic_hookspecs.errors import InputError, Unavailable
from mosaic_hookspecs.graph import find_cycle, topological_order
from mosaic_hookspecs.ports import PORTS

from .selection import is_named
from .slots import PluginState, Slot


def fillers(slots: Mapping[str, Slot], port: str, ports: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the chosen plugins that fill a port."""
    return [
        slot.name
        for slot in slots.values()
        if slot.state is PluginState.CHOSEN
        and any(at == port and is_named(port, name, ports) for at, name in slot.providers())
    ]


def _filling(slots: Mapping[str, Slot], ports: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    needed = {port for slot in slots.values() for port in slot.listing.manifest.needs}
    return {port: fillers(slots, port, ports) for port in needed}


def start_order(slots: Mapping[str, Slot], ports: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the names of the chosen plugins in the order of their start.

    Raises:
        InputError: they depend on each other in a circle, which is drawn.
    """
    chosen = [slot for slot in slots.values() if slot.state is PluginState.CHOSEN]
    names = {slot.name for slot in chosen}
    filling = _filling(slots, ports)
    graph: dict[str, list[str]] = {}
    for slot in chosen:
        manifest = slot.listing.manifest
        before = [name for name in manifest.after if name in names]
        for port in manifest.needs:
            before += filling[port]
        graph[slot.name] = [name for name in dict.fromkeys(before) if name != slot.name]
    order = list(topological_order(graph))
    if len(order) < len(graph):
        cycle = list(find_cycle(graph))
        raise InputError(
            "plugin-cycle",
            f"plugins depend on each other in a circle: {' → '.join([*cycle, cycle[0]])}",
            expected="an order in which they can start",
            hint=f"Disable one of them: plugins.{cycle[0]}: false.",
        )
    return order


def missing_needs(
    slots: Mapping[str, Slot], ports: Mapping[str, Sequence[str]]
) -> Iterator[tuple[Slot, Unavailable]]:
    """Yield each chosen plugin that needs a port which nothing fills."""
    filling = _filling(slots, ports)
    for slot in slots.values():
        if slot.state is PluginState.CHOSEN:
            for port in slot.listing.manifest.needs:
                if not filling[port]:
                    error = nothing_fills(slots, port, needed_by=slot.name)
                    yield slot, error
                    break


def nothing_fills(slots: Mapping[str, Slot], port: str, name: str = "", *, needed_by: str = "") -> Unavailable:
    """Return the error for a port (or one provider of it) that is empty: what would fill it, and how."""
    what = f"nothing fills the port {port!r}" if not name else f"no provider {name!r} is in the port {port!r}"
    if needed_by:
        what += f", which plugin {needed_by!r} needs"
    cures = []
    for slot in slots.values():
        for at, provider in slot.providers():
            if at != port or (name and provider != name):
                continue
            if slot.state is PluginState.UNUSED:
                cures.append(f"{provider}: add it to ports.{port}")
            elif slot.hint or slot.detail:
                cures.append(f"{provider} (plugin {slot.name}: {slot.detail}): {slot.hint}".rstrip(": "))
    known = "; ".join(cures)
    return Unavailable(
        "port-empty",
        what,
        expected=f"a provider of contract {PORTS[port].contract}" if port in PORTS else "",
        hint=known or f"Install a plugin that provides {port!r}; `mosaic plugins list` shows what there is.",
    )
