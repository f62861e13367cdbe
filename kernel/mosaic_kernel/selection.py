"""Selects which of the installed plugins run: by lists, by configuration, by what the ports ask for, and by
the lock. Imports none of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs

from mosaic_hookspecs.errors import InputError, MosaicError, Unavailable
from mosaic_hookspecs.manifest import ProcessSpec
from mosaic_hookspecs.ports import PORTS, require_contract

from .discovery import Listing
from .failures import nearest
from .layers import Layers
from .settings import Configuration
from .slots import PluginState, Slot

PROFILE_LAYER = "profile"
ANY = "*"
"""Stands in a manifest for providers whose names the plugin's configuration gives."""
_SLIP = 0.75
"""How like a known name one must be to count as a slip of the pen."""


def select(
    listings: Mapping[str, Listing],
    configuration: Configuration,
    *,
    safe_mode: bool,
    directory: Path | None = None,
) -> dict[str, Slot]:
    """Return a slot for every plugin; those that are to run are ``chosen``.

    Where the configuration demands the lock, every plugin that could be loaded is compared with the lock of
    the project in `directory` (the current one without it): what is not in it is denied, what is another has
    failed. That reads every file of these plugins.
    """
    slots = {name: Slot(isolated(listing, configuration)) for name, listing in listings.items()}
    for slot in slots.values():
        _judge(slot, configuration, safe_mode=safe_mode)
    if configuration.require_lock:
        _compare_with_lock(slots, directory or Path())
    return slots


def isolated(listing: Listing, configuration: Configuration) -> Listing:
    """Return the listing with a process of its own, if the configuration asks for that."""
    if listing.name not in configuration.isolate or listing.manifest.process or listing.factory is not None:
        return listing
    return attrs.evolve(listing, manifest=attrs.evolve(listing.manifest, process=ProcessSpec()))


def _compare_with_lock(slots: Mapping[str, Slot], directory: Path) -> None:
    from .trust import refuse_untrusted
    from .trust_lock import read_lock

    lock = read_lock(directory)
    for slot in slots.values():
        if slot.state in (PluginState.CHOSEN, PluginState.UNUSED):
            try:
                refuse_untrusted(slot.listing, lock)
            except MosaicError as error:
                is_wanted = slot.state is PluginState.CHOSEN and slot.name in lock.pins
                state = PluginState.FAILED if is_wanted else PluginState.DENIED
                slot.set(state, f"{error.what}: {error.got}".removesuffix(": "), error.hint)
                slot.refusal = error


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
    """Whether the configuration of the ports lets this provider in; `ANY` may be whichever it names."""
    named = ports.get(port)
    return named is None or (isinstance(named, tuple | list) and (provider in named or provider == ANY))


def _may_be(name: str, known: set[str]) -> bool:
    """Whether a provider of that name may be there; where any may, all but a slip of the pen."""
    return name in known or (ANY in known and not nearest(name, known - {ANY}, _SLIP))


def check_names(
    slots: Mapping[str, Slot], configuration: Configuration, layers: Layers
) -> Iterator[InputError]:
    """Yield what is wrong with the names in the configuration: ports, providers and plugins; and with the
    lock, if it is demanded.

    A profile may name what is not installed: what is missing then is told when it is needed.
    """
    yield from _lock_problems(slots)
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
            if not _may_be(name, known[port]) and not _is_profile(layers, ("ports", port)):
                yield InputError(
                    "unknown-provider",
                    f"no installed plugin provides {name!r} for the port {port!r}",
                    where=layers.locate(("ports", port), False),
                    expected="one of " + ", ".join(sorted(known[port] - {ANY})),
                    got=name,
                    hint=nearest(name, known[port]),
                )
    yield from _not_isolated(slots, configuration, layers)
    for name in configuration.plugins:
        # A name like none that is installed is told by `doubtful_names`: its plugin may be gone, or to come.
        if name not in slots and nearest(name, slots, _SLIP) and not _is_profile(layers, ("plugins", name)):
            yield InputError(
                "unknown-plugin",
                f"there is no plugin {name!r}",
                where=layers.locate(("plugins", name), True),
                expected="one of " + ", ".join(slots),
                got=name,
                hint=nearest(name, slots),
            )


def _not_isolated(
    slots: Mapping[str, Slot], configuration: Configuration, layers: Layers
) -> Iterator[InputError]:
    # Unlike a name in `deny`, one that is mistaken here leaves a plugin in the kernel's own process.
    for number, name in enumerate(configuration.isolate):
        where = layers.locate(("isolate", number), False)
        if name in slots and slots[name].listing.factory is not None:
            yield InputError(
                "cannot-isolate",
                f"the plugin {name!r} was given in process, and cannot run in another",
                where=where,
                hint="Take it off `isolate`, or install it.",
            )
        elif name not in slots and not _is_profile(layers, ("isolate",)):
            yield InputError(
                "unknown-plugin",
                f"there is no plugin {name!r} to isolate",
                where=where,
                expected="one of " + ", ".join(slots),
                got=name,
                hint=nearest(name, slots),
            )


def changed_since_locked(slots: Mapping[str, Slot]) -> Iterator[MosaicError]:
    """Yield why each plugin that was to run, and is not what was locked, does not."""
    for slot in slots.values():
        if slot.refusal is not None and slot.state is PluginState.FAILED:
            yield slot.refusal


def _lock_problems(slots: Mapping[str, Slot]) -> Iterator[InputError]:
    for slot in slots.values():
        if isinstance(slot.refusal, InputError):
            # All have the same: the lock's own.
            yield from getattr(slot.refusal, "others", (slot.refusal,))
            return


def doubtful_names(
    slots: Mapping[str, Slot], configuration: Configuration, layers: Layers
) -> Iterator[InputError]:
    """Yield each name in ``allow``, ``deny`` and ``plugins`` that no installed plugin has.

    That is a notice and no mistake: such a list may be one company's for all its machines, and holds for
    what will be installed too. But it may be a slip of the pen, so the name most like it is told.
    """
    for name in configuration.plugins:
        if name not in slots and not nearest(name, slots, _SLIP):
            yield InputError(
                "unlisted-plugin",
                f"'plugins.{name}' configures a plugin that is not installed",
                where=layers.locate(("plugins", name), True),
                hint=f"Install it, or take plugins.{name} out.",
            )
    for key, names in (("deny", configuration.deny), ("allow", configuration.allow or ())):
        for number, name in enumerate(names):
            if name not in slots:
                yield InputError(
                    "unlisted-plugin",
                    f"{key!r} names {name!r}, and no plugin of that name is installed",
                    where=layers.locate((key, number), False),
                    hint=nearest(name, slots),
                )


def _is_profile(layers: Layers, keys: tuple[str, ...]) -> bool:
    layer = layers.origin(keys)
    return layer is not None and layer.name.startswith(PROFILE_LAYER)
