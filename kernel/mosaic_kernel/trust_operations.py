"""The operation that locks plugins: ``plugins.lock``. Imports none of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import attrs
import trio

from mosaic_hookspecs.errors import NotFound, Refused
from mosaic_hookspecs.operations import Call, Operation, OperationKind

from .failures import nearest
from .runtime import Runtime
from .selection import select
from .slots import PluginState, Slot
from .trust import differences, pin_of
from .trust_lock import Lock, Pin, read_lock, write_lock
from .trust_records import LockChange, LockPlugins, LockReport


class TrustOperations:
    """What one kernel can lock."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def operations(self) -> list[Operation]:
        """Declare them."""
        return [
            Operation(
                name="plugins.lock",
                kind=OperationKind.COMMAND,
                input=LockPlugins,
                output=LockReport,
                handler=self._lock,
                permission="plugins:lock",
                summary="Pin plugins to what they are now, in mosaic.lock, or say what differs from it.",
            )
        ]

    async def _lock(self, data: LockPlugins, call: Call) -> LockReport:
        configuration = attrs.evolve(self._runtime.configuration, require_lock=False)
        listings = {name: slot.listing for name, slot in self._runtime.slots.items()}
        slots = select(listings, configuration, safe_mode=False)
        return await trio.to_thread.run_sync(_write, self._runtime.project_directory, slots, data)


def _write(directory: Path, slots: Mapping[str, Slot], data: LockPlugins) -> LockReport:
    lock = read_lock(directory)
    if lock.problem is not None and (data.only_checks or (data.names and lock.problem.code != "no-lock")):
        # What is damaged is made anew as a whole, or not at all.
        raise lock.problem
    pins = _some(lock, slots, data.names) if data.names else _all(lock, slots)
    changes = tuple(_changes(lock.pins, pins))
    is_written = not data.only_checks and write_lock(lock.file, pins)
    return LockReport(path=str(lock.file), locked=len(pins), changes=changes, is_written=is_written)


def _all(lock: Lock, slots: Mapping[str, Slot]) -> dict[str, Pin]:
    """Return a pin for each plugin that runs, and for each that could and was locked before."""
    return {
        name: _pin(slot, lock)
        for name, slot in slots.items()
        if slot.listing.factory is None
        and slot.listing.directory is not None
        and (slot.state is PluginState.CHOSEN or (name in lock.pins and slot.state is not PluginState.DENIED))
    }


def _some(lock: Lock, slots: Mapping[str, Slot], names: Sequence[str]) -> dict[str, Pin]:
    pins = dict(lock.pins)
    for name in names:
        slot = slots.get(name)
        if slot is None and name not in pins:
            raise NotFound(
                "unknown-plugin", f"there is no plugin {name!r}", hint=nearest(name, {*slots, *pins})
            )
        if slot is None:
            del pins[name]
        elif slot.listing.factory is not None:
            raise Refused(
                "plugin-in-process",
                f"plugin {name!r} is the program's own, which is not locked",
                hint="Leave it out.",
            )
        else:
            pins[name] = _pin(slot, lock)
    return pins


def _pin(slot: Slot, lock: Lock) -> Pin:
    found, known = pin_of(slot.listing), lock.pins.get(slot.name)
    # An editable installation has no record of its package, and need not take the others' out.
    return attrs.evolve(found, record=known.record) if known is not None and not found.record else found


def _changes(before: Mapping[str, Pin], after: Mapping[str, Pin]) -> Iterator[LockChange]:
    for name in sorted({*before, *after}):
        if name not in before:
            pin = after[name]
            yield LockChange(name=name, kind="added", detail=f"{pin.distribution} {pin.version}")
        elif name not in after:
            yield LockChange(name=name, kind="removed", detail=before[name].distribution)
        elif before[name] != after[name]:
            # Lines of files that differ while the digest does not were altered by hand.
            found = "; ".join(differences(before[name], after[name])) or "the lines of its files"
            yield LockChange(name=name, kind="changed", detail=found)
