"""Selects which of the installed plugins run: by lists, by configuration, and by what the ports ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mosaic_hookspecs.errors import InputError, Unavailable
from mosaic_hookspecs.ports import PORTS, require_contract

from .discovery import Listing
from .failures import nearest
from .layers import Layers
from .settings import Configuration
from .slots import PluginState, Slot

PROFILE_LAYER = "profile"


def select(
    listings: Mapping[str, Listing], configuration: Configuration, *, safe_mode: bool
) -> dict[str, Slot]:
    """Return a slot for every plugin; those that are to run are ``chosen``."""
    slots = {name: Slot(listing) for name, listing in listings.items()}
    for slot in slots.values():
        _judge(slot, configuration, safe_mode=safe_mode)
    return slots


def _judge(slot: Slot, configuration: Configuration, *, safe_mode: bool) -> None:
    listing, name = slot.listing, slot.name
    is_given = listing.factory is not None
    if name in configuration.deny:
        slot.set(PluginState.DENIED, "it is on the deny list", "Take it off `deny`.")
    elif configuration.allow is not None and name not in configuration.allow and not is_given:
        slot.set(PluginState.DENIED, "it is not on the allow list", "Add it to `allow`.")
    elif configuration.plugins.get(name) is False:
        slot.set(PluginState.DISABLED, f"plugins.{name} is false", f"Remove `plugins.{name}: false`.")
    elif safe_mode and listing.is_third_party and not is_given:
        slot.set(PluginState.DISABLED, "third-party plugins are off in safe mode", "Start without --safe-mode.")
    elif listing.problem:
        slot.set(PluginState.UNAVAILABLE, listing.problem, listing.hint)
    else:
        try:
            for item in listing.manifest.provides:
                require_contract(item.port, item.contract, name)
        except Unavailable as error:
            hint = error.hint or f"Upgrade mosaic-stack or {listing.distribution or name}."
            slot.set(PluginState.UNAVAILABLE, str(error), hint)
            return
        ports = configuration.ports
        provided = slot.providers()
        if provided and not any(is_named(port, provider, ports) for port, provider in provided):
            names = ", ".join(sorted({f"ports.{port}" for port, _ in provided}))
            slot.set(PluginState.UNUSED, f"{names} names others", f"Name it in {names}.")


def is_named(port: str, provider: str, ports: Mapping[str, object]) -> bool:
    """Whether the configuration of the ports lets this provider in."""
    named = ports.get(port)
    return named is None or (isinstance(named, tuple | list) and provider in named)


def check_names(
    slots: Mapping[str, Slot], configuration: Configuration, layers: Layers
) -> Iterator[InputError]:
    """Yield what is wrong with the names in the configuration: ports, providers and plugins.

    A profile may name what is not installed: what is missing then is told when it is needed.
    """
    known: dict[str, set[str]] = {port: set() for port in PORTS}
    for slot in slots.values():
        for port, provider in slot.providers():
            known.setdefault(port, set()).add(provider)
    for port, names in configuration.ports.items():
        if port not in PORTS:
            yield InputError(
                "unknown-port",
                f"there is no port {port!r}",
                where=layers.locate(("ports", port), True),
                expected="one of " + ", ".join(PORTS),
                got=port,
                hint=nearest(port, PORTS),
            )
            continue
        if not PORTS[port].allows_many and len(names) > 1:
            yield InputError(
                "too-many-providers",
                f"the port {port!r} takes one provider",
                where=layers.locate(("ports", port), False),
                expected="one name",
                got=", ".join(names),
            )
        for name in names:
            if name not in known[port] and not _is_profile(layers, ("ports", port)):
                yield InputError(
                    "unknown-provider",
                    f"no installed plugin provides {name!r} for the port {port!r}",
                    where=layers.locate(("ports", port), False),
                    expected="one of " + ", ".join(sorted(known[port])),
                    got=name,
                    hint=nearest(name, known[port]),
                )
    for name in configuration.plugins:
        if name not in slots and not _is_profile(layers, ("plugins", name)):
            yield InputError(
                "unknown-plugin",
                f"there is no plugin {name!r}",
                where=layers.locate(("plugins", name), True),
                expected="one of " + ", ".join(slots),
                got=name,
                hint=nearest(name, slots),
            )


def _is_profile(layers: Layers, keys: tuple[str, ...]) -> bool:
    layer = layers.origin(keys)
    return layer is not None and layer.name.startswith(PROFILE_LAYER)
